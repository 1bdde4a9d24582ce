/* test_keep.c - the keeper over its socket: attaching, records, terminals, commands, coming
 * back */

#include "peer.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const shell[] = { "sh", NULL };

static void type (struct peer *p, uint32_t object, const char *text)
{
    struct buf *b = peer_begin (p, KEEP_SEND, object);

    (void)buf_adds (b, text);
    peer_tell (p, 0);
}

static void test_greeting (void **state)
{
    struct keep_reader r;
    struct keep_frame f;
    struct peer a, b;
    struct keep k;

    keep_start (&k, 10);
    peer_connect (&a, &k);
    (void)peer_begin (&a, KEEP_LIST, 0);
    assert_int_equal (peer_call (&a, &r), PROBLEM_INVALID);
    assert_false (peer_next (&a, &f, 5000));
    peer_cut (&a);

    peer_connect (&a, &k);
    struct buf *hello = peer_begin (&a, KEEP_HELLO, 0);
    keep_put_u32 (hello, KEEP_VERSION + 1);
    keep_put_str (hello, "test");
    keep_put_str (hello, "/");
    assert_int_equal (peer_call (&a, &r), PROBLEM_UNSUPPORTED);
    peer_cut (&a);

    peer_attach (&a, &k);
    peer_connect (&b, &k);
    hello = peer_begin (&b, KEEP_HELLO, 0);
    keep_put_u32 (hello, KEEP_VERSION);
    keep_put_str (hello, "test");
    keep_put_str (hello, "/");
    assert_int_equal (peer_call (&b, &r), PROBLEM_BUSY);
    peer_cut (&b);
    (void)peer_begin (&a, KEEP_LIST, 0);
    assert_int_equal (peer_call (&a, &r), PROBLEM_NONE);
    assert_int_equal (keep_get_u32 (&r), 0);
    peer_cut (&a);
    keep_stop (&k);
}

static void test_one_keeper_per_directory (void **state)
{
    struct keep k;
    int status;

    keep_start (&k, 10);
    pid_t pid = fork ();
    if (pid == 0) {
        (void)execl ("/proc/self/exe", "test_keep", "keep", "--dir", k.dir, (char *)NULL);
        _exit (99);
    }
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_int_equal (WEXITSTATUS (status), 3);
    keep_stop (&k);
}

static void test_private_files (void **state)
{
    struct keep k;
    struct stat st;
    char path[128];

    keep_start (&k, 10);
    (void)snprintf (path, sizeof (path), "%s/keep.sock", k.dir);
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0600);
    (void)snprintf (path, sizeof (path), "%s/keep.log", k.dir);
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0600);
    keep_stop (&k);
}

/* Ends by itself when nobody is there. */
static void test_linger (void **state)
{
    struct keep k;
    int status;

    keep_start (&k, 0);
    assert_int_equal (waitpid (k.pid, &status, 0), k.pid);
    assert_int_equal (status, 0);
    assert_int_equal (fd_remove_tree (k.dir, NULL), 0);
}

static enum problem put_record (struct peer *p, const char *key, const char *value)
{
    struct keep_reader r;
    struct buf *b = peer_begin (p, KEEP_PUT, 0);

    keep_put_str (b, key);
    keep_put_str (b, value);
    return peer_call (p, &r);
}

static uint32_t count_records (struct peer *p, const char *prefix)
{
    struct keep_reader r;
    struct buf *b = peer_begin (p, KEEP_GET, 0);

    keep_put_str (b, prefix);
    assert_int_equal (peer_call (p, &r), PROBLEM_NONE);
    return keep_get_u32 (&r);
}

static void test_records (void **state)
{
    struct keep k;
    struct peer p;

    keep_start (&k, 10);
    peer_attach (&p, &k);
    assert_int_equal (put_record (&p, "session/1", "one"), PROBLEM_NONE);
    assert_int_equal (put_record (&p, "session/2", "two"), PROBLEM_NONE);
    assert_int_equal (put_record (&p, "other", "three"), PROBLEM_NONE);
    peer_cut (&p);
    peer_attach (&p, &k);
    assert_int_equal (count_records (&p, "session/"), 2);
    assert_int_equal (put_record (&p, "session/1", ""), PROBLEM_NONE);
    assert_int_equal (count_records (&p, "session/"), 1);
    assert_int_equal (put_record (&p, "", "x"), PROBLEM_INVALID);

    size_t most = 16u << 20;
    autofree char *large = malloc (most + 1);
    memset (large, 'x', most);
    large[most] = '\0';
    assert_int_equal (put_record (&p, "large", large), PROBLEM_NO_SPACE);
    large[most / 2] = '\0';
    assert_int_equal (put_record (&p, "large", large), PROBLEM_NONE);
    assert_int_equal (put_record (&p, "larger", large), PROBLEM_NO_SPACE);
    assert_int_equal (put_record (&p, "large", ""), PROBLEM_NONE);
    assert_int_equal (put_record (&p, "larger", large), PROBLEM_NONE);
    peer_cut (&p);
    keep_stop (&k);
}

