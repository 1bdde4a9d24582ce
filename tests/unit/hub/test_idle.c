/* test_idle.c - twelve workloads under three policies, each decision right and explained
 *
 * A world is a function of time; `live` does what hub/idle_watch.c does, ten seconds at a time.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/idle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 1800000000LL
#define STEP 10
#define MIN 60
#define HOUR 3600
#define NEVER (-1)
#define DAY (24 * HOUR)

/* What is true of a workspace S seconds after its start. */
struct world {
    double cpu, gpu;
    unsigned browsers, busy;
    int64_t last_cell; /* seconds after the start, 0: none */
    const char *program;
    bool keep, mute;
};

struct workload {
    const char *name;
    void (*at) (int64_t s, struct world *w);
    int64_t ends[3];     /* under 15 min, 1 h, 2 h: seconds, NEVER: not within a day */
    const char *because; /* said when it ends, or would end by the policy */
};

static void nothing (int64_t s, struct world *w)
{
    (void)s;
    (void)w;
}

static void open_page (int64_t s, struct world *w)
{
    w->browsers = s >= MIN;
    w->cpu = 0.01;
}

static void computing_cell (int64_t s, struct world *w)
{
    w->busy = s >= 30;
    w->cpu = w->busy ? 1.0 : 0;
}

static void sleeping_cell (int64_t s, struct world *w)
{
    w->busy = s >= 30;
    w->last_cell = 30;
}

/* A page is open; cells now and then until 40 minutes after the start. */
static void cells_then_lunch (int64_t s, struct world *w)
{
    w->browsers = 1;
    w->busy = s < 40 * MIN && s % 120 < 40;
    w->last_cell = s < 40 * MIN ? s - s % 120 + 40 : 40 * MIN;
    w->cpu = w->busy ? 0.8 : 0.02;
}

/* A background process trains on the GPU for two hours, no page open. */
static void gpu_in_background (int64_t s, struct world *w)
{
    w->gpu = s < 2 * HOUR ? 93 : 0;
    w->cpu = 0.05;
}

static void cpu_in_background (int64_t s, struct world *w)
{
    w->cpu = s < 90 * MIN ? 0.9 : 0.001;
}

static void terminal_at_its_prompt (int64_t s, struct world *w)
{
    (void)s;
    w->browsers = 1;
}

/* A slow download: no processor to speak of. */
static void program_in_terminal (int64_t s, struct world *w)
{
    w->program = s >= 20 && s < 3 * HOUR ? "wget" : NULL;
    w->cpu = 0.02;
}

static void daemon_that_polls (int64_t s, struct world *w)
{
    (void)s;
    w->cpu = 0.03;
    w->gpu = 1;
}

/* Ten seconds of work every 25 minutes. */
static void now_and_then (int64_t s, struct world *w)
{
    w->cpu = s % (25 * MIN) < 10 ? 0.7 : 0.001;
}

/* Sees the banner and says "I'm still working", three times. */
static void still_working (int64_t s, struct world *w)
{
    w->browsers = 1;
    w->keep = s == 12 * MIN || s == 24 * MIN || s == 36 * MIN;
}

/* Comes back in the last minute, when it stands still; leaves again. */
static void comes_back (int64_t s, struct world *w)
{
    w->browsers = s >= 15 * MIN + 30 && s < 16 * MIN;
}

/* Its server does not answer: by what the hub knows itself, after five questions. */
static void mute_server (int64_t s, struct world *w)
{
    (void)s;
    w->mute = true;
}

