/* idle.c - when a workspace is idle, and why: the rule */

#include "hub/idle.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60

static const char *const since[IDLE_USE_COUNT] = {
    [IDLE_BEGAN] = "it was started",
    [IDLE_HUB] = "the hub was started",
    [IDLE_OPENED] = "it was opened in a browser",
    [IDLE_CHANGED] = "something was last changed in the browser",
    [IDLE_KEPT] = "you said that you are still working",
    [IDLE_CELL] = "the last cell ended",
    [IDLE_PROGRAM] = "the program in a terminal ended",
    [IDLE_PROCESSOR] = "the processors were last busy",
    [IDLE_GPUS] = "the GPU was last busy",
};

/* ---- what is reported --------------------------------------------------------------------------- */

void idle_use (struct idle *i, int64_t t, enum idle_use use)
{
    if (t >= i->used) {
        i->used = t;
        i->use = use;
    }
}

void idle_init (struct idle *i, int64_t now, enum idle_use first)
{
    *i = (struct idle){ .used = now, .use = first };
}

static bool gpu_busy (const struct idle *i)
{
    return i->sample.gpu >= IDLE_GPU;
}

static bool cpu_busy (const struct idle *i)
{
    return i->sample.cpu >= IDLE_CPU;
}

void idle_sample (struct idle *i, int64_t t, double cpu, double gpu)
{
    i->sample.t = t;
    i->sample.cpu = cpu;
    i->sample.gpu = gpu;
    if (gpu_busy (i))
        idle_use (i, t, IDLE_GPUS);
    else if (cpu_busy (i))
        idle_use (i, t, IDLE_PROCESSOR);
}

void idle_browsers (struct idle *i, int64_t t, unsigned n)
{
    if (n > i->browsers)
        idle_use (i, t, IDLE_OPENED);
    i->browsers = n;
}

/* What was said stands until it is asked again; of a server that never answers, it does not. */
static bool said_busy (const struct idle *i)
{
    return i->unheard < IDLE_TRIES && (i->said.busy > 0 || i->said.program[0]);
}

void idle_activity (struct idle *i, int64_t t, const struct idle_said *said)
{
    bool program = i->said.program[0]; /* until some moment since: it may have been now */
    i->said = *said;
    i->said_at = t;
    i->unheard = 0;
    if (said->busy > 0)
        idle_use (i, t, IDLE_CELL);
    else if (program || said->program[0])
        idle_use (i, t, IDLE_PROGRAM);
    else if (said->last_cell > 0)
        idle_use (i, said->last_cell < t ? said->last_cell : t, IDLE_CELL);
}

void idle_unheard (struct idle *i, int64_t t)
{
    i->unheard++;
    i->asked_at = t;
}

void idle_frozen (struct idle *i, int64_t t)
{
    i->frozen = t;
}

/* ---- words -------------------------------------------------------------------------------------- */

static void span_text (int64_t s, char ret[40])
{
    int64_t m = s / MINUTE;
    if (m < 1)
        (void)snprintf (ret, 40, "less than a minute");
    else if (m < 120)
        (void)snprintf (ret, 40, "%lld minute%s", (long long)m, m == 1 ? "" : "s");
    else
        (void)snprintf (ret, 40, "%lld hours", (long long)(m / 60));
}

static void say_in_use (const struct idle *i, bool by_sample, struct idle_decision *d)
{
    char *to = d->because;
    size_t n = sizeof (d->because);
    if (by_sample && gpu_busy (i))
        (void)snprintf (to, n, "In use: the GPU is %.0f %% busy.", i->sample.gpu);
    else if (i->said.busy == 1)
        (void)snprintf (to, n, "In use: a cell is running.");
    else if (i->said.busy > 1)
        (void)snprintf (to, n, "In use: cells are running in %u kernels.", i->said.busy);
    else if (i->said.program[0])
        (void)snprintf (to, n, "In use: %s runs in terminal %s.", i->said.program,
                        i->said.terminal);
    else
        (void)snprintf (to, n, "In use: programs keep %.1f processors busy.",
                        i->sample.cpu);
}

