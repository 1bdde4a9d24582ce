/* test_http.c - a live server: order, keep-alive, limits, streams, hooks */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "http/files.h"
#include "live.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define LAST(path) "GET " path " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
#define KEEP_10 "GET /b/small HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
#define HUNDRED                                                                            \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901"   \
    "234567890123456789"
#define THOUSAND                                                                           \
    HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
#define MEGABYTE (1 << 20)
#define PIECES 400
#define PIECE 65536

static struct live live;
static struct {
    int gates, fails, dones, statuses, users_freed, aborted;
    const struct route *gated;
    int pieces_left, pieces_sent;
    struct http_req *stream, *held;
    struct blk *piece;
} seen;

/* ---- the server's side ------------------------------------------------------------------
 */

static void small (struct http_req *req)
{
    http_reply (req, 200, "text/plain", "small", 5);
}

static void large (struct http_req *req)
{
    struct blk *b = blk_new (MEGABYTE);

    memset (b->data, 'x', b->len);
    http_reply_blk (req, 200, "text/plain", b);
}

static void echo (struct http_req *req)
{
    size_t n;
    const char *body = http_req_body (req, &n);

    http_reply (req, 200, "application/octet-stream", body, n);
}

static void late_now (void *arg)
{
    http_reply (arg, 200, "text/plain", "late", 4);
}

static void late (struct http_req *req)
{
    (void)loop_after (http_req_loop (req), 30000, late_now, req);
}

static void hold (struct http_req *req)
{
    seen.held = req;
}

static void pour (void *arg)
{
    while (seen.pieces_left > 0) {
        seen.pieces_left--;
        seen.pieces_sent++;
        if (!http_stream_write (seen.stream, seen.piece))
            return;
    }
    http_stream_end (seen.stream, true);
    blk_unref (seen.piece);
    seen.stream = NULL;
}

static void pour_aborted (void *arg)
{
    seen.aborted++;
    http_stream_end (seen.stream, false);
    blk_unref (seen.piece);
    seen.stream = NULL;
}

static void stream (struct http_req *req)
{
    bool length = http_req_arg (req, "length") != NULL;

    seen.stream = req;
    seen.pieces_left = PIECES;
    seen.piece = blk_new (PIECE);
    memset (seen.piece->data, 'y', PIECE);
    http_stream_begin (req, 200, "text/plain", length ? (int64_t)PIECE * PIECES : -1, pour,
                       pour_aborted, NULL);
    pour (NULL);
}

static void cut (struct http_req *req)
{
    struct blk *b = blk_dup ("half", 4);

    http_stream_begin (req, 200, "text/plain", 8, NULL, NULL, NULL);
    (void)http_stream_write (req, b);
    blk_unref (b);
    http_stream_end (req, true); /* it promised more */
}

static void headers (struct http_req *req)
{
    http_header_add (req, "X-One", "1");
    http_header_add (req, "x-one", "2");
    http_header_set (req, "X-Evil", "a\r\nSet-Cookie: b\nc");
    http_header_add (req, "X-Gone", "1");
    http_header_del (req, "x-gone");
    http_set_reason (req, "bad type\r\n");
    http_reply (req, 400, NULL, "", 0);
}

static void param (struct http_req *req)
{
    size_t n;
    const char *value = http_req_param (req, "p", &n);

    http_reply (req, 200, "text/plain", value, n);
}

static void redirect (struct http_req *req)
{
    http_redirect (req, 302, "/b/small?");
}
static void nothing (struct http_req *req)
{
    http_reply_empty (req, 204);
}
static void file (struct http_req *req)
{
    files_reply (req, http_req_arg (req, "f"), NULL, NULL, FILES_NO_CACHE);
}

