/* test_parse.c - requests from bytes, in every cut, and what is refused */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http_private.h"

#include <string.h>

#define BODY_MAX 100

struct feed {
    struct http http;
    struct parse parse;
    struct http_req *req;
    int status; /* 0: a whole request; -1: not yet */
    size_t used;
};

static int setup (void **state)
{
    struct feed *f = xnew (struct feed);

    f->http.config.max_header = 4096;
    f->http.config.max_body = BODY_MAX;
    f->http.req_count = 1;
    parse_limits (&f->http.config);
    parse_init (&f->parse, 4096);
    *state = f;
    return 0;
}

static int teardown (void **state)
{
    struct feed *f = *state;

    req_free (f->req);
    parse_done (&f->parse);
    free (f);
    return 0;
}

/* One request out of S, in pieces of STEP bytes. */
static int feed (struct feed *f, const char *s, size_t n, size_t step)
{
    req_free (f->req);
    f->req = req_new (&f->http, NULL);
    parse_begin (&f->parse, f->req);
    f->parse.max_body = BODY_MAX;
    f->status = -1;
    for (f->used = 0; f->used < n && f->status < 0;) {
        size_t used, piece = n - f->used < step ? n - f->used : step;
        switch (parse_feed (&f->parse, s + f->used, piece, &used)) {
        case PARSE_MORE: assert_int_equal (used, piece); break;
        case PARSE_HEAD:
            parse_upgrade (&f->parse, false);
            f->status = req_finish_head (f->req, &f->parse);
            f->status = f->status ? f->status : -1;
            break;
        case PARSE_DONE: f->status = 0; break;
        case PARSE_BAD: f->status = f->parse.status; break;
        }
        f->used += used;
    }
    return f->status;
}

static int text (struct feed *f, const char *s)
{
    return feed (f, s, strlen (s), SIZE_MAX);
}

#define HEAD                                                                               \
    "GET /a%20b/c?x=1&y HTTP/1.1\r\nHost: h\r\nCookie: a=1\r\nX-Empty:\r\nCookie:  b=2 "   \
    "\t\r\n\r\n"

static void check_head (struct feed *f)
{
    assert_int_equal (http_req_method (f->req), HTTP_GET);
    assert_string_equal (http_req_method_name (f->req), "GET");
    assert_string_equal (http_req_target (f->req), "/a%20b/c?x=1&y");
    assert_string_equal (http_req_path (f->req), "/a%20b/c");
    assert_string_equal (http_req_query_string (f->req), "x=1&y");
    assert_string_equal (http_req_header (f->req, "HOST"), "h");
    assert_string_equal (http_req_header (f->req, "x-empty"), "");
    assert_null (http_req_header (f->req, "x"));
    assert_string_equal (http_req_cookie (f->req, "a"), "1");
    assert_string_equal (http_req_cookie (f->req, "b"), "2");
    assert_string_equal (http_req_arg (f->req, "x"), "1");
    assert_string_equal (http_req_arg (f->req, "y"), "");
    assert_null (http_req_arg (f->req, "z"));
}

static void test_every_cut (void **state)
{
    struct feed *f = *state;

    for (size_t step = 1; step <= sizeof (HEAD); step++) {
        assert_int_equal (feed (f, HEAD, sizeof (HEAD) - 1, step), 0);
        check_head (f);
    }
}

static void test_one_at_a_time (void **state)
{
    struct feed *f = *state;

    assert_int_equal (text (f, HEAD HEAD), 0);
    assert_int_equal (f->used, sizeof (HEAD) - 1);
}

#define POST "POST /p HTTP/1.1\r\nHost: h\r\n"

static void test_bodies (void **state)
{
    struct feed *f = *state;
    const char *chunked =
        POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\nT: "
             "v\r\n\r\n";

    assert_int_equal (text (f, POST "Content-Length: 5\r\n\r\nhello"), 0);
    assert_string_equal (http_req_body (f->req, NULL), "hello");
    for (size_t step = 1; step < strlen (chunked); step++) {
        assert_int_equal (feed (f, chunked, strlen (chunked), step), 0);
        assert_string_equal (http_req_body (f->req, NULL), "abcde");
        assert_null (http_req_header (f->req, "T")); /* trailers are no headers */
    }
    assert_int_equal (text (f, POST "\r\n"), 0); /* curl -X POST */
    assert_string_equal (http_req_body (f->req, NULL), "");
}

static void test_form (void **state)
{
    struct feed *f = *state;

    assert_int_equal (
        text (f, "POST /p?a=url&b=1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/"
                 "x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: 11\r\n\r\n"
                 "a=body+here"),
        0);
    assert_string_equal (http_req_arg (f->req, "a"), "url"); /* what the gate sees */
    req_add_form (f->req);
    assert_string_equal (http_req_arg (f->req, "a"), "body here");
    assert_string_equal (http_req_arg (f->req, "b"), "1");
}