/* What nobody has looked at since the last use is not claimed. */
static void say_idle (const struct idle *i, int64_t now, struct idle_decision *d)
{
    const char *page = i->browsers ? " An open page alone does not count." : "";
    char span[40];
    span_text (now - i->used, span);
    if (i->said_at >= i->used)
        (void)snprintf (
            d->because, sizeof (d->because),
            "Idle for %s: no cell, no program in a terminal, no processor or GPU "
            "has been busy since %s.%s",
            span, since[i->use], page);
    else
        (void)snprintf (
            d->because, sizeof (d->because),
            "Quiet for %s, since %s. Cells and terminals are looked at before it "
            "is ended.%s",
            span, since[i->use], page);
}

static void say_unheard (const struct idle *i, struct idle_decision *d)
{
    size_t n = strlen (d->because);
    (void)snprintf (d->because + n, sizeof (d->because) - n,
                    " The server inside does not answer (asked %u time%s).", i->unheard,
                    i->unheard == 1 ? "" : "s");
}

/* ---- the rule ------------------------------------------------------------------------------------ */

static int64_t lesser (int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t warn_before (int64_t timeout)
{
    return lesser (IDLE_WARN_S, timeout / 3);
}

/* How long what the server said may stand before it is asked again. */
static int64_t pace (const struct idle *i, int64_t timeout)
{
    int64_t quiet = timeout - warn_before (timeout);
    return lesser (i->browsers ? MINUTE : 15 * MINUTE, quiet);
}

static bool fresh (int64_t t, int64_t now)
{
    return t > 0 && now - t <= IDLE_FRESH_S;
}

/* The server inside is to be asked: now, or a minute after it gave no answer. */
static void ask (const struct idle *i, int64_t now, struct idle_decision *d)
{
    d->next = i->unheard ? i->asked_at + MINUTE : now;
    if (i->unheard)
        say_unheard (i, d);
    if (now >= d->next)
        d->act = IDLE_ASK;
}

static void in_use (const struct idle *i, bool by_sample, int64_t timeout, int64_t now,
                    struct idle_decision *d)
{
    say_in_use (i, by_sample, d);
    d->next = by_sample ? i->sample.t + IDLE_FRESH_S + 1 : i->said_at + pace (i, timeout);
    if (!by_sample && now >= d->next)
        ask (i, now, d);
}

static bool to_be_asked (const struct idle *i, int64_t warn, int64_t stop, int64_t again,
                         int64_t now)
{
    return now >= stop || (now >= warn && i->said_at < warn) ||
           (i->browsers && now >= again);
}

static void not_in_use (const struct idle *i, int64_t timeout, int64_t now,
                        struct idle_decision *d)
{
    int64_t stop = i->used + timeout, warn = stop - warn_before (timeout);
    int64_t again = i->browsers ? i->said_at + pace (i, timeout) : INT64_MAX;
    bool said = fresh (i->said_at, now) || i->unheard >= IDLE_TRIES;

    say_idle (i, now, d);
    d->act = now >= warn ? IDLE_WARN : IDLE_WAIT;
    if (now >= stop && said && fresh (i->sample.t, now))
        d->act = IDLE_FREEZE;
    else if (now >= stop && said)
        d->next = now + 1; /* no spawner, no facts, and nobody to end it */
    else if (to_be_asked (i, warn, stop, again, now))
        ask (i, now, d);
    else
        d->next = lesser (now < warn ? warn : stop, again);
    d->stops_at = d->next > stop && d->next < INT64_MAX ? d->next : stop;
}

static void stands_still (const struct idle *i, int64_t now, struct idle_decision *d)
{
    d->stops_at = d->next = i->frozen + IDLE_FROZEN_S;
    d->act = now >= d->stops_at ? IDLE_STOP : IDLE_FREEZE;
    say_idle (i, i->frozen, d);
    if (i->unheard)
        say_unheard (i, d);
}

void idle_decide (const struct idle *i, int64_t timeout, int64_t now,
                  struct idle_decision *ret)
{
    bool by_sample = fresh (i->sample.t, now) && (gpu_busy (i) || cpu_busy (i));

    *ret = (struct idle_decision){ .act = IDLE_WAIT, .next = INT64_MAX };
    if (timeout < 0)
        (void)snprintf (ret->because, sizeof (ret->because),
                        "The idle timeout is off: it runs until somebody stops it.");
    else if (i->frozen && i->used < i->frozen)
        stands_still (i, now, ret);
    else if (by_sample || said_busy (i))
        in_use (i, by_sample, timeout, now, ret);
    else
        not_in_use (i, timeout, now, ret);
}
