/* test_kept_kernel.c - kernels in a keeper, with fake_kernel: routing, input, death,
 * restart, coming back */

#include "peer.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "jupyter/connfile.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define IDLE "\"execution_state\":\"idle\""

struct fixture {
    struct keep k;
    struct peer p;
};

static int setup (void **state)
{
    struct fixture *f = xnew (struct fixture);

    keep_start (&f->k, 10);
    peer_attach (&f->p, &f->k);
    *state = f;
    return 0;
}

static int teardown (void **state)
{
    struct fixture *f = *state;

    peer_cut (&f->p);
    keep_stop (&f->k);
    free (f);
    return 0;
}

static uint32_t start (struct fixture *f, unsigned flags, const char *const *options)
{
    return peer_start_kernel (&f->p, &f->k, "k-1", flags, 1000, "signal", options);
}

static size_t times (const struct peer *p, const char *text)
{
    size_t n = 0;

    for (const char *at = p->said.data;
         (at = memmem (at, (size_t)(p->said.data + p->said.len - at), text, strlen (text)));
         at++)
        n++;
    return n;
}

/* Replies go to who asked, iopub to all; and nothing of the keeper's own probes is heard.
 */
static void run_a_cell (struct fixture *f, uint32_t o)
{
    struct peer *p = &f->p;

    (void)peer_subscribe (p, o, "a", 1, 0);
    (void)peer_subscribe (p, o, "b", 1, 0);
    peer_execute (p, o, "a", "m1", "print hello");
    while (times (p, IDLE) < 2)
        peer_until_count (p, p->count + 1);
    peer_for (p, 100);
    assert_int_equal (times (p, "hello\\n"), 2);
    assert_int_equal (times (p, "execute_reply"), 1);
    assert_int_equal (times (p, "kernel_info"), 0);
    assert_int_equal (p->state.state, KEEP_IDLE);
    assert_int_equal (p->state.protocol_major, 5);
}

static void test_run (void **state)
{
    struct fixture *f = *state;
    struct keep_reader r;
    uint32_t o = start (f, KEEP_AUTORESTART, NULL);

    run_a_cell (f, o);
    assert_string_equal (f->p.state.name, "k-1");
    assert_string_equal (f->p.state.spec, "fake");
    assert_int_equal (access (f->p.state.connection_file, R_OK), 0);
    autofree char *file = xstrdup (f->p.state.connection_file);
    peer_end (&f->p, o);
    assert_true (f->p.gone);
    assert_int_equal (f->p.state.wait_status, 0);
    assert_int_equal (access (file, F_OK), -1);
    (void)peer_begin (&f->p, KEEP_INTERRUPT, o);
    assert_int_equal (peer_call (&f->p, &r), PROBLEM_NOT_FOUND);
}

static void test_colon_sockets (void **state)
{
    static const char *const options[] = { "--colon", NULL };
    struct fixture *f = *state;
    uint32_t o = start (f, 0, options);

    run_a_cell (f, o);
    peer_end (&f->p, o);
}

static void test_tcp (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, KEEP_TCP, NULL);

    run_a_cell (f, o);
    peer_end (&f->p, o);
}

/* What is sent before the kernel listens is executed, and none of its output is lost. */
static void test_slow_start (void **state)
{
    static const char *const options[] = { "--slow", "700", NULL };
    struct fixture *f = *state;
    uint32_t o = start (f, 0, options);

    assert_int_equal (peer_subscribe (&f->p, o, "a", 0, 0), 1);
    peer_execute (&f->p, o, "a", "m1", "print first");
    peer_until (&f->p, "first");
    peer_until (&f->p, "execute_reply");
    peer_end (&f->p, o);
}

static void test_buffers (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, 0, NULL);

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_send (&f->p, o, "a", "shell", "execute_request", "m1", "{\"code\":\"buffers\"}",
               "raw \x01\xff bytes");
    peer_until (&f->p, "raw \x01\xff bytes");
    peer_end (&f->p, o);
}

static void test_environment (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, 0, NULL);
    char expected[64];

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_execute (&f->p, o, "a", "m1", "env JPY_PARENT_PID");
    (void)snprintf (expected, sizeof (expected), "JPY_PARENT_PID=%d", (int)f->k.pid);
    peer_until (&f->p, expected);
    peer_end (&f->p, o);
}

/* Only who runs the cell is asked, and may answer. */
static void test_input (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, 0, NULL);

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    (void)peer_subscribe (&f->p, o, "b", 0, 0);
    peer_execute (&f->p, o, "b", "m1", "input name?");
    peer_until (&f->p, "name?");
    peer_for (&f->p, 100);
    assert_int_equal (times (&f->p, "input_request"), 1);
    peer_send (&f->p, o, "b", "stdin", "input_reply", "m2", "{\"value\":\"Ada\"}", NULL);
    peer_until (&f->p, "got Ada");
    peer_end (&f->p, o);
}

