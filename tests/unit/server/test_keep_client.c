/* test_keep_client.c - attaching, asking and hearing, against a keeper that does what a test says */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "server/keep_client.h"
#include "server/keep_dial.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- the keeper ---- */

struct fake {
    struct loop *loop;
    int listener, fd;
    struct loop_io *listen_io, *io;
    struct buf in;
    bool busy;      /* another server is attached */
    bool silent;    /* requests other than the first three are not answered */
    bool late;      /* nor are subscriptions */
    char log[4096]; /* kinds of what came, and for SUBSCRIBE where from */
    unsigned flags; /* of the frames that are said */
};

static void note (struct fake *f, const char *fmt, uint64_t v)
{
    size_t n = strlen (f->log);
    (void)snprintf (f->log + n, sizeof (f->log) - n, fmt, (unsigned long long)v);
}

static void say (struct fake *f, enum keep_kind kind, uint32_t object, uint64_t number,
                 const struct buf *payload)
{
    uint8_t header[KEEP_HEADER];
    size_t n = payload ? payload->len : 0;
    keep_header (header, kind, f->flags, KEEP_IOPUB, object, number, n);
    assert_int_equal (write (f->fd, header, sizeof (header)), sizeof (header));
    if (n)
        assert_int_equal (write (f->fd, payload->data, n), n);
}

static void say_data (struct fake *f, uint32_t object, const char *name, uint64_t number,
                      const char *text)
{
    struct buf b;
    buf_init (&b, 4096);
    keep_put_str (&b, name);
    (void)buf_adds (&b, text);
    say (f, KEEP_DATA, object, number, &b);
    buf_done (&b);
}

static void answer (struct fake *f, const struct keep_frame *q)
{
    struct buf b;
    struct keep_reader r;
    struct keep_object o = { .object = 7,
                             .type = KEEP_KERNEL,
                             .name = "k1",
                             .spec = "python3",
                             .reason = "",
                             .cwd = "/",
                             .connection_file = "",
                             .session = "" };
    enum keep_kind kind = KEEP_OK;
    buf_init (&b, 65536);
    keep_reader_init (&r, q);
    note (f, "%llu ", q->kind);
    if (q->kind == KEEP_HELLO && f->busy) {
        kind = KEEP_ERROR;
        keep_put_u32 (&b, PROBLEM_BUSY);
        keep_put_str (&b, "taken");
    } else if (q->kind == KEEP_HELLO) {
        keep_put_u32 (&b, KEEP_VERSION);
    } else if (q->kind == KEEP_LIST) {
        keep_put_u32 (&b, 1);
        keep_put_object (&b, &o);
    } else if (q->kind == KEEP_GET) {
        keep_put_u32 (&b, 2);
        keep_put_str (&b, "session/a");
        keep_put_str (&b, "A");
        keep_put_str (&b, "other/b");
        keep_put_str (&b, "B");
    } else if (q->kind == KEEP_SUBSCRIBE && f->late) {
        buf_done (&b);
        return;
    } else if (q->kind == KEEP_SUBSCRIBE) {
        free (keep_get_str (&r));
        note (f, "from=%llu ", keep_get_u64 (&r));
        (void)keep_get_u64 (&r);
        note (f, "flags=%llu ", keep_get_u32 (&r));
        keep_put_u64 (&b, 10);
    } else if (f->silent || q->kind == KEEP_ACK || q->kind == KEEP_DETACH) {
        buf_done (&b);
        return;
    }
    say (f, kind, 0, q->number, &b);
    buf_done (&b);
}

static void on_bytes (void *arg, unsigned events)
{
    struct fake *f = arg;
    struct keep_frame q;
    size_t used;
    char *into = buf_reserve (&f->in, 65536);
    ssize_t n = read (f->fd, into, 65536);
    if (n <= 0) {
        loop_unwatch (f->io);
        f->io = NULL;
        return;
    }
    f->in.len += (size_t)n;
    while (keep_parse (f->in.data, f->in.len, &q, &used, NULL) > 0) {
        answer (f, &q);
        buf_consume (&f->in, used);
    }
}

static void hang_up (struct fake *f)
{
    loop_unwatch (f->io);
    f->io = NULL;
    if (f->fd >= 0)
        (void)close (f->fd);
    f->fd = -1;
    buf_clear (&f->in);
}

