/* test_wslegacy.c - the older framing, both ways (contract 6.5) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "jupyter/wslegacy.h"

#include <string.h>

#define MAX (1 << 20)

static struct slice of (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

static void check_part (const struct wsv1 *m, size_t i, const char *want)
{
    struct slice p = wsv1_part (m, i);

    assert_int_equal (p.len, strlen (want));
    assert_memory_equal (p.data, want, p.len);
}

/* A client's text, decoded; B keeps the bytes. */
static int from_text (const char *text, struct buf *b, struct wsv1 *m, struct err *err)
{
    buf_init (b, MAX);
    if (wslegacy_to_v1 (text, strlen (text), true, b, err) < 0)
        return -1;
    return wsv1_decode (b->data, b->len, m, err);
}

static void test_client_text (void **state)
{
    autodone (buf_done) struct buf b;
    struct wsv1 m;

    (void)state;
    assert_int_equal (
        from_text (
            "{\"header\": {\"msg_id\":\"1\",  \"big\": 123456789012345678901234567890},"
            "\"content\":{\"x\":NaN,\"y\":1e400}, \"metadata\":{ \"a\" : [1] },"
            "\"parent_header\":{\"p\":1.10}, \"channel\":\"control\", \"buffers\":[]}",
            &b, &m, NULL),
        0);
    assert_int_equal (m.channel, JCHANNEL_CONTROL);
    assert_int_equal (m.nparts, 4);
    check_part (&m, WSV1_HEADER,
                "{\"msg_id\":\"1\",  \"big\": 123456789012345678901234567890}");
    check_part (&m, WSV1_PARENT, "{\"p\":1.10}");
    check_part (&m, WSV1_METADATA, "{ \"a\" : [1] }");
    check_part (&m, WSV1_CONTENT, "{\"x\":NaN,\"y\":1e400}");
}

static void test_client_defaults (void **state)
{
    autodone (buf_done) struct buf b;
    struct wsv1 m;

    (void)state;
    assert_int_equal (
        from_text ("{\"header\":{},\"content\":{},\"metadata\":null}", &b, &m, NULL), 0);
    assert_int_equal (m.channel, JCHANNEL_SHELL);
    check_part (&m, WSV1_PARENT, "{}");
    check_part (&m, WSV1_METADATA, "{}");
}

static void test_client_refused (void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "ping",
        "{}",
        "{\"content\":{}}",
        "{\"header\":[],\"content\":{}}",
        "{\"header\":{},\"content\":{},\"channel\":\"hb\"}",
        "{\"header\":{},\"content\":{},\"channel\":5}",
        "{\"header\":{},\"content\":{},\"channel\":\"\"}",
        "{\"header\":{},\"content\":{}",
        "{\"header\":{},\"content\":{\"x\":\"\xff\"}}",
        "{\"header\":null,\"content\":{}}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        autodone (buf_done) struct buf b;
        struct wsv1 m;
        struct err err = { 0 };
        if (from_text (bad[i], &b, &m, &err) == 0)
            fail_msg ("accepted: %s", bad[i]);
        assert_int_equal (err.problem, PROBLEM_INVALID);
        assert_int_equal (b.len, 0);
    }
}

static int encode_v1 (enum jchannel channel, const struct slice *parts, size_t n,
                      struct buf *b, struct wsv1 *m)
{
    buf_init (b, MAX);
    assert_int_equal (wsv1_encode (b, channel, parts, n), 0);
    return wsv1_decode (b->data, b->len, m, NULL);
}

static void test_server_text (void **state)
{
    struct slice parts[] = {
        of ("{\"msg_id\":\"a_1\",\"msg_type\":\"status\",\"x\":1e400}"), of ("{}"),
        of ("{ }"), of ("{\"execution_state\":\"idle\"}")
    };
    autodone (buf_done) struct buf v1, b;
    struct wsv1 m;
    bool text = false;

    (void)state;
    assert_int_equal (encode_v1 (JCHANNEL_IOPUB, parts, 4, &v1, &m), 0);
    buf_init (&b, MAX);
    assert_int_equal (wslegacy_from_v1 (&m, &b, &text, NULL), 0);
    assert_true (text);
    assert_string_equal (
        b.data,
        "{\"channel\":\"iopub\","
        "\"header\":{\"msg_id\":\"a_1\",\"msg_type\":\"status\",\"x\":1e400},"
        "\"parent_header\":{},\"metadata\":{ },\"content\":{\"execution_state\":\"idle\"},"
        "\"msg_id\":\"a_1\",\"msg_type\":\"status\",\"buffers\":[]}");
}