static void test_interrupt (void **state)
{
    struct fixture *f = *state;
    struct keep_reader r;

    for (int message = 0; message < 2; message++) {
        uint32_t o = peer_start_kernel (&f->p, &f->k, message ? "m" : "s", 0, 1000,
                                        message ? "message" : "signal", NULL);

        (void)peer_subscribe (&f->p, o, "a", 0, 0);
        peer_execute (&f->p, o, "a", "m1", "print begun\nsleep 60");
        peer_until (&f->p, "begun");
        peer_until_state (&f->p, KEEP_BUSY);
        (void)peer_begin (&f->p, KEEP_INTERRUPT, o);
        assert_int_equal (peer_call (&f->p, &r), PROBLEM_NONE);
        peer_until (&f->p, "KeyboardInterrupt");
        peer_until_state (&f->p, KEEP_IDLE);
        peer_end (&f->p, o);
        peer_forget (&f->p);
        f->p.gone = false;
    }
}

/* The messages of a flood that were heard since peer_forget, which go on with number *NEXT. */
static void count_flood (const struct peer *p, unsigned long *next)
{
    static const char mark[] = "\"stdout\",\"text\":\"0";
    const char *end = p->said.data + p->said.len, *at = p->said.data;

    while ((at = memmem (at, (size_t)(end - at), mark, sizeof (mark) - 1))) {
        at += sizeof (mark) - 2;
        assert_int_equal (strtoul (at, NULL, 10), *next);
        ++*next;
    }
}

/* The heart of it: the server dies in the middle of an output, and its successor gets every
 * message once. */
static void test_coming_back (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, 0, NULL);
    unsigned long next = 0;
    uint64_t last = 0;

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    f->p.only = "a";
    peer_execute (&f->p, o, "a", "m1", "flood 30000 300\nsleep 1\nprint the end");
    for (int cut = 0; cut < 3; cut++) {
        peer_until_count (&f->p, 2000);
        assert_false (f->p.skipped);
        count_flood (&f->p, &next);
        last = f->p.last_seq;
        peer_cut (&f->p);
        if (cut == 1)
            (void)usleep (500000);
        peer_attach (&f->p, &f->k);
        f->p.only = "a";
        (void)peer_subscribe (&f->p, o, "a", last, 0);
        peer_until_count (&f->p, 1);
        assert_int_equal (f->p.last_seq - f->p.count, last);
    }
    peer_until (&f->p, IDLE); /* comes before the reply or after it */
    peer_until (&f->p, "execute_reply");
    assert_false (f->p.skipped);
    count_flood (&f->p, &next);
    assert_int_equal (next, 30000);
    assert_int_equal (times (&f->p, "the end\\n"), 1);
    assert_int_equal (times (&f->p, "execute_reply"), 1);
    peer_end (&f->p, o);
}

/* Lines on stderr go to the log alone while nobody is attached. */
static void test_words_to_nobody (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, 0, NULL);

    (void)peer_subscribe (&f->p, o, "a", 1, 0);
    peer_execute (&f->p, o, "a", "m1",
                  "print now\nsleep 1\nstderr one\nstderr two\nprint the end");
    peer_until (&f->p, "now");
    peer_cut (&f->p);
    (void)usleep (1500000);
    peer_attach (&f->p, &f->k);
    (void)peer_subscribe (&f->p, o, "a", 1, 0);
    peer_until (&f->p, "the end");
    peer_end (&f->p, o);
}

/* A name goes on after its last ack; a new name hears what comes from now on, and that the
 * kernel is busy. */
static void test_retained_name (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, 0, NULL);

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_execute (&f->p, o, "a", "m1",
                  "print one\nsleep 0.5\nprint two\nsleep 0.5\nprint three");
    peer_until (&f->p, "one");
    peer_cut (&f->p);
    (void)usleep (700000);
    peer_attach (&f->p, &f->k);
    f->p.only = "new";
    (void)peer_subscribe (&f->p, o, "new", 0, 0);
    peer_until (&f->p, "busy");
    peer_until (&f->p, "three");
    assert_false (peer_said (&f->p, "two"));
    peer_forget (&f->p);
    f->p.only = "a";
    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_until (&f->p, "two");
    peer_until (&f->p, "execute_reply");
    assert_false (peer_said (&f->p, "one"));
    peer_end (&f->p, o);
}

