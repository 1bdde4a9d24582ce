/* worker.h - role `labwright worker NAME`: one slow task in a process of its own
 *
 * JSON in on stdin, JSON lines out on stdout; runnable by hand.  Exit code 0 if the task was done, whatever
 * its result.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

int worker_main (int argc, char **argv);

#endif
