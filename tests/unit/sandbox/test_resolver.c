/* test_resolver.c - name servers that a sandbox can reach */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "sandbox/resolver.h"

#include <string.h>

static const struct {
    const char *text;
    bool own_network, found;
    const char *left;
} rows[] = {
    { "nameserver 10.0.0.1\n", true, true, "nameserver 10.0.0.1\n" },
    { "nameserver 10.0.0.1", true, true, "nameserver 10.0.0.1\n" },
    { "# a comment\n\nnameserver\t1.1.1.1 \r\n", true, true, "nameserver 1.1.1.1\n" },
    { "nameserver 127.0.0.53\n", true, false, "" },
    { "nameserver 127.0.0.53\n", false, true, "nameserver 127.0.0.53\n" },
    { "nameserver ::1\nnameserver 9.9.9.9\n", true, true, "nameserver 9.9.9.9\n" },
    { "search a.example\noptions ndots:2\ndomain x\n", true, false,
      "search a.example\noptions ndots:2\n" },
    /* a server without an address is none, and does not take the next line for one */
    { "nameserver\nsearch a.example\n", false, false, "search a.example\n" },
    { "nameserver \n1.2.3.4\n", false, false, "" },
    { "nameserverx 1.2.3.4\n", true, false, "" },
    { "", true, false, "" },
};

static void test_rows (void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autodone (buf_done) struct buf b;
        buf_init (&b, 4096);
        bool found = resolver_filter (rows[i].text, rows[i].own_network, &b);
        assert_string_equal (b.len ? b.data : "", rows[i].left);
        assert_int_equal (found, rows[i].found);
    }
}

static void test_long_line (void **state)
{
    char text[2048];
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    memset (text, 'a', sizeof text);
    memcpy (text, "search ", 7);
    memcpy (text + sizeof text - 21, "\nnameserver 10.0.0.1\n", 22 - 1);
    text[sizeof text - 1] = '\0';
    assert_true (resolver_filter (text, true, &b));
    assert_string_equal (b.data, "nameserver 10.0.0.1\n");
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_rows),
        cmocka_unit_test (test_long_line),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
