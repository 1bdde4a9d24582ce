/* keeper.c - one turn of the keeper: feed the viewers, tell what changed, let go of what
 * has ended
 *
 * Whatever happens asks for a pump; it runs once in the same turn of the loop, after the
 * sockets and ptys that were ready have been read, so that appends and writes are batched
 * without a timer.
 *
 * Fairness: a viewer gets at most QUANTUM bytes before the next one is served, and where
 * the connection was full, the next turn begins.
 */

#include "keeper/keeper.h"
#include "base/clock.h"
#include "base/log.h"
#include "keeper/activate.h"
#include "keeper/attach.h"
#include "keeper/screen.h"

#include <malloc.h>
#include <string.h>

#define QUANTUM (64u << 10)
#define TRIM_AFTER (16u << 20) /* bytes */
#define TRIM_US (2 * CLOCK_S)
#define RECHECK_US CLOCK_S
#define REST_US (10 * CLOCK_S) /* viewers that may come back get this long to do so */
#define LAST_WORDS_US                                                                      \
    (2 * CLOCK_S)              /* and slow ones this long when the end was asked for       \
                                */
#define SLOW_US (60 * CLOCK_S) /* and this long when it was not */

struct kept *keeper_find (struct keeper *k, uint32_t object)
{
    list_foreach (o, &k->objects, struct kept, link)
        if (o->pub.object == object)
            return o;
    return NULL;
}

/* ZeroMQ's thread may have taken messages faster than we did; the allocator keeps what they
 * needed unless it is asked. */
static void trim (void *arg)
{
    struct keeper *k = arg;

    k->trim = NULL;
    k->said = 0;
    (void)malloc_trim (0);
}

void keeper_said (struct keeper *k, uint64_t bytes)
{
    k->said += bytes;
    if (k->said > TRIM_AFTER && !k->trim)
        k->trim = loop_after (k->loop, TRIM_US, trim, k);
}

/* ---- to the server ---- */

/* Kernels write as much as they like: the file has a ceiling too. */
static void bound_log (struct keeper *k, size_t more)
{
    k->logged += more;
    if (!k->log_is_file || k->logged < KEEPER_MAX_LOG)
        return;
    k->logged = 0;
    (void)!ftruncate (STDERR_FILENO, 0);
    log_info ("keeper", "the log was begun anew at %u bytes", KEEPER_MAX_LOG);
}

void keeper_log_line (struct keeper *k, uint32_t object, const char *line)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 1 << 16);
    bound_log (k, strlen (line) + 64);
    log_info ("kernel", "object=%u %s", object, line);
    if (!k->attach || !attach_room (k->attach))
        return;
    keep_put_str (&b, line);
    if (!b.overflow)
        attach_frame (k->attach, KEEP_LOG, 0, object, 0, b.data, b.len);
    keeper_pump_soon (k);
}

void keeper_log_text (struct keeper *k, const char *module, const char *line)
{
    bound_log (k, strlen (line) + 64);
    log_info (module, "%s", line);
}

void keeper_answer (struct keeper *k, uint64_t token, const struct err *err,
                    const struct buf *payload)
{
    if (k->attach)
        attach_answer (k->attach, token, err, payload);
    keeper_pump_soon (k);
}

void keeper_gap (struct keeper *k, const struct kept *kept, const struct subscription *s,
                 uint64_t first)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 4096);
    if (!k->attach)
        return;
    keep_put_str (&b, s->name);
    attach_frame (k->attach, KEEP_GAP, 0, kept->pub.object, first, b.data, b.len);
}

void keeper_pressure (struct keeper *k, const struct kept *kept, bool on)
{
    uint8_t value = on;

    if (k->attach)
        attach_frame (k->attach, KEEP_PRESSURE, 0, kept->pub.object, 0, &value, 1);
    keeper_pump_soon (k);
}

void keeper_aside (struct keeper *k, const struct kept *kept, const struct subscription *s,
                   unsigned channel, const struct buf *message)
{
    struct journal_record r = {
        .seq = s->sent_seq,
        .channel = channel,
        .len = message->len,
        .data = (const uint8_t *)message->data,
    };

    if (k->attach)
        attach_data (k->attach, kept, s, &r);
}

static void say_object (struct keeper *k, const struct kept *kept, enum keep_kind kind)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 1 << 20);
    keep_put_object (&b, &kept->pub);
    if (k->attach && !b.overflow)
        attach_frame (k->attach, kind, 0, kept->pub.object, 0, b.data, b.len);
}

/* ---- feeding ---- */

/* Where the journal ends, as one piece. */
static void give_repaint (struct keeper *k, struct kept *o, struct subscription *s)
{
    autodone (buf_done) struct buf paint;
    struct journal_record r = { .seq = o->pub.last, .channel = KEEP_SCREEN };

    buf_init (&paint, SCREEN_REPAINT);
    o->ops->repaint (o, &paint);
    r.data = (const uint8_t *)paint.data;
    r.len = paint.len;
    s->repaint = false;
    attach_data (k->attach, o, s, &r);
    journal_seek (o->journal, &s->cursor, r.seq);
    subscription_sent (s, r.seq, r.len);
}