/* Whatever comes in, the keeper lives and serves the next one. */
static void test_hostile_frames (void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {
        { "\xff\xff\xff\xff\x01\0\0\0", 8 },
        { "\0\0\0\0", 4 },
        { "GET / HTTP/1.1\r\n\r\n", 18 },
        { "\x10\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
    };
    struct keep_reader r;
    struct keep_frame f;
    struct peer p;
    struct keep k;

    keep_start (&k, 10);
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        peer_connect (&p, &k);
        assert_int_equal (write (p.fd, rows[i].bytes, rows[i].n), rows[i].n);
        while (peer_next (&p, &f, 5000))
            assert_int_equal (f.kind, KEEP_ERROR);
        peer_cut (&p);
    }
    peer_attach (&p, &k);
    for (int kind = 0; kind < 256; kind++) {
        struct buf *b = peer_begin (&p, kind, 77);

        if (kind == KEEP_QUIT)
            continue;
        (void)buf_add (b, "\xff\xff\xff\x7f\x01\x02\x03", 7);
        peer_tell (&p, p.number);
    }
    (void)peer_begin (&p, KEEP_LIST, 0);
    assert_int_equal (peer_call (&p, &r), PROBLEM_NONE);
    peer_cut (&p);
    keep_stop (&k);
}

static void test_terminal (void **state)
{
    struct keep_reader r;
    struct keep k;
    struct peer p;

    keep_start (&k, 10);
    peer_attach (&p, &k);
    uint32_t t = peer_start_terminal (&p, "1", shell);
    (void)peer_subscribe (&p, t, "a", 1, 0);
    type (&p, t, "stty size; tty >/dev/null && echo is-a-tty\n");
    peer_until (&p, "24 80");
    peer_until (&p, "is-a-tty\r\n");
    struct buf *b = peer_begin (&p, KEEP_RESIZE, t);
    keep_put_u32 (b, 40);
    keep_put_u32 (b, 132);
    peer_tell (&p, 0);
    type (&p, t, "stty size\n");
    peer_until (&p, "40 132");

    /* Typed while it runs: the foreground group is interrupted, the shell lives. */
    type (&p, t, "trap 'echo caught' INT; sleep 60; echo aft''er\n");
    peer_for (&p, 300);
    (void)peer_begin (&p, KEEP_INTERRUPT, t);
    assert_int_equal (peer_call (&p, &r), PROBLEM_NONE);
    peer_until (&p, "caught");

    /* Cut; what is printed meanwhile is there when we come back. */
    type (&p, t, "(sleep 0.3; echo mean''while)&\n");
    peer_for (&p, 100);
    peer_cut (&p);
    (void)usleep (600000);
    peer_attach (&p, &k);
    (void)peer_subscribe (&p, t, "a", 0, 0);
    peer_until (&p, "meanwhile");
    assert_false (peer_said (&p, "is-a-tty"));
    peer_forget (&p);
    (void)peer_subscribe (&p, t, "b", 1, 0);
    peer_until (&p, "is-a-tty\r\n");
    peer_end (&p, t);
    assert_true (p.gone);
    (void)peer_begin (&p, KEEP_LIST, 0);
    assert_int_equal (peer_call (&p, &r), PROBLEM_NONE);
    assert_int_equal (keep_get_u32 (&r), 0);
    peer_cut (&p);
    keep_stop (&k);
}

/* The last words of a shell come before it is gone. */
static void test_terminal_ends (void **state)
{
    struct keep k;
    struct peer p;

    keep_start (&k, 10);
    peer_attach (&p, &k);
    uint32_t t = peer_start_terminal (&p, "1", shell);
    (void)peer_subscribe (&p, t, "a", 1, 0);
    type (&p, t, "seq 20000; echo la''st; exit 3\n");
    peer_until_gone (&p);
    assert_true (peer_said (&p, "last"));
    assert_int_equal (WEXITSTATUS (p.state.wait_status), 3);
    peer_cut (&p);
    keep_stop (&k);
}

/* A shell that ignores what can be ignored. */
static void test_stubborn_terminal (void **state)
{
    static const char *const stubborn[] = {
        "sh", "-c", "trap '' HUP INT TERM; echo ready; while :; do sleep 1; done", NULL
    };
    struct keep k;
    struct peer p;

    keep_start (&k, 10);
    peer_attach (&p, &k);
    uint32_t t = peer_start_terminal (&p, "1", stubborn);
    (void)peer_subscribe (&p, t, "a", 1, 0);
    peer_until (&p, "ready");
    peer_end (&p, t);
    assert_true (WIFSIGNALED (p.state.wait_status));
    peer_cut (&p);
    keep_stop (&k);
}

