/* sandbox_spec.h - what the spawner is asked to build (design.md 1.4, 5)
 *
 * A workspace and a job are both one of these.  It holds names and ids, never paths of the host: the
 * spawner looks them up below its own state directory and in its own machines.yml and environments, so
 * that a hub which fell into wrong hands cannot ask for more than an administrator wrote down.
 *
 *     struct sandbox_spec spec;
 *     if (sandbox_spec_from_json (json, &spec, &err) == 0)          checked, closed: unknown keys are errors
 *         ... sandbox_spec_json (&spec) ...
 *     sandbox_spec_done (&spec);
 *
 * Both ends check with sandbox_spec_check, which from_json includes.  Checklist for a new field: struct,
 * table of keys, check, sandbox_spec_json, test_sandbox_spec, docs/PROTOCOL.md.  Values; any process.
 */
#ifndef MODEL_SANDBOX_SPEC_H
#define MODEL_SANDBOX_SPEC_H

#include "base/err.h"
#include "base/strv.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SANDBOX_SPEC_BYTES (256u << 10) /* of its JSON */
#define SANDBOX_ID_CHARS 64
#define SANDBOX_ID (SANDBOX_ID_CHARS + 1)
#define SANDBOX_NAME 65 /* of a machine, an environment, a tree */
#define SANDBOX_ARGV 256
#define SANDBOX_ENVIRON 512
#define SANDBOX_BINDS 64
#define SANDBOX_OWNER_MAX                                                                  \
    50000 /* uid range number of a person: base + n * 65536 fits 32 bits */

enum sandbox_kind { SANDBOX_WORKSPACE, SANDBOX_JOB, SANDBOX_KIND_COUNT };
extern const char *const sandbox_kind_names[SANDBOX_KIND_COUNT]; /* "workspace", "job" */

/* As the machine says, or less: host > nat > none. */
enum sandbox_network {
    SANDBOX_NET_MACHINE,
    SANDBOX_NET_NONE,
    SANDBOX_NET_NAT,
    SANDBOX_NET_HOST,
    SANDBOX_NET_COUNT
};
extern const char
    *const sandbox_network_names[SANDBOX_NET_COUNT]; /* "machine", "none"... */

enum sandbox_source {
    SANDBOX_FROM_HOME, /* home of the workspace ID: only of the same owner, which the hub knows */
    SANDBOX_FROM_ENV,  /* environment ID's directory */
    SANDBOX_FROM_TREE, /* tree ID of the tree store */
    SANDBOX_SOURCE_COUNT
};
extern const char
    *const sandbox_source_names[SANDBOX_SOURCE_COUNT]; /* "home", "env", "tree" */

struct sandbox_bind {
    enum sandbox_source source;
    char id[SANDBOX_NAME];
    char *target; /* absolute and normal, inside; not of /proc, /sys or /dev */
    bool read_only;
};

/* Narrower than the machine's; 0 and "": the machine's own. */
struct sandbox_limits {
    double cpus;
    char *cpuset; /* "0-3,6", or "" */
    uint64_t memory, disk;
    uint32_t pids, files;
};

struct sandbox_spec {
    char id
        [SANDBOX_ID]; /* [A-Za-z0-9_] then [A-Za-z0-9_-]: a name of files and of cgroups */
    enum sandbox_kind kind;
    int64_t generation; /* the hub's number of this run, told back in list and events */
    uint32_t owner;     /* number of the person, 1 and up: its uid range */
    char person[SANDBOX_NAME];   /* login name, for /etc/passwd inside; or "" */
    char hostname[SANDBOX_NAME]; /* inside: letters, digits and '-'; "": the id */
    char home[SANDBOX_ID]; /* whose home, upper and journal it gets; usually its own id */
    char machine[SANDBOX_NAME]; /* name or alias in machines.yml */
    char
        environment[SANDBOX_NAME]; /* name or alias of an environment; "": the host's own */
    struct strv argv;              /* argv[0] is looked for in PATH inside */
    struct strv environ;           /* KEY=VALUE */
    char *cwd;                     /* absolute, inside */
    bool listen;                   /* make lab.sock and hand it over as descriptor 3 */
    enum sandbox_network network;
    struct sandbox_bind *binds;
    size_t n_binds;
    struct sandbox_limits limits;
};

void sandbox_spec_init (
    struct sandbox_spec *s); /* a workspace, cwd and cpuset "", nothing else */
void sandbox_spec_done (struct sandbox_spec *s);
void sandbox_spec_add_bind (struct sandbox_spec *s, enum sandbox_source source,
                            const char *id, const char *target, bool read_only);
/* INVALID, naming the field: "sandbox spec: argv: is empty". */
int sandbox_spec_check (const struct sandbox_spec *s, struct err *err);
/* New reference; never NULL for a spec that passes the check. */
json_t *sandbox_spec_json (const struct sandbox_spec *s);
/* RET is initialised by this and, on failure, done. */
int sandbox_spec_from_json (const json_t *j, struct sandbox_spec *ret, struct err *err);

bool sandbox_id_valid (const char *id);

#endif
