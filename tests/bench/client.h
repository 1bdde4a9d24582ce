/* client.h - what the verbs of bench_client share
 *
 *     bench_client [-t TOKEN] [-p PORT] VERB ARGUMENTS...     prints one JSON object
 *
 * bench.py points it at ours and at the reference server alike.  It is blocking and knows only
 * what is in the contract; a request that fails, or that nobody answers within PATIENCE_S, ends
 * the program with a message: a figure of a server that did not answer would be no figure.
 */
#ifndef TESTS_BENCH_CLIENT_H
#define TESTS_BENCH_CLIENT_H

#include "base/buf.h"
#include <stddef.h>
#include <stdint.h>

#define PATIENCE_S 300

struct target {
    unsigned port;
    const char *token;
};

/* ---- verbs: the arguments behind the name, NULL-terminated ---- */

void verb_load (const struct target *t, char **argv);
void verb_probe (const struct target *t, char **argv);
void verb_time (const struct target *t, char **argv);
void verb_start (const struct target *t, char **argv);
void verb_upload (const struct target *t, char **argv);
void verb_download (const struct target *t, char **argv);
void verb_execute (const struct target *t, char **argv);
void verb_execute_direct (const struct target *t, char **argv);
void verb_flood (const struct target *t, char **argv);
void verb_flood_direct (const struct target *t, char **argv);
void verb_first (const struct target *t, char **argv);
void verb_terminal (const struct target *t, char **argv);
void verb_echo (const struct target *t, char **argv);
void verb_pty (const struct target *t, char **argv);

/* ---- helpers ---- */

_Noreturn void die (const char *fmt, ...) __attribute__ ((format (printf, 1, 2)));
/* Argument I, or a message that it is missing. */
char *argument (char **argv, size_t i);
size_t number_argument (char **argv, size_t i);

/* Durations in microseconds.  Zeroed is empty; samples_done frees. */
struct samples {
    int64_t *us;
    size_t n, cap;
};
void samples_add (struct samples *s, int64_t us);
/* `"n": 3, "p50": 0.120, "p99": ..., "max": ..., "mean": ...` in milliseconds. */
void samples_print (struct samples *s);
void samples_done (struct samples *s);

#endif
