/* test_wire.c - signatures, replays, malformed multiparts; header scanning; connection
 * files */

#include "jupyter/wire.h"

#include "base/fd.h"
#include "jupyter/connfile.h"
#include "jupyter/jmsg.h"
#include "jupyter/wsv1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static struct slice text (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

/* topic, delimiter, signature, header, parent, metadata, content, buffer */
static size_t message (struct wire *w, const char *content, char signature[CRYPTO_HEX],
                       struct slice f[8])
{
    struct slice parts[4] = { text ("{\"msg_id\":\"m\"}"), text ("{}"), text ("{}"),
                              text (content) };

    (void)wire_sign (w, parts, signature);
    f[0] = text ("stream.stdout");
    f[1] = text ("<IDS|MSG>");
    f[2] = text (signature);
    memcpy (f + 3, parts, sizeof (parts));
    f[7] = text ("buffer");
    return 8;
}

static void test_signatures (void **state)
{
    autocleanup (wire_free) struct wire *w = wire_new ("hmac-sha256", "a-key", NULL);
    struct slice f[8];
    char signature[CRYPTO_HEX];
    struct err err = { 0 };
    size_t first = 0, n = message (w, "one", signature, f);

    assert_int_equal (strlen (signature), 64);
    assert_int_equal (wire_accept (w, f, n, &first, NULL), 0);
    assert_int_equal (first, 3);
    assert_int_equal (wire_accept (w, f, n, &first, &err), -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    f[6] = text ("two");
    assert_int_equal (wire_accept (w, f, n, &first, &err), -1);
    assert_int_equal (err.problem, PROBLEM_FORBIDDEN);
    (void)message (w, "two", signature, f);
    f[2].len--;
    assert_int_equal (wire_accept (w, f, n, &first, NULL), -1);
    f[2].len = 0;
    assert_int_equal (wire_accept (w, f, n, &first, NULL), -1);
    assert_int_equal (wire_dropped (w), 4);
    /* Buffers are not signed. */
    (void)message (w, "three", signature, f);
    f[7] = text ("another buffer");
    assert_int_equal (wire_accept (w, f, n, &first, NULL), 0);
}

/* However long it is: one byte in a megabyte tells. */
static void test_long_message (void **state)
{
    autocleanup (wire_free) struct wire *w = wire_new ("hmac-sha256", "a key", NULL);
    autofree char *content = xcalloc ((1 << 20) + 1, 1);
    struct slice f[8];
    char signature[CRYPTO_HEX];
    struct err err = { 0 };
    size_t first, n;

    memset (content, 'x', 1 << 20);
    n = message (w, content, signature, f);
    content[1 << 19] = 'y';
    assert_int_equal (wire_accept (w, f, n, &first, &err), -1);
    assert_int_equal (err.problem, PROBLEM_FORBIDDEN);
    content[1 << 19] = 'x';
    assert_int_equal (wire_accept (w, f, n, &first, NULL), 0);
    assert_int_equal (wire_accept (w, f, n, &first, &err), -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
}

static void test_no_key (void **state)
{
    autocleanup (wire_free) struct wire *w = wire_new ("hmac-sha256", "", NULL);
    struct slice f[8];
    char signature[CRYPTO_HEX];
    size_t first, n = message (w, "one", signature, f);

    assert_string_equal (signature, "");
    f[2] = text ("whatever");
    assert_int_equal (wire_accept (w, f, n, &first, NULL), 0);
    assert_int_equal (wire_accept (w, f, n, &first, NULL), 0);
}

static void test_schemes (void **state)
{
    struct err err = { 0 };

    assert_null (wire_new ("rot13", "key", &err));
    assert_int_equal (err.problem, PROBLEM_UNSUPPORTED);
    assert_null (wire_new ("hmac-nothing", "key", &err));
    autocleanup (wire_free) struct wire *w = wire_new ("hmac-sha512", "key", NULL);
    assert_non_null (w);
}

static void test_malformed (void **state)
{
    autocleanup (wire_free) struct wire *w = wire_new ("hmac-sha256", "a-key", NULL);
    static struct slice many[WSV1_MAX_PARTS + 8];
    struct slice f[8];
    char signature[CRYPTO_HEX];
    size_t first, n = message (w, "one", signature, f);

    for (size_t cut = 0; cut < 7; cut++)
        assert_int_equal (wire_accept (w, f, cut, &first, NULL), -1);
    for (size_t i = 0; i < WIRE_MAX_IDENTITIES + 1; i++)
        many[i] = text ("id");
    memcpy (many + WIRE_MAX_IDENTITIES, f + 1, 6 * sizeof (*f));
    assert_int_equal (wire_accept (w, many, WIRE_MAX_IDENTITIES + 6, &first, NULL), -1);
    memcpy (many + WIRE_MAX_IDENTITIES - 1, f + 1, 6 * sizeof (*f));
    assert_int_equal (wire_accept (w, many, WIRE_MAX_IDENTITIES + 5, &first, NULL), 0);
    (void)message (w, "two", signature, f);
    memset (many, 0, sizeof (many));
    memcpy (many, f + 1, 6 * sizeof (*f));
    assert_int_equal (wire_accept (w, many, WSV1_MAX_PARTS + 3, &first, NULL), -1);
    assert_int_equal (wire_accept (w, many, WSV1_MAX_PARTS + 2, &first, NULL), 0);
    (void)n;
}

/* The history is bounded, and the newest are always in it. */
static void test_history (void **state)
{
    autocleanup (wire_free) struct wire *w = wire_new ("hmac-sha256", "a-key", NULL);
    struct slice f[8];
    char signature[CRYPTO_HEX], content[32];
    size_t first;

    for (int i = 0; i < 5 * WIRE_HISTORY; i++) {
        (void)snprintf (content, sizeof (content), "%d", i);
        assert_int_equal (
            wire_accept (w, f, message (w, content, signature, f), &first, NULL), 0);
        assert_int_equal (wire_accept (w, f, 8, &first, NULL), -1);
        if (i < WIRE_HISTORY - 1)
            continue;
        (void)snprintf (content, sizeof (content), "%d", i - WIRE_HISTORY + 1);
        assert_int_equal (
            wire_accept (w, f, message (w, content, signature, f), &first, NULL), -1);
    }
}

static void test_scanning (void **state)
{
    static const struct {
        const char *json, *id, *type;
    } rows[] = {
        { "{\"msg_id\":\"a\",\"msg_type\":\"b\"}", "a", "b" },
        { " {\n\"msg_id\" : \"a\" ,\t\"x\": {\"msg_type\":\"no\"}, \"msg_type\":\"b\" } ",
          "a", "b" },
        { "{\"x\":[1,{\"y\":\"]}\\\"\"},NaN,1e999],\"msg_id\":\"a\"}", "a", "" },
        { "{\"msg_id\":\"q\\\"q\",\"msg_type\":\"\"}", "q\\\"q", "" },
        { "{\"msg_id\":null,\"msg_type\":5}", "", "" },
        { "{\"msg_id\":\"a\",\"msg_id\":\"b\"}", "b", "" },
        { "{\"subshell_id\":null,\"msg_type\":\"t\"}", "", "t" },
        { "", "", "" },
        { "{", "", "" },
        { "{\"", "", "" },
        { "{\"msg_id", "", "" },
        { "{\"msg_id\":\"a", "", "" },
        { "{\"msg_id\":\"a\\", "", "" },
        { "{\"msg_id\":[[[[", "", "" },
        { "[\"msg_id\",\"a\"]", "", "" },
        { "\"msg_id\"", "", "" },
    };
    struct jhead h;

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        /* An exact copy, so that a sanitizer sees a step too far. */
        size_t n = strlen (rows[i].json);
        autofree char *copy = malloc (n ? n : 1);

        memcpy (copy, rows[i].json, n);
        jhead_scan ((struct slice){ copy, n }, &h);
        if (!slice_is (h.msg_id, rows[i].id) || !slice_is (h.msg_type, rows[i].type))
            fail_msg ("%s", rows[i].json);
    }
}

static void test_connection_files (void **state)
{
    char dir[] = "/tmp/test-connfile-XXXXXX";
    struct connfile c, d;
    struct err err = { 0 };
    struct stat st;

    assert_non_null (mkdtemp (dir));
    autofree char *path = xasprintf ("%s/kernel.json", dir);
    connfile_init (&c, "ipc", "/tmp/x/k", "python3");
    assert_int_equal (strlen (c.key), 8 + 1 + 24);
    assert_int_equal (c.key[8], '-');
    assert_int_equal (connfile_write (&c, path, NULL), 0);
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0600);
    assert_int_equal (connfile_read (path, &d, NULL), 0);
    assert_string_equal (d.key, c.key);
    assert_string_equal (d.signature_scheme, "hmac-sha256");
    autofree char *shell = connfile_endpoint (&d, CONN_SHELL);
    autofree char *hb = connfile_endpoint (&d, CONN_HB);
    assert_string_equal (shell, "ipc:///tmp/x/k-1");
    assert_string_equal (hb, "ipc:///tmp/x/k-5");
    connfile_done (&c);
    connfile_done (&d);

    connfile_init (&c, "tcp", "127.0.0.1", "r");
    assert_int_equal (connfile_pick_ports (&c, NULL), 0);
    for (int i = 0; i < CONN_PORTS; i++)
        for (int k = 0; k < i; k++)
            assert_int_not_equal (c.port[i], c.port[k]);
    connfile_done (&c);
    connfile_init (&c, "tcp", "::1", "r");
    autofree char *v6 = connfile_endpoint (&c, CONN_SHELL);
    assert_string_equal (v6, "tcp://[::1]:1");
    connfile_done (&c);

    static const char *const bad[] = { "[]", "{}", "{\"shell_port\":70000}", "x" };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        assert_int_equal (fd_write_file_atomic (path, bad[i], strlen (bad[i]), 0600, NULL),
                          0);
        assert_int_equal (connfile_read (path, &d, &err), -1);
        assert_int_equal (err.problem, PROBLEM_INVALID);
    }
    assert_int_equal (fd_remove_tree (dir, NULL), 0);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_signatures),       cmocka_unit_test (test_no_key),
        cmocka_unit_test (test_schemes),          cmocka_unit_test (test_malformed),
        cmocka_unit_test (test_history),          cmocka_unit_test (test_scanning),
        cmocka_unit_test (test_connection_files), cmocka_unit_test (test_long_message),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