static const struct workload workloads[] = {
    { "nothing at all", nothing, { 15 * MIN, HOUR, 2 * HOUR }, "since it was started" },
    { "an open page",
      open_page,
      { 16 * MIN, 61 * MIN, 121 * MIN },
      "An open page alone does not count" },
    { "a cell that computes",
      computing_cell,
      { NEVER, NEVER, NEVER },
      "1.0 processors busy" },
    { "a cell that sleeps", sleeping_cell, { NEVER, NEVER, NEVER }, "a cell is running" },
    { "cells, then lunch",
      cells_then_lunch,
      { 55 * MIN, 100 * MIN, 160 * MIN },
      "since the last cell ended" },
    { "a GPU at work",
      gpu_in_background,
      { 135 * MIN, 180 * MIN, 240 * MIN },
      "since the GPU was last busy" },
    { "a background process",
      cpu_in_background,
      { 105 * MIN, 150 * MIN, 210 * MIN },
      "since the processors were last busy" },
    { "a terminal at its prompt",
      terminal_at_its_prompt,
      { 15 * MIN, HOUR, 2 * HOUR },
      "since it was opened in a browser" },
    { "a program in a terminal",
      program_in_terminal,
      { 195 * MIN, 4 * HOUR, 5 * HOUR },
      "since the program in a terminal ended" },
    { "a daemon that polls",
      daemon_that_polls,
      { 15 * MIN, HOUR, 2 * HOUR },
      "since it was started" },
    { "work now and then",
      now_and_then,
      { 15 * MIN, NEVER, NEVER },
      "since the processors were last busy" },
    { "still working",
      still_working,
      { 51 * MIN, 96 * MIN, 156 * MIN },
      "since you said that you are still working" },
    { "comes back in time",
      comes_back,
      { 30 * MIN + 30, 75 * MIN + 30, 135 * MIN + 30 },
      "since it was opened in a browser" },
    { "a server that is mute",
      mute_server,
      { 15 * MIN, HOUR, 2 * HOUR },
      "does not answer" },
};
static const int64_t policies[3] = { 15 * MIN, HOUR, 2 * HOUR };

/* The hub learns of its end so much later than it could. */
static int64_t slack_of (const struct workload *load)
{
    if (load->at == mute_server)
        return 6 * MIN;
    return load->at == program_in_terminal ? 15 * MIN : 0;
}

struct outcome {
    int64_t ended, warned, asked; /* seconds; how often */
    char because[224];
};

static void look_inside (struct idle *i, int64_t s, const struct world *w)
{
    struct idle_said said = { .busy = w->busy,
                              .last_cell = w->last_cell ? T0 + w->last_cell : 0 };
    if (w->program)
        (void)snprintf (said.program, sizeof (said.program), "%s", w->program);
    (void)snprintf (said.terminal, sizeof (said.terminal), "1");
    if (w->mute)
        idle_unheard (i, T0 + s);
    else
        idle_activity (i, T0 + s, &said);
}

/* One turn; false: it ended. */
static bool turn (struct idle *i, const struct world *w, int64_t timeout, int64_t s,
                  struct outcome *o)
{
    struct idle_decision d;
    for (int tries = 0; idle_decide (i, timeout, T0 + s, &d), d.act == IDLE_ASK; tries++) {
        assert_true (tries < 2);
        look_inside (i, s, w);
        o->asked++;
    }
    assert_true (d.next >= T0 + s || d.act == IDLE_STOP);
    assert_true (strlen (d.because) < sizeof (d.because) - 1);
    if (d.act == IDLE_WAIT)
        o->warned = 0;
    else if (!o->warned)
        o->warned = s;
    if (d.act == IDLE_FREEZE && !i->frozen)
        idle_frozen (i, T0 + s);
    else if (d.act != IDLE_FREEZE && d.act != IDLE_STOP)
        idle_frozen (i, 0);
    (void)snprintf (o->because, sizeof (o->because), "%s", d.because);
    return d.act != IDLE_STOP;
}

static void live (const struct workload *load, int64_t timeout, int64_t until,
                  struct outcome *o)
{
    struct idle i;
    idle_init (&i, T0, IDLE_BEGAN);
    *o = (struct outcome){ .ended = NEVER };
    for (int64_t s = 0; s <= until; s += STEP) {
        struct world w = { .cpu = 0 };
        load->at (s, &w);
        if (i.frozen)
            w.cpu = w.gpu = 0;
        idle_sample (&i, T0 + s, w.cpu, w.gpu);
        idle_browsers (&i, T0 + s, w.browsers);
        if (w.keep)
            idle_use (&i, T0 + s, IDLE_KEPT);
        if (!turn (&i, &w, timeout, s, o)) {
            o->ended = s - IDLE_FROZEN_S;
            return;
        }
    }
}

