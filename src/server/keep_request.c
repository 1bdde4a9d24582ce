/* keep_request.c - frames to the keeper, their answers, and who waits for the connection
 *
 * What is made while there is no connection is encoded at once and waits in `waiting`; a request's
 * time runs.  When requests fail, what needs no answer goes on waiting for the same keeper.
 */

#include "server/keep_client_private.h"
#include "base/log.h"

#include <endian.h>
#include <string.h>

#define NUMBER_AT 12 /* offset of the number in a frame */
#define MAX_BUILD (64u << 20)

struct buf *keep_client_begin (struct keep_client *kc, enum keep_kind kind, uint32_t object)
{
    if (!kc->build.data)
        buf_init (&kc->build, MAX_BUILD);
    buf_clear (&kc->build);
    (void)keep_begin (&kc->build, kind, 0, object, 0);
    return &kc->build;
}

static void set_number (struct keep_client *kc, uint64_t number)
{
    uint64_t le = htole64 (number);
    memcpy (kc->build.data + NUMBER_AT, &le, sizeof (le));
}

static void push (struct keep_client *kc, struct blk *b, struct slice s)
{
    if (keep_out_add (kc->out, kc->build.data, kc->build.len) ||
        (b && keep_out_add_blk (kc->out, b, s)))
        kc->overflowed = true;
    if (keep_out_bytes (kc->out) > KEEP_CLIENT_HIGH)
        kc->pressed = true;
    keep_client_flush_soon (kc);
}

/* ---- requests
 * ------------------------------------------------------------------------------------ */

static void request_free (struct keep_request *r)
{
    list_remove (&r->link);
    loop_cancel (r->timer);
    free (r);
}

/* What waits for the connection and is of no interest any more must not be done after all. */
static void withdraw (struct keep_client *kc, uint64_t id)
{
    struct buf *b = &kc->waiting;
    struct keep_frame f;
    size_t used;
    for (size_t at = 0;
         at < b->len && keep_parse (b->data + at, b->len - at, &f, &used, NULL) > 0;
         at += used) {
        if (f.number != id)
            continue;
        memmove (b->data + at, b->data + at + used, b->len - at - used);
        b->len -= used;
        return;
    }
}

static void strip_waiting (struct keep_client *kc, bool (*out) (const struct keep_frame *f))
{
    struct buf *b = &kc->waiting;
    struct keep_frame f;
    size_t used, kept = 0;
    for (size_t at = 0;
         at < b->len && keep_parse (b->data + at, b->len - at, &f, &used, NULL) > 0;
         at += used) {
        if (out (&f))
            continue;
        memmove (b->data + kept, b->data + at, used);
        kept += used;
    }
    b->len = kept;
}

static bool is_request (const struct keep_frame *f)
{
    return f->number;
}

static bool is_told_to_object (const struct keep_frame *f)
{
    return !f->number && f->object;
}

void keep_told_forget (struct keep_client *kc)
{
    strip_waiting (kc, is_told_to_object);
}

static void on_timeout (void *arg)
{
    struct keep_request *r = arg;
    struct err err;
    r->timer = NULL;
    withdraw (r->kc, r->id);
    keep_answer_fn answer = r->answer;
    void *answer_arg = r->arg;
    request_free (r);
    (void)err_set (&err, PROBLEM_TIMEOUT, "the keeper did not answer in time");
    answer (answer_arg, NULL, &err);
}

static struct keep_request *request_new (struct keep_client *kc, keep_answer_fn answer,
                                         void *arg)
{
    struct keep_request *r = xnew (struct keep_request);
    r->kc = kc;
    r->id = ++kc->last_id;
    r->answer = answer;
    r->arg = arg;
    list_append (&kc->requests, &r->link);
    set_number (kc, r->id);
    keep_end (&kc->build, 0);
    return r;
}

/* What cannot be sent fails as if it had timed out, in the next turn of the loop. */
static void refuse (struct keep_request *r)
{
    loop_cancel (r->timer);
    r->timer = loop_soon (r->kc->loop, on_timeout, r);
}

/* The frame that was built, and its rest S, go out with the connection; -1: too much waits. */
static int wait_with (struct keep_client *kc, struct slice s)
{
    if (!buf_reserve (&kc->waiting, kc->build.len + s.len))
        return -1;
    (void)buf_add (&kc->waiting, kc->build.data, kc->build.len);
    return buf_add (&kc->waiting, s.data, s.len);
}

uint64_t keep_client_request (struct keep_client *kc, keep_answer_fn answer, void *arg,
                              int64_t timeout_us)
{
    struct keep_request *r = request_new (kc, answer, arg);
    uint64_t id = r->id;
    r->timer = loop_after (kc->loop, timeout_us, on_timeout, r);
    if (kc->build.overflow)
        refuse (r);
    else if (kc->state == KC_READY)
        push (kc, NULL, (struct slice){ NULL, 0 });
    else if (wait_with (kc, (struct slice){ NULL, 0 }) < 0)
        refuse (r);
    return id;
}

void keep_request_now (struct keep_client *kc, keep_answer_fn answer, void *arg)
{
    (void)request_new (kc, answer, arg);
    push (kc, NULL, (struct slice){ NULL, 0 });
}

void keep_client_cancel (struct keep_client *kc, uint64_t id)
{
    list_foreach (r, &kc->requests, struct keep_request, link) {
        if (r->id == id) {
            withdraw (kc, id);
            request_free (r);
            return;
        }
    }
}

