/* test_recorded.c - recorded outputs find their cells, and saves are judged */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jupyter/nbjson.h"
#include "server/recorded.h"

#include <stdio.h>
#include <string.h>

#define CELL(id, source, count, text)                                                      \
    "{\"cell_type\":\"code\",\"id\":\"" id "\",\"source\":\"" source                       \
    "\",\"metadata\":{},\"execution_count\":" count ",\"outputs\":[" text "]}"
#define STREAM(text)                                                                       \
    "{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"" text "\"}"

static struct nbjson *notebook (struct nbjson_doc *doc, const char *cells, int minor)
{
    char *text = nbjson_alloc (doc, strlen (cells) + 100);
    assert_non_null (text);
    (void)snprintf (text, strlen (cells) + 100,
                    "{\"cells\":[%s],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":%d}",
                    cells, minor);
    struct nbjson *nb = nbjson_parse (doc, text, strlen (text), NULL);
    assert_non_null (nb);
    return nb;
}

static struct recorded_cell *add (struct recorded *r, const char *id, const char *code,
                                  const char *text, int64_t count)
{
    struct outputs *o = outputs_new (OUTPUTS_MAX);
    autofree char *content = xasprintf ("{\"name\":\"stdout\",\"text\":\"%s\"}", text);
    (void)outputs_add (o, (struct slice){ "stream", 6 },
                       (struct slice){ content, strlen (content) });
    struct recorded_cell *c = recorded_add (r);
    c->id = xstrdup (id);
    c->code = code ? xasprintf ("\"%s\"", code) : NULL;
    c->count = count;
    c->done = true;
    c->outputs = outputs_view (o);
    outputs_free (o);
    return c;
}

static void expect (const struct nbjson *nb, const char *cells)
{
    autodone (buf_done) struct buf b;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autofree char *list = xasprintf ("[%s]", cells);
    autodone (buf_done) struct buf want;
    buf_init (&b, 1 << 20);
    buf_init (&want, 1 << 20);
    nbjson_write (nbjson_get (nb, "cells"), &b, NBJSON_COMPACT);
    nbjson_write (nbjson_parse (doc, list, strlen (list), NULL), &want, NBJSON_COMPACT);
    assert_string_equal (b.data, want.data);
}

static void test_found_by_id (void **state)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autocleanup (recorded_free) struct recorded *r = recorded_new ();
    struct nbjson *nb = notebook (
        doc, CELL ("a", "x", "1", STREAM ("old")) "," CELL ("b", "x", "null", ""), 5);
    (void)add (r, "b", "other", "new\\n", 7);
    (void)add (r, "gone", "x", "new\\n", 8);
    assert_true (recorded_record (doc, nb, r));
    assert_int_equal (r->cells[0].result, RECORDED_PUT);
    assert_int_equal (r->cells[1].result, RECORDED_MISSING);
    expect (nb, CELL ("a", "x", "1", STREAM ("old")) "," CELL ("b", "x", "7",
                                                               STREAM ("new\\n")));
    assert_false (recorded_record (doc, nb, r));
    assert_int_equal (r->cells[0].result, RECORDED_SAME);
}

static void test_a_running_cell_has_no_count (void **state)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autocleanup (recorded_free) struct recorded *r = recorded_new ();
    struct nbjson *nb = notebook (doc, CELL ("a", "x", "1", ""), 5);
    add (r, "a", "x", "so far", 7)->done = false;
    assert_true (recorded_record (doc, nb, r));
    expect (nb, CELL ("a", "x", "null", STREAM ("so far")));
}

/* Before there were ids: the only cell with the code. */
static void test_found_by_code (void **state)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autocleanup (recorded_free) struct recorded *r = recorded_new ();
    struct nbjson *nb =
        notebook (doc,
                  CELL ("1", "once", "null", "") "," CELL (
                      "2", "twice", "null", "") "," CELL ("3", "twice", "null", ""),
                  4);
    (void)add (r, "x", "once", "1", 1);
    (void)add (r, "y", "twice", "2", 2);
    (void)add (r, "z", NULL, "3", 3);
    assert_true (recorded_record (doc, nb, r));
    assert_int_equal (r->cells[0].result, RECORDED_PUT);
    assert_int_equal (r->cells[1].result, RECORDED_MISSING);
    assert_int_equal (r->cells[2].result, RECORDED_MISSING);
}

/* Of two notebooks that use the kernel the one with this code is meant. */
static void test_same_code (void **state)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autocleanup (recorded_free) struct recorded *r = recorded_new ();
    struct nbjson *nb = notebook (doc, CELL ("a", "x", "null", ""), 5);
    add (r, "a", "y", "1", 1)->same_code = true;
    add (r, "a", NULL, "1", 1)->same_code = true;
    assert_false (recorded_record (doc, nb, r));
    add (r, "a", "x", "1", 1)->same_code = true;
    assert_true (recorded_record (doc, nb, r));
}

