/* slots.h - who is on which machine, and whether there is room for one more
 *
 *     struct slots s;
 *     slots_init (&s, machines);
 *     slots_take (&s, "gpu") for each workspace that is on one
 *     if (slots_free (&s, m)) ...
 *     slots_done (&s);
 *
 * A kind has as many slots as machines.yml says (0: as many as come), and kinds with GPUs share those of
 * the host.  Counted anew whenever the question is asked, so there is nothing to get out of step.
 *
 * Pure values; any process.
 */
#ifndef HUB_SLOTS_H
#define HUB_SLOTS_H

#include "model/machines.h"

struct slots {
    const struct machines *machines;
    unsigned *taken; /* by kind */
    unsigned gpus;   /* taken of the host's */
};

void slots_init (struct slots *s, const struct machines *machines); /* borrows MACHINES */
void slots_done (struct slots *s);
/* One more is on the kind NAME; a kind that is not known any more takes no slot. */
void slots_take (struct slots *s, const char *name);
void slots_leave (struct slots *s, const char *name);
unsigned slots_taken (const struct slots *s, const struct machine *m);
bool slots_free (const struct slots *s, const struct machine *m);
/* How many more: -1 for as many as come. */
int slots_left (const struct slots *s, const struct machine *m);
/* Why there is none: "All machines of kind gpu are in use (2 of 2)"; malloc'ed. */
char *slots_why (const struct slots *s, const struct machine *m);

#endif
