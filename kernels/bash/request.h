/* request.h - one message that a client sent: checked, parsed, shared
 *
 *     struct request *r = request_new (channel, wire, parts, n, &err);   takes the parts
 *     ... r->type, r->content; request_ref to keep it, request_unref ...
 *
 * A request lives as long as something may still be said about it: the streams of a background job have the
 * last cell's header as their parent.  Loop thread only.
 */
#ifndef BASH_REQUEST_H
#define BASH_REQUEST_H

#include "base/blk.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/list.h"
#include "jupyter/connfile.h"
#include "jupyter/wire.h"
#include <jansson.h>
#include <stdbool.h>
#include <zmq.h>

#define REQUEST_MAX_TYPE 64

struct request {
    struct list link; /* the kernel's queue */
    int refs;
    enum connfile_port channel;
    zmq_msg_t *part;
    size_t n,
        first; /* frames; the first of them that is no identity (the header) is FIRST */
    struct slice header; /* of PART[FIRST] */
    char type[REQUEST_MAX_TYPE + 1];
    json_t *content; /* always an object */
    size_t bytes;    /* of all frames */
    bool aborted;    /* a cell before it failed: it is not run */
};

/* Takes PARTS in every case.  NULL: malformed, badly signed, or no JSON object. */
struct request *request_new (enum connfile_port channel, struct wire *w, zmq_msg_t *parts,
                             size_t n, struct err *err);
struct request *request_ref (struct request *r);
void request_unref (struct request *r); /* NULL is fine */
DEFINE_AUTO (struct request *, request_unref)

#endif
