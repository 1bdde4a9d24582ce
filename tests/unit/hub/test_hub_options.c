/* test_hub_options.c - the command line of `labwright serve --hub` */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "hub/hub_options.h"

#define PARSE(o, ...)                                                                      \
    ({                                                                                     \
        char *v_[] = { (char *)"serve", __VA_ARGS__ };                                     \
        hub_options_parse ((o), (int)ARRAY_SIZE (v_), v_, &err);                           \
    })

static void test_all (void **state)
{
    struct hub_options o;
    struct err err;
    (void)state;
    assert_int_equal (PARSE (&o, "--hub", "--state", "/x/../y", "--port=99", "--listen",
                             "0.0.0.0", "--hub-url=http://h", "--behind-proxy"),
                      0);
    assert_string_equal (o.state, "/y");
    assert_int_equal (o.port, 99);
    assert_string_equal (o.listen, "0.0.0.0");
    assert_string_equal (o.hub_url, "http://h");
    assert_true (o.behind_proxy);
    assert_false (o.verbose);
    hub_options_done (&o);
}

static void test_refused (void **state)
{
    struct hub_options o;
    struct err err;
    (void)state;
    assert_int_equal (PARSE (&o, "--port", "1"), -1); /* no state */
    hub_options_done (&o);
    assert_int_equal (PARSE (&o, "--state", "/x", "--port", "70000"), -1);
    hub_options_done (&o);
    assert_int_equal (PARSE (&o, "--state", "/x", "--port", "8x"), -1);
    hub_options_done (&o);
    assert_int_equal (PARSE (&o, "--state", "/x", "--hub=1"), -1);
    hub_options_done (&o);
    assert_int_equal (PARSE (&o, "--state", "/x", "--what"), -1);
    hub_options_done (&o);
    assert_int_equal (PARSE (&o, "--state"), -1);
    hub_options_done (&o);
    assert_int_equal (PARSE (&o, "--state", "/x", "--certfile", "c"), -1);
    hub_options_done (&o);
    assert_int_equal (PARSE (&o, "--help"), 0);
    hub_options_done (&o);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_all),
        cmocka_unit_test (test_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