static void test_server_binary (void **state)
{
    struct slice parts[] = { of ("{\"msg_id\":\"1\"}"), of ("{}"), of ("{}"), of ("{}"),
                             { "\0\1\2", 3 },           of (""),   of ("xyz") };
    autodone (buf_done) struct buf v1, b, back;
    struct wsv1 m, again;
    bool text = true;

    (void)state;
    assert_int_equal (encode_v1 (JCHANNEL_SHELL, parts, 7, &v1, &m), 0);
    buf_init (&b, MAX);
    assert_int_equal (wslegacy_from_v1 (&m, &b, &text, NULL), 0);
    assert_false (text);
    assert_memory_equal (b.data, "\0\0\0\4\0\0\0\x14", 8);
    assert_memory_equal (b.data + 20, "{\"channel\":\"shell\"", 18);
    assert_null (memmem (b.data, b.len, "buffers", 7));
    assert_non_null (memmem (b.data, b.len, "\"msg_type\":null}", 16));
    assert_memory_equal (b.data + b.len - 6, "\0\1\2xyz", 6);

    buf_init (&back, MAX);
    assert_int_equal (wslegacy_to_v1 (b.data, b.len, false, &back, NULL), 0);
    assert_int_equal (wsv1_decode (back.data, back.len, &again, NULL), 0);
    assert_int_equal (back.len, v1.len);
    assert_memory_equal (back.data, v1.data, v1.len);
}

static void test_server_refused (void **state)
{
    struct slice broken[] = { of ("{}"), of ("{}"), of ("{}"), of ("{\"a\":[}") };
    struct slice large[] = { of ("{}"), of ("{}"), of ("{}"), of ("{\"a\":\"some text\"}"),
                             of ("b") };
    autodone (buf_done) struct buf v1, b;
    struct wsv1 m;
    bool text;
    struct err err;

    (void)state;
    assert_int_equal (encode_v1 (JCHANNEL_SHELL, broken, 4, &v1, &m), 0);
    buf_init (&b, 100);
    buf_adds (&b, "before");
    assert_int_equal (wslegacy_from_v1 (&m, &b, &text, &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
    assert_int_equal (b.len, 6);
    buf_done (&v1);
    assert_int_equal (encode_v1 (JCHANNEL_SHELL, large, 5, &v1, &m), 0);
    assert_int_equal (wslegacy_from_v1 (&m, &b, &text, &err), -1);
    assert_int_equal (err.problem, PROBLEM_TOO_LARGE);
    assert_int_equal (b.len, 6);
}

static void refuse_binary (const char *frame, size_t n)
{
    autodone (buf_done) struct buf b;
    autofree char *exact = malloc (n ? n : 1);
    struct err err = { 0 };

    memcpy (exact, frame, n);
    buf_init (&b, MAX);
    assert_int_equal (wslegacy_to_v1 (exact, n, false, &b, &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
}

static void test_hostile_tables (void **state)
{
    (void)state;
    refuse_binary ("", 0);
    refuse_binary ("\0\0\0\1", 4);
    refuse_binary ("\0\0\0\0\0\0\0\x8", 8);
    refuse_binary ("\0\0\0\1\0\0\0\x7{}", 10);
    refuse_binary ("\0\0\0\1\0\0\0\xb{}", 10);
    refuse_binary ("\xff\xff\xff\xff\0\0\0\x8{}", 10);
    refuse_binary ("\x40\0\0\0\0\0\0\x8{}", 10);
    refuse_binary ("\0\0\0\2\0\0\0\xc\0\0\0\xb{}", 14);
    refuse_binary ("\0\0\0\2\0\0\0\xc\xff\xff\xff\xff{}", 14);
    refuse_binary ("\0\0\0\1\0\0\0\x8{}", 10);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_client_text),    cmocka_unit_test (test_client_defaults),
        cmocka_unit_test (test_client_refused), cmocka_unit_test (test_server_text),
        cmocka_unit_test (test_server_binary),  cmocka_unit_test (test_server_refused),
        cmocka_unit_test (test_hostile_tables),
    };
    return cmocka_run_group_tests_name ("wslegacy", tests, NULL, NULL);
}
