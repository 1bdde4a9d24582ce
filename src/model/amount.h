/* amount.h - sizes, numbers of cores and lengths of time as people write them
 *
 * Bytes: 1024, "16G", "16 GiB", "512MB" (K M G T, always binary).  Both also "auto" and shares, "25%", of
 * what there is.  Pure; any process.
 */
#ifndef MODEL_AMOUNT_H
#define MODEL_AMOUNT_H

#include <jansson.h>
#include <stdint.h>

/* Of WHOLE bytes; "auto" is AUTOMATIC.  At least 1 and at most 1 PiB; -1 for what is no size. */
int amount_bytes (const json_t *v, uint64_t whole, uint64_t automatic, uint64_t *ret);
/* Of WHOLE cores; "auto" is WHOLE.  From 0.1 to 4096; a share is at least 1 or WHOLE. */
int amount_cores (const json_t *v, double whole, double *ret);
/* Whole seconds: 90, "90s", "30m", "12h", "7d"; "off" is 0.  At most ten years. */
int amount_seconds (const json_t *v, int64_t *ret);
/* "16 GiB", "1.5 GiB", "640 KiB": for people. */
void amount_print_bytes (uint64_t n, char ret[16]);

#endif
