/* jpaths.h - where Jupyter looks for things (jupyter-contract 0.1) */
#ifndef JUPYTER_JPATHS_H
#define JUPYTER_JPATHS_H

#include "base/err.h"
#include "base/strv.h"

struct jpaths {
    char *home;
    char *config_dir;  /* user's */
    char *data_dir;    /* user's */
    char *runtime_dir; /* made 0700 by jpaths_new */
    char *
        env_prefix; /* $VIRTUAL_ENV, $CONDA_PREFIX, the environment beside the build tree, /usr; "" none */
    struct strv config_path; /* highest priority first */
    struct strv data_path;   /* highest priority first */
};

/* From the environment.  The tree's own environment (build/../.cache/venv, found from /proc/self/exe) and the
 * compile-time prefix take part, so that `build/labwright lab` needs no option. */
struct jpaths *jpaths_new (struct err *err);
void jpaths_free (struct jpaths *p);
/* First existing <data path entry>/SUB, malloc'ed, or NULL. */
char *jpaths_find_data (const struct jpaths *p, const char *sub);
/* The directory of the running executable's source or build tree, or NULL when installed; malloc'ed. */
char *jpaths_build_tree (void);

#endif
