/* home_view_private.h - inside of home_view.h
 *
 *     home_view.c           the route, the question on its way, how it ends
 *     home_view_answer.c    what comes back: a listing, a file, an archive, or why not
 *     home_view_sandbox.c   the worker's sandbox: asked for, kept while it is used, ended
 */
#ifndef HUB_HOME_VIEW_PRIVATE_H
#define HUB_HOME_VIEW_PRIVATE_H

#include "base/buf.h"
#include "base/list.h"
#include "http/http.h"
#include "hub/home_view.h"
#include "model/names.h"
#include "model/sandbox_spec.h"

/* Its sandbox may be there. */
struct view {
    struct list link;
    char id[SANDBOX_ID];
    int64_t used_us;
};

struct home_view {
    struct hub *h;
    struct list views, questions;
    size_t open;
    struct loop_timer *sweep;
};

struct question {
    struct list link;
    struct home_view *v;
    struct http_req *req;
    char view[SANDBOX_ID], workspace[NAME_WORKSPACE_ID];
    char *line; /* what is asked */
    size_t sent;
    bool download, streaming, creating;
    unsigned tries;
    int fd;
    struct loop_io *io;
    struct loop_timer *timer;
    struct buf head;
    int64_t left; /* bytes to come; -1: to the end */
};

/* ---- home_view.c ---- */
void question_free (struct question *q);
/* These end Q. */
void question_fail (struct question *q, const struct err *err);
void question_fail_with (struct question *q, enum problem problem, const char *text);
/* Something came or went: the wait begins anew. */
void question_patience (struct question *q);
/* Connects to the worker, or has its sandbox made.  Q may be gone afterwards. */
void question_reach (struct question *q);

/* ---- home_view_answer.c ---- */
/* N bytes of the answer; Q may be gone afterwards. */
void home_answer_take (struct question *q, const char *data, size_t n);
/* There are no more; Q is gone afterwards. */
void home_answer_end (struct question *q);

/* ---- home_view_sandbox.c ---- */
/* Then question_reach, or Q ends. */
void home_sandbox_create (struct question *q);
void home_sandbox_used (struct question *q);
/* Ends those that nobody has used for a while. */
void home_sandbox_sweep (void *view);

#endif
