/* env_make.h - a virtual environment: made, filled by pip, counted
 *
 *     struct env_recipe r = { .python = "python3", .requirements = "requirements.txt", .kernel = true };
 *     env_make ("/var/lib/labwright/env/tf/1/cpu", &r, &digest, &err)
 *
 * What pip says goes to our standard error as it comes.  An index with a password in its URL goes to pip
 * by the environment, never by its command line, which everybody on the host can read.  Blocking, minutes.
 */
#ifndef OPS_ENV_MAKE_H
#define OPS_ENV_MAKE_H

#include "base/err.h"
#include <stdbool.h>

struct env_recipe {
    const char *python;       /* the host's, found in PATH */
    const char *requirements; /* a file; NULL: nothing but the kernel */
    const char *index_url;    /* NULL: pip's own configuration */
    const char *find_links;   /* NULL: none */
    bool no_index;
    bool kernel; /* ipykernel too, so that notebooks can use it */
    bool quiet;
};

/* PREFIX must not be there.  *RET_DIGEST (malloc'ed) is that of env_digest. */
int env_make (const char *prefix, const struct env_recipe *r, char **ret_digest,
              struct err *err);
/* "sha256:..." over the version of Python and what is installed with versions; malloc'ed, NULL: it does not
 * work any more, and ERR says why. */
char *env_digest (const char *prefix, struct err *err);
/* `pip check`: do the packages fit together?  INVALID says which do not. */
int env_check (const char *prefix, struct err *err);

#endif
