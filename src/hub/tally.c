/* tally.c - what has happened to workspaces since the hub was started, counted for Prometheus */

#include "hub/tally.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "http/timings.h"

#include <string.h>

#define STARTS "labwright_workspace_starts_total"
#define START_S "labwright_workspace_start_seconds"
#define ENDS "labwright_workspace_ends_total"
#define SWITCHES "labwright_workspace_switches_total"

static const double bounds[] = { 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 900 };
static const char *const layers[TALLY_LAYER_COUNT] = { "gate", "restart" };

struct row {
    struct list link;
    char *machine;
    uint64_t starts, timed, buckets[ARRAY_SIZE (bounds)], ends[LIFE_END_COUNT];
    double sum;
};

struct tally {
    struct list rows;
    size_t n;
    uint64_t switches[TALLY_LAYER_COUNT];
};

struct tally *tally_new (void)
{
    struct tally *t = xnew (struct tally);
    list_init (&t->rows);
    return t;
}

void tally_free (struct tally *t)
{
    if (!t)
        return;
    list_foreach (r, &t->rows, struct row, link) {
        list_remove (&r->link);
        free (r->machine);
        free (r);
    }
    free (t);
}

static struct row *row_of (struct tally *t, const char *machine)
{
    const char *name = t->n < TALLY_MACHINES ? machine : "(other)";
    list_foreach (r, &t->rows, struct row, link)
        if (!strcmp (r->machine, machine) || !strcmp (r->machine, name))
            return r;
    struct row *r = xnew (struct row);
    r->machine = xstrdup (name);
    list_append (&t->rows, &r->link);
    t->n++;
    return r;
}

void tally_start (struct tally *t, const char *machine, int64_t us)
{
    struct row *r = row_of (t, machine);
    double seconds = (double)us / CLOCK_S;
    r->starts++;
    if (us <= 0)
        return;
    r->timed++;
    r->sum += seconds;
    for (size_t i = 0; i < ARRAY_SIZE (bounds); i++)
        r->buckets[i] += seconds <= bounds[i];
}

void tally_end (struct tally *t, const char *machine, enum life_end how)
{
    row_of (t, machine)->ends[how]++;
}

void tally_switch (struct tally *t, enum tally_layer layer)
{
    t->switches[layer]++;
}

/* Names of machines have none of the characters that would need a backslash (fields.h). */
static void write_times (struct buf *b, const struct row *r)
{
    for (size_t i = 0; i < ARRAY_SIZE (bounds); i++)
        (void)buf_addf (b, START_S "_bucket{machine=\"%s\",le=\"%g\"} %llu\n", r->machine,
                        bounds[i], (unsigned long long)r->buckets[i]);
    (void)buf_addf (b, START_S "_bucket{machine=\"%s\",le=\"+Inf\"} %llu\n", r->machine,
                    (unsigned long long)r->timed);
    (void)buf_addf (b, START_S "_count{machine=\"%s\"} %llu\n", r->machine,
                    (unsigned long long)r->timed);
    (void)buf_addf (b, START_S "_sum{machine=\"%s\"} %.9g\n", r->machine, r->sum);
}

void tally_write (const struct tally *t, struct buf *b)
{
    timings_write_head (b, STARTS, "workspaces that began to run", "counter");
    list_foreach (r, &t->rows, struct row, link)
        (void)buf_addf (b, STARTS "{machine=\"%s\"} %llu\n", r->machine,
                        (unsigned long long)r->starts);
    timings_write_head (b, START_S, "seconds from the wish to start to running",
                        "histogram");
    list_foreach (r, &t->rows, struct row, link)
        write_times (b, r);
    timings_write_head (b, ENDS, "workspaces that ended", "counter");
    list_foreach (r, &t->rows, struct row, link)
        for (int i = 0; i < LIFE_END_COUNT; i++)
            (void)buf_addf (b, ENDS "{machine=\"%s\",reason=\"%s\"} %llu\n", r->machine,
                            life_end_names[i], (unsigned long long)r->ends[i]);
    timings_write_head (b, SWITCHES, "switches of workspaces that ran", "counter");
    for (int i = 0; i < TALLY_LAYER_COUNT; i++)
        (void)buf_addf (b, SWITCHES "{layer=\"%s\"} %llu\n", layers[i],
                        (unsigned long long)t->switches[i]);
}
