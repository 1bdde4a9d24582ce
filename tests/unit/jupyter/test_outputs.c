/* test_outputs.c - messages become outputs as JupyterLab makes them, and the ceiling holds */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonx.h"
#include "jupyter/outputs.h"

#include <stdio.h>
#include <string.h>

static struct slice of (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

static char *written (const struct outputs *o)
{
    struct buf b;
    size_t n;
    buf_init (&b, 256u << 20);
    autocleanup (outputs_view_free) struct outputs_view *v = outputs_view (o);
    outputs_view_write (v, &b);
    assert_false (b.overflow);
    return buf_take (&b, &n);
}

static void add (struct outputs *o, const char *type, const char *content)
{
    (void)outputs_add (o, of (type), of (content));
}

static void expect (const struct outputs *o, const char *want)
{
    autofree char *text = written (o);
    assert_string_equal (text, want);
}

/* ---- against JupyterLab ---- */

static void play (const json_t *c, size_t number)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (OUTPUTS_MAX);
    size_t i;
    json_t *m;
    json_array_foreach (json_object_get (c, "messages"), i, m)
    {
        autofree char *content =
            jsonx_dump_string (json_object_get (m, "content"), 0, false);
        add (o, jsonx_str (m, "type", ""), content);
    }
    autofree char *text = written (o);
    autojson json_t *got = jsonx_parse (text, strlen (text), NULL);
    assert_non_null (got);
    if (!json_equal (got, json_object_get (c, "outputs"))) {
        autofree char *want = jsonx_dump_string (json_object_get (c, "outputs"), 0, true);
        fail_msg ("case %zu\n got %s\nwant %s", number, text, want);
    }
}

static void play_file (const char *name)
{
    const char *src = getenv ("srcdir");
    autofree char *path = xasprintf ("%s/tests/golden/outputs/%s", src ? src : ".", name);
    autojson json_t *cases = jsonx_read_file (path, NULL);
    size_t i;
    json_t *c;
    assert_true (json_array_size (cases) > 0);
    json_array_foreach (cases, i, c) play (c, i);
}

static void test_as_lab_does (void **state)
{
    play_file ("cases.json");
    play_file ("random.json");
}

/* ---- bytes ---- */

static void test_spliced (void **state)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (OUTPUTS_MAX);
    add (o, "display_data",
         "{\"data\": {\"x\": 12345678901234567890123, \"y\": 1.10}, \"metadata\":{}, "
         "\"transient\": {\"display_id\": \"d\"}}");
    expect (o, "[{\"data\":{\"x\": 12345678901234567890123, \"y\": 1.10},\"metadata\":{},"
               "\"output_type\":\"display_data\"}]");
    assert_true (outputs_update (
        o,
        of ("{\"data\":{},\"metadata\":{\"a\":1},\"transient\":{\"display_id\":\"d\"}}")));
    assert_false (
        outputs_update (o, of ("{\"data\":{},\"transient\":{\"display_id\":\"e\"}}")));
    assert_false (outputs_update (o, of ("{\"data\":{}}")));
    expect (o, "[{\"data\":{},\"metadata\":{\"a\":1},\"output_type\":\"display_data\"}]");
}

static void test_strange_text (void **state)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (OUTPUTS_MAX);
    add (o, "stream",
         "{\"name\":\"stdout\",\"text\":\"\\ud83d\\ude00 \\ud83d \\udc00\\u0000\\u001b "
         "\xff\\/\"}");
    expect (o,
            "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"\xf0\x9f\x98\x80 "
            "\\ud83d \\udc00\\u0000\\u001b \\ufffd/\"}]");
    /* half of a wide character is overwritten */
    add (o, "clear_output", "{\"wait\":false}");
    add (o, "stream", "{\"name\":\"stdout\",\"text\":\"\xf0\x9f\x98\x80\\rx\"}");
    expect (o, "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"x\\ude00\"}]");
}