static void on_connect (void *arg, unsigned events)
{
    struct fake *f = arg;
    hang_up (f);
    f->fd = accept4 (f->listener, NULL, NULL, SOCK_CLOEXEC);
    f->io = loop_watch (f->loop, f->fd, LOOP_READ, on_bytes, f);
}

static struct fake *fake_new (struct loop *l, const char *dir)
{
    struct fake *f = xnew (struct fake);
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    assert_int_equal (fd_mkdirs (dir, 0700, NULL), 0);
    (void)snprintf (addr.sun_path, sizeof (addr.sun_path), "%s/" KEEP_DIAL_SOCKET, dir);
    f->loop = l;
    f->fd = -1;
    buf_init (&f->in, 16 << 20);
    f->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal (bind (f->listener, (struct sockaddr *)&addr, sizeof (addr)), 0);
    assert_int_equal (listen (f->listener, 8), 0);
    f->listen_io = loop_watch (l, f->listener, LOOP_READ, on_connect, f);
    return f;
}

static void fake_free (struct fake *f)
{
    hang_up (f);
    loop_unwatch (f->listen_io);
    (void)close (f->listener);
    buf_done (&f->in);
    free (f);
}

/* ---- the test's side ---- */

struct bench {
    struct loop *loop;
    char dir[64];
    struct fake *fake;
    struct keep_client *kc;
    char log[4096];
    bool timed_out;
};

static void told (struct bench *b, const char *fmt, ...)
{
    va_list ap;
    size_t n = strlen (b->log);
    va_start (ap, fmt);
    (void)vsnprintf (b->log + n, sizeof (b->log) - n, fmt, ap);
    va_end (ap);
}

static void on_late (void *arg)
{
    struct bench *b = arg;
    b->timed_out = true;
    loop_stop (b->loop, 1);
}

static void on_poll (void *arg)
{
    loop_stop (arg, 0);
}

/* Run the loop until the log of our side is TEXT. */
static void expect (struct bench *b, const char *text)
{
    struct loop_timer *late = loop_after (b->loop, 5 * CLOCK_S, on_late, b);
    while (!b->timed_out && strcmp (b->log, text)) {
        (void)loop_after (b->loop, CLOCK_MS, on_poll, b->loop);
        (void)loop_run (b->loop);
    }
    if (!b->timed_out)
        loop_cancel (late);
    assert_string_equal (b->log, text);
    b->log[0] = '\0';
}

/* Let everything that is under way arrive. */
static void settle (struct bench *b)
{
    for (int i = 0; i < 5; i++) {
        (void)loop_after (b->loop, 4 * CLOCK_MS, on_poll, b->loop);
        (void)loop_run (b->loop);
    }
}

static void on_attached (void *arg, const struct keep_object *objs, size_t n, bool fresh)
{
    told (arg, "attached n=%zu %s %s;", n, n ? objs[0].name : "",
          fresh ? "fresh" : "again");
}

static void on_record (void *arg, const char *key, const char *value)
{
    told (arg, "record %s=%s;", key, value);
}

static void on_drained (void *arg)
{
    told (arg, "drained;");
}

static const struct keep_events kernel_events = { .attached = on_attached };
static const struct keep_events drain_events = { .drained = on_drained };
static const struct keep_events terminal_events = { .attached = on_attached };
static const struct keep_events record_events = { .prefix = "session/",
                                                  .record = on_record };

static void on_ready (void *arg, const struct err *err)
{
    told (arg, err ? "not ready;" : "ready;");
}

static void on_answer (void *arg, struct keep_reader *r, const struct err *err)
{
    told (arg, "answer %s;", err ? problem_table[err->problem].slug : "ok");
}

static void on_data (void *arg, uint64_t number, unsigned channel, struct blk *blk,
                     struct slice s)
{
    told (arg, "data %llu %.*s;", (unsigned long long)number, (int)s.len,
          (const char *)s.data);
}

static void on_request (void *arg, uint64_t number, struct blk *blk, struct slice s)
{
    told (arg, "request %llu;", (unsigned long long)number);
}

static void on_sub_ready (void *arg, uint64_t next, const struct err *err)
{
    told (arg, "subscribed %llu;", (unsigned long long)next);
}

static const struct keep_sub_ops sub_ops = { .data = on_data, .ready = on_sub_ready };
static const struct keep_sub_ops record_ops = {
    .flags = KEEP_SUB_RECORD, .data = on_data, .request = on_request, .ready = on_sub_ready
};