/* A recorder sees requests, replies and questions of all names in one order without a hole; a
 * later one gets the same from the journal; nobody else does. */
static void test_recorder (void **state)
{
    struct fixture *f = *state;
    struct peer *p = &f->p;
    uint32_t o = start (f, 0, NULL);
    uint64_t count;

    (void)peer_subscribe (p, o, "a", 0, 0);
    (void)peer_subscribe (p, o, "b", 0, 0);
    assert_int_equal (peer_record (p, o, "recorder", 0), 1);
    p->only = "recorder";
    peer_execute (p, o, "a", "m1", "print one");
    peer_execute (p, o, "b", "m2", "input name?");
    peer_until (p, "input_request");
    peer_send (p, o, "b", "stdin", "input_reply", "m3", "{\"value\":\"Ada\"}", NULL);
    peer_until (p, "got Ada");
    while (times (p, IDLE) < 2 || times (p, "execute_reply") < 2)
        peer_until_count (p, p->count + 1);
    assert_int_equal (p->requests, 2);
    assert_int_equal (times (p, "\"code\":\"print one\""), 1);
    assert_false (p->skipped);
    const char *asked = memmem (p->said.data, p->said.len, "print one", 9);
    const char *said = memmem (p->said.data, p->said.len, "one\\n", 5);
    assert_true (asked && said && asked < said);
    count = p->count;
    peer_forget (p);
    (void)peer_record (p, o, "late", 1);
    p->only = "late";
    peer_until_count (p, count);
    assert_false (p->skipped);
    assert_int_equal (p->requests, 2);
    peer_forget (p);
    (void)peer_subscribe (p, o, "a", 1, 0);
    p->only = "a";
    while (times (p, IDLE) < 2)
        peer_until_count (p, p->count + 1);
    assert_int_equal (p->requests, 0);
    assert_int_equal (times (p, "execute_reply"), 1);
    assert_false (peer_said (p, "input_request"));
    peer_end (p, o);
}

static void test_death_and_restart (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, KEEP_AUTORESTART, NULL);
    const char *story, *restarting;

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_execute (&f->p, o, "a", "m1", "print before\nsleep 0.3\nsignal 10");
    peer_until (&f->p, "restarting");
    story = memmem (f->p.said.data, f->p.said.len, "signal 10", 9);
    restarting = memmem (f->p.said.data, f->p.said.len, "restarting", 10);
    assert_true (story && story < restarting);
    assert_true (peer_said (&f->p, "before"));
    /* Sent between the two lives: it waits for the second. */
    peer_execute (&f->p, o, "a", "m2", "print after");
    peer_until (&f->p, "after");
    peer_until_state (&f->p, KEEP_IDLE);
    assert_int_equal (f->p.state.object, o);
    assert_int_equal (WTERMSIG (f->p.state.wait_status), 10);
    assert_int_equal (f->p.state.restarts, 1);
    peer_end (&f->p, o);
}

/* Each request ends: the one that ran with the reason, the others as not run; the reply goes to
 * who asked, the rest to all; and all that before anybody hears of a restart. */
static void test_death_with_a_queue (void **state)
{
    struct fixture *f = *state;
    struct peer *p = &f->p;
    uint32_t o = start (f, KEEP_AUTORESTART, NULL);

    (void)peer_subscribe (p, o, "a", 0, 0);
    (void)peer_subscribe (p, o, "b", 0, 0);
    p->only = "b";
    peer_execute (p, o, "a", "m1", "print begun\nsleep 0.3\nexit 3");
    peer_execute (p, o, "b", "m2", "print never");
    peer_execute (p, o, "a", "m3", "print never");
    peer_until (p, "restarting");
    assert_int_equal (times (p, "\"msg_type\": \"error\""), 3);
    assert_int_equal (times (p, "\"execution_state\": \"idle\""), 3);
    assert_int_equal (times (p, "\"msg_type\": \"execute_reply\""), 1);
    assert_int_equal (
        times (p, "\"evalue\": \"The kernel died: it exited with status 3.\""), 1);
    assert_int_equal (
        times (p, "\"evalue\": \"This was not run: the kernel died before.\""), 3);
    peer_execute (p, o, "b", "m4", "print after");
    peer_until (p, "after\\n");
    assert_false (peer_said (p, "never\\n"));
    peer_end (p, o);
}

