/* test_log.c - one line per event, nothing forged, levels and traces */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"

#include <fcntl.h>
#include <string.h>

static int fd = -1;
static char seen[16384];

static const char *lines (void)
{
    ssize_t n = pread (fd, seen, sizeof (seen) - 1, 0);

    seen[n > 0 ? n : 0] = '\0';
    assert_int_equal (ftruncate (fd, 0), 0);
    return seen;
}

static int setup (void **state)
{
    (void)state;
    fd = open ("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600);
    setenv ("LABWRIGHT_TRACE", "http,zmq", 1);
    log_set_copy_fd (fd);
    return fd < 0 ? -1 : 0;
}

static int teardown (void **state)
{
    (void)state;
    log_set_copy_fd (-1);
    return close (fd);
}

static void test_line (void **state)
{
    (void)state;
    log_set_program ("lab");
    log_info ("kernels", "started kernel=%s", "abc");
    const char *s = lines ();
    assert_non_null (strstr (s, "Z info lab kernels: started kernel=abc\n"));
    assert_int_equal (s[4], '-');
}

static void test_forgery (void **state)
{
    (void)state;
    log_error ("x", "name=%s", "a\nerror forged\x1b[0m");
    const char *s = lines ();
    assert_ptr_equal (strchr (s, '\n'), s + strlen (s) - 1);
    assert_null (strchr (s, '\x1b'));
}

static void test_long_line (void **state)
{
    char text[9000];

    (void)state;
    memset (text, 'x', sizeof (text));
    text[sizeof (text) - 1] = '\0';
    log_warning ("x", "%s", text);
    const char *s = lines ();
    assert_in_range (strlen (s), 3000, 4096);
    assert_int_equal (s[strlen (s) - 1], '\n');
}

static void test_levels (void **state)
{
    (void)state;
    log_debug ("x", "quiet");
    assert_string_equal (lines (), "");
    log_set_level (LOG_LEVEL_DEBUG);
    log_debug ("x", "loud");
    assert_non_null (strstr (lines (), "debug"));
    log_set_level (LOG_LEVEL_ERROR);
    log_warning ("x", "quiet");
    assert_string_equal (lines (), "");
    log_set_level (LOG_LEVEL_INFO);
    assert_int_equal (log_get_level (), LOG_LEVEL_INFO);
}

static void test_traces (void **state)
{
    (void)state;
    assert_true (log_tracing (TRACE_HTTP));
    assert_true (log_tracing (TRACE_ZMQ));
    assert_false (log_tracing (TRACE_WIRE));
    log_trace (TRACE_WIRE, "quiet");
    assert_string_equal (lines (), "");
    log_trace (TRACE_HTTP, "GET %s", "/");
    assert_non_null (strstr (lines (), "http: GET /\n"));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_line),      cmocka_unit_test (test_forgery),
        cmocka_unit_test (test_long_line), cmocka_unit_test (test_levels),
        cmocka_unit_test (test_traces),
    };
    return cmocka_run_group_tests_name ("log", tests, setup, teardown);
}