/* Bytes that the only object has said. */
static uint64_t printed (struct peer *p)
{
    struct keep_reader r;
    struct keep_object o;

    (void)peer_begin (p, KEEP_LIST, 0);
    assert_int_equal (peer_call (p, &r), PROBLEM_NONE);
    assert_int_equal (keep_get_u32 (&r), 1);
    assert_int_equal (keep_get_object (&r, &o), 0);
    uint64_t last = o.last;
    keep_object_done (&o);
    return last;
}

/* A viewer that does not ack gets a window and no more; the journal's budget takes the rest
 * and says so. */
static void test_slow_viewer (void **state)
{
    struct keep k;
    struct peer p;

    keep_start (&k, 10);
    peer_attach (&p, &k);
    static const char *const noise[] = {
        "sh", "-c",
        "read x; yes 0123456789012345678901234567890123456789 | head -c 20000000;"
        " echo; echo do''ne; read x",
        NULL
    };
    uint32_t t = peer_start_terminal (&p, "1", noise);
    p.no_ack = true;
    (void)peer_subscribe (&p, t, "a", 1, 100000);
    type (&p, t, "\n");
    peer_for (&p, 500);
    assert_in_range (p.bytes, 100000, 200000);

    /* Its only viewer is a megabyte behind: the program waits. */
    assert_in_range (printed (&p), 1 << 20, 4 << 20);

    /* Nobody watches any more: it goes on to its end, and only the newest part is kept. */
    peer_cut (&p);
    peer_attach (&p, &k);
    while (printed (&p) < 20000000)
        peer_for (&p, 50);
    (void)peer_subscribe (&p, t, "a", 0, 0);
    peer_until (&p, "done\r\n");
    assert_true (p.gap > 0);
    assert_in_range (p.bytes, 1 << 20, 5 << 20);
    peer_end (&p, t);
    peer_cut (&p);
    keep_stop (&k);
}

static void test_command (void **state)
{
    static const char *const job[] = {
        "sh", "-c", "echo out; echo err >&2; sleep 0.3; echo fin''ished; exit 5", NULL
    };
    static const char *const missing[] = { "/no/such/program", NULL };
    struct keep_reader r;
    struct keep k;
    struct peer p;

    keep_start (&k, 10);
    peer_attach (&p, &k);
    uint32_t c = peer_start_command (&p, "job", job);
    peer_cut (&p);
    (void)usleep (600000);
    peer_attach (&p, &k);
    (void)peer_subscribe (&p, c, "log", 1, 0);
    peer_until (&p, "finished\n");
    assert_true (peer_said (&p, "out\nerr\n"));
    (void)peer_begin (&p, KEEP_LIST, 0);
    assert_int_equal (peer_call (&p, &r), PROBLEM_NONE);
    assert_int_equal (keep_get_u32 (&r), 1);
    peer_end (&p, c);
    assert_int_equal (WEXITSTATUS (p.state.wait_status), 5);

    struct buf *b = peer_begin (&p, KEEP_START_COMMAND, 0);
    struct strv v;
    strv_init (&v);
    strv_add (&v, missing[0]);
    keep_put_str (b, "job");
    keep_put_strv (b, &v);
    strv_done (&v);
    keep_put_strv (b, &v);
    keep_put_str (b, "/");
    assert_int_equal (peer_call (&p, &r), PROBLEM_NOT_FOUND);
    peer_cut (&p);
    keep_stop (&k);
}

/* QUIT ends what runs, answers, and the keeper is gone. */
static void test_quit (void **state)
{
    static const char *const job[] = { "sleep", "1000", NULL };
    struct keep_reader r;
    struct keep_frame f;
    struct peer p;
    struct keep k;
    int status;

    keep_start (&k, 10);
    peer_attach (&p, &k);
    (void)peer_start_terminal (&p, "1", shell);
    (void)peer_start_command (&p, "job", job);
    (void)peer_begin (&p, KEEP_QUIT, 0);
    assert_int_equal (peer_call (&p, &r), PROBLEM_NONE);
    assert_false (peer_next (&p, &f, 5000));
    peer_cut (&p);
    assert_int_equal (waitpid (k.pid, &status, 0), k.pid);
    assert_int_equal (status, 0);
    assert_int_equal (fd_remove_tree (k.dir, NULL), 0);
}

int main (int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_greeting),
        cmocka_unit_test (test_one_keeper_per_directory),
        cmocka_unit_test (test_private_files),
        cmocka_unit_test (test_linger),
        cmocka_unit_test (test_records),
        cmocka_unit_test (test_hostile_frames),
        cmocka_unit_test (test_terminal),
        cmocka_unit_test (test_terminal_ends),
        cmocka_unit_test (test_stubborn_terminal),
        cmocka_unit_test (test_slow_viewer),
        cmocka_unit_test (test_command),
        cmocka_unit_test (test_quit),
    };
    int keeper = peer_main (argc, argv);

    return keeper >= 0 ? keeper : cmocka_run_group_tests (tests, NULL, NULL);
}
