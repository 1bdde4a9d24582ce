/* test_program.c - what a process goes on as */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char given[] = "labwright\0keep\0--hand-over\0--\0labwright\0lab\0--port=1";
static char *first[] = { given,      given + 10, given + 15, given + 27,
                         given + 30, given + 40, given + 44 };
static char *ours[] = { given + 30, given + 40, given + 44, NULL };
static int calls;

static int run (int argc, char **argv)
{
    sigset_t now;

    calls++;
    assert_int_equal (argc, 3);
    assert_string_equal (argv[1], "lab");
    assert_string_equal (argv[2], "--port=1");
    assert_null (argv[3]);
    assert_int_equal (optind, 0);
    assert_int_equal (sigprocmask (SIG_SETMASK, NULL, &now), 0);
    assert_false (sigismember (&now, SIGTERM));
    return 42;
}

static int setup (void **state)
{
    calls = 0;
    program_main (run, ARRAY_SIZE (first), first);
    return setenv ("PATH", "/nonexistent", 1);
}

static void test_goes_on_by_a_call (void **state)
{
    sigset_t term;

    (void)sigemptyset (&term);
    (void)sigaddset (&term, SIGTERM);
    assert_int_equal (sigprocmask (SIG_BLOCK, &term, NULL), 0);
    optind = 7;
    assert_int_equal (program_then (ours, true), 42);
    assert_int_equal (calls, 1);
    static const char shown[sizeof given] = "labwright\0lab\0--port=1";
    assert_memory_equal (given, shown, sizeof given);
}

static void test_executes_where_something_was_begun (void **state)
{
    assert_int_equal (program_then (ours, false), 127);
    assert_int_equal (calls, 0);
}

static void test_executes_other_programs (void **state)
{
    char *other[] = { "labwrights", "lab", NULL };
    char *path[] = { "/nonexistent/" PROGRAM_NAME, NULL };

    assert_int_equal (program_then (other, true), 127);
    assert_int_equal (program_then (path, true), 127);
    assert_int_equal (calls, 0);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup (test_executes_where_something_was_begun, setup),
        cmocka_unit_test_setup (test_executes_other_programs, setup),
        cmocka_unit_test_setup (test_goes_on_by_a_call, setup), /* last: it takes `ours` */
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
