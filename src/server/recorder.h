/* recorder.h - nothing that a cell shows is lost: one recorder for each kernel that has a notebook
 *
 * A subscription of its own (name "recorder", KEEP_SUB_RECORD) brings what pages asked the kernel and all
 * that it said, in one order.  From that each cell's newest execution gets its outputs (jupyter/outputs.h).
 *
 *     k->recorder = recorder_new (s, k, fresh, marks);   by kernels.c, once a notebook's session uses the kernel
 *     recorder_page_came (k->recorder, session);          by kernel_ws.c
 *     recorder_page_left (k->recorder, session, clean);
 *     recorder_free (k->recorder, true);          the kernel is gone
 *
 * While the page that asked is connected, the recorder writes nothing.  Without it, finished cells go into
 * the notebook on disk within seconds and running ones every RECORDER_EVERY_US.  What no save has shown to
 * have is remembered, and merged into saves that lack it.  The keeper's cursor follows the oldest of these
 * executions, so that the next server process makes the same from the journal.
 * docs/internals/recovery.md has the rules and why.
 *
 * Loop thread only; notebooks are read and written in the pool.  NULL is fine wherever a recorder is
 * borrowed.
 */
#ifndef SERVER_RECORDER_H
#define SERVER_RECORDER_H

#include "base/blk.h"
#include "http/route.h"
#include <stdbool.h>
#include <stdint.h>

#define RECORDER_NAME "recorder" /* of its subscription; no page may be called so */
/* For a broken connection to come back, after the cell's end. */
#define RECORDER_GRACE_US 2000000
/* Running cells are written that often. */
#define RECORDER_EVERY_US 30000000
/* After a write that failed: at first, and at most. */
#define RECORDER_RETRY_US 5000000
#define RECORDER_RETRY_MAX_US 60000000
/* Of one kernel's outputs, then the oldest are forgotten; and of it for what is saved. */
#define RECORDER_MEMORY ((size_t)256 << 20)
#define RECORDER_SETTLED_MEMORY ((size_t)16 << 20)
#define RECORDER_ENTRIES 4096
#define RECORDER_PAGES 64 /* pages that left and are remembered */

struct kernel;
struct recorded;
struct recorder;
struct server;

/* FRESH: no process of ours has recorded it before.  MARKS: the keeper's record RECORDER_MARKS <kernel id>,
 * or NULL. */
#define RECORDER_MARKS "recorder/"
struct recorder *recorder_new (struct server *s, const struct kernel *k, bool fresh,
                               const char *marks);
/* GONE: the kernel is no more, so that what nobody else has is written now. */
void recorder_free (struct recorder *r, bool gone);

/* A page's websocket; SESSION is its name.  CLEAN: it said goodbye. */
void recorder_page_came (struct recorder *r, const char *session);
void recorder_page_left (struct recorder *r, const char *session, bool clean);
/* It drops a message that it had on an earlier websocket, so that it can safely be sent more than once. */
bool recorder_page_drops_repeats (const struct recorder *r, const char *session);
/* A page answered an input_request: CONTENT of its input_reply. */
void recorder_answered (struct recorder *r, struct slice content);

/* What a save of the notebook at PATH (normal API path) may lack, or NULL: nothing.  To be handed to
 * contents_put in its request, and then back with what came of it.  OK: it was saved. */
struct recorded *recorder_expect (struct server *s, const char *path);
void recorder_saved (struct server *s, struct recorded *rec,
                     bool ok); /* frees REC; NULL is fine */
/* Nothing waits to be written, and no cell runs that will be. */
bool recorder_settled (const struct recorder *r);
/* Somebody was given the notebook as it is on disk. */
void recorder_loaded (struct server *s, const char *path);

extern const struct route_table recorder_routes; /* labwright/api/kernels/{id}/cells */

#endif
