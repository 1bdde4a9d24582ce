/* subscription.c - one viewer of an object: a cursor in its journal and a window
 *
 * Acks name a number, the window counts bytes.  The ring of flights translates: each entry
 * says how many bytes were sent up to a number, and covers at least a thirty-second of the
 * window, so that 64 entries always suffice and an ack that falls inside an entry holds
 * back little.
 */

#include "keeper/subscription.h"
#include "base/clock.h"

#include <string.h>

struct subscription *subscription_new (const char *name, uint32_t target)
{
    struct subscription *s = xnew (struct subscription);

    s->name = xstrdup (name);
    s->target = target;
    list_init (&s->link);
    return s;
}

void subscription_free (struct subscription *s)
{
    if (!s)
        return;
    list_remove (&s->link);
    free (s->name);
    free (s);
}

bool subscription_start (struct subscription *s, struct journal *j, uint64_t from,
                         uint64_t window, bool known)
{
    uint64_t after = from;

    if (from == 0)
        after = known ? s->acked_seq : journal_last (j);
    else if (from == 1)
        after = 0;
    s->attached = true;
    s->drained = false;
    s->window = window;
    s->sent = s->acked = 0;
    s->sent_seq = s->acked_seq = after;
    s->first = s->count = 0;
    s->moved_us = clock_mono_us ();
    journal_seek (j, &s->cursor, after);
    return from == 1 ? journal_dropped (j) > 0 : journal_dropped (j) > after;
}

void subscription_detach (struct subscription *s)
{
    s->attached = false;
    s->sent = s->acked = 0;
    s->first = s->count = 0;
}

bool subscription_ready (const struct subscription *s)
{
    uint64_t ahead = s->sent - s->acked;

    return s->attached && (ahead == 0 || ahead < s->window);
}

bool subscription_wants (const struct subscription *s, const struct journal_record *r)
{
    return r->target == SUBSCRIPTION_ALL || r->target == s->target || s->records;
}

void subscription_sent (struct subscription *s, uint64_t seq, size_t n)
{
    unsigned last = (s->first + s->count - 1) % SUBSCRIPTION_FLIGHTS;
    uint64_t before = 0;

    s->sent += n;
    s->sent_seq = seq;
    s->moved_us = clock_mono_us ();
    if (s->count > 0)
        before =
            s->count > 1
                ? s->flight[(last + SUBSCRIPTION_FLIGHTS - 1) % SUBSCRIPTION_FLIGHTS].sent
                : s->acked;
    if (s->count == SUBSCRIPTION_FLIGHTS ||
        (s->count && s->flight[last].sent - before < s->window / 32)) {
        s->flight[last].seq = seq;
        s->flight[last].sent = s->sent;
        return;
    }
    last = (s->first + s->count++) % SUBSCRIPTION_FLIGHTS;
    s->flight[last].seq = seq;
    s->flight[last].sent = s->sent;
}

void subscription_ack (struct subscription *s, uint64_t seq)
{
    if (seq > s->sent_seq)
        seq = s->sent_seq;
    if (seq > s->acked_seq) {
        s->acked_seq = seq;
        s->moved_us = clock_mono_us ();
    }
    while (s->count && s->flight[s->first].seq <= seq) {
        s->acked = s->flight[s->first].sent;
        s->first = (s->first + 1) % SUBSCRIPTION_FLIGHTS;
        s->count--;
    }
}
