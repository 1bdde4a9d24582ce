/* request.h - what a server may ask the keeper: a closed table, deny by default
 *
 *     enum request_result r = request_handle (keeper, attach, hello, &frame, &answer,
 * &err);
 *
 * Loop thread only.
 */
#ifndef KEEPER_REQUEST_H
#define KEEPER_REQUEST_H

#include "keeper/attach.h"

enum request_result {
    REQUEST_ANSWER,   /* KEEP_OK with the answer */
    REQUEST_FAIL,     /* KEEP_ERROR with err */
    REQUEST_COMPLAIN, /* KEEP_ERROR with number 0: it was a request that is never answered
                       */
    REQUEST_SILENT,   /* answered later, or never by its nature */
    REQUEST_REFUSED, /* KEEP_ERROR, and the connection must go: no HELLO, version, malformed
                      */
};
/* HELLO_DONE: whether this connection said HELLO.  ANSWER is initialised and empty. */
enum request_result request_handle (struct keeper *k, struct attach *a, bool hello_done,
                                    const struct keep_frame *f, struct buf *answer,
                                    struct err *err);

#endif
