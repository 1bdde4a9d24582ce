/* clock.h - times: int64_t microseconds, monotonic inside, wall-clock only at the edges */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_S 1000000LL
#define CLOCK_MS 1000LL
#define CLOCK_TEXT 40 /* room for any of the texts below */

int64_t clock_mono_us (void);
int64_t clock_wall_us (void);                   /* since the epoch */
int64_t clock_timespec_us (struct timespec ts); /* rounded, not cut (contract 1.9) */
/* "2024-05-01T12:34:56.789012Z", without the fraction when it is zero; 0 (the epoch) if out of range. */
const char *clock_iso_z (int64_t wall_us, char ret[CLOCK_TEXT]);
/* The same with "+00:00" (lab settings and workspaces). */
const char *clock_iso_offset (int64_t wall_us, char ret[CLOCK_TEXT]);
/* "Wed, 01 May 2024 12:34:56 GMT" */
const char *clock_http (int64_t wall_us, char ret[CLOCK_TEXT]);
int64_t clock_parse_http (const char *s); /* -1 if it is no HTTP date */

#endif