static void test_saves (void **state)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autocleanup (recorded_free) struct recorded *r = recorded_new ();
    struct nbjson *nb = notebook (
        doc,
        CELL ("has", "x", "3", STREAM ("edited")) "," CELL (
            "stale", "x", "1", STREAM ("old")) "," CELL ("cleared", "x", "null", ""),
        5);
    (void)add (r, "has", "x", "recorded", 3);
    (void)add (r, "stale", "x", "recorded", 4);
    add (r, "cleared", "x", "recorded", 5)->obey = true;
    (void)add (r, "deleted", "x", "recorded", 6);
    assert_true (recorded_merge (doc, nb, r));
    assert_int_equal (r->cells[0].result, RECORDED_SAME);
    assert_int_equal (r->cells[1].result, RECORDED_PUT);
    assert_int_equal (r->cells[2].result, RECORDED_OBEYED);
    assert_int_equal (r->cells[3].result, RECORDED_MISSING);
    expect (nb, CELL ("has", "x", "3", STREAM ("edited")) "," CELL (
                    "stale", "x", "4", STREAM ("recorded")) "," CELL ("cleared", "x",
                                                                      "null", ""));
}

/* What a client may send as a notebook. */
static void test_odd_notebooks (void **state)
{
    static const char *const odd[] = {
        "null",
        "[]",
        "{}",
        "{\"cells\":{}}",
        "{\"cells\":[1,null,[],{}]}",
        "{\"cells\":[{\"cell_type\":\"code\",\"id\":\"a\"}]}",
        "{\"cells\":[{\"cell_type\":\"markdown\",\"id\":\"a\",\"outputs\":[]}]}",
        "{\"cells\":[{\"cell_type\":\"code\",\"id\":\"a\",\"outputs\":3}]}",
        "{\"cells\":[{\"cell_type\":7,\"id\":[]}]}",
    };
    for (size_t i = 0; i < ARRAY_SIZE (odd); i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        autocleanup (recorded_free) struct recorded *r = recorded_new ();
        struct nbjson *nb = nbjson_parse (doc, odd[i], strlen (odd[i]), NULL);
        (void)add (r, "a", "x", "1", 1);
        assert_false (recorded_merge (doc, nb, r));
        assert_false (recorded_record (doc, nb, r));
    }
}

#define DISPLAY(text)                                                                      \
    "{\"data\":{\"text/plain\":\"" text                                                    \
    "\"},\"metadata\":{},\"output_type\":\"display_data\"}"

static void add_patch (struct recorded *r, int64_t count, size_t outputs, size_t index)
{
    struct recorded_cell *c = recorded_add (r);
    struct blk *json = blk_dup (DISPLAY ("new"), strlen (DISPLAY ("new")));
    c->id = xstrdup ("a");
    c->count = count;
    c->done = true;
    c->noutputs = outputs;
    recorded_patch (c, index, json);
    blk_unref (json);
}

/* A display is replaced only in the very outputs that it is known from. */
static void test_patched (void **state)
{
    static const struct {
        int64_t count;
        size_t outputs, index;
        enum recorded_result result;
    } cases[] = {
        { 2, 2, 1, RECORDED_MISSING }, { 1, 3, 1, RECORDED_MISSING },
        { 1, 2, 0, RECORDED_SAME },    { 1, 2, 9, RECORDED_SAME },
        { 1, 2, 1, RECORDED_PUT },
    };
    for (size_t i = 0; i < ARRAY_SIZE (cases); i++) {
        autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
        autocleanup (recorded_free) struct recorded *r = recorded_new ();
        struct nbjson *nb =
            notebook (doc, CELL ("a", "x", "1", STREAM ("text") "," DISPLAY ("old")), 5);
        bool puts = cases[i].result == RECORDED_PUT;
        add_patch (r, cases[i].count, cases[i].outputs, cases[i].index);
        assert_int_equal (recorded_record (doc, nb, r), puts);
        assert_int_equal (r->cells[0].result, cases[i].result);
        expect (nb, puts ? CELL ("a", "x", "1", STREAM ("text") "," DISPLAY ("new"))
                         : CELL ("a", "x", "1", STREAM ("text") "," DISPLAY ("old")));
        assert_false (recorded_record (doc, nb, r));
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_found_by_id),
        cmocka_unit_test (test_patched),
        cmocka_unit_test (test_a_running_cell_has_no_count),
        cmocka_unit_test (test_found_by_code),
        cmocka_unit_test (test_same_code),
        cmocka_unit_test (test_saves),
        cmocka_unit_test (test_odd_notebooks),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
