/* test_keep_wire.c - frames between a server and its keeper, whole, cut and hostile */

#include "keeper/keep_wire.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define MAX (1u << 20)

static void parse_one (const struct buf *b, struct keep_frame *f)
{
    size_t used;

    assert_int_equal (keep_parse (b->data, b->len, f, &used, NULL), 1);
    assert_int_equal (used, b->len);
}

static void test_fields (void **state)
{
    struct keep_reader r;
    struct keep_frame f;
    struct buf b;
    struct strv v, w;
    size_t n;

    buf_init (&b, MAX);
    strv_init (&v);
    strv_init (&w);
    strv_add (&v, "one");
    strv_add (&v, "");
    size_t begin = keep_begin (&b, KEEP_SEND, 3, 0x01020304, 0x1122334455667788);
    keep_put_u8 (&b, 200);
    keep_put_u32 (&b, 4000000000u);
    keep_put_u64 (&b, 1ull << 63);
    keep_put_str (&b, "täxt");
    keep_put_bytes (&b, "a\0b", 3);
    keep_put_strv (&b, &v);
    keep_end (&b, begin);

    /* Length, kind, flags, channel, object, number: little-endian. */
    assert_memory_equal (
        b.data + 4, "\x0f\0\x03\0\x04\x03\x02\x01\x88\x77\x66\x55\x44\x33\x22\x11", 16);
    parse_one (&b, &f);
    assert_int_equal (f.kind, KEEP_SEND);
    assert_int_equal (f.channel, 3);
    assert_int_equal (f.object, 0x01020304);
    assert_true (f.number == 0x1122334455667788);
    keep_reader_init (&r, &f);
    assert_int_equal (keep_get_u8 (&r), 200);
    assert_int_equal (keep_get_u32 (&r), 4000000000u);
    assert_true (keep_get_u64 (&r) == 1ull << 63);
    autofree char *s = keep_get_str (&r);
    assert_string_equal (s, "täxt");
    assert_memory_equal (keep_get_bytes (&r, &n), "a\0b", 3);
    assert_int_equal (keep_get_strv (&r, &w), 0);
    assert_int_equal (w.n, 2);
    assert_string_equal (w.v[0], "one");
    assert_string_equal (w.v[1], "");
    assert_int_equal (r.left, 0);
    assert_false (r.bad);
    (void)keep_get_u8 (&r);
    assert_true (r.bad);
    strv_done (&v);
    strv_done (&w);
    buf_done (&b);
}

/* Cut anywhere, a frame is not whole yet; its wanted size is told as soon as it is known.
 */
static void test_cut_frames (void **state)
{
    struct keep_frame f;
    struct buf b;
    size_t used;

    buf_init (&b, MAX);
    size_t begin = keep_begin (&b, KEEP_PUT, 0, 0, 1);
    keep_put_str (&b, "key");
    keep_put_str (&b, "value");
    keep_end (&b, begin);
    for (size_t n = 0; n < b.len; n++) {
        assert_int_equal (keep_parse (b.data, n, &f, &used, NULL), 0);
        assert_int_equal (used, n < 4 ? 0 : b.len);
    }
    (void)buf_addc (&b, 'x');
    assert_int_equal (keep_parse (b.data, b.len, &f, &used, NULL), 1);
    assert_int_equal (used, b.len - 1);
    buf_done (&b);
}

static void test_bad_lengths (void **state)
{
    static const uint32_t lengths[] = { 0, 1, 15, KEEP_MAX_FRAME + 1, UINT32_MAX };
    struct err err = { 0 };
    struct keep_frame f;
    size_t used;

    for (size_t i = 0; i < ARRAY_SIZE (lengths); i++) {
        uint32_t frame[5] = { lengths[i] };

        assert_int_equal (keep_parse (frame, sizeof (frame), &f, &used, &err), -1);
        assert_int_equal (err.problem, PROBLEM_INVALID);
    }
}

/* Every prefix of the fields of a payload: bad, and zeroes and empty strings from there on.
 */
