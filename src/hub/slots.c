/* slots.c - who is on which machine, and whether there is room for one more */

#include "hub/slots.h"

#include "base/cleanup.h"

#include <stdlib.h>

void slots_init (struct slots *s, const struct machines *machines)
{
    *s = (struct slots){ .machines = machines };
    s->taken = xcalloc (machines->n ? machines->n : 1, sizeof (*s->taken));
}

void slots_done (struct slots *s)
{
    free (s->taken);
    s->taken = NULL;
}

static size_t index_of (const struct slots *s, const struct machine *m)
{
    return (size_t)(m - s->machines->v);
}

void slots_take (struct slots *s, const char *name)
{
    const struct machine *m = machines_find (s->machines, name);
    if (!m)
        return;
    s->taken[index_of (s, m)]++;
    s->gpus += m->gpus;
}

void slots_leave (struct slots *s, const char *name)
{
    const struct machine *m = machines_find (s->machines, name);
    if (!m || s->taken[index_of (s, m)] == 0)
        return;
    s->taken[index_of (s, m)]--;
    s->gpus -= m->gpus;
}

unsigned slots_taken (const struct slots *s, const struct machine *m)
{
    return s->taken[index_of (s, m)];
}

int slots_left (const struct slots *s, const struct machine *m)
{
    unsigned taken = slots_taken (s, m);
    int left = m->slots == 0 ? -1 : taken < m->slots ? (int)(m->slots - taken) : 0;
    if (m->gpus) {
        size_t all = m->gpu_nodes.n;
        int by_gpus = s->gpus < all ? (int)((all - s->gpus) / m->gpus) : 0;
        if (left < 0 || by_gpus < left)
            left = by_gpus;
    }
    return left;
}

bool slots_free (const struct slots *s, const struct machine *m)
{
    return slots_left (s, m) != 0;
}

char *slots_why (const struct slots *s, const struct machine *m)
{
    unsigned taken = slots_taken (s, m);
    if (m->slots && taken >= m->slots)
        return xasprintf ("All machines of kind %s are in use (%u of %u)", m->name, taken,
                          m->slots);
    return xasprintf ("The GPUs of this host are in use (%u of %zu)", s->gpus,
                      m->gpu_nodes.n);
}
