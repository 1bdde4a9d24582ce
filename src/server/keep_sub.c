/* keep_sub.c - subscriptions: which viewer gets which bytes of the keeper's
 *
 * Data is found by object and name.  When a name is used again soon after its end, data of the earlier
 * subscription may still be on its way; therefore such a one ignores data until its request is answered.
 * (A subscription that is new to the keeper must not: the keeper greets it before the answer.)
 */

#include "server/keep_client_private.h"

#include "base/log.h"

#include <string.h>

struct keep_sub {
    struct list link;
    struct keep_client *kc;
    uint32_t object;
    char *name;
    uint64_t from, window;
    uint64_t last; /* number that came last; 0: none */
    uint64_t request;
    bool strict; /* data before the answer is not ours */
    bool dead;
    const struct keep_sub_ops *ops;
    void *arg;
};

static struct list *bucket (struct keep_client *kc, uint32_t object)
{
    return &kc->subs[object % KEEP_SUB_BUCKETS];
}

static bool lately_ended (const struct keep_client *kc, uint32_t object, const char *name)
{
    for (size_t i = 0; i < KEEP_SUB_ENDED; i++)
        if (kc->ended[i].name && kc->ended[i].object == object &&
            !strcmp (kc->ended[i].name, name))
            return true;
    return false;
}

static void note_ended (struct keep_client *kc, uint32_t object, char *name)
{
    size_t i = kc->nended++ % KEEP_SUB_ENDED;
    free (kc->ended[i].name);
    kc->ended[i].object = object;
    kc->ended[i].name = name;
}

static void on_subscribed (void *arg, struct keep_reader *r, const struct err *err)
{
    struct keep_sub *sub = arg;
    sub->request = 0;
    if (err && err->problem == PROBLEM_UNAVAILABLE)
        return; /* the connection is gone; keep_subs_again asks again */
    /* A keeper that is late does it all the same: whoever frees us has to undo it. */
    sub->dead = err && err->problem != PROBLEM_TIMEOUT;
    if (sub->ops->ready)
        sub->ops->ready (sub->arg, err ? 0 : keep_get_u64 (r), err);
}

static void begin_subscribe (struct keep_sub *sub, uint64_t from)
{
    struct buf *b = keep_client_begin (sub->kc, KEEP_SUBSCRIBE, sub->object);
    keep_put_str (b, sub->name);
    keep_put_u64 (b, from);
    keep_put_u64 (b, sub->window);
    keep_put_u32 (b, sub->ops->flags);
}

static void subscribe (struct keep_sub *sub, uint64_t from)
{
    int64_t timeout_us = sub->ops->timeout_us;
    begin_subscribe (sub, from);
    sub->request = keep_client_request (sub->kc, on_subscribed, sub,
                                        timeout_us ? timeout_us : KEEP_CLIENT_REQUEST_US);
}

struct keep_sub *keep_sub_new (struct keep_client *kc, uint32_t object, const char *name,
                               uint64_t from, uint64_t window,
                               const struct keep_sub_ops *ops, void *arg)
{
    struct keep_sub *sub = xnew (struct keep_sub);
    sub->kc = kc;
    sub->object = object;
    sub->name = xstrdup (name);
    sub->from = from;
    sub->window = window;
    sub->ops = ops;
    sub->arg = arg;
    sub->strict = lately_ended (kc, object, name);
    list_prepend (bucket (kc, object), &sub->link);
    subscribe (sub, from);
    return sub;
}

void keep_sub_ack (struct keep_sub *sub, uint64_t number)
{
    if (sub->dead)
        return;
    keep_put_str (keep_client_begin (sub->kc, KEEP_ACK, sub->object), sub->name);
    keep_client_ack (sub->kc, number);
}

static void ignore (void *arg, struct keep_reader *r, const struct err *err) {}

/* A subscription that begins there again sets the cursor that will be kept. */
void keep_sub_rewind (struct keep_sub *sub, uint64_t number)
{
    if (sub->dead)
        return;
    begin_subscribe (sub, number ? number : 1);
    (void)keep_client_request (sub->kc, ignore, NULL, KEEP_CLIENT_REQUEST_US);
}