static int setup (void **state)
{
    struct bench *b = xnew (struct bench);
    (void)snprintf (b->dir, sizeof (b->dir), "/tmp/lw-kc-XXXXXX");
    assert_non_null (mkdtemp (b->dir));
    log_set_level (LOG_LEVEL_ERROR);
    b->loop = loop_new (NULL);
    char *dir = keep_dial_dir (b->dir, "/root/dir", 0);
    b->fake = fake_new (b->loop, dir);
    free (dir);
    b->kc = keep_client_new (b->loop, b->dir, "/root/dir", NULL);
    keep_client_watch (b->kc, KEEP_KERNEL, &kernel_events, b);
    keep_client_watch (b->kc, 0, &record_events, b);
    *state = b;
    return 0;
}

static int teardown (void **state)
{
    struct bench *b = *state;
    keep_client_stop (b->kc);
    keep_client_free (b->kc);
    fake_free (b->fake);
    loop_free (b->loop);
    (void)fd_remove_tree (b->dir, NULL);
    free (b);
    return 0;
}

static void attach (struct bench *b)
{
    keep_client_when_ready (b->kc, on_ready, b);
    keep_client_start (b->kc);
    expect (b, "record session/a=A;attached n=1 k1 fresh;ready;");
}

static void ask (struct bench *b, int64_t timeout_us)
{
    (void)keep_client_begin (b->kc, KEEP_END, 7);
    (void)keep_client_request (b->kc, on_answer, b, timeout_us);
}

/* ---- tests ---- */

static void test_attach_tells_records_objects_readiness (void **state)
{
    struct bench *b = *state;
    keep_client_watch (b->kc, KEEP_TERMINAL, &terminal_events, b);
    keep_client_when_ready (b->kc, on_ready, b);
    keep_client_start (b->kc);
    expect (b, "record session/a=A;attached n=1 k1 fresh;attached n=0  fresh;ready;");
}

static void test_requests_wait_for_the_connection (void **state)
{
    struct bench *b = *state;
    ask (b, CLOCK_S);
    keep_client_when_ready (b->kc, on_ready, b);
    keep_client_start (b->kc);
    expect (b, "record session/a=A;attached n=1 k1 fresh;ready;answer ok;");
}

static void test_busy_keeper_is_passed_over (void **state)
{
    struct bench *b = *state;
    char *dir = keep_dial_dir (b->dir, "/root/dir", 1);
    struct fake *second = fake_new (b->loop, dir);
    free (dir);
    b->fake->busy = true;
    attach (b);
    ask (b, CLOCK_S);
    expect (b, "answer ok;");
    assert_non_null (strstr (second->log, "1 "));
    assert_string_equal (b->fake->log, "1 ");
    fake_free (second);
}

static void test_no_answer (void **state)
{
    struct bench *b = *state;
    attach (b);
    b->fake->silent = true;
    ask (b, 20 * CLOCK_MS);
    expect (b, "answer timeout;");
}

static void test_lost_connection (void **state)
{
    struct bench *b = *state;
    attach (b);
    struct keep_sub *sub = keep_sub_new (b->kc, 7, "s", 0, 1000, &sub_ops, b);
    expect (b, "subscribed 10;");
    say_data (b->fake, 7, "s", 12, "x");
    expect (b, "data 12 x;");
    b->fake->silent = true;
    ask (b, 10 * CLOCK_S);
    settle (b);
    b->fake->log[0] = '\0';
    hang_up (b->fake);
    expect (b,
            "answer unavailable;record session/a=A;attached n=1 k1 again;subscribed 10;");
    assert_non_null (strstr (b->fake->log, "from=12 "));
    keep_sub_free (sub, KEEP_SUB_FORGET);
}

/* Requests go to who can hear them and are no data; the flag is asked for again. */
static void test_recorder (void **state)
{
    struct bench *b = *state;
    attach (b);
    struct keep_sub *sub = keep_sub_new (b->kc, 7, "r", 1, 1000, &record_ops, b);
    struct keep_sub *deaf = keep_sub_new (b->kc, 7, "s", 1, 1000, &sub_ops, b);
    expect (b, "subscribed 10;subscribed 10;");
    assert_non_null (strstr (b->fake->log, "flags=1 "));
    assert_non_null (strstr (b->fake->log, "flags=0 "));
    b->fake->flags = KEEP_F_REQUEST;
    say_data (b->fake, 7, "r", 12, "x");
    say_data (b->fake, 7, "s", 12, "x");
    b->fake->flags = 0;
    say_data (b->fake, 7, "r", 13, "y");
    expect (b, "request 12;data 13 y;");
    keep_sub_free (deaf, KEEP_SUB_FORGET);
    b->fake->log[0] = '\0';
    hang_up (b->fake);
    expect (b, "record session/a=A;attached n=1 k1 again;subscribed 10;");
    assert_non_null (strstr (b->fake->log, "from=0 flags=1 ")); /* its cursor */
    keep_sub_free (sub, KEEP_SUB_FORGET);
}