/* One quantum for S.  True: it would take more. */
static bool feed (struct keeper *k, struct kept *o, struct subscription *s)
{
    struct journal_record r;
    size_t given = 0;

    s->repaint |= kept_left_behind (o, s);
    if (s->repaint && subscription_ready (s))
        give_repaint (k, o, s);
    while (subscription_ready (s) && given < QUANTUM) {
        int what = journal_next (o->journal, &s->cursor, &r);

        s->drained = what == JOURNAL_END;
        if (what == JOURNAL_END)
            return false;
        if (what == JOURNAL_GAP && s->screen) {
            s->repaint = true;
            return true;
        }
        if (what == JOURNAL_GAP) {
            keeper_gap (k, o, s, r.seq);
            continue;
        }
        if (!subscription_wants (s, &r))
            continue;
        attach_data (k->attach, o, s, &r);
        subscription_sent (s, r.seq, r.len);
        given += r.len + KEEP_HEADER;
    }
    return subscription_ready (s);
}

/* True: somebody would take more. */
static bool feed_round (struct keeper *k)
{
    uint32_t begin = k->turn;
    bool more = false;

    for (int half = 0; half < 2; half++) {
        list_foreach (o, &k->objects, struct kept, link) {
            if ((o->pub.object >= begin) != (half == 0))
                continue;
            list_foreach (s, &o->subscriptions, struct subscription, link) {
                if (!attach_room (k->attach)) {
                    k->turn = o->pub.object;
                    return true;
                }
                more |= feed (k, o, s);
            }
        }
    }
    return more;
}

/* ---- ends ---- */

/* Whether what has ended must stay a little for those who watch it. */
static bool must_stay (const struct keeper *k, struct kept *o)
{
    int64_t now = clock_mono_us (), since = now - o->ended_us;
    int64_t attached = k->attach ? now - k->attached_us : 0;

    if (k->quitting)
        return k->attach && !o->ending && since < CLOCK_S;
    if (o->pub.type == KEEP_COMMAND && !o->ending)
        return true;
    if (!k->attach)
        return !o->ending;
    list_foreach (s, &o->subscriptions, struct subscription, link) {
        if (s->attached && !s->drained && since < (o->ending ? LAST_WORDS_US : SLOW_US))
            return true;
        if (!s->attached && !o->ending && attached < REST_US)
            return true;
    }
    return false;
}

static void let_go (struct keeper *k, struct kept *o)
{
    say_object (k, o, KEEP_GONE);
    for (size_t i = 0; i < o->nwaiters; i++)
        keeper_answer (k, o->waiters[i], NULL, NULL);
    log_info ("keeper", "gone object=%u name=%s", o->pub.object, o->pub.name);
    o->ops->free (o);
}

static void recheck (void *arg)
{
    struct keeper *k = arg;

    k->recheck = NULL;
    keeper_pump_soon (k);
}

static void let_the_ended_go (struct keeper *k)
{
    bool waiting = false;

    list_foreach (o, &k->objects, struct kept, link) {
        if (!o->ended)
            continue;
        if (!must_stay (k, o))
            let_go (k, o);
        else if (k->attach && o->pub.type != KEEP_COMMAND)
            waiting = true;
    }
    if (waiting && !k->recheck)
        k->recheck = loop_after (k->loop, RECHECK_US, recheck, k);
}

static void end_of_linger (void *arg)
{
    struct keeper *k = arg;

    k->linger = NULL;
    if (k->attach || !list_empty (&k->objects))
        return;
    log_info ("keeper", "nobody and nothing is here: ending");
    loop_stop (k->loop, 0);
}

static void consider_the_end (struct keeper *k)
{
    bool alone = !k->attach && !k->server && list_empty (&k->objects);

    if (k->quitting && list_empty (&k->objects)) {
        /* It went on until now, because it writes what cells showed last into notebooks. */
        activation_stop (k->server);
        if (!activation_gone (k->server))
            return;
        if (k->attach && k->quit_token)
            attach_answer (k->attach, k->quit_token, NULL, NULL);
        if (k->attach)
            attach_flush (k->attach);
        loop_stop (k->loop, 0);
        return;
    }
    if (alone && !k->linger)
        k->linger = loop_after (k->loop, k->linger_us, end_of_linger, k);
    if (!alone) {
        loop_cancel (k->linger);
        k->linger = NULL;
    }
}

static void pump (void *arg)
{
    struct keeper *k = arg;
    bool more = false;

    k->pump = NULL;
    if (k->attach)
        more = feed_round (k);
    list_foreach (o, &k->objects, struct kept, link) {
        if (o->changed)
            say_object (k, o, KEEP_STATE);
        o->changed = false;
    }
    let_the_ended_go (k);
    if (k->attach)
        attach_flush (k->attach);
    if (more && k->attach && attach_room (k->attach))
        keeper_pump_soon (k);
    consider_the_end (k);
}

void keeper_pump_soon (struct keeper *k)
{
    if (!k->pump)
        k->pump = loop_soon (k->loop, pump, k);
}

static void end_anyway (void *arg)
{
    struct keeper *k = arg;

    k->end_soon = NULL;
    log_warning ("keeper", "not everything has ended in time");
    loop_stop (k->loop, 0);
}

void keeper_quit (struct keeper *k)
{
    if (k->quitting)
        return;
    log_info ("keeper", "ending everything");
    k->quitting = true;
    if (k->server) /* what is left then is killed with the sandbox */
        k->end_soon = loop_after (k->loop, KEEPER_END_US, end_anyway, k);
    list_foreach (o, &k->objects, struct kept, link) {
        o->ending = true;
        if (!o->ended)
            o->ops->end (o);
    }
    keeper_pump_soon (k);
}

void keeper_detached (struct keeper *k)
{
    log_info ("keeper", "the server is gone");
    k->quit_token = 0;
    list_foreach (o, &k->objects, struct kept, link)
        kept_detach_all (o);
    keeper_pump_soon (k);
}
