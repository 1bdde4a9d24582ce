/* tally.h - what has happened to workspaces since the hub was started, counted for Prometheus
 *
 *     struct tally *t = tally_new ();
 *     tally_start (t, "gpu", us);                a sandbox runs, so long after it was asked for
 *     tally_switch (t, TALLY_GATE);
 *     tally_end (t, "gpu", LIFE_END_IDLE);
 *     tally_write (t, &b);
 *
 *     labwright_workspace_starts_total{machine="gpu"}
 *     labwright_workspace_start_seconds_bucket{machine="gpu",le="5"}, _count, _sum
 *     labwright_workspace_ends_total{machine="gpu",reason="idle"}
 *     labwright_workspace_switches_total{layer="gate"}
 *
 * Kinds of machine are few; TALLY_MACHINES bounds them, and what comes then is counted as "(other)".  Loop thread only.
 */
#ifndef HUB_TALLY_H
#define HUB_TALLY_H

#include "base/buf.h"
#include "hub/life.h"

#define TALLY_MACHINES 128

enum tally_layer { TALLY_GATE, TALLY_RESTART, TALLY_LAYER_COUNT };

struct tally;
struct tally *tally_new (void);
void tally_free (struct tally *t); /* NULL is fine */

/* US: 0 if nobody knows: then it is only counted. */
void tally_start (struct tally *t, const char *machine, int64_t us);
void tally_end (struct tally *t, const char *machine, enum life_end how);
void tally_switch (struct tally *t, enum tally_layer layer);
void tally_write (const struct tally *t, struct buf *b);

#endif
