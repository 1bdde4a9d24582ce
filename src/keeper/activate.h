/* activate.h - the server that begins when somebody connects (socket activation)
 *
 * In a sandbox the keeper is the first process, and what it holds outlives the server. It owns the listening
 * HTTP socket too, reads nothing from it, and hands it on as sd_listen_fds(3) has it: descriptor 3, LISTEN_FDS
 * and LISTEN_PID.
 *
 *     struct activation *a = activation_new (keeper, fd, argv, &err);     takes FD
 *     ... the first connection starts ARGV; its end opens the door for the next ...
 *     activation_stop (a);      nobody is started any more; SIGTERM, after ACTIVATION_PATIENCE_US SIGKILL
 *     activation_gone (a)       nothing runs
 *     activation_free (a);
 *
 * What connects while nothing runs waits in the socket's queue, so a server may end whenever nothing is
 * connected to it and loses nobody. One that ends within ACTIVATION_SOON_US is begun again after a pause, 0.1 s
 * at first and up to 5 s; after the third failure of that kind in a row the connections that wait are closed.
 * What it writes to stdout and stderr goes to the keeper's log.
 *
 * Loop thread only.
 */
#ifndef KEEPER_ACTIVATE_H
#define KEEPER_ACTIVATE_H

#include "base/err.h"
#include "base/strv.h"
#include <stdbool.h>
#include <sys/types.h>

#define ACTIVATION_FD 3 /* where it finds the socket */
#define ACTIVATION_SOON_US 2000000
#define ACTIVATION_PATIENCE_US 8000000
/* Its environment says where the keeper is, so that it looks nowhere else and starts none. */
#define ACTIVATION_KEEPER "LABWRIGHT_KEEPER"

struct activation;
struct keeper;

/* INVALID: FD is no socket that listens. */
struct activation *activation_new (struct keeper *k, int fd, const struct strv *argv,
                                   struct err *err);
void activation_free (struct activation *a); /* NULL is fine */
void activation_stop (struct activation *a);
bool activation_gone (const struct activation *a); /* true for NULL */

enum activation_state { ACTIVATION_ASLEEP, ACTIVATION_RUNS, ACTIVATION_PAUSES };
extern const char *const activation_state_names[]; /* "stopped", "running", "failing" */
enum activation_state activation_state (const struct activation *a);
pid_t activation_pid (const struct activation *a); /* 0: none runs */
const char *
activation_reason (const struct activation *a); /* why the last one ended; "": none did */

/* `labwright keep --hand-over ARGV`, between the keeper and the server: only the process itself knows its
 * LISTEN_PID. Returns the exit status if ARGV could not be executed. */
int activation_hand_over (char **argv);

#endif