static void read_error (const struct keep_frame *f, struct err *err)
{
    struct keep_reader in;
    keep_reader_init (&in, f);
    uint32_t problem = keep_get_u32 (&in);
    autofree char *text = keep_get_str (&in);
    bool known = problem > PROBLEM_NONE && problem < PROBLEM_COUNT;
    (void)err_set (err, known ? (enum problem)problem : PROBLEM_INTERNAL, "%s", text);
}

void keep_requests_answer (struct keep_client *kc, const struct keep_frame *f)
{
    struct keep_reader in;
    struct err err;
    list_foreach (r, &kc->requests, struct keep_request, link) {
        if (r->id != f->number)
            continue;
        keep_answer_fn answer = r->answer;
        void *arg = r->arg;
        request_free (r);
        if (f->kind == KEEP_ERROR)
            read_error (f, &err);
        keep_reader_init (&in, f);
        answer (arg, f->kind == KEEP_OK ? &in : NULL, f->kind == KEEP_OK ? NULL : &err);
        return;
    }
}

/* Those of now, not what the answers ask for again; an answer may cancel any other of them. */
void keep_requests_fail (struct keep_client *kc, const struct err *err)
{
    uint64_t last = kc->last_id;
    strip_waiting (kc, is_request);
    while (!list_empty (&kc->requests)) {
        struct keep_request *r = list_entry (kc->requests.next, struct keep_request, link);
        keep_answer_fn answer = r->answer;
        void *arg = r->arg;
        if (r->id > last)
            break;
        request_free (r);
        answer (arg, NULL, err);
    }
}

void keep_requests_release (struct keep_client *kc)
{
    if (kc->waiting.len && keep_out_add (kc->out, kc->waiting.data, kc->waiting.len) == 0)
        keep_client_flush_soon (kc);
    buf_done (&kc->waiting);
    buf_init (&kc->waiting, KEEP_CLIENT_MAX_OUT);
    if (keep_out_bytes (kc->out) > KEEP_CLIENT_HIGH)
        kc->pressed = true;
}

/* ---- frames without an answer
 * -------------------------------------------------------------------- */

static void tell (struct keep_client *kc, uint64_t number, struct blk *b, struct slice s)
{
    if (kc->build.overflow)
        return;
    uint32_t length = htole32 ((uint32_t)(kc->build.len + s.len - sizeof (length)));
    set_number (kc, number);
    memcpy (kc->build.data, &length, sizeof (length));
    if (kc->state == KC_READY)
        push (kc, b, s);
    else if (wait_with (kc, s) < 0)
        log_error ("keeper", "too much waits for the keeper: dropped %zu bytes",
                   kc->build.len + s.len);
}

void keep_client_ack (struct keep_client *kc, uint64_t number)
{
    if (kc->state == KC_READY)
        tell (kc, number, NULL, (struct slice){ NULL, 0 });
}

/* Number 0 is no request's: nobody withdraws it. */
void keep_client_tell (struct keep_client *kc)
{
    tell (kc, 0, NULL, (struct slice){ NULL, 0 });
}

void keep_client_tell_blk (struct keep_client *kc, struct blk *b, struct slice s)
{
    tell (kc, 0, b, s);
}

bool keep_client_pressure (const struct keep_client *kc)
{
    return kc->pressed || kc->waiting.len > KEEP_CLIENT_HIGH;
}

/* ---- readiness
 * ----------------------------------------------------------------------------------- */

static void waiter_free (struct keep_waiter *w)
{
    list_remove (&w->link);
    loop_cancel (w->timer);
    free (w);
}

static void on_not_ready (void *arg)
{
    struct keep_waiter *w = arg;
    struct err err;
    w->timer = NULL;
    keep_ready_fn ready = w->ready;
    void *ready_arg = w->arg;
    waiter_free (w);
    (void)err_set (&err, PROBLEM_UNAVAILABLE, "the keeper of kernels does not answer");
    ready (ready_arg, &err);
}

bool keep_client_ready (const struct keep_client *kc)
{
    return kc->state == KC_READY;
}

pid_t keep_client_pid (const struct keep_client *kc)
{
    return kc->pid;
}

void keep_client_when_ready (struct keep_client *kc, keep_ready_fn ready, void *arg)
{
    if (kc->state == KC_READY) {
        ready (arg, NULL);
        return;
    }
    struct keep_waiter *w = xnew (struct keep_waiter);
    w->kc = kc;
    w->ready = ready;
    w->arg = arg;
    w->timer = loop_after (kc->loop, KEEP_CLIENT_READY_US, on_not_ready, w);
    list_append (&kc->waiters, &w->link);
}

void keep_waiters_tell (struct keep_client *kc, const struct err *err)
{
    struct list told;
    list_init (&told);
    list_foreach (w, &kc->waiters, struct keep_waiter, link) {
        list_remove (&w->link);
        list_append (&told, &w->link);
    }
    while (!list_empty (&told)) {
        struct keep_waiter *w = list_entry (told.next, struct keep_waiter, link);
        keep_ready_fn ready = w->ready;
        void *arg = w->arg;
        waiter_free (w);
        ready (arg, err);
    }
}

void keep_requests_free (struct keep_client *kc)
{
    list_foreach (r, &kc->requests, struct keep_request, link)
        request_free (r);
    list_foreach (w, &kc->waiters, struct keep_waiter, link)
        waiter_free (w);
    buf_done (&kc->waiting);
    buf_done (&kc->build);
}
