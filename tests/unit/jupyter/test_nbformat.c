/* test_nbformat.c - notebooks against the golden files that the original wrote
 * (tests/golden/make_notebooks.py), and what must be refused */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "jupyter/nbformat.h"
#include "jupyter/nblines.h"
#include "jupyter/nbtrust.h"
#include "jupyter/nbvalidate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const golden[] = { "empty",     "lines",  "json",   "error",
                                      "transient", "minor0", "future", "keys",
                                      "v1",        "v2",     "v3",     "numbers" };

static void load (struct buf *b, const char *name, const char *kind)
{
    const char *top = getenv ("srcdir");
    autofree char *path =
        xasprintf ("%s/tests/golden/notebooks/%s.%s", top ? top : ".", name, kind);
    struct err err = { 0 };
    buf_init (b, 1 << 20);
    if (fd_read_file (path, b, &err))
        fail_msg ("%s", err.text);
}

/* Ids that an upgrade made are random: golden files have id0, id1, ... */
static void number_ids (struct nbjson_doc *doc, struct nbjson *nb, const char *name)
{
    struct nbjson *cells = nbjson_get (nb, "cells");
    char text[24];
    for (size_t i = 0; *name == 'v' && i < cells->n; i++) {
        assert_int_equal (nbjson_get (cells->items[i], "id")->n, 8);
        (void)snprintf (text, sizeof text, "id%zu", i);
        nbjson_set (doc, cells->items[i], "id", nbjson_text (doc, text));
    }
}

static void expect (const struct buf *got, const char *name, const char *kind)
{
    autodone (buf_done) struct buf want;
    load (&want, name, kind);
    assert_string_equal (got->data, want.data);
}

static void check_golden (struct nbtrust *trust, const char *name)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf in, out, sig;
    char hex[CRYPTO_HEX];
    load (&in, name, "in");
    buf_init (&out, 1 << 20);
    buf_init (&sig, 200);
    struct nbjson *nb = nbformat_read (doc, in.data, in.len, NULL);
    assert_non_null (nb);
    number_ids (doc, nb, name);
    nbjson_write (nb, &out, NBJSON_FILE);
    (void)buf_addc (&out, '\n');
    expect (&out, name, "memory");
    assert_int_equal (nbtrust_signature (trust, nb, hex, NULL), 0);
    (void)buf_addf (&sig, "%s\n", hex);
    expect (&sig, name, "sig");
    buf_clear (&out);
    assert_int_equal (nbformat_prepare (doc, nb, NULL), 0);
    nbformat_write (doc, nb, &out);
    expect (&out, name, "file");
}

static void test_golden (void **state)
{
    (void)state;
    char dir[] = "/tmp/lw-nbformat-XXXXXX";
    assert_non_null (mkdtemp (dir));
    autofree char *secret = xasprintf ("%s/notebook_secret", dir);
    assert_int_equal (fd_write_file_atomic (secret, "secret\n", 7, 0600, NULL), 0);
    autocleanup (nbtrust_free) struct nbtrust *trust =
        nbtrust_new (&(struct nbtrust_config){ .data_dir = dir });
    for (size_t i = 0; i < ARRAY_SIZE (golden); i++)
        check_golden (trust, golden[i]);
    (void)fd_remove_tree (dir, NULL);
}

/* What was written is read again and written the same. */
static void test_stable (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (golden); i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        autodone (buf_done) struct buf in, out;
        load (&in, golden[i], "file");
        buf_init (&out, 1 << 20);
        autofree char *text = xstrndup (in.data, in.len); /* it is used up */
        struct nbjson *nb = nbformat_read (doc, text, in.len, NULL);
        assert_non_null (nb);
        /* what an upgrade noted is gone after the first save */
        assert_int_equal (nbformat_prepare (doc, nb, NULL), 0);
        nbformat_write (doc, nb, &out);
        assert_string_equal (out.data, in.data);
    }
}

