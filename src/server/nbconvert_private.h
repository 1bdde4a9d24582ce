/* nbconvert_private.h - what nbconvert.c and nbconvert_formats.c share, and nobody else */
#ifndef SERVER_NBCONVERT_PRIVATE_H
#define SERVER_NBCONVERT_PRIVATE_H

#include "base/clock.h"
#include "base/list.h"
#include "base/strv.h"
#include "loop/proc.h"
#include "server/nbconvert.h"
#include "server/server.h"
#include <sys/stat.h>

struct nbconvert {
    struct server *s;
    /* ---- nbconvert_formats.c ---- */
    char *program; /* for which FORMATS are known */
    struct timespec program_mtime;
    json_t *formats; /* NULL: not known */
    struct command *asking;
    bool looking;        /* for what an earlier server noted */
    struct list waiters; /* struct waiter */
    /* ---- nbconvert.c ---- */
    struct list running; /* struct run */
    int running_n;
};

/* jupyter-nbconvert in the environment's prefix or on PATH; malloc'ed, or NULL. */
char *nbconvert_find (const struct nbconvert *n, struct stat *ret_st);
/* A child with our environment but for what is secret in it. */
struct command *nbconvert_start (struct nbconvert *n, const struct strv *argv,
                                 const char *cwd, int64_t timeout, command_done_fn done,
                                 void *arg, struct err *err);
/* Ends the asking; the waiters hear that there are no formats. */
void nbconvert_formats_free (struct nbconvert *n);

#endif
