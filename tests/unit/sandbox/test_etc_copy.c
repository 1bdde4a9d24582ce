/* test_etc_copy.c - what is copied of /etc, and when it is copied anew */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "sandbox/etc_copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/etc-copy-XXXXXX";

static char *at (const char *name)
{
    return path_join (dir, name);
}

static void put (const char *name, const char *text)
{
    autofree char *path = at (name);
    assert_int_equal (fd_write_file_whole (path, text, strlen (text), 0644, NULL), 0);
}

static void make_dir (const char *name)
{
    autofree char *path = at (name);
    assert_int_equal (mkdir (path, 0755), 0);
}

static int setup (void **state)
{
    (void)strcpy (dir + strlen (dir) - 6, "XXXXXX");
    assert_non_null (mkdtemp (dir));
    make_dir ("etc");
    make_dir ("etc/alternatives");
    make_dir ("etc/ssh");
    put ("etc/services", "http 80/tcp\n");
    put ("etc/ssh/key", "secret");
    put ("etc/shadow", "secret");
    return 0;
}

static int teardown (void **state)
{
    return fd_remove_tree (dir, NULL);
}

static void sum (char ret[32])
{
    autofree char *path = at ("etc");
    autoclose int etc = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal (etc_sum (etc, ret, NULL), 0);
    assert_memory_equal (ret, "etc-", 4);
}

static bool is_there (const char *name)
{
    autofree char *path = at (name);
    return access (path, F_OK) == 0;
}

static void test_copy (void **state)
{
    autofree char *path = at ("etc"), *copy = at ("copy");
    autoclose int etc = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal (etc_copy (etc, copy, NULL), 0);
    assert_true (is_there ("copy/services") && is_there ("copy/alternatives"));
    assert_true (is_there ("copy/passwd"));
    assert_false (is_there ("copy/shadow") || is_there ("copy/ssh"));
    assert_false (is_there ("copy.tmp"));
}

static void test_sum_of_what_is_copied (void **state)
{
    char before[32], now[32];
    sum (before);
    sum (now);
    assert_string_equal (now, before);
    put ("etc/shadow", "another secret");
    sum (now);
    assert_string_equal (now, before);
    put ("etc/services", "http 80/tcp\nssh 22/tcp\n");
    sum (now);
    assert_string_not_equal (now, before);
}

/* Its name, size and time are what they were; only where it is has changed. */
static void test_sum_of_what_moves (void **state)
{
    char before[32], now[32];
    autofree char *inside = at ("etc/alternatives/awk"), *beside = at ("etc/awk");
    put ("etc/alternatives/awk", "mawk");
    sum (before);
    assert_int_equal (rename (inside, beside), 0);
    sum (now);
    assert_string_not_equal (now, before);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_copy, setup, teardown),
        cmocka_unit_test_setup_teardown (test_sum_of_what_is_copied, setup, teardown),
        cmocka_unit_test_setup_teardown (test_sum_of_what_moves, setup, teardown),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