static void test_workloads (void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof (workloads) / sizeof (*workloads); n++) {
        for (size_t p = 0; p < 3; p++) {
            const struct workload *load = &workloads[n];
            int64_t wanted = load->ends[p];
            struct outcome o;
            live (load, policies[p], wanted == NEVER ? DAY : wanted + HOUR, &o);
            int64_t slack = slack_of (load);
            printf ("# %-26s %4lld min: ends after %lld s (%lld questions): %s\n",
                    load->name, (long long)policies[p] / MIN, (long long)o.ended,
                    (long long)o.asked, o.because);
            if (wanted == NEVER)
                assert_int_equal (o.ended, NEVER);
            else
                assert_in_range (o.ended, wanted - 2 * STEP, wanted + slack + 2 * STEP);
            if (wanted != NEVER && !slack)
                assert_true (o.ended - o.warned <= IDLE_WARN_S + 2 * STEP &&
                             o.ended - o.warned >= IDLE_WARN_S - 2 * STEP);
            if (wanted == NEVER)
                live (load, policies[p], policies[p] + MIN, &o);
            if (wanted != NEVER || load->at != now_and_then)
                assert_non_null (strstr (o.because, load->because));
        }
    }
}

/* A day with no timeout: never asked, never ended. */
static void test_off (void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof (workloads) / sizeof (*workloads); n++) {
        struct outcome o;
        live (&workloads[n], IDLE_OFF, DAY, &o);
        assert_int_equal (o.ended, NEVER);
        assert_int_equal (o.asked, 0);
        assert_non_null (strstr (o.because, "timeout is off"));
    }
}

/* A server that sleeps is not waked to learn that it sleeps: once for the banner, once before the end. */
static void test_asks_seldom (void **state)
{
    struct outcome o;
    (void)state;
    live (&workloads[0], 2 * HOUR, DAY, &o);
    assert_int_equal (o.asked, 2);
}

/* No facts from the spawner: nothing is ended. */
static void test_blind (void **state)
{
    struct idle i;
    struct idle_decision d;
    const struct idle_said said = { .busy = 0 };
    (void)state;
    idle_init (&i, T0, IDLE_BEGAN);
    for (int64_t s = 0; s < 4 * HOUR; s += STEP) {
        idle_decide (&i, 15 * MIN, T0 + s, &d);
        assert_true (d.act != IDLE_FREEZE && d.act != IDLE_STOP);
        if (d.act == IDLE_ASK)
            idle_activity (&i, T0 + s, &said);
    }
}

/* Whatever is reported in whatever order: an end is never decided within the timeout of a use, nor on facts that
 * are old, and `next` never lies in the past. */
static void test_random (void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct idle i;
        int64_t now = T0, use = T0, sampled = 0;
        srand (seed);
        idle_init (&i, now, IDLE_BEGAN);
        for (int n = 0; n < 2000; n++) {
            struct idle_decision d;
            struct idle_said said = { .busy = rand () % 40 == 0,
                                      .last_cell = now - rand () % 900 };
            now += rand () % 40;
            switch (rand () % 8) {
            case 0:
                idle_use (&i, now, IDLE_KEPT);
                use = now;
                break;
            case 1: idle_unheard (&i, now); break;
            case 2: idle_browsers (&i, now, (unsigned)rand () % 2); break;
            default:
                idle_sample (&i, now, rand () % 60 ? 0 : 2, 0);
                sampled = now;
                break;
            }
            idle_decide (&i, 60, now, &d);
            if (d.act == IDLE_ASK && rand () % 2)
                idle_activity (&i, now, &said);
            if (d.act == IDLE_FREEZE && !i.frozen) {
                assert_true (now - use >= 60 && now - sampled <= IDLE_FRESH_S);
                assert_true (!i.said.busy || i.unheard >= IDLE_TRIES);
                idle_frozen (&i, now);
            } else if (d.act != IDLE_FREEZE) {
                assert_true (d.act != IDLE_STOP || now - use >= 60 + IDLE_FROZEN_S);
                idle_frozen (&i, 0);
            }
            assert_true (d.act == IDLE_STOP || d.act == IDLE_ASK || d.next >= now);
        }
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_workloads),   cmocka_unit_test (test_off),
        cmocka_unit_test (test_asks_seldom), cmocka_unit_test (test_blind),
        cmocka_unit_test (test_random),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