static void test_lines (void **state)
{
    static const struct {
        const char *text;
        size_t line, content;
    } rows[] = {
        { "", 0, 0 },
        { "abc", 3, 3 },
        { "a\nb", 2, 1 },
        { "a\r\nb", 3, 1 },
        { "a\rb", 2, 1 },
        { "a\n\nb", 2, 1 },
        { "\n", 1, 0 },
        { "a\vb", 2, 1 },
        { "a\fb", 2, 1 },
        { "a\x1c"
          "b",
          2, 1 },
        { "a\x1d"
          "b",
          2, 1 },
        { "a\x1e"
          "b",
          2, 1 },
        { "a\x1f"
          "b",
          3, 3 },
        { "a\xc2\x85"
          "b",
          3, 1 },
        { "a\xe2\x80\xa8"
          "b",
          4, 1 },
        { "a\xe2\x80\xa9"
          "b",
          4, 1 },
        { "a\xe2\x80\xa6\n", 5, 4 },
        { "a\xc2\xa0\n", 4, 3 },
        { "0123456789abcdef0123456789\nx", 27, 26 },
        { "tab\tx\n", 6, 5 },
        { "a\r", 2, 1 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        size_t content = 99;
        assert_int_equal (nblines_next (rows[i].text, strlen (rows[i].text), &content),
                          rows[i].line);
        assert_int_equal (content, rows[i].content);
    }
}

static const char *const unreadable[] = {
    "",
    "[]",
    "null",
    "{",
    "\xef\xbb\xbf{}",
    "{}",
    "{\"nbformat\":4}",
    "{\"nbformat\":4,\"nbformat_minor\":5,\"cells\":[]}",
    "{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{}}",
    "{\"nbformat\":4.0,\"nbformat_minor\":5,\"metadata\":{},\"cells\":[]}",
    "{\"nbformat\":\"4\",\"nbformat_minor\":5,\"metadata\":{},\"cells\":[]}",
    "{\"nbformat\":5,\"nbformat_minor\":0,\"metadata\":{},\"cells\":[]}",
    "{\"nbformat\":4,\"nbformat_minor\":\"5\",\"metadata\":{},\"cells\":[]}",
    "{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{},\"cells\":{}}",
    "{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{},\"cells\":[1]}",
    "{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{},\"cells\":[{\"cell_type\":"
    "\"raw\"}]}",
    "{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{\"a\":NaN},\"cells\":[]}",
    "{\"nbformat\":3,\"metadata\":{}}",
    "{\"nbformat\":3,\"metadata\":{},\"worksheets\":[{}]}",
    "{\"nbformat\":3,\"metadata\":{},\"worksheets\":[{\"cells\":[{\"cell_type\":\"code\"}]}"
    "]}",
    "{\"nbformat\":3,\"metadata\":{},\"worksheets\":[{\"cells\":[{}]}]}",
    "{\"nbformat\":1,\"cells\":[{\"cell_type\":\"x\"}]}",
};

static void test_unreadable (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (unreadable); i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        struct err err;
        autofree char *text = xstrdup (unreadable[i]);
        if (nbformat_read (doc, text, strlen (text), &err))
            fail_msg ("read: %s", unreadable[i]);
        assert_int_equal (err.problem, PROBLEM_INVALID);
    }
}

#define NB(cells, minor)                                                                   \
    "{\"nbformat\":4,\"nbformat_minor\":" minor ",\"metadata\":{},\"cells\":[" cells "]}"

static void test_unwritable (void **state)
{
    static const char *const rows[] = {
        "1",
        "\"x\"",
        "{}",
        "{\"cells\":[],\"metadata\":{}}",
        "{\"nbformat\":3,\"worksheets\":[],\"metadata\":{},\"cells\":[]}",
        "{\"nbformat\":5,\"metadata\":{},\"cells\":[]}",
        NB ("{\"metadata\":{},\"source\":\"\"}", "5"),
        NB ("{\"cell_type\":\"code\",\"metadata\":{},\"source\":\"\"}", "5"),
        NB ("{\"cell_type\":\"raw\",\"source\":\"\"}", "5"),
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        struct err err;
        struct nbjson *nb = nbjson_parse (doc, rows[i], strlen (rows[i]), NULL);
        assert_non_null (nb);
        if (nbformat_prepare (doc, nb, &err) == 0)
            fail_msg ("prepared: %s", rows[i]);
        assert_int_equal (err.problem, PROBLEM_INVALID);
    }
}

static void test_ids (void **state)
{
    char text[] =
        NB ("{\"cell_type\":\"raw\",\"metadata\":{},\"source\":\"\",\"id\":\"a\"},"
            "{\"cell_type\":\"raw\",\"metadata\":{},\"source\":\"\",\"id\":\"a\"},"
            "{\"cell_type\":\"raw\",\"metadata\":{},\"source\":\"\"}",
            "5");
    (void)state;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct nbjson *nb = nbformat_read (doc, text, sizeof text - 1, NULL);
    struct nbjson **cells = nbjson_get (nb, "cells")->items;
    assert_true (nbjson_equals (nbjson_get (cells[0], "id"), "a"));
    assert_int_equal (nbjson_get (cells[1], "id")->n, 8);
    assert_int_equal (nbjson_get (cells[2], "id")->n, 8);
    assert_null (nbvalidate (nb));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_golden),     cmocka_unit_test (test_stable),
        cmocka_unit_test (test_lines),      cmocka_unit_test (test_unreadable),
        cmocka_unit_test (test_unwritable), cmocka_unit_test (test_ids),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
