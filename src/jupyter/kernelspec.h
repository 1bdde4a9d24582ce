/* kernelspec.h - find and read kernel.json (jupyter-contract 3.6, 7.3)
 *
 *     struct kernelspecs *ks = kernelspecs_new (jpaths, allowed);
 *     const struct kernelspec *s = kernelspecs_find (ks, "Python3");
 *     kernelspec_argv (s, env_prefix, &argv);
 *     json_t *model = kernelspec_to_json (s, base_url);
 *
 * kernelspecs_refresh looks at directory and file times and reads again what changed: a few stat calls when
 * nothing did.  Blocking (short); one thread at a time.
 */
#ifndef JUPYTER_KERNELSPEC_H
#define JUPYTER_KERNELSPEC_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/strv.h"
#include "jupyter/jpaths.h"
#include <jansson.h>
#include <stdbool.h>

#define KERNELSPEC_MAX (1u << 20) /* bytes of a kernel.json */

struct kernelspec {
    char *name; /* directory name, lower case */
    char *dir;
    struct strv argv;
    char *display_name, *language;
    bool interrupt_message; /* interrupt_mode "message"; otherwise "signal" */
    json_t *env;            /* object of strings */
    json_t *metadata;       /* object */
    char *protocol_version; /* "" if not given */
};

/* Parse the text of a kernel.json.  INVALID says what is wrong; UNSUPPORTED: a provisioner that we do not
 * have (the spec is hidden). */
struct kernelspec *kernelspec_parse (const char *name, const char *dir, const char *text,
                                     size_t n, struct err *err);
void kernelspec_free (struct kernelspec *s);
DEFINE_AUTO (struct kernelspec *, kernelspec_free)

/* argv for a launch: {resource_dir} and {prefix} replaced, `python`, `python3`, `python3.N` as the first
 * element the environment's interpreter if it has one, a leading ~ expanded.  {connection_file} stays when
 * CONNECTION_FILE is NULL.  ARGV stays empty if the spec has none: such a kernel cannot be started. */
void kernelspec_argv (const struct kernelspec *s, const char *prefix,
                      const char *connection_file, struct strv *argv);
/* Add the spec's env to ENVIRON: $NAME and ${NAME} are substituted from ENVIRON, unknown ones left, $$ is
 * $; PYTHONEXECUTABLE is removed for Python (7.4). */
void kernelspec_environ (const struct kernelspec *s, struct strv *environ);
/* {"name", "spec", "resources"} of GET /api/kernelspecs/<name>; new reference.  Lists S->dir. */
json_t *kernelspec_to_json (const struct kernelspec *s, const char *base_url);

struct kernelspecs;
/* ALLOWED: names offered, or NULL or empty for all (borrowed). */
struct kernelspecs *kernelspecs_new (const struct jpaths *paths,
                                     const struct strv *allowed);
void kernelspecs_free (struct kernelspecs *ks);
void kernelspecs_refresh (struct kernelspecs *ks);
size_t kernelspecs_count (const struct kernelspecs *ks);
/* In the order found; borrowed until the next refresh. */
const struct kernelspec *kernelspecs_at (const struct kernelspecs *ks, size_t i);
/* By name, any case; NULL if there is none.  Borrowed until the next refresh. */
const struct kernelspec *kernelspecs_find (const struct kernelspecs *ks, const char *name);

#endif