struct canceller {
    struct bench *b;
    uint64_t other;
};

static void on_answer_cancel (void *arg, struct keep_reader *r, const struct err *err)
{
    struct canceller *c = arg;
    keep_client_cancel (c->b->kc, c->other);
    on_answer (c->b, r, err);
}

/* What the first failure lets go of hears nothing of its own failure. */
static void test_failure_cancels_another (void **state)
{
    struct bench *b = *state;
    struct canceller c = { .b = b };
    attach (b);
    b->fake->silent = true;
    (void)keep_client_begin (b->kc, KEEP_END, 7);
    (void)keep_client_request (b->kc, on_answer_cancel, &c, 10 * CLOCK_S);
    (void)keep_client_begin (b->kc, KEEP_END, 7);
    c.other = keep_client_request (b->kc, on_answer, b, 10 * CLOCK_S);
    settle (b);
    hang_up (b->fake);
    expect (b, "answer unavailable;record session/a=A;attached n=1 k1 again;");
}

/* Called when the connection is lost and before there is another one. */
static void on_answer_tell (void *arg, struct keep_reader *r, const struct err *err)
{
    struct bench *b = arg;
    struct blk *blk = blk_new (3 << 20);
    memset (blk->data, 'x', 3 << 20);
    on_answer (b, r, err);
    assert_false (keep_client_ready (b->kc));
    for (int i = 0; i < 2; i++) {
        assert_false (keep_client_pressure (b->kc));
        keep_put_str (keep_client_begin (b->kc, KEEP_SEND, 7), "s");
        keep_client_tell_blk (b->kc, blk, (struct slice){ blk->data, 3 << 20 });
    }
    assert_true (keep_client_pressure (b->kc));
    keep_put_str (keep_client_begin (b->kc, KEEP_ACK, 7), "s");
    keep_client_ack (b->kc, 5);
    keep_put_u32 (keep_client_begin (b->kc, KEEP_RESIZE, 7), 24);
    keep_client_tell (b->kc);
    blk_unref (blk);
}

/* What a page sends while the connection is made again gets there, once and in order. */
static void test_told_without_a_connection (void **state)
{
    struct bench *b = *state;
    char wanted[64];
    keep_client_watch (b->kc, 0, &drain_events, b);
    keep_client_when_ready (b->kc, on_ready, b);
    keep_client_start (b->kc);
    expect (b, "record session/a=A;attached n=1 k1 fresh;drained;ready;");
    b->fake->silent = true;
    (void)keep_client_begin (b->kc, KEEP_END, 7);
    (void)keep_client_request (b->kc, on_answer_tell, b, 10 * CLOCK_S);
    settle (b);
    b->fake->log[0] = '\0';
    hang_up (b->fake);
    expect (b,
            "answer unavailable;record session/a=A;attached n=1 k1 again;drained;drained;");
    (void)snprintf (wanted, sizeof (wanted), "%d %d %d %d %d %d ", KEEP_HELLO, KEEP_GET,
                    KEEP_LIST, KEEP_SEND, KEEP_SEND, KEEP_RESIZE);
    for (int i = 0; i < 500 && strcmp (b->fake->log, wanted); i++)
        settle (b);
    assert_string_equal (b->fake->log, wanted);
    assert_false (keep_client_pressure (b->kc));
}

static void test_data_finds_its_subscription (void **state)
{
    struct bench *b = *state;
    attach (b);
    struct keep_sub *s = keep_sub_new (b->kc, 7, "s", 0, 1000, &sub_ops, b);
    struct keep_sub *t = keep_sub_new (b->kc, 71, "s", 0, 1000, &sub_ops, b);
    expect (b, "subscribed 10;subscribed 10;");
    say_data (b->fake, 7, "other", 1, "no");
    say_data (b->fake, 8, "s", 1, "no");
    say_data (b->fake, 71, "s", 5, "yes");
    say_data (b->fake, 7, "s", 6, "");
    expect (b, "data 5 yes;data 6 ;");
    keep_sub_free (s, KEEP_SUB_RETAIN);
    say_data (b->fake, 7, "s", 7, "late");
    say_data (b->fake, 71, "s", 8, "on");
    expect (b, "data 8 on;");
    keep_sub_free (t, KEEP_SUB_FORGET);
}

