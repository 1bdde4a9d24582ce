/* kernels_private.h - what the files of the kernels share */
#ifndef SERVER_KERNELS_PRIVATE_H
#define SERVER_KERNELS_PRIVATE_H

#include "base/map.h"
#include "server/keep_client.h"
#include "server/kernels.h"
#include "server/server.h"
#include "server/specs.h"

#define KERNELS_MAX_ID 200

struct kernels {
    struct server *server;
    struct specs *specs;
    struct list all;      /* struct kernel, in the order of the keeper's numbers */
    struct list starting; /* struct start of kernels_start.c */
    struct map *marks;    /* kernel id -> what its recorder left with the keeper */
    struct loop_timer *cull;
    const char *root_dir; /* API paths are below it */
    int64_t expected_us;  /* monotonic: when kernels_expect last did something; 0: never */
};

/* kernels.c */
struct kernel *kernels_add (struct kernels *ks, const struct keep_object *o);
void kernels_announce (struct kernels *ks, const char *action, const char *past,
                       const char *id, const char *name, const struct err *err);

/* kernels_start.c */
/* PATH, or the nearest directory above it that exists; malloc'ed, NULL on error.  Pool thread. */
char *kernels_cwd_for (const char *root, const char *path, struct err *err);
void kernels_start_free_all (struct kernels *ks);

/* kernels_cull.c */
void kernels_cull_begin (struct kernels *ks);

#endif