/* The session of each message that TEXT is in the header of is SESSION. */
static void check_sessions (const struct peer *p, const char *text, const char *session)
{
    autofree char *expected = xasprintf ("\"session\": \"%s\"", session);
    const char *end = p->said.data + p->said.len;

    for (const char *at = p->said.data;
         (at = memmem (at, (size_t)(end - at), text, strlen (text))); at++) {
        const char *header = memrchr (p->said.data, '{', (size_t)(at - p->said.data));
        const char *header_end = memchr (at, '}', (size_t)(end - at));

        assert_true (header && header_end);
        assert_non_null (
            memmem (header, (size_t)(header_end - header), expected, strlen (expected)));
    }
}

/* What the keeper says is of the kernel's own session: a page drops what it has not handled yet
 * when the session changes, and that would be the last words. */
static void test_session_of_what_we_say (void **state)
{
    struct fixture *f = *state;
    struct peer *p = &f->p;
    struct keep_frame frame;
    uint32_t o = start (f, KEEP_AUTORESTART, NULL);

    (void)peer_subscribe (p, o, "a", 0, 0);
    peer_execute (p, o, "a", "m1", "print begun\nsleep 0.3\nexit 3");
    peer_until (p, "begun\\n");
    peer_until_state (p, KEEP_BUSY);
    (void)peer_subscribe (p, o, "late", 0, 0);
    peer_until (p, "restarting");
    autofree char *session = xstrdup (p->state.session);
    assert_int_equal (strlen (session), 36);
    /* To both: error, idle, restarting; to one: its reply; to the other: the state that it met. */
    while (times (p, "\"username\": \"labwright\"") < 8)
        peer_until_count (p, p->count + 1);
    check_sessions (p, "\"username\": \"labwright\"", session);
    /* The next life has another. */
    peer_execute (p, o, "a", "m2", "print after");
    peer_until (p, "after\\n");
    while (!strcmp (p->state.session, session))
        assert_true (peer_next (p, &frame, PEER_TIMEOUT_MS));
    peer_end (p, o);
}

/* So quick that not even its `busy` gets out: the cell is told all the same. */
static void test_sudden_death (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, KEEP_AUTORESTART, NULL);

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_until_state (&f->p, KEEP_IDLE);
    peer_execute (&f->p, o, "a", "the-cell", "signal 9");
    peer_until (&f->p, "restarting");
    assert_true (peer_said (&f->p, "\"msg_id\":\"the-cell\""));
    assert_true (peer_said (&f->p, "signal 9"));
    peer_end (&f->p, o);
}

static void test_death_without_restart (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, 0, NULL);

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_execute (&f->p, o, "a", "m1", "stderr what went wrong\nexit 9");
    peer_until_gone (&f->p);
    assert_true (peer_said (&f->p, "\"dead\""));
    assert_false (peer_said (&f->p, "restarting"));
    assert_int_equal (WEXITSTATUS (f->p.state.wait_status), 9);
    assert_non_null (strstr (f->p.state.reason, "status 9"));
    assert_non_null (strstr (f->p.state.reason, "what went wrong"));
}

/* A kernel that cannot start is given up after five more tries, with its own words as the
 * reason. */
static void test_hopeless_kernel (void **state)
{
    struct fixture *f = *state;
    const char *const options[] = { "--fragile", f->k.dir, NULL };
    uint32_t o = start (f, KEEP_AUTORESTART, options);

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_until_gone (&f->p);
    assert_int_equal (times (&f->p, "restarting"), 5);
    assert_int_equal (times (&f->p, "\"dead\""), 1);
    assert_non_null (strstr (f->p.state.reason, "cannot import what I need"));
}

static enum problem restart (struct fixture *f, uint32_t o, const char *change)
{
    struct keep_reader r;
    struct strv changes;
    struct buf *b = peer_begin (&f->p, KEEP_RESTART, o);

    strv_init (&changes);
    strv_add (&changes, change);
    keep_put_strv (b, &changes);
    strv_done (&changes);
    return peer_call (&f->p, &r);
}

static void test_restart (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, KEEP_AUTORESTART, NULL);
    uint32_t pid;

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_until_state (&f->p, KEEP_IDLE);
    pid = f->p.state.pid;
    peer_execute (&f->p, o, "a", "m1", "print begun\nsleep 60");
    peer_until (&f->p, "begun");
    assert_int_equal (restart (f, o, "JPY_SESSION_NAME=/a/b.ipynb"), PROBLEM_NONE);
    peer_execute (&f->p, o, "a", "m2", "env JPY_SESSION_NAME");
    peer_until (&f->p, "JPY_SESSION_NAME=/a/b.ipynb");
    peer_until_state (&f->p, KEEP_IDLE);
    assert_int_not_equal (f->p.state.pid, pid);
    assert_false (peer_said (&f->p, "restarting"));
    peer_end (&f->p, o);
}

