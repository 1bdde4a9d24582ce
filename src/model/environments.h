/* environments.h - environments: what is installed in a workspace (floyd-contract 4.10)
 *
 * An administrator has one file for each below STATE/environments (NAME.yml, which `labwright env create`
 * writes), beside those that are shipped; one of the same name there hides the shipped one.  Names and
 * aliases (FloydHub's "tensorflow-1.8"...) are what people, the `env` of the API and sandbox specs say.
 *
 *     struct environments es;
 *     if (environments_open (state, &es, &err) == 0)
 *         const struct environment *e = environments_find (&es, "default");
 *         const struct env_variant *v = environment_for (e, gpu);
 *     environments_done (&es);
 *
 * A file that is wrong takes only itself away: it stands in `problems` with file and line, and a name that
 * two files claim belongs to the one whose own name it is, else to the first, STATE's before shipped ones.
 * "default" always names one: the one that claims it, else python3, else the first.  Ceilings: 256
 * environments, 64 aliases each, and those of yamlx.h.
 *
 * The file:
 *
 *     title: TensorFlow 2.2
 *     description: with Keras
 *     aliases: [tensorflow, "tensorflow-2.1"]
 *     cpu: { prefix: env/tf/cpu }      a venv or conda prefix; relative: below STATE
 *     gpu: { prefix: /opt/tf-gpu, kernels: [python3], digest: "sha256:..." }
 *                                      or  host  (what is installed on the host)
 *                                      or  { root: /srv/ubuntu }  a file system: directory or archive
 *
 * One of `cpu` and `gpu` may be absent: then it is as the other.
 */
#ifndef MODEL_ENVIRONMENTS_H
#define MODEL_ENVIRONMENTS_H

#include "base/err.h"
#include "base/strv.h"
#include "model/sandbox_spec.h"
#include <jansson.h>
#include <stdbool.h>

#define ENVIRONMENTS_MAX 256
#define ENVIRONMENT_ALIASES 64
#define ENVIRONMENT_NAME SANDBOX_NAME

enum env_kind {
    ENV_HOST, /* the host's own /usr and what is in PATH there */
    ENV_PREFIX, /* a directory with bin/, in front of PATH: overlaid, at the same path inside */
    ENV_ROOT, /* a whole file system, directory or archive, in place of the host's */
    ENV_KIND_COUNT
};
extern const char *const env_kind_names[ENV_KIND_COUNT]; /* "host", "prefix", "root" */

struct env_variant {
    enum env_kind kind;
    char *path;          /* absolute; "" for ENV_HOST */
    struct strv kernels; /* names of kernel specs to offer; empty: all that are found */
    char *digest;        /* of what is installed: "sha256:...", or "" */
};

struct environment {
    char name[ENVIRONMENT_NAME];
    struct strv aliases;
    char *title, *description;      /* never NULL */
    struct env_variant variants[2]; /* [0] without a GPU, [1] with one: environment_for */
    char *file;                     /* where it is written */
    bool shipped;                   /* that is not below STATE */
};

struct environments {
    struct environment *v; /* those of STATE first, by name */
    size_t n;
    size_t dflt;
    struct strv problems; /* sentences, each beginning with "NAME.yml:LINE:" */
};

/* Fails only when directories cannot be read or hold too much.  RET is initialised by this. */
int environments_open (const char *state, struct environments *ret, struct err *err);
/* One file's text; NAME (without .yml) is its name, STATE what relative paths are below. */
int environment_parse (const char *text, size_t n, const char *name, const char *state,
                       struct environment *ret, struct err *err);
void environment_done (struct environment *e);
void environments_done (struct environments *es);

/* By name or alias; "" is the default.  NULL: none of them. */
const struct environment *environments_find (const struct environments *es,
                                             const char *name);
const struct env_variant *environment_for (const struct environment *e, bool gpu);
/* Letters, digits, - _ and '.', not beginning with - or '.' (aliases may have '+' and ':' too).  INVALID. */
int environment_check_name (const char *name, struct err *err);

/* GET /env: {"cpu": {NAME: IMAGE...}, "gpu": {...}, "gpu2": {...}} with every name and alias; each has
 * "default" (trap T3).  New reference. */
json_t *environments_arch_json (const struct environments *es);
/* name, title, description, aliases, default, cpu and gpu {kind, kernels, digest}; no paths. */
json_t *environment_json (const struct environments *es, const struct environment *e);

#endif
