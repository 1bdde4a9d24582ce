/* idle.h - when a workspace is idle, and why: the rule (floyd-contract 5.6)
 *
 * Use is: a cell that runs, a program in the foreground of a terminal, IDLE_CPU cores or IDLE_GPU percent of a
 * GPU busy.  What a person does counts at its moment: to open the workspace in a browser, to change something
 * there, to say "I'm still working".  No use by themselves are a browser or a terminal that stays open, and memory that is held.
 *
 *     struct idle i;
 *     idle_init (&i, now, IDLE_BEGAN);                 the run begins
 *     idle_sample (&i, t, cpu, gpu);                   every 10 s, from the spawner
 *     idle_browsers (&i, t, n);                        as often as one likes
 *     idle_decide (&i, timeout, now, &d);              what to do now, why, and when to decide again at the latest
 *     idle_activity (&i, t, &said);                    on IDLE_ASK: what only the server inside knows
 *
 * The server inside is asked when nothing else shows use, because to ask starts one that sleeps: when the
 * last IDLE_WARN_S begin, at the end, each quarter of an hour while it said that something runs, and each
 * minute while a browser is attached (then it is awake anyway).  So nothing is ended on facts older than half a
 * minute.  At its end a workspace is frozen for IDLE_FROZEN_S: who comes back in that time finds everything
 * as it was.
 *
 * Pure.  Times are seconds since 1970; who reports the future is taken to mean now.
 */
#ifndef HUB_IDLE_H
#define HUB_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#define IDLE_OFF (-1)    /* a timeout that never comes */
#define IDLE_WARN_S 300  /* the banner is up; with a short timeout a third of it */
#define IDLE_FROZEN_S 60 /* stands still before it ends */
#define IDLE_CPU 0.1     /* cores */
#define IDLE_GPU 5.0     /* percent */
#define IDLE_FRESH_S 30  /* so old may a fact be that something is decided on */
#define IDLE_TRIES 5 /* a server that does not answer is asked so often, a minute apart */

enum idle_use {
    IDLE_BEGAN,
    IDLE_HUB, /* it ran when the hub began to look */
    IDLE_OPENED,
    IDLE_CHANGED,
    IDLE_KEPT,
    IDLE_CELL,
    IDLE_PROGRAM,
    IDLE_PROCESSOR,
    IDLE_GPUS,
    IDLE_USE_COUNT
};

/* What the server inside said (docs/PROTOCOL.md, "workload"). */
struct idle_said {
    unsigned busy;     /* kernels that run a cell */
    int64_t last_cell; /* when a kernel last said anything; 0: never */
    char program[64];  /* foreground of a terminal, "": only shells */
    char terminal[64]; /* its name */
};

struct idle {
    int64_t used; /* latest use */
    enum idle_use use;
    struct {
        int64_t t; /* 0: none yet */
        double cpu, gpu;
    } sample;
    int64_t said_at; /* 0: not asked yet */
    struct idle_said said;
    unsigned unheard; /* questions in a row without an answer */
    int64_t asked_at; /* the last of those */
    unsigned browsers;
    int64_t frozen; /* since then; 0: it is not */
};

enum idle_act {
    IDLE_WAIT,   /* in use, or long before the end */
    IDLE_ASK,    /* idle_activity or idle_unheard, then decide again */
    IDLE_WARN,   /* show the banner */
    IDLE_FREEZE, /* freeze it, or leave it frozen: idle_frozen */
    IDLE_STOP,
    IDLE_ACT_COUNT
};

struct idle_decision {
    enum idle_act act;
    int64_t stops_at;  /* 0: it goes on while things are as they are */
    int64_t next;      /* decide again, if nothing is reported before */
    char because[224]; /* a sentence or two for a person */
};

void idle_init (struct idle *i, int64_t now, enum idle_use first);
/* CPU: cores in use; GPU: percent of the busiest, 0 where there is none. */
void idle_sample (struct idle *i, int64_t t, double cpu, double gpu);
/* N: how many are attached; one more than before is a person who comes. */
void idle_browsers (struct idle *i, int64_t t, unsigned n);
/* A person did something: IDLE_OPENED, IDLE_CHANGED, IDLE_KEPT. */
void idle_use (struct idle *i, int64_t t, enum idle_use use);
void idle_activity (struct idle *i, int64_t t, const struct idle_said *said);
/* The server inside gave no answer. */
void idle_unheard (struct idle *i, int64_t t);
/* It was frozen at T; 0: it goes on again. */
void idle_frozen (struct idle *i, int64_t t);

/* TIMEOUT: seconds, or IDLE_OFF. */
void idle_decide (const struct idle *i, int64_t timeout, int64_t now,
                  struct idle_decision *ret);

#endif