void keep_sub_free (struct keep_sub *sub, enum keep_sub_end how)
{
    if (!sub)
        return;
    struct keep_client *kc = sub->kc;
    keep_client_cancel (kc, sub->request);
    if (!sub->dead && how != KEEP_SUB_SILENT) {
        enum keep_kind kind = how == KEEP_SUB_RETAIN ? KEEP_DETACH : KEEP_UNSUBSCRIBE;
        keep_put_str (keep_client_begin (kc, kind, sub->object), sub->name);
        keep_client_tell (kc);
    }
    list_remove (&sub->link);
    note_ended (kc, sub->object, sub->name);
    free (sub);
}

/* ---- for keep_client.c
 * --------------------------------------------------------------------------- */

static struct keep_sub *find (struct keep_client *kc, uint32_t object, const void *name,
                              size_t n)
{
    list_foreach (sub, bucket (kc, object), struct keep_sub, link)
        if (sub->object == object && !sub->dead && strlen (sub->name) == n &&
            !memcmp (sub->name, name, n))
            return sub;
    return NULL;
}

void keep_subs_data (struct keep_client *kc, const struct keep_frame *f, struct blk *b)
{
    struct keep_reader r;
    size_t n;
    keep_reader_init (&r, f);
    const void *name = keep_get_bytes (&r, &n);
    struct keep_sub *sub = r.bad ? NULL : find (kc, f->object, name, n);
    if (!sub || (sub->request && sub->strict))
        return;
    sub->last = f->number;
    if (sub->ops->at_once && !(f->flags & KEEP_F_REQUEST)) {
        sub->ops->data (sub->arg, f->number, f->channel, NULL,
                        (struct slice){ r.p, r.left });
        return;
    }
    autocleanup (blk_unref) struct blk *own = b ? blk_ref (b) : blk_dup (r.p, r.left);
    if (!own)
        return;
    struct slice s = { b ? r.p : own->data, r.left };
    if (!(f->flags & KEEP_F_REQUEST))
        sub->ops->data (sub->arg, f->number, f->channel, own, s);
    else if (sub->ops->request)
        sub->ops->request (sub->arg, f->number, own, s);
}

void keep_subs_gap (struct keep_client *kc, const struct keep_frame *f)
{
    struct keep_reader r;
    size_t n;
    keep_reader_init (&r, f);
    const void *name = keep_get_bytes (&r, &n);
    struct keep_sub *sub = r.bad ? NULL : find (kc, f->object, name, n);
    if (sub && sub->ops->gap)
        sub->ops->gap (sub->arg, f->number);
}

/* A recorder needs what it has not acked once more, because otherwise the cursor would pass it. */
static uint64_t again_from (const struct keep_sub *sub)
{
    if (sub->ops->flags & KEEP_SUB_RECORD)
        return 0;
    return sub->last ? sub->last : sub->from;
}

void keep_subs_again (struct keep_client *kc, bool fresh)
{
    for (size_t i = 0; i < KEEP_SUB_BUCKETS; i++)
        list_foreach (sub, &kc->subs[i], struct keep_sub, link) {
            if (fresh) {
                keep_client_cancel (kc, sub->request);
                sub->request = 0;
                sub->dead = true;
            } else if (!sub->dead && !sub->request)
                subscribe (sub, again_from (sub));
        }
}

void keep_subs_init (struct keep_client *kc)
{
    for (size_t i = 0; i < KEEP_SUB_BUCKETS; i++)
        list_init (&kc->subs[i]);
}

void keep_subs_free (struct keep_client *kc)
{
    for (size_t i = 0; i < KEEP_SUB_BUCKETS; i++)
        list_foreach (sub, &kc->subs[i], struct keep_sub, link) {
            free (sub->name);
            free (sub);
        }
    for (size_t i = 0; i < KEEP_SUB_ENDED; i++)
        free (kc->ended[i].name);
}
