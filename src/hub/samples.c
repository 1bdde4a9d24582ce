/* samples.c - an hour of what one workspace used: a ring that grows by doubling */

#include "hub/samples.h"

#include "base/cleanup.h"

#include <stdlib.h>

#define ROOM_FIRST 64

static struct sample *at (const struct samples *s, size_t i)
{
    return &s->ring[(s->first + i) % s->room];
}

void samples_done (struct samples *s)
{
    free (s->ring);
    *s = (struct samples){ .ring = NULL };
}

static void grow (struct samples *s)
{
    size_t room = s->room ? s->room * 2 : ROOM_FIRST;
    if (room > SAMPLES_MAX)
        room = SAMPLES_MAX;
    struct sample *ring = xcalloc (room, sizeof (*ring));
    for (size_t i = 0; i < s->n; i++)
        ring[i] = *at (s, i);
    free (s->ring);
    s->ring = ring;
    s->room = room;
    s->first = 0;
}

static void drop_first (struct samples *s)
{
    s->first = (s->first + 1) % s->room;
    s->n--;
}

void samples_add (struct samples *s, const struct spawn_sample *from)
{
    const struct sample new = {
        .t = (double)from->t_us / 1e6,
        .cpu = (float)from->cpu,
        .cpu_limit = (float)from->cpu_limit,
        .mem = from->mem,
        .mem_limit = from->mem_limit,
        .disk = from->disk,
        .disk_limit = from->disk_limit,
        .pids = from->pids,
        .pids_limit = from->pids_limit,
    };
    while (s->n > 0 && at (s, 0)->t < new.t - SAMPLES_S)
        drop_first (s);
    if (s->n == SAMPLES_MAX)
        drop_first (s);
    if (s->n == s->room)
        grow (s);
    s->n++;
    *at (s, s->n - 1) = new;
}

json_t *sample_json (const struct sample *s)
{
    return json_pack ("{s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:i, s:i, s:n}", "t", s->t,
                      "cpu", (double)s->cpu, "cpu_limit", (double)s->cpu_limit, "mem",
                      (json_int_t)s->mem, "mem_limit", (json_int_t)s->mem_limit, "disk",
                      (json_int_t)s->disk, "disk_limit", (json_int_t)s->disk_limit, "pids",
                      (int)s->pids, "pids_limit", (int)s->pids_limit, "gpu");
}

json_t *samples_json (const struct samples *s, double since)
{
    json_t *list = json_array ();
    for (size_t i = 0; i < s->n; i++)
        if (at (s, i)->t > since)
            (void)json_array_append_new (list, sample_json (at (s, i)));
    return list;
}

const struct sample *samples_last (const struct samples *s)
{
    return s->n ? at (s, s->n - 1) : NULL;
}
