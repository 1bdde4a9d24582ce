/* test_program.c - what a process goes on as */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *ours[] = { PROGRAM_NAME, "lab", "--port=1", NULL };
static int calls;

static int run (int argc, char **argv)
{
    sigset_t now;

    calls++;
    assert_int_equal (argc, 3);
    assert_ptr_equal (argv, ours);
    assert_int_equal (optind, 0);
    assert_int_equal (sigprocmask (SIG_SETMASK, NULL, &now), 0);
    assert_false (sigismember (&now, SIGTERM));
    return 42;
}

static int setup (void **state)
{
    calls = 0;
    program_main (run);
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
        cmocka_unit_test_setup (test_goes_on_by_a_call, setup),
        cmocka_unit_test_setup (test_executes_where_something_was_begun, setup),
        cmocka_unit_test_setup (test_executes_other_programs, setup),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