/* A restart that was asked for keeps ports and key, so that other clients stay connected.
 */
static void test_restart_keeps_the_file (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, KEEP_TCP, NULL);
    struct connfile before, after;

    (void)peer_subscribe (&f->p, o, "a", 0, 0);
    peer_until_state (&f->p, KEEP_IDLE);
    assert_int_equal (connfile_read (f->p.state.connection_file, &before, NULL), 0);
    assert_int_equal (restart (f, o, "A=b"), PROBLEM_NONE);
    peer_execute (&f->p, o, "a", "m", "env A");
    peer_until (&f->p, "A=b");
    assert_int_equal (connfile_read (f->p.state.connection_file, &after, NULL), 0);
    assert_memory_equal (before.port, after.port, sizeof (after.port));
    assert_string_equal (before.key, after.key);
    connfile_done (&before);
    connfile_done (&after);
    peer_end (&f->p, o);
}

/* Half of the wait for shutdown_request, half for SIGTERM, then SIGKILL. */
static void test_stubborn_kernel (void **state)
{
    static const char *const options[] = { "--stubborn", NULL };
    struct fixture *f = *state;
    uint32_t o =
        peer_start_kernel (&f->p, &f->k, "s", KEEP_AUTORESTART, 600, "signal", options);
    int64_t begin;

    peer_until_state (&f->p, KEEP_IDLE);
    begin = clock_mono_us ();
    peer_end (&f->p, o);
    assert_in_range ((clock_mono_us () - begin) / 1000, 550, 3000);
    assert_int_equal (WTERMSIG (f->p.state.wait_status), SIGKILL);
}

static unsigned long private_kib (const struct fixture *f)
{
    char path[64], line[256];
    unsigned long kib = 0;

    (void)snprintf (path, sizeof (path), "/proc/%d/status", (int)f->k.pid);
    FILE *status = fopen (path, "r");
    while (fgets (line, sizeof (line), status))
        (void)sscanf (line, "RssAnon: %lu", &kib);
    (void)fclose (status);
    return kib;
}

/* The keeper has everything that the cell says: its `idle` comes behind it. */
static void run_to_idle (struct fixture *f, uint32_t o, const char *id, const char *code)
{
    peer_execute (&f->p, o, "slow", id, code);
    peer_until_state (&f->p, KEEP_BUSY);
    peer_until_state (&f->p, KEEP_IDLE);
}

/* A viewer that takes nothing costs no memory, and later gets everything. */
static void test_flat_memory (void **state)
{
    struct fixture *f = *state;
    uint32_t o = start (f, 0, NULL);

    f->p.no_ack = true;
    (void)peer_record (&f->p, o, "slow", 0); /* numbers without holes */
    f->p.only = "slow";
    run_to_idle (f, o, "m1", "flood 20 1000000");
    unsigned long before = private_kib (f), after = before;
    run_to_idle (f, o, "m2", "flood 200 1000000\nprint over");
    int64_t deadline = clock_mono_us () + PEER_TIMEOUT_MS * CLOCK_MS;
    assert_in_range (f->p.bytes, 1000000, 3000000);
    do { /* what was on its way is given back a little later */
        peer_for (&f->p, 100);
        after = private_kib (f);
    } while (after > before + (8 << 10) && clock_mono_us () < deadline);
    print_message ("RssAnon %lu -> %lu KiB\n", before, after);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
    assert_true (after <= before + (8 << 10));
#endif
    f->p.no_ack = false;
    (void)peer_record (&f->p, o, "slow", f->p.last_seq);
    peer_until (&f->p, "over");
    assert_false (f->p.skipped);
    peer_end (&f->p, o);
}

int main (int argc, char **argv)
{
#define TEST(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST (test_run),
        TEST (test_colon_sockets),
        TEST (test_tcp),
        TEST (test_slow_start),
        TEST (test_buffers),
        TEST (test_environment),
        TEST (test_input),
        TEST (test_interrupt),
        TEST (test_coming_back),
        TEST (test_words_to_nobody),
        TEST (test_retained_name),
        TEST (test_recorder),
        TEST (test_death_and_restart),
        TEST (test_death_with_a_queue),
        TEST (test_session_of_what_we_say),
        TEST (test_sudden_death),
        TEST (test_death_without_restart),
        TEST (test_hopeless_kernel),
        TEST (test_restart),
        TEST (test_restart_keeps_the_file),
        TEST (test_stubborn_kernel),
        TEST (test_flat_memory),
    };
    int keeper = peer_main (argc, argv);

    return keeper >= 0 ? keeper : cmocka_run_group_tests (tests, NULL, NULL);
}