static void test_short_payloads (void **state)
{
    struct buf b;

    buf_init (&b, MAX);
    keep_put_str (&b, "name");
    keep_put_u64 (&b, 5);
    for (size_t n = 0; n < b.len; n++) {
        struct keep_frame f = { .payload = (uint8_t *)b.data, .len = n };
        struct keep_reader r;

        keep_reader_init (&r, &f);
        autofree char *s = keep_get_str (&r);
        assert_string_equal (s, n < 8 ? "" : "name");
        assert_true (keep_get_u64 (&r) == 0);
        assert_true (r.bad);
    }
    buf_done (&b);
}

static void test_hostile_strings (void **state)
{
    struct keep_frame nul = { .payload = (const uint8_t *)"\3\0\0\0a\0b", .len = 7 };
    struct keep_frame many = { .payload = (const uint8_t *)"\xff\xff\0\0\1\0\0\0a",
                               .len = 9 };
    struct keep_reader r;
    struct strv v;

    keep_reader_init (&r, &nul);
    autofree char *s = keep_get_str (&r);
    assert_string_equal (s, "");
    assert_true (r.bad);
    strv_init (&v);
    keep_reader_init (&r, &many);
    assert_int_equal (keep_get_strv (&r, &v), -1);
    assert_int_equal (v.n, 0);
    strv_done (&v);
}

static void test_objects (void **state)
{
    struct keep_object in = {
        .object = 7,
        .type = KEEP_KERNEL,
        .name = "id",
        .spec = "python3",
        .pid = 42,
        .state = KEEP_BUSY,
        .started_us = 1,
        .last_activity_us = -1,
        .first = 3,
        .last = 9,
        .restarts = 2,
        .wait_status = -1,
        .oom = 1,
        .reason = "why",
        .cwd = "/",
        .connection_file = "/f",
        .protocol_major = 5,
        .rows = 24,
        .cols = 80,
        .session = "s\\u00e9",
    };
    struct keep_object out;
    struct keep_reader r;
    struct buf b;

    buf_init (&b, MAX);
    keep_put_object (&b, &in);
    (void)buf_add (&b, "next", 4);
    struct keep_frame f = { .payload = (uint8_t *)b.data, .len = b.len };
    keep_reader_init (&r, &f);
    assert_int_equal (keep_get_object (&r, &out), 0);
    assert_memory_equal (r.p, "next", 4);
    assert_string_equal (out.connection_file, "/f");
    assert_int_equal (out.wait_status, -1);
    assert_true (out.last_activity_us == -1);
    assert_int_equal (out.cols, 80);
    assert_string_equal (out.session, in.session);
    keep_object_done (&out);

    /* A newer keeper's object has more fields: they are stepped over. */
    uint32_t longer = (uint32_t)(b.len - 4);
    memcpy (b.data, &longer, 4);
    keep_reader_init (&r, &f);
    assert_int_equal (keep_get_object (&r, &out), 0);
    assert_int_equal (r.left, 0);
    keep_object_done (&out);

    /* An older one's has no session. */
    uint32_t shorter = (uint32_t)(b.len - 4 - 4 - 4 - strlen (in.session));
    memcpy (b.data, &shorter, 4);
    keep_reader_init (&r, &f);
    assert_int_equal (keep_get_object (&r, &out), 0);
    assert_string_equal (out.session, "");
    keep_object_done (&out);
    memcpy (b.data, &longer, 4);

    for (size_t n = 0; n < b.len; n++) {
        struct keep_frame cut = { .payload = (uint8_t *)b.data, .len = n };

        keep_reader_init (&r, &cut);
        assert_int_equal (keep_get_object (&r, &out), -1);
        keep_object_done (&out);
    }
    buf_done (&b);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_fields),          cmocka_unit_test (test_cut_frames),
        cmocka_unit_test (test_bad_lengths),     cmocka_unit_test (test_short_payloads),
        cmocka_unit_test (test_hostile_strings), cmocka_unit_test (test_objects),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