static void test_json (void **state)
{
    struct feed *f = *state;
    json_t *j = NULL;
    struct err err;

    assert_int_equal (text (f, POST "Content-Length: 9\r\n\r\n \n{\"a\":1}"), 0);
    assert_int_equal (http_req_json (f->req, &j, &err), 0);
    assert_int_equal (json_integer_value (json_object_get (j, "a")), 1);
    json_decref (j);
    assert_int_equal (text (f, POST "Content-Length: 3\r\n\r\n \r\n"), 0);
    j = (json_t *)1;
    assert_int_equal (http_req_json (f->req, &j, &err), 0);
    assert_null (j);
    assert_int_equal (text (f, POST "Content-Length: 1\r\n\r\n{"), 0);
    assert_int_equal (http_req_json (f->req, &j, &err), -1);
    assert_string_equal (err.text, "Invalid JSON in body of request");
}

static const struct {
    int status;
    const char *bytes;
} refused[] = {
    { 400, "GET / HTTP/1.1\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n" },
    { 400, "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET x HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET http://h HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: a\r\nA B: c\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: a\r\nA : c\r\n\r\n" },
    { 400, "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "CONNECT h:80 HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n" },
    { 505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n" },
    { 405, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "\x16\x03\x01\x02" },
    { 400, POST "Content-Length: -5\r\n\r\n" },
    { 400, POST "Content-Length: 5x\r\n\r\n" },
    { 400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" },
    { 400, POST "Content-Length: 99999999999999999999999\r\n\r\n" },
    { 400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
    { 400, POST "Transfer-Encoding: gzip\r\n\r\n" },
    { 400,
      POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
    { 400, POST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n" },
    { 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
    { 413, POST "Content-Length: 101\r\n\r\n"
                "0123456789012345678901234567890123456789012345678901234567890123456789"
                "0123456789012345678901234567890" },
};

static void test_refused (void **state)
{
    struct feed *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE (refused); i++) {
        int status = text (f, refused[i].bytes);
        if (status != refused[i].status)
            fail_msg ("%d instead of %d: %s", status, refused[i].status, refused[i].bytes);
    }
}

static void test_head_too_large (void **state)
{
    struct feed *f = *state;
    autodone (buf_done) struct buf b;

    buf_init (&b, 1 << 20);
    (void)buf_adds (&b, "GET /");
    while (b.len < 5000)
        (void)buf_addc (&b, 'a');
    assert_int_equal (feed (f, b.data, b.len, 100), 431);
    buf_clear (&b);
    (void)buf_adds (&b, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i <= HTTP_MAX_HEADERS; i++)
        (void)buf_addf (&b, "a: %d\r\n", i);
    assert_int_equal (feed (f, b.data, b.len, SIZE_MAX), 431);
}

static void test_other_forms (void **state)
{
    struct feed *f = *state;

    assert_int_equal (text (f, "GET HTTP://Host:1/p?q HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    assert_string_equal (http_req_path (f->req), "/p");
    assert_string_equal (http_req_query_string (f->req), "q");
    assert_int_equal (text (f, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    assert_string_equal (http_req_path (f->req), "*");
    assert_int_equal (text (f, "GET //a//..%2F+? HTTP/1.0\r\n\r\n"), 0);
    assert_string_equal (http_req_path (f->req),
                         "//a//..%2F+"); /* nothing is decoded or joined */
    assert_int_equal (text (f, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    assert_int_equal (text (f, "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    assert_int_equal (http_req_method (f->req), HTTP_OTHER);
}

static void test_upgrade (void **state)
{
    struct feed *f = *state;

    assert_int_equal (
        text (f, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n"
                 "Connection: keep-alive, Upgrade\r\n"
                 "Sec-WebSocket-Protocol: v1.x, y\r\nSec-WebSocket-Protocol: z\r\n\r\n"),
        0);
    assert_true (http_req_wants_upgrade (f->req));
    assert_true (http_offers_subprotocol (f->req, "v1.x"));
    assert_true (http_offers_subprotocol (f->req, "y"));
    assert_true (http_offers_subprotocol (f->req, "z"));
    assert_false (http_offers_subprotocol (f->req, "v1"));
    assert_false (http_offers_subprotocol (f->req, "Y"));
    assert_int_equal (
        text (f,
              "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
        0);
    assert_false (http_req_wants_upgrade (f->req));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_every_cut, setup, teardown),
        cmocka_unit_test_setup_teardown (test_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown (test_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown (test_form, setup, teardown),
        cmocka_unit_test_setup_teardown (test_json, setup, teardown),
        cmocka_unit_test_setup_teardown (test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown (test_head_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown (test_other_forms, setup, teardown),
        cmocka_unit_test_setup_teardown (test_upgrade, setup, teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
