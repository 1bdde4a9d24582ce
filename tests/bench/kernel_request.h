/* kernel_request.h - the one request of the kernel verbs, whichever way it goes
 *
 *     struct kernel_request r;
 *     kernel_request_make (&r, "1 + 1");            a new msg_id each time
 *     ... send r.part[0..3] over a websocket or ZeroMQ ...
 *     while (!kernel_request_done (&r))
 *         kernel_request_note (&r, parts of the next message);
 *
 * Notes when the kernel was idle again and when the first result came, and
 * counts what it published for this request.
 */
#ifndef TESTS_BENCH_KERNEL_REQUEST_H
#define TESTS_BENCH_KERNEL_REQUEST_H

#include "base/blk.h"
#include "base/ident.h"
#include <stdbool.h>

struct kernel_request {
    char id[IDENT_UUID];
    struct slice part[4]; /* header, parent, metadata, content */
    char *header, *content;
    bool replied;
    /* clock_mono_us, 0: not yet */
    int64_t sent_us, idle_us, result_us;
    uint64_t outputs, bytes; /* of iopub without status and execute_input */
};

/* This process's session: a new one each time, which no server has anything for. */
const char *kernel_session (void);
void kernel_request_make (struct kernel_request *r, const char *code);
void kernel_request_free (struct kernel_request *r);
bool kernel_request_done (const struct kernel_request *r);
/* A message from the kernel; SIZE of all of it. */
void kernel_request_note (struct kernel_request *r, struct slice header,
                          struct slice parent, struct slice content, size_t size);
/* "messages", "bytes", "seconds" from the request to idle. */
void kernel_request_print (const struct kernel_request *r);

#endif
