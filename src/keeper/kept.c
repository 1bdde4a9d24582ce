/* kept.c - what a kernel, a terminal and a command have in common in the keeper */

#include "keeper/kept.h"
#include "base/clock.h"
#include "keeper/keeper.h"

#include <string.h>

/* A journal_read_fn.  Who has not moved for KEPT_PATIENCE_US is stuck or gone and reserves
 * nothing; one that broke off a moment ago still does.  A recorder has dealt with what it was
 * sent, though it does not ack it before a document has it. */
static uint64_t read_by_all (void *arg)
{
    struct kept *k = arg;
    int64_t since = clock_mono_us () - KEPT_PATIENCE_US;
    uint64_t least = UINT64_MAX;

    list_foreach (s, &k->subscriptions, struct subscription, link) {
        uint64_t has = s->records ? s->sent_seq : s->acked_seq;

        if (s->moved_us > since && has < least)
            least = has;
    }
    return least;
}

void kept_init (struct kept *k, struct keeper *keeper, const struct kept_ops *ops,
                enum keep_type type, const char *name, uint64_t budget)
{
    k->keeper = keeper;
    k->ops = ops;
    k->pub = (struct keep_object){
        .object = ++keeper->last_object,
        .type = type,
        .name = xstrdup (name),
        .spec = xstrdup (""),
        .reason = xstrdup (""),
        .cwd = xstrdup (""),
        .connection_file = xstrdup (""),
        .session = xstrdup (""),
        .state = type == KEEP_KERNEL ? KEEP_STARTING : KEEP_IDLE,
        .wait_status = -1,
        .started_us = clock_wall_us (),
        .last_activity_us = clock_wall_us (),
    };
    list_init (&k->subscriptions);
    k->next_target = SUBSCRIPTION_ALL + 1;
    k->journal = journal_new (keeper->journals, k->pub.object, budget);
    if (type != KEEP_TERMINAL) /* a repaint stands for what a terminal's viewer missed */
        journal_reserve (k->journal, read_by_all, k);
    list_append (&keeper->objects, &k->link);
}

void kept_done (struct kept *k)
{
    list_foreach (s, &k->subscriptions, struct subscription, link)
        subscription_free (s);
    list_remove (&k->link);
    journal_free (k->journal);
    keep_object_done (&k->pub);
}

/* Kernels number messages; the others number bytes. */
uint64_t kept_say (struct kept *k, unsigned channel, uint32_t target,
                   const struct slice *pieces, size_t n)
{
    uint64_t seq = k->pub.last + 1;
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes += pieces[i].len;
    k->bytes_said += bytes;
    if (k->pub.type != KEEP_KERNEL)
        seq = k->bytes_said;
    journal_append (k->journal, seq, channel, target, pieces, n);
    k->pub.first = journal_first (k->journal);
    k->pub.last = seq;
    list_foreach (s, &k->subscriptions, struct subscription, link)
        s->drained = false;
    keeper_said (k->keeper, bytes);
    keeper_pump_soon (k->keeper);
    return seq;
}

void kept_changed (struct kept *k)
{
    k->changed = true;
    keeper_pump_soon (k->keeper);
}

void kept_set_reason (struct kept *k, const char *reason)
{
    free (k->pub.reason);
    k->pub.reason = xstrdup (reason);
}

void kept_ended (struct kept *k)
{
    if (k->ended)
        return;
    k->ended = true;
    k->ended_us = clock_mono_us ();
    k->pub.pid = 0;
    k->pub.state = KEEP_DEAD;
    kept_changed (k);
}

struct subscription *kept_find (struct kept *k, const char *name)
{
    list_foreach (s, &k->subscriptions, struct subscription, link)
        if (!strcmp (s->name, name))
            return s;
    return NULL;
}

/* Forget the cursor that was detached longest ago; the list is in that order. */
static bool forget_one (struct kept *k)
{
    list_foreach (s, &k->subscriptions, struct subscription, link) {
        if (s->attached)
            continue;
        subscription_free (s);
        return true;
    }
    return false;
}

static size_t count_subscriptions (struct kept *k)
{
    size_t n = 0;

    list_foreach (s, &k->subscriptions, struct subscription, link)
        n++;
    return n;
}

struct subscription *kept_subscribe (struct kept *k, const char *name, uint64_t from,
                                     uint64_t window, uint32_t flags, struct err *err)
{
    struct subscription *s = kept_find (k, name);
    bool known = s;

    if (!s) {
        if (count_subscriptions (k) >= KEPT_MAX_SUBSCRIPTIONS && !forget_one (k)) {
            err_set (err, PROBLEM_LIMIT, "%s has %d viewers already", k->pub.name,
                     KEPT_MAX_SUBSCRIPTIONS);
            return NULL;
        }
        s = subscription_new (name, k->next_target++);
    }
    s->records = flags & KEEP_SUB_RECORD;
    s->screen = s->repaint = (flags & KEEP_SUB_SCREEN) && k->ops->repaint;
    if (s->screen)
        from = k->pub.last ? k->pub.last : 1; /* the repaint stands for the rest */
    list_remove (&s->link);
    list_append (&k->subscriptions, &s->link);
    if (subscription_start (s, k->journal, from, window, known) && !s->screen)
        keeper_gap (k->keeper, k, s, journal_first (k->journal));
    if (k->ops->joined)
        k->ops->joined (k, s, known || from != 0);
    if (k->ops->moved)
        k->ops->moved (k);
    keeper_pump_soon (k->keeper);
    return s;
}

bool kept_left_behind (const struct kept *k, const struct subscription *s)
{
    return s->screen && k->pub.last - s->sent_seq > KEPT_SKIP;
}

void kept_unsubscribe (struct kept *k, struct subscription *s)
{
    subscription_free (s);
    if (k->ops->moved)
        k->ops->moved (k);
    keeper_pump_soon (k->keeper);
}

void kept_detach_all (struct kept *k)
{
    list_foreach (s, &k->subscriptions, struct subscription, link)
        subscription_detach (s);
    k->nwaiters = 0;
    if (k->ops->moved)
        k->ops->moved (k);
}

int64_t kept_least_behind (const struct kept *k)
{
    int64_t least = -1;

    list_foreach (s, &k->subscriptions, struct subscription, link) {
        int64_t behind = (int64_t)(k->pub.last - s->acked_seq);

        if (s->attached && (least < 0 || behind < least))
            least = behind;
    }
    return least;
}