/* What was on its way to the first must not reach the second of that name. */
static void test_name_used_again (void **state)
{
    struct bench *b = *state;
    attach (b);
    struct keep_sub *s = keep_sub_new (b->kc, 7, "s", 0, 1000, &sub_ops, b);
    expect (b, "subscribed 10;");
    say_data (b->fake, 7, "s", 11, "stale");
    keep_sub_free (s, KEEP_SUB_RETAIN);
    s = keep_sub_new (b->kc, 7, "s", 0, 1000, &sub_ops, b);
    expect (b, "subscribed 10;");
    say_data (b->fake, 7, "s", 11, "again");
    expect (b, "data 11 again;");
    keep_sub_free (s, KEEP_SUB_RETAIN);
}

/* The keeper does it later: it is data's to come, and ours to end. */
static void test_subscription_that_timed_out (void **state)
{
    static const struct keep_sub_ops hasty = { .timeout_us = 20 * CLOCK_MS,
                                               .data = on_data,
                                               .ready = on_sub_ready };
    struct bench *b = *state;
    attach (b);
    b->fake->late = true;
    struct keep_sub *s = keep_sub_new (b->kc, 7, "s", 0, 1000, &hasty, b);
    expect (b, "subscribed 0;");
    say_data (b->fake, 7, "s", 11, "late");
    expect (b, "data 11 late;");
    b->fake->log[0] = '\0';
    keep_sub_free (s, KEEP_SUB_FORGET);
    settle (b);
    assert_string_equal (b->fake->log, "11 ");
}

/* Before there is a connection: what nobody wants any more is not asked for, and a cursor that was
 * set back is let go of again. */
static void test_wishes_before_the_connection (void **state)
{
    struct bench *b = *state;
    ask (b, 20 * CLOCK_MS);
    struct keep_sub *s = keep_sub_new (b->kc, 7, "s", 0, 1000, &sub_ops, b);
    struct keep_sub *t = keep_sub_new (b->kc, 7, "t", 3, 1000, &sub_ops, b);
    keep_sub_rewind (t, 5);
    keep_sub_free (s, KEEP_SUB_RETAIN);
    keep_sub_free (t, KEEP_SUB_RETAIN);
    expect (b, "answer timeout;");
    attach (b);
    settle (b);
    assert_string_equal (b->fake->log, "1 18 2 10 from=5 flags=0 12 12 ");
}

/* A first subscription of a name is greeted before it is answered. */
static void test_greeting_comes_through (void **state)
{
    struct bench *b = *state;
    attach (b);
    struct keep_sub *s = keep_sub_new (b->kc, 7, "new", 0, 1000, &sub_ops, b);
    say_data (b->fake, 7, "new", 9, "hello");
    expect (b, "data 9 hello;subscribed 10;");
    keep_sub_free (s, KEEP_SUB_FORGET);
}

static void test_hostile_frames (void **state)
{
    struct bench *b = *state;
    struct buf junk;
    attach (b);
    buf_init (&junk, 100);
    (void)buf_add (&junk, "\xff\xff\xff\xff", 4);
    for (unsigned kind = 0; kind < 256; kind++) {
        say (b->fake, kind, 7, 999, &junk);
        if (kind % 32 == 0)
            settle (b); /* the socket holds only so many */
    }
    buf_done (&junk);
    ask (b, CLOCK_S);
    expect (b, "answer ok;");
}

int main (void)
{
#define TEST(f) cmocka_unit_test_setup_teardown (f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST (test_attach_tells_records_objects_readiness),
        TEST (test_requests_wait_for_the_connection),
        TEST (test_busy_keeper_is_passed_over),
        TEST (test_no_answer),
        TEST (test_lost_connection),
        TEST (test_recorder),
        TEST (test_failure_cancels_another),
        TEST (test_told_without_a_connection),
        TEST (test_data_finds_its_subscription),
        TEST (test_name_used_again),
        TEST (test_subscription_that_timed_out),
        TEST (test_wishes_before_the_connection),
        TEST (test_greeting_comes_through),
        TEST (test_hostile_frames),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