static void test_refused (void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"data\":{\"x\":NaN}}",
        "{\"data\":{\"x\":Infinity}}",
        "{\"data\":01}",
        "{\"data\":\"\\x\"}",
        "{\"data\":\"\xff\"}",
        "{\"data\":[1,]}",
        "{\"data\":{,}}",
        "{\"data\":tru}",
        "{\"data\":\"\t\"}",
        "{\"data\":1.}",
        "{\"data\":{\"a\"}}",
        "{\"data\":1}{}",
    };
    autocleanup (outputs_free) struct outputs *o = outputs_new (OUTPUTS_MAX);
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        if (outputs_add (o, of ("display_data"), of (bad[i])))
            fail_msg ("accepted: %s", bad[i]);
    assert_false (
        outputs_add (o, of ("stream"), of ("{\"name\":\"stdout\",\"text\":[\"a\"]}")));
    assert_false (
        outputs_add (o, of ("stream"), of ("{\"name\":\"a\\x\",\"text\":\"a\"}")));
    assert_false (outputs_add (o, of ("status"), of ("{\"execution_state\":\"idle\"}")));
    assert_false (outputs_add (o, of ("comm_msg"), of ("{\"data\":{}}")));
    expect (o, "[]");
}

/* ---- the ceiling ---- */

#define SMALL (1u << 20)

static void number_line (struct outputs *o, unsigned i)
{
    autofree char *content =
        xasprintf ("{\"name\":\"stdout\",\"text\":\"line %u and some more of it\\n\"}", i);
    add (o, "stream", content);
}

static void test_head_and_tail (void **state)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (SMALL);
    for (unsigned i = 0; i < 200000; i++)
        number_line (o, i);
    assert_true (outputs_size (o) <= SMALL + SMALL / 4);
    autofree char *text = written (o);
    autojson json_t *got = jsonx_parse (text, strlen (text), NULL);
    assert_int_equal (json_array_size (got), 3);
    const char *head = jsonx_str (json_array_get (got, 0), "text", "");
    const char *note = jsonx_str (json_array_get (got, 1), "text", "");
    const char *tail = jsonx_str (json_array_get (got, 2), "text", "");
    unsigned long long left = 0;
    assert_int_equal (strncmp (head, "line 0 and", 10), 0);
    assert_non_null (strstr (tail, "line 199999 and some more of it\n"));
    assert_int_equal (strncmp (tail, "line ", 5), 0);
    assert_int_equal (sscanf (note, "\n[%llu bytes", &left), 1);
    size_t all = 0;
    for (unsigned i = 0; i < 200000; i++)
        all += (size_t)snprintf (NULL, 0, "line %u and some more of it\n", i);
    assert_int_equal (strlen (head) + strlen (tail) + left, all);
    add (o, "clear_output", "{}");
    number_line (o, 7);
    expect (o,
            "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"line 7 and some "
            "more of it\\n\"}]");
}

static void test_one_endless_line (void **state)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (SMALL);
    autofree char *content =
        xasprintf ("{\"name\":\"stdout\",\"text\":\"%0*d\"}", 3000000, 0);
    for (int i = 0; i < 4; i++)
        add (o, "stream", content);
    assert_true (outputs_size (o) <= 4 * SMALL);
    autofree char *text = written (o);
    autojson json_t *got = jsonx_parse (text, strlen (text), NULL);
    assert_true (json_array_size (got) >= 2);
}

static void test_many_displays (void **state)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (SMALL);
    for (int i = 0; i < 50000; i++)
        add (o, "display_data",
             "{\"data\":{\"text/"
             "plain\":\"x\"},\"metadata\":{},\"transient\":{\"display_id\":\"d\"}}");
    assert_true (outputs_size (o) <= SMALL + SMALL / 4);
    assert_true (outputs_update (
        o, of ("{\"data\":{},\"metadata\":{},\"transient\":{\"display_id\":\"d\"}}")));
    autofree char *huge =
        xasprintf ("{\"data\":{\"x\":\"%0*d\"},\"metadata\":{}}", 2000000, 0);
    add (o, "display_data", huge);
    autofree char *text = written (o);
    assert_non_null (strstr (text, "bytes of output are left out"));
    assert_true (strlen (text) < 2 * SMALL);
}

/* A progress bar costs its line. */
static void test_progress_is_flat (void **state)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (OUTPUTS_MAX);
    for (int i = 0; i < 100000; i++)
        add (
            o, "stream",
            "{\"name\":\"stderr\",\"text\":\"\\r 50%|\xe2\x96\x88\xe2\x96\x88    | 1/2\"}");
    assert_true (outputs_size (o) < 4096);
}

