/* record.h - what must be known of a sandbox after a `kill -9` of the spawner: STATE/ws/ID/spec.json, exit.json
 *
 *     record_begin (state, &r, &err);      before anything is started: pid 0, no exit.json
 *     r.pid = ...;  record_write (state, &r, &err);
 *     record_end (state, &r, &exit);       exit.json
 *
 * pid and start time name a process for good: a number that was given to another since has another time.  A
 * record with pid 0 is of a start that nobody was told of.  Both files are written whole or not at all; they
 * are root's, in a directory where only root can write.  Not synced to the disk: what runs does not outlive
 * the machine either.
 */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include "sandbox/spawn_wire.h"
#include <sys/types.h>

struct record {
    struct sandbox_spec spec;
    char machine[SANDBOX_NAME]; /* that it is on now */
    struct strv gpus;           /* nodes that are its own */
    pid_t pid;
    uint64_t ticks; /* its start time as /proc/PID/stat has it */
    int64_t started_us;
};

void record_init (struct record *r); /* the spec too */
void record_done (struct record *r);
int record_begin (const char *state, const struct record *r, struct err *err);
int record_write (const char *state, const struct record *r, struct err *err);
void record_end (const char *state, const struct record *r, const struct spawn_exit *e);
/* NOT_FOUND, or INVALID: not ours.  RET is initialised by this, and done after a failure. */
int record_read (const char *state, const char *id, struct record *ret, struct err *err);
/* False: it has not ended. */
bool record_read_exit (const char *state, const char *id, struct spawn_exit *ret);

/* Start time of a process; 0: there is none. */
uint64_t record_ticks (pid_t pid);

#endif
