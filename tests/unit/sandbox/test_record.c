/* test_record.c - what the next spawner reads of a sandbox: there and back, and files that are not ours */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "sandbox/record.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char state[] = "/tmp/record-XXXXXX";

static void put (const char *name, const char *text)
{
    autofree char *path = xasprintf ("%s/ws/run_a/%s", state, name);
    assert_int_equal (fd_write_file_whole (path, text, strlen (text), 0600, NULL), 0);
}

static int setup (void **unused)
{
    (void)strcpy (state + strlen (state) - 6, "XXXXXX");
    autofree char *dir = mkdtemp (state) ? path_join (state, "ws/run_a") : NULL;
    return dir ? fd_mkdirs (dir, 0700, NULL) : -1;
}

static int teardown (void **unused)
{
    return fd_remove_tree (state, NULL);
}

static void fill (struct record *r)
{
    record_init (r);
    (void)strcpy (r->spec.id, "run_a");
    (void)strcpy (r->spec.home, "run_a");
    (void)strcpy (r->spec.machine, "c1");
    r->spec.owner = 3;
    r->spec.generation = 7;
    strv_add (&r->spec.argv, "sh");
    free (r->spec.cwd);
    r->spec.cwd = xstrdup ("/floyd/home");
    (void)strcpy (r->machine, "gpu");
    strv_add (&r->gpus, "/dev/nvidia0");
    strv_add (&r->gpus, "/dev/nvidia1");
    r->pid = 4711;
    r->ticks = 1ull << 40;
    r->started_us = 1234567890123456;
}

static void test_there_and_back (void **unused)
{
    struct record r, again;
    struct stat st;
    struct spawn_exit e;

    fill (&r);
    put ("exit.json", "{}"); /* of the run before */
    assert_int_equal (record_begin (state, &r, NULL), 0);
    assert_false (record_read_exit (state, "run_a", &e));
    autofree char *path = path_join (state, "ws/run_a/spec.json");
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0600);

    assert_int_equal (record_read (state, "run_a", &again, NULL), 0);
    assert_string_equal (again.machine, "gpu");
    assert_string_equal (again.spec.machine, "c1");
    assert_int_equal (again.spec.generation, 7);
    assert_int_equal (again.gpus.n, 2);
    assert_string_equal (again.gpus.v[1], "/dev/nvidia1");
    assert_int_equal (again.pid, 4711);
    assert_true (again.ticks == 1ull << 40);
    assert_true (again.started_us == 1234567890123456);
    record_done (&again);
    record_done (&r);
}

static void test_the_end (void **unused)
{
    struct record r;
    struct spawn_exit e = { .code = 3, .ended_us = 99 }, again;

    fill (&r);
    (void)strcpy (e.reason, "ended with status 3");
    record_end (state, &r, &e);
    assert_true (record_read_exit (state, "run_a", &again));
    assert_int_equal (again.code, 3);
    assert_string_equal (again.reason, "ended with status 3");
    put ("exit.json", "[1, 2");
    assert_false (record_read_exit (state, "run_a", &again));
    record_done (&r);
}

/* A spawner must not fall over what it finds. */
static void test_not_ours (void **unused)
{
    static const char *const texts[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"spec\": 1}",
        "{\"spec\": {}}",
        "{\"spec\": {\"id\": \"run_b\", \"kind\": \"workspace\", \"generation\": 1, "
        "\"owner\": 1, "
        "\"home\": \"run_b\", \"machine\": \"c\", \"argv\": [\"a\"], \"cwd\": \"/floyd\"}}",
        "{\"machine\": "
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaa\","
        "\"spec\": {\"id\": \"run_a\", \"kind\": \"workspace\", \"generation\": 1, "
        "\"owner\": 1, "
        "\"home\": \"run_a\", \"machine\": \"c\", \"argv\": [\"a\"], \"cwd\": \"/floyd\"}}",
    };
    struct record r;
    struct err err;

    assert_int_equal (record_read (state, "run_a", &r, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    for (size_t i = 0; i < ARRAY_SIZE (texts); i++) {
        put ("spec.json", texts[i]);
        assert_int_equal (record_read (state, "run_a", &r, &err), -1);
        assert_int_equal (err.problem, PROBLEM_INVALID);
    }
}

/* What is no list of strings, and numbers that are none, are nothing; the spec is what counts. */
static void test_odd_fields (void **unused)
{
    struct record r;

    put ("spec.json", "{\"gpus\": [1, null, \"/dev/a\"], \"pid\": \"x\", \"spec\": "
                      "{\"id\": \"run_a\", \"kind\": "
                      "\"workspace\", \"generation\": 1, \"owner\": 1, \"home\": "
                      "\"run_a\", \"machine\": \"c\", "
                      "\"argv\": [\"a\"], \"cwd\": \"/floyd\"}}");
    assert_int_equal (record_read (state, "run_a", &r, NULL), 0);
    assert_int_equal (r.pid, 0);
    assert_int_equal (r.gpus.n, 3);
    assert_string_equal (r.gpus.v[0], "");
    record_done (&r);
}

static void test_ticks (void **unused)
{
    pid_t pid = fork ();
    if (pid == 0) {
        (void)pause ();
        _exit (0);
    }
    uint64_t ticks = record_ticks (pid);
    assert_true (ticks > 0);
    assert_true (ticks >= record_ticks (getpid ()));
    (void)kill (pid, SIGKILL);
    assert_int_equal (waitpid (pid, NULL, 0), pid);
    assert_true (record_ticks (pid) == 0);
}

int main (void)
{
#define TEST(f) cmocka_unit_test_setup_teardown (f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST (test_there_and_back), TEST (test_the_end), TEST (test_not_ours),
        TEST (test_odd_fields),     TEST (test_ticks),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
