/* kernel.h - the kernel: requests from clients on one side, a shell on the other
 *
 *     struct kernel *k = kernel_new (loop, zmq, &conn, &err);
 *     int code = loop_run (loop);               until a shutdown_request, a signal, or the parent's end
 *     kernel_free (k);
 *
 * Requests of the shell channel are handled one after the other; those of the control channel at once, also
 * while a cell runs.  Loop thread only.
 */
#ifndef BASH_KERNEL_H
#define BASH_KERNEL_H

#include "jupyter/connfile.h"
#include "loop/loop.h"

struct kernel;
struct kernel *kernel_new (struct loop *l, void *zmq_ctx, const struct connfile *conn,
                           struct err *err);
void kernel_free (struct kernel *k); /* NULL is fine */
/* SIGINT. */
void kernel_interrupt (struct kernel *k);
/* End the shell and what runs in it, then the loop. */
void kernel_end (struct kernel *k);

#endif
