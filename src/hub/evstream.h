/* evstream.h - what happens, told to pages as it happens: GET /api/v1/events (server-sent events)
 *
 * The database is the queue: an event is a row, written by whoever changes something (in the transaction
 * that changes it: store/event_store.h), and every listener has a number up to which it has seen.  So a
 * slow listener costs no memory, and one that comes back with Last-Event-ID misses nothing.
 *
 *     id: 17
 *     event: workspace.state
 *     data: {"subject":"run_...","namespace":"alice","at":"...","body":{...}}
 *
 * A listener hears of the namespaces that it belongs to; an admin of all.  What is only of this moment
 * (use of CPU) has no number and is dropped for one that lags.
 *
 * Loop thread only.
 */
#ifndef HUB_EVSTREAM_H
#define HUB_EVSTREAM_H

#include "hub/hub.h"

struct evstream;

struct evstream *evstream_new (struct hub *h);
/* Ends the streams: before the connections go away. */
void evstream_free (struct evstream *e);

/* Rows were written and committed: tell the listeners (in the next turn of the loop). */
void evstream_wake (struct hub *h);
/* Writes one row and wakes.  BODY is borrowed.  A failure is logged. */
void evstream_note (struct hub *h, const char *kind, const char *subject,
                    const char *namespace, const json_t *body);
/* Without a row: for this moment only.  BODY is borrowed. */
void evstream_flash (struct hub *h, const char *kind, const char *subject,
                     const char *namespace, const json_t *body);
size_t evstream_listeners (const struct evstream *e);

/* Answers REQ with the stream: of what its caller may hear, or only of SUBJECT (of which the caller may hear; NULL:
 * all). */
void evstream_listen (struct http_req *req, const char *subject);

#endif
