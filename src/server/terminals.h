/* terminals.h - the server's view of the terminals that the keeper runs (contract 3.8, 6.10, 7.10)
 *
 * Loop thread only; pointers are good until the next turn of the loop.
 */
#ifndef SERVER_TERMINALS_H
#define SERVER_TERMINALS_H

#include "base/err.h"
#include "base/list.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_req;
struct server;
struct terminals;

#define TERMINALS_NAME_MAX 200

struct terminal {
    struct list link;
    char *name;
    uint32_t object, pid;        /* the keeper's number; the shell */
    uint64_t last;               /* bytes said, as last heard */
    int64_t last_activity_us;    /* wall clock */
    unsigned rows, cols;         /* as last asked for */
    bool paused;                 /* the keeper takes no more for it at the moment */
    struct list viewers;         /* struct terminal_ws */
    struct terminal_ws *speaker; /* whose terminal answers what programs ask */
};

struct terminals *terminals_new (struct server *s);
void terminals_free (struct terminals *ts);

struct terminal *terminals_find (const struct terminals *ts, const char *name);
struct terminal *
terminals_first (const struct terminals *ts); /* in the order of creation */
struct terminal *terminals_next (const struct terminals *ts, const struct terminal *t);
size_t terminals_count (const struct terminals *ts);
json_t *terminals_model (const struct terminal *t);
json_t *terminals_list (const struct terminals *ts);

/* DONE is called once; T is NULL when ERR is not, and after an end. */
typedef void (*terminals_done_fn) (void *arg, struct terminal *t, const struct err *err);
/* NAME NULL: the smallest free number; one that exists is returned.  CWD may be NULL (contract 3.8). */
void terminals_start (struct terminals *ts, const char *name, const char *cwd,
                      terminals_done_fn done, void *arg);
/* Done when the shell is gone. */
void terminals_end (struct terminals *ts, struct terminal *t, terminals_done_fn done,
                    void *arg);
void terminals_touch (struct terminals *ts, struct terminal *t);

/* ---- terminal_ws.c: viewers ---- */
/* Handler of /terminals/websocket/{name}. */
void terminal_ws_open (struct http_req *req);
/* The terminal is gone: say so and close. */
void terminal_ws_gone (struct terminal *t);
/* The keeper takes (no) more for it. */
void terminal_ws_pause (struct terminal *t, bool on);
void terminal_ws_drop_all (struct terminal *t);

#endif
