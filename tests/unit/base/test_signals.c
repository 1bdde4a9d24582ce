/* test_signals.c - a signal that is ignored */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/signals.h"

#include <signal.h>

static void test_ignore (void **state)
{
    struct sigaction now;

    signals_ignore (SIGUSR1);
    assert_int_equal (raise (SIGUSR1), 0);
    assert_int_equal (sigaction (SIGUSR1, NULL, &now), 0);
    assert_true (now.sa_handler == SIG_IGN);
}

int main (void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test (test_ignore) };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
