/* pathq.c - work in the pool, in order for each path
 *
 * Every key in use has a lane: a list of the work that wants it, the first holds it.  Work
 * enters all its lanes when it is submitted and starts when it holds them all; as all lanes
 * have the order of submission, two pieces can never wait for each other.  A queue that is
 * freed while work runs stays until the pool hands that back.
 */
#include "server/pathq.h"
#include "base/list.h"
#include "base/map.h"

#include <stdbool.h>
#include <string.h>

struct pathq {
    struct pool *pool;
    struct map *lanes; /* key -> struct lane */
    size_t n;
    bool dying;
};

struct lane {
    struct list work; /* struct ticket.link; the first one holds the lane */
};

struct job;
struct ticket {
    struct list link;
    struct job *job;
    char *key; /* NULL: not needed */
};

struct job {
    struct pathq *q;
    struct ticket tickets[2];
    bool running;
    void (*work) (void *arg);
    void (*done) (void *arg);
    void *arg;
};

struct pathq *pathq_new (struct pool *pool)
{
    struct pathq *q = xnew (struct pathq);
    q->pool = pool;
    q->lanes = map_new (free);
    return q;
}

static void job_free (struct job *j)
{
    for (int i = 0; i < 2; i++)
        free (j->tickets[i].key);
    free (j);
}

static bool holds (const struct lane *lane, const struct ticket *t)
{
    return lane->work.next == &t->link;
}

static void work_of (void *arg)
{
    struct job *j = arg;
    j->work (j->arg);
}

static void finish (struct job *j);

static void done_of (void *arg)
{
    finish (arg);
}

/* If J holds all its lanes. */
static void try_start (struct job *j)
{
    for (int i = 0; i < 2; i++) {
        const struct ticket *t = &j->tickets[i];
        if (t->key && !holds (map_get (j->q->lanes, t->key), t))
            return;
    }
    j->running = true;
    if (pool_submit (j->q->pool, work_of, done_of, j, NULL) < 0)
        finish (j);
}

static void enter (struct pathq *q, struct ticket *t)
{
    struct lane *lane = map_get (q->lanes, t->key);
    if (!lane) {
        lane = xnew (struct lane);
        list_init (&lane->work);
        map_set (q->lanes, t->key, lane);
    }
    list_append (&lane->work, &t->link);
}

/* Leave the lane; whoever is first now may start. */
static void leave (struct pathq *q, struct ticket *t)
{
    struct lane *lane = map_get (q->lanes, t->key);
    list_remove (&t->link);
    if (list_empty (&lane->work)) {
        map_del (q->lanes, t->key);
        return;
    }
    struct job *next = list_entry (lane->work.next, struct ticket, link)->job;
    if (!next->running)
        try_start (next);
}

static void finish (struct job *j)
{
    struct pathq *q = j->q;
    q->n--;
    j->done (j->arg);
    for (int i = 0; i < 2; i++) {
        if (j->tickets[i].key && q->dying)
            list_remove (&j->tickets[i].link);
        else if (j->tickets[i].key)
            leave (q, &j->tickets[i]);
    }
    job_free (j);
    if (q->dying && q->n == 0) {
        map_free (q->lanes);
        free (q);
    }
}

int pathq_submit (struct pathq *q, const char *key, const char *key2,
                  void (*work) (void *arg), void (*done) (void *arg), void *arg,
                  struct err *err)
{
    if (q->n >= PATHQ_MAX)
        return err_set (err, PROBLEM_BUSY, "too many file operations are waiting");
    struct job *j = xnew (struct job);
    j->q = q;
    j->work = work;
    j->done = done;
    j->arg = arg;
    for (int i = 0; i < 2; i++) {
        list_init (&j->tickets[i].link);
        j->tickets[i].job = j;
    }
    j->tickets[0].key = xstrdup (key);
    if (key2 && strcmp (key, key2))
        j->tickets[1].key = xstrdup (key2);
    q->n++;
    for (int i = 0; i < 2; i++)
        if (j->tickets[i].key)
            enter (q, &j->tickets[i]);
    try_start (j);
    return 0;
}

static struct job *first_waiting (const struct lane *lane)
{
    list_foreach (t, &lane->work, struct ticket, link)
        if (!t->job->running)
            return t->job;
    return NULL;
}

/* Waiting jobs end now; running ones when the pool reports them. */
void pathq_free (struct pathq *q)
{
    if (!q)
        return;
    q->dying = true;
    q->n++;
    for (struct map_item *i = map_first (q->lanes); i; i = map_next (i)) {
        for (struct job *j; (j = first_waiting (i->value));)
            finish (j);
    }
    if (--q->n == 0) {
        map_free (q->lanes);
        free (q);
    }
}