/* A view stays as it was while the outputs go on. */
static void test_views (void **state)
{
    struct outputs *o = outputs_new (SMALL);
    struct buf before, after;
    buf_init (&before, 4 * SMALL);
    buf_init (&after, 4 * SMALL);
    for (unsigned i = 0; i < 500; i++)
        number_line (o, i);
    add (o, "stream", "{\"name\":\"stdout\",\"text\":\"open end\"}");
    add (o, "error", "{\"ename\":\"E\"}");
    struct outputs_view *v = outputs_view (o);
    outputs_view_write (v, &before);
    add (o, "stream", "{\"name\":\"stdout\",\"text\":\"\\rnew end\\n\"}");
    for (unsigned i = 0; i < 100000; i++)
        number_line (o, i);
    outputs_free (o);
    outputs_view_write (v, &after);
    assert_string_equal (before.data, after.data);
    outputs_view_free (v);
    buf_done (&before);
    buf_done (&after);
}

static void expect_page (const struct outputs *o, const char *want)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, 4096);
    autocleanup (outputs_view_free) struct outputs_view *v = outputs_view (o);
    outputs_view_write_page (v, &b);
    assert_false (b.overflow);
    assert_string_equal (b.data, want);
}

/* A page that goes on can update displays, clear, and write over the line. */
static void test_for_a_page (void **state)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (OUTPUTS_MAX);
    expect_page (o, "[]");
    add (o, "display_data",
         "{\"data\":{},\"metadata\":{},\"transient\":{\"display_id\":\"d\\u0041\"}}");
    expect_page (o, "[{\"data\":{},\"metadata\":{},\"output_type\":\"display_data\","
                    "\"transient\":{\"display_id\":\"d\\u0041\"}}]");
    expect (o, "[{\"data\":{},\"metadata\":{},\"output_type\":\"display_data\"}]");
    assert_false (outputs_clears (o));
    add (o, "clear_output", "{\"wait\":true}");
    assert_true (outputs_clears (o));
    add (o, "stream", "{\"name\":\"stdout\",\"text\":\"a\\nbcd\\r\"}");
    assert_false (outputs_clears (o));
    expect_page (
        o, "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"a\\nbcd\\r\"}]");
    add (o, "stream", "{\"name\":\"stdout\",\"text\":\"xy\"}");
    expect_page (o, "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":"
                    "\"a\\nxyd\\rxy\"}]");
    expect (o, "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"a\\nxyd\"}]");
    add (o, "stream", "{\"name\":\"stdout\",\"text\":\"z\\n\"}");
    expect_page (o, "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":"
                    "\"a\\nxyz\\n\"}]");
}

/* Where the displays are, also behind the output that says what is left out. */
static void found (void *arg, size_t index, size_t n, const char *id)
{
    (void)buf_addf (arg, "%s %zu/%zu ", id, index, n);
}

static void test_each_display (void **state)
{
    autocleanup (outputs_free) struct outputs *o = outputs_new (OUTPUTS_MIN);
    autodone (buf_done) struct buf b;
    char text[OUTPUTS_MIN / 2];
    buf_init (&b, 1024);
    memset (text, 'x', sizeof (text));
    autofree char *line =
        xasprintf ("{\"name\":\"stdout\",\"text\":\"%.*s\\n\"}", (int)sizeof (text), text);
    add (o, "display_data", "{\"data\":{},\"transient\":{\"display_id\":\"a\"}}");
    add (o, "display_data", "{\"data\":{}}");
    outputs_each_display (o, found, &b);
    assert_string_equal (b.data, "a 0/2 ");
    for (int i = 0; i < 4; i++)
        add (o, "stream", line);
    add (o, "display_data", "{\"data\":{},\"transient\":{\"display_id\":\"b\"}}");
    buf_clear (&b);
    outputs_each_display (o, found, &b);
    autofree char *json = written (o);
    autojson json_t *list = jsonx_parse (json, strlen (json), NULL);
    size_t n = json_array_size (list);
    autofree char *want = xasprintf ("a 0/%zu b %zu/%zu ", n, n - 1, n);
    assert_non_null (strstr (json, "left out"));
    assert_string_equal (b.data, want);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_as_lab_does),   cmocka_unit_test (test_spliced),
        cmocka_unit_test (test_strange_text),  cmocka_unit_test (test_refused),
        cmocka_unit_test (test_head_and_tail), cmocka_unit_test (test_one_endless_line),
        cmocka_unit_test (test_many_displays), cmocka_unit_test (test_progress_is_flat),
        cmocka_unit_test (test_views),         cmocka_unit_test (test_for_a_page),
        cmocka_unit_test (test_each_display),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
