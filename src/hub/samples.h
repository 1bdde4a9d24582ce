/* samples.h - an hour of what one workspace used
 *
 * At most SAMPLES_MAX, none older than an hour: memory grows to 200 KB at one a second, 20 KB at the usual
 * pace.  Pure values; loop thread.
 */
#ifndef HUB_SAMPLES_H
#define HUB_SAMPLES_H

#include "sandbox/spawn_wire.h"

#define SAMPLES_MAX 3600
#define SAMPLES_S 3600

struct sample {
    double t; /* seconds since 1970 */
    float cpu, cpu_limit;
    uint64_t mem, mem_limit, disk, disk_limit;
    uint32_t pids, pids_limit;
};

struct samples {
    struct sample *ring;
    size_t room, first, n;
};

void samples_done (struct samples *s);
void samples_add (struct samples *s, const struct spawn_sample *sample);
/* As docs/API.md says; new references. */
json_t *sample_json (const struct sample *s);
/* Those after SINCE (seconds since 1970), in order. */
json_t *samples_json (const struct samples *s, double since);
const struct sample *samples_last (const struct samples *s); /* or NULL */

#endif