static const struct route rows[] = {
    { HTTP_GET, "/small", NULL, 0, 0, small },
    { HTTP_GET, "/large", NULL, 0, 0, large },
    { HTTP_POST, "/echo", NULL, 0, 8 << 20, echo },
    { HTTP_PUT, "/echo", NULL, 0, 1000, echo },
    { HTTP_POST, "/nobody", NULL, 0, 0, echo },
    { HTTP_GET, "/late", NULL, 0, 0, late },
    { HTTP_GET, "/hold", NULL, 0, 0, hold },
    { HTTP_GET, "/stream", NULL, 0, 0, stream },
    { HTTP_GET, "/cut", NULL, 0, 0, cut },
    { HTTP_GET, "/headers", NULL, 0, 0, headers },
    { HTTP_GET, "/param/{p**}", NULL, 0, 0, param },
    { HTTP_GET, "/redirect", NULL, 0, 0, redirect },
    { HTTP_GET, "/nothing", NULL, 0, 0, nothing },
    { HTTP_GET, "/file", NULL, 0, 0, file },
    { HTTP_DELETE, "/ec{rest**}", NULL, 0, 0, small }, /* behind a row that fits better */
    { HTTP_GET, "/robots.txt", NULL, ROUTE_HOST_ROOT, 0, small },
    { HTTP_GET, "/", NULL, 0, 0, redirect },
    { HTTP_GET, "/ws", NULL, ROUTE_WEBSOCKET, 0, small },
};

static void free_user (void *user)
{
    seen.users_freed += *(int *)user;
}

static int gate (void *arg, struct http_req *req, const struct route *route)
{
    static int one = 1;

    seen.gates++;
    seen.gated = route;
    http_req_set_user (req, &one, free_user);
    if (http_req_arg (req, "deny")) {
        http_reply (req, 403, "text/plain", "denied", 6);
        return 1;
    }
    return 0;
}

static void fail_hook (void *arg, struct http_req *req, const struct err *err)
{
    const struct route *route = http_req_route (req);
    autofree char *text =
        xasprintf ("fail[%s][%s]", err->text, route ? route->path : "none");

    seen.fails++;
    http_reply (req, problem_table[err->problem].http_status, "text/plain", text,
                strlen (text));
}

static void headers_hook (void *arg, struct http_req *req, int status)
{
    http_header_set (req, "X-Hook", status == 200 ? "fine" : "other");
}

static void done_hook (void *arg, struct http_req *req, int status, int64_t us)
{
    seen.dones++;
    seen.statuses += status;
}

static int setup (void **state)
{
    struct http_config config = {
        .base_url = "/b/",
        .gate = gate,
        .fail = fail_hook,
        .headers = headers_hook,
        .done = done_hook,
        .header_timeout_us = 300000,
    };

    memset (&seen, 0, sizeof (seen));
    return live_open (&live, &config, rows, ARRAY_SIZE (rows));
}

static int teardown (void **state)
{
    live_close (&live);
    return 0;
}

static bool got (const char *what)
{
    return strstr (live.got.data, what) != NULL;
}

/* ---- requests ---------------------------------------------------------------------------
 */

static void test_small (void **state)
{
    (void)live_ask (&live, LAST ("/b/small"));
    assert_true (live.closed);
    assert_true (got ("HTTP/1.1 200 OK\r\n") && got ("\r\nDate: ") &&
                 got ("\r\nServer: labwright"));
    assert_true (got ("\r\nContent-Length: 5\r\n") && got ("\r\nX-Hook: fine\r\n"));
    assert_true (got ("\r\nConnection: close\r\n") && got ("\r\n\r\nsmall"));
    assert_int_equal (seen.gates, 1);
    assert_ptr_equal (seen.gated, &rows[0]);
    assert_int_equal (seen.dones, 1);
    assert_int_equal (seen.statuses, 200);
    assert_int_equal (seen.users_freed, 1);
}

/* Answers come in the order of the requests, the slow one holds up those behind it. */
static void test_pipelining (void **state)
{
    const char *a, *b, *c;

    (void)live_ask (&live, GET ("/b/small") GET ("/b/late") GET ("/b/nothing")
                               GET ("/b/none") LAST ("/b/small"));
    assert_int_equal (live_count (&live, "HTTP/1.1 "), 5);
    a = strstr (live.got.data, "\r\n\r\nsmall");
    b = strstr (live.got.data, "\r\n\r\nlate");
    c = strstr (live.got.data, "204 No Content");
    assert_true (a && b && c && a < b && b < c);
    assert_true (got ("fail[Not Found][none]"));
}

