/* test_answer.c - what an HTTP server may answer, in pieces of every size */

#include "http/answer.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void on_body (void *arg, const char *data, size_t n)
{
    (void)buf_add (arg, data, n);
}

struct row {
    const char *method, *text;
    enum answer_event end; /* after the text and, with EOF, the end of the connection */
    bool eof;
    unsigned status;
    int64_t length;
    const char *body, *rest;
};

static const struct row rows[] = {
    { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcREST", ANSWER_DONE, false, 200,
      3, "abc", "REST" },
    { "GET",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
      ANSWER_DONE, false, 200, -1, "abc", "" },
    { "GET", "HTTP/1.0 200 OK\r\n\r\nabc", ANSWER_DONE, true, 200, -1, "abc", "" },
    { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", ANSWER_BAD, true, 200, 4,
      "abc", "" },
    { "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", ANSWER_BAD,
      true, 200, -1, "ab", "" },
    { "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", ANSWER_DONE, false, 200, 99,
      "", "" },
    { "GET", "HTTP/1.1 204 No\r\n\r\n", ANSWER_DONE, false, 204, -1, "", "" },
    { "GET", "HTTP/1.1 304 No\r\nContent-Length: 7\r\n\r\n", ANSWER_DONE, false, 304, 7, "",
      "" },
    { "PUT",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 "
      "Yes\r\n"
      "Content-Length: 0\r\n\r\n",
      ANSWER_DONE, false, 201, 0, "", "" },
    { "GET", "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x01x",
      ANSWER_DONE, false, 101, -1, "", "\x81\x01x" },
    { "GET", "HTTP/1.1 101 S\r\n\r\n", ANSWER_BAD, false, 101, -1, "", NULL },
    { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
      ANSWER_BAD, false, 0, 0, "", NULL },
    { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
      ANSWER_BAD, false, 0, 0, "", NULL },
    { "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\na", ANSWER_BAD, false, 0, 0,
      "", NULL },
    { "GET", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ANSWER_BAD, false, 0, 0, "",
      NULL },
    { "GET", "HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n", ANSWER_BAD, false, 0, 0, "", NULL },
    { "GET", "HTTP/1.1 103 H\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n\r\n",
      ANSWER_BAD, false, 0, 0, "", NULL },
    { "GET", "HTTP/1.1 099 OK\r\n\r\n", ANSWER_BAD, false, 0, 0, "", NULL },
    { "GET", "HTTP/1.1 600 OK\r\n\r\n", ANSWER_BAD, false, 0, 0, "", NULL },
    { "GET", "SSH-2.0-x\r\n", ANSWER_BAD, false, 0, 0, "", NULL },
    { "GET", "", ANSWER_BAD, true, 0, 0, "", "" },
    { "GET", "HTTP/1.1 200 OK\r\nA: b", ANSWER_BAD, true, 0, 0, "", "" },
};

/* The last event; *RET_AT: what was used of it. */
static enum answer_event feed (struct answer *a, const char *s, size_t n, size_t step,
                               bool eof, size_t *ret_at)
{
    enum answer_event event = ANSWER_MORE;
    size_t at = 0, used;

    while (at < n && event != ANSWER_DONE && event != ANSWER_BAD) {
        event = answer_feed (a, s + at, n - at < step ? n - at : step, &used);
        at += used;
    }
    if (eof && event != ANSWER_DONE && event != ANSWER_BAD)
        event = answer_feed (a, NULL, 0, &used);
    *ret_at = at;
    return event;
}

static void try_row (const struct row *row, size_t step)
{
    autodone (buf_done) struct buf body;
    autodone (answer_done) struct answer a;
    size_t n = strlen (row->text), at;

    buf_init (&body, 1000);
    answer_init (&a, row->method, on_body, &body);
    assert_int_equal (feed (&a, row->text, n, step, row->eof, &at), row->end);
    assert_string_equal (body.data, row->body);
    if (row->rest)
        assert_string_equal (row->text + at, row->rest);
    if (!row->status)
        return;
    assert_int_equal (a.status, row->status);
    assert_int_equal (a.length, row->length);
}

static void test_rows (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        for (size_t step = 1; step < 200; step = step * 2 + 1)
            try_row (&rows[i], step);
}

static void test_headers (void **state)
{
    static const char text[] =
        "HTTP/1.1 200 OK\r\nA: 1 \t\r\nb:\r\nSet-Cookie: x\r\nset-cookie: y\r\n"
        "Content-Length: 0\r\n\r\n";
    autodone (answer_done) struct answer a;
    size_t used;

    (void)state;
    answer_init (&a, "GET", on_body, NULL);
    assert_int_equal (answer_feed (&a, text, strlen (text), &used), ANSWER_HEAD);
    assert_int_equal (a.header_count, 5);
    assert_string_equal (answer_header (&a, "a"), "1");
    assert_string_equal (answer_header (&a, "B"), "");
    assert_string_equal (answer_value (&a, 3), "y");
    assert_null (answer_header (&a, "c"));
}

/* Heads, trailers and interim answers without end. */
static void test_floods (void **state)
{
    static const struct {
        const char *begin, *more;
    } floods[] = {
        { "HTTP/1.1 200 ", "x" },
        { "HTTP/1.1 200 OK\r\nA: ", "x" },
        { "HTTP/1.1 200 OK\r\n", "A: b\r\n" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
          "A: bbbbbbbbbbbbbbbb\r\n" },
        { "", "HTTP/1.1 100 Continue\r\n\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (floods); i++) {
        autodone (answer_done) struct answer a;
        enum answer_event event = ANSWER_MORE;
        size_t used, sum = 0;
        answer_init (&a, "GET", on_body, NULL);
        for (const char *s = floods[i].begin; event != ANSWER_BAD; s = floods[i].more) {
            for (size_t at = 0; s[at] && event != ANSWER_BAD; at += used)
                event = answer_feed (&a, s + at, strlen (s + at), &used);
            sum += strlen (s);
            assert_true (sum < 200000);
        }
        assert_true (a.text.len <= a.text.max);
    }
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_rows),
        cmocka_unit_test (test_headers),
        cmocka_unit_test (test_floods),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