static void test_pipelined_large (void **state)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 1 << 20);
    for (int i = 0; i < 30; i++)
        (void)buf_adds (&b, GET ("/b/large"));
    (void)buf_adds (&b, LAST ("/b/small"));
    live_connect (&live);
    live_talk (&live, b.data, b.len, NULL);
    assert_true (live.closed);
    assert_int_equal (live_count (&live, "HTTP/1.1 200"), 31);
    assert_true (live.got.len > 30 * MEGABYTE);
}

/* A client that asks and does not read is not read either. */
static void test_no_answers_pile_up (void **state)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 1 << 20);
    for (int i = 0; i < 1000; i++)
        (void)buf_adds (&b, GET ("/b/large"));
    live_connect (&live);
    loop_io_events (live.io, 0);
    (void)send (live.fd, b.data, b.len, MSG_DONTWAIT);
    live_run (&live, 200000);
    assert_true (seen.dones >= 1 && seen.dones < 20);
}

static void test_byte_by_byte (void **state)
{
    live.step = 1;
    (void)live_ask (
        &live,
        GET ("/b/small") "POST /b/echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    live.step = 0;
    assert_true (got ("\r\n\r\nhello"));
    assert_int_equal (live_count (&live, "200 OK"), 2);
}

static void test_http_10 (void **state)
{
    (void)live_ask (&live, "GET /b/small HTTP/1.0\r\n\r\n");
    assert_true (live.closed && got ("Connection: close"));
    live_connect (&live);
    live_talk (&live, KEEP_10, sizeof (KEEP_10) - 1, "\r\n\r\nsmall");
    assert_true (!live.closed && got ("Connection: keep-alive"));
    (void)live_ask (&live, "GET /b/stream HTTP/1.0\r\n\r\n");
    assert_false (got ("chunked"));
    assert_true (live.closed && live.got.len > (size_t)PIECE * PIECES);
}

static void test_routing (void **state)
{
    (void)live_ask (&live, LAST ("/small"));
    assert_true (got ("404 Not Found") && got ("fail[Not Found][none]"));
    assert_null (seen.gated);
    (void)live_ask (&live, LAST ("/robots.txt"));
    assert_true (got ("200 OK"));
    (void)live_ask (&live, LAST ("/b/robots.txt"));
    assert_true (got ("404 Not Found"));
    (void)live_ask (&live, LAST ("/b"));
    assert_true (got ("302 Found") && got ("Location: /b/small?\r\n"));
    (void)live_ask (&live, LAST ("/b/param/a%2Fb%00+%"));
    assert_non_null (memmem (live.got.data, live.got.len, "\r\n\r\na/b\0+%", 10));
    (void)live_ask (&live,
                    "DELETE /b/echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_true (got ("405 Method Not Allowed") && got ("fail[Method Not Allowed][/echo]"));
    (void)live_ask (&live, LAST ("/b/ws"));
    assert_true (got ("400 Bad Request") && got ("Can \"Upgrade\" only to \"WebSocket\"."));
}

static void test_gate_answers (void **state)
{
    (void)live_ask (
        &live,
        "POST /b/echo?deny HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" LAST (
            "/b/small"));
    assert_true (got ("403 Forbidden") && got ("denied") && got ("\r\n\r\nsmall"));
    assert_false (got ("hello"));
}

static void test_head_and_validators (void **state)
{
    (void)live_ask (&live,
                    "HEAD /b/small HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_true (got ("Content-Length: 5\r\n") && !got ("\r\n\r\nsmall"));
    assert_true (got ("ETag: \""));
    (void)live_ask (
        &live, "GET /b/small HTTP/1.1\r\nHost: h\r\nConnection: close\r\nIf-None-Match: "
               "\"x\", *\r\n\r\n");
    assert_true (got ("304 Not Modified") && !got ("Content-Length") &&
                 !got ("Content-Type"));
    (void)live_ask (&live, LAST ("/b/nothing"));
    assert_true (got ("204 No Content") && !got ("Content-Length") &&
                 !got ("Content-Type"));
}

static void test_answer_headers (void **state)
{
    (void)live_ask (&live, LAST ("/b/headers"));
    assert_true (got ("HTTP/1.1 400 bad type  \r\n"));
    assert_true (got ("X-One: 1\r\nx-one: 2\r\n") && !got ("X-Gone"));
    assert_true (got ("X-Evil: a  Set-Cookie: b c\r\n"));
}

/* ---- bodies -----------------------------------------------------------------------------
 */

static void test_large_body (void **state)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 16 << 20);
    (void)buf_addf (&b,
                    "POST /b/echo HTTP/1.1\r\nHost: h\r\nConnection: "
                    "close\r\nContent-Length: %d\r\n\r\n",
                    5 * MEGABYTE);
    size_t head = b.len;
    for (int i = 0; i < 5 * MEGABYTE; i++)
        (void)buf_addc (&b, (char)(i * 31));
    live_connect (&live);
    live_talk (&live, b.data, b.len, NULL);
    assert_true (live.got.len > 5 * MEGABYTE);
    assert_memory_equal (live.got.data + live.got.len - 5 * MEGABYTE, b.data + head,
                         5 * MEGABYTE);
}

static void test_too_large (void **state)
{
    autodone (buf_done) struct buf b;

    (void)live_ask (&live,
                    "PUT /b/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
    assert_true (got ("413 Request Entity Too Large") && live.closed);
    (void)live_ask (&live,
                    "PUT /b/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3E9\r\n" THOUSAND "x");
    assert_true (got ("413 Request Entity Too Large") && live.closed);
    /* the answer arrives although the client goes on sending */
    buf_init (&b, 16 << 20);
    (void)buf_adds (&b,
                    "PUT /b/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n");
    for (int i = 0; i < 4000000; i++)
        (void)buf_addc (&b, 'x');
    live_connect (&live);
    live_talk (&live, b.data, b.len, NULL);
    assert_true (got ("413 Request Entity Too Large"));
}

static void test_unwanted_body (void **state)
{
    (void)live_ask (&live,
                    "POST /b/nobody HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
                    "POST /b/none HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "2\r\nhi\r\n0\r\n\r\n");
    assert_true (got ("200 OK") && got ("Content-Length: 0\r\n"));
    assert_true (got ("404 Not Found") &&
                 live.closed); /* how much would come was not known */
}

static void test_continue (void **state)
{
    const char *head = "PUT /b/echo HTTP/1.1\r\nHost: h\r\nExpect: "
                       "100-continue\r\nContent-Length: 5\r\n\r\n";

    live_connect (&live);
    live_talk (&live, head, strlen (head), "100 Continue\r\n\r\n");
    assert_false (live.timed_out);
    live_talk (&live, "hello", 5, "\r\n\r\nhello");
    assert_true (got ("200 OK") && !live.closed);
    (void)live_ask (&live, "PUT /b/none HTTP/1.1\r\nHost: h\r\nExpect: "
                           "100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_true (got ("404 Not Found") && !got ("100 Continue") && live.closed);
}

/* ---- time and hostile bytes -------------------------------------------------------------
 */

static void test_slow_head (void **state)
{
    int64_t begun = clock_mono_us ();

    (void)live_ask (&live, "GET /b/small HTTP/1.1\r\nHo");
    assert_true (live.closed && got ("408 Request Timeout"));
    assert_true (clock_mono_us () - begun < 4000000);
    (void)live_ask (&live, "");
    assert_true (live.closed && live.got.len == 0);
}

static void test_hostile_bytes (void **state)
{
    const char base[] =
        GET ("/b/small") "POST /b/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    unsigned seed = 7;

    for (int i = 0; i < 1500; i++) {
        char bytes[sizeof (base)];
        memcpy (bytes, base, sizeof (base));
        for (int k = rand_r (&seed) % 5; k >= 0; k--)
            bytes[(size_t)rand_r (&seed) % sizeof (base)] = (char)rand_r (&seed);
        live_connect (&live);
        (void)send (live.fd, bytes, 1 + (size_t)rand_r (&seed) % sizeof (base),
                    MSG_NOSIGNAL);
        live_run (&live, 100);
    }
    (void)live_ask (&live, LAST ("/b/small"));
    assert_true (got ("\r\n\r\nsmall"));
}

/* ---- streams ----------------------------------------------------------------------------
 */

static void test_stream (void **state)
{
    (void)live_ask (&live, LAST ("/b/stream"));
    assert_true (got ("Transfer-Encoding: chunked\r\n") && got ("\r\n0\r\n\r\n"));
    assert_int_equal (live_count (&live, "\r\n10000\r\n"), PIECES);
    (void)live_ask (&live, LAST ("/b/stream?length"));
    assert_false (got ("chunked"));
    assert_int_equal (live.got.len -
                          (size_t)(strstr (live.got.data, "\r\n\r\n") + 4 - live.got.data),
                      (size_t)PIECE * PIECES);
    (void)live_ask (
        &live, "HEAD /b/stream?length HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_true (got ("Content-Length: 26214400\r\n") && live.got.len < 1000);
}

static void test_stream_pressure (void **state)
{
    live_connect (&live);
    loop_io_events (live.io, 0);
    (void)send (live.fd, LAST ("/b/stream"), sizeof (LAST ("/b/stream")) - 1, 0);
    live_run (&live, 100000);
    assert_true (seen.pieces_sent > 0 &&
                 seen.pieces_left > PIECES / 2); /* it waits for the client */
    loop_io_events (live.io, LOOP_READ);
    live_talk (&live, NULL, 0, NULL);
    assert_int_equal (seen.pieces_left, 0);
    assert_int_equal (live_count (&live, "\r\n10000\r\n"), PIECES);
}

static void test_stream_abort (void **state)
{
    live_connect (&live);
    live_talk (&live, GET ("/b/stream"), sizeof (GET ("/b/stream")) - 1, "yyyy");
    live_connect (&live);
    live_run (&live, 50000);
    assert_int_equal (seen.aborted, 1);
    assert_null (seen.stream);
}

static void test_stream_cut (void **state)
{
    (void)live_ask (&live, GET ("/b/cut"));
    assert_true (live.closed);
}

/* ---- ends -------------------------------------------------------------------------------
 */

/* The client is gone before its answer is made. */
static void test_answer_to_nobody (void **state)
{
    live_connect (&live);
    live_talk (&live, GET ("/b/small") GET ("/b/hold"),
               sizeof (GET ("/b/small") GET ("/b/hold")) - 1, "small");
    assert_non_null (seen.held);
    assert_false (http_req_gone (seen.held));
    live_connect (&live);
    live_run (&live, 20000);
    assert_true (http_req_gone (seen.held));
    http_reply (seen.held, 200, "text/plain", "x", 1);
    assert_int_equal (seen.users_freed, 2);
}

/* The server goes before the answer is made; the request keeps what it needs. */
static void test_answer_after_server (void **state)
{
    live_connect (&live);
    live_talk (&live, GET ("/b/small") GET ("/b/hold"),
               sizeof (GET ("/b/small") GET ("/b/hold")) - 1, "small");
    http_free (live.http);
    live.http = NULL;
    http_reply (seen.held, 200, "text/plain", "x", 1);
    assert_int_equal (seen.dones, 1);
}

static void test_stop_listening (void **state)
{
    live_connect (&live);
    live_talk (&live, GET ("/b/small"), sizeof (GET ("/b/small")) - 1, "\r\n\r\nsmall");
    http_stop_listening (live.http);
    buf_clear (&live.got);
    live_talk (&live, LAST ("/b/small"), sizeof (LAST ("/b/small")) - 1, NULL);
    assert_true (got ("\r\n\r\nsmall"));
    live_run (&live, 20000);
    assert_int_equal (http_connection_count (live.http), 0);
}

static void test_listen_errors (void **state)
{
    char dir[] = "/tmp/test_http.XXXXXX";
    struct http_tls tls = { "/no/such/cert.pem", NULL, NULL };
    autofree char *path = NULL;
    struct stat st;
    struct err err;

    assert_int_equal (http_listen_tcp (live.http, "127.0.0.1", live.port, NULL, NULL, &err),
                      -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    assert_int_equal (http_listen_tcp (live.http, "localhost", 0, NULL, NULL, &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
    assert_int_equal (http_listen_tcp (live.http, "127.0.0.1", 0, &tls, NULL, &err), -1);
    assert_non_null (mkdtemp (dir));
    path = xasprintf ("%s/socket", dir);
    assert_int_equal (http_listen_unix (live.http, path, 0600, &err), 0);
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_mode & 07777, 0600);
    assert_int_equal (http_listen_unix (live.http, path, 0600, &err), -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    http_stop_listening (live.http);
    assert_int_equal (stat (path, &st), -1);
    assert_int_equal (close (open (path, O_CREAT | O_WRONLY, 0600)), 0);
    assert_int_equal (http_listen_unix (live.http, path, 0600, &err),
                      -1); /* a file, not a socket */
    (void)unlink (path);
    (void)rmdir (dir);
}

static void test_files (void **state)
{
    char name[] = "/tmp/test_http.XXXXXX";
    autodone (buf_done) struct buf b;
    int fd = mkstemp (name);
    autofree char *ask = NULL;

    buf_init (&b, 8 << 20);
    for (int i = 0; i < 3000000; i++)
        (void)buf_addc (&b, (char)(i % 251));
    assert_int_equal (write (fd, b.data, b.len), (ssize_t)b.len);
    (void)close (fd);
    ask = xasprintf ("GET /b/file?f=%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                     name);
    (void)live_ask (&live, ask);
    assert_true (got ("Content-Length: 3000000\r\n") && got ("Cache-Control: no-cache"));
    assert_true (got ("Last-Modified: ") && got ("Accept-Ranges: bytes") && !got ("ETag"));
    assert_memory_equal (live.got.data + live.got.len - b.len, b.data, b.len);
    free (ask);
    ask = xasprintf ("GET /b/file?f=%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                     "Range: bytes=1000-700999\r\n\r\n",
                     name);
    (void)live_ask (&live, ask);
    assert_true (got ("206 Partial Content") &&
                 got ("Content-Range: bytes 1000-700999/3000000\r\n"));
    assert_memory_equal (live.got.data + live.got.len - 700000, b.data + 1000, 700000);
    (void)unlink (name);
    (void)live_ask (&live, ask);
    assert_true (got ("404 Not Found"));
    (void)live_ask (&live, LAST ("/b/file?f=/tmp"));
    assert_true (got ("403 Forbidden") && got ("tmp is not a file"));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_small, setup, teardown),
        cmocka_unit_test_setup_teardown (test_pipelining, setup, teardown),
        cmocka_unit_test_setup_teardown (test_pipelined_large, setup, teardown),
        cmocka_unit_test_setup_teardown (test_no_answers_pile_up, setup, teardown),
        cmocka_unit_test_setup_teardown (test_byte_by_byte, setup, teardown),
        cmocka_unit_test_setup_teardown (test_http_10, setup, teardown),
        cmocka_unit_test_setup_teardown (test_routing, setup, teardown),
        cmocka_unit_test_setup_teardown (test_gate_answers, setup, teardown),
        cmocka_unit_test_setup_teardown (test_head_and_validators, setup, teardown),
        cmocka_unit_test_setup_teardown (test_answer_headers, setup, teardown),
        cmocka_unit_test_setup_teardown (test_large_body, setup, teardown),
        cmocka_unit_test_setup_teardown (test_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown (test_unwanted_body, setup, teardown),
        cmocka_unit_test_setup_teardown (test_continue, setup, teardown),
        cmocka_unit_test_setup_teardown (test_slow_head, setup, teardown),
        cmocka_unit_test_setup_teardown (test_hostile_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown (test_stream, setup, teardown),
        cmocka_unit_test_setup_teardown (test_stream_pressure, setup, teardown),
        cmocka_unit_test_setup_teardown (test_stream_abort, setup, teardown),
        cmocka_unit_test_setup_teardown (test_stream_cut, setup, teardown),
        cmocka_unit_test_setup_teardown (test_answer_to_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown (test_answer_after_server, setup, teardown),
        cmocka_unit_test_setup_teardown (test_stop_listening, setup, teardown),
        cmocka_unit_test_setup_teardown (test_listen_errors, setup, teardown),
        cmocka_unit_test_setup_teardown (test_files, setup, teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
