/* test_wsconn.c - websockets against a live server: echo, fragments, limits, closing,
 * pressure */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/wsconn.h"
#include "live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SHAKE                                                                              \
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"         \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define OFFER                                                                              \
    SHAKE "Sec-WebSocket-Protocol: a, v1\r\n"                                              \
          "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define MAX_MESSAGE 100000
#define BIG (1 << 20)
#define FLOOD 64

static struct live live;
static struct {
    struct wsconn *ws;
    int messages, opened, closed, code, drained;
    size_t last_len;
    bool last_text;
    uint64_t sent;
    int left; /* of a flood */
    struct blk *big;
    struct http_req *held;
} seen;
static struct buf out; /* what the client is going to send */

/* ---- the server's side ------------------------------------------------------------------
 */

static void pour (void)
{
    while (seen.left > 0 && !wsconn_pressure (seen.ws)) {
        seen.left--;
        wsconn_send_blk (seen.ws, false, seen.big);
    }
}

static void on_message (void *arg, struct blk *msg, bool text)
{
    seen.messages++;
    seen.last_len = msg->len;
    seen.last_text = text;
    if (msg->len == 5 && !memcmp (msg->data, "flood", 5)) {
        seen.left = FLOOD;
        pour ();
    } else if (msg->len == 5 && !memcmp (msg->data, "pause", 5)) {
        wsconn_pause (seen.ws, true);
    } else if (msg->len == 5 && !memcmp (msg->data, "close", 5)) {
        wsconn_close (seen.ws, 4001);
        wsconn_send_text (seen.ws, "after", 5); /* nothing goes out after a close */
    } else if (msg->len == 5 && !memcmp (msg->data, "abort", 5)) {
        wsconn_abort (seen.ws);
    } else if (msg->len == 5 && !memcmp (msg->data, "parts", 5)) {
        struct blk *blks[3] = { msg, msg, msg };
        struct slice parts[3] = { { msg->data, 2 },
                                  { msg->data + 2, 0 },
                                  { msg->data + 2, 3 } };
        wsconn_send (seen.ws, true, blks, parts, 3);
    } else {
        wsconn_send_blk (seen.ws, text, msg);
    }
}

static void on_drained (void *arg)
{
    seen.drained++;
    pour ();
}

static void on_sent (void *arg, uint64_t total)
{
    seen.sent = total;
}

static void on_closed (void *arg, int code)
{
    seen.closed++;
    seen.code = code;
    seen.ws = NULL;
}

static const struct wsconn_ops ops = { on_message, on_drained, on_sent, on_closed };

static void upgrade (struct http_req *req)
{
    seen.ws =
        http_upgrade (req, http_offers_subprotocol (req, "v1") ? "v1" : NULL, &ops, NULL);
    seen.opened += seen.ws != NULL;
}

static void upgrade_later (void *arg)
{
    upgrade (arg);
}

static void later (struct http_req *req)
{
    (void)loop_after (http_req_loop (req), 20000, upgrade_later, req);
}

static const struct route rows[] = {
    { HTTP_GET, "/ws", NULL, ROUTE_WEBSOCKET, 0, upgrade },
    { HTTP_GET, "/later", NULL, ROUTE_WEBSOCKET, 0, later },
};

static int setup (void **state)
{
    struct http_config config = { .max_ws_message = MAX_MESSAGE };

    memset (&seen, 0, sizeof (seen));
    seen.big = blk_new (BIG);
    memset (seen.big->data, 'z', BIG);
    buf_init (&out, 64 << 20);
    return live_open (&live, &config, rows, sizeof (rows) / sizeof (rows[0]));
}

static int teardown (void **state)
{
    live_close (&live);
    assert_int_equal (seen.closed, seen.opened);
    assert_int_equal (seen.big->refs, 1);
    blk_unref (seen.big);
    buf_done (&out);
    return 0;
}

/* ---- the client's side ------------------------------------------------------------------
 */

/* A masked frame behind what is in OUT. */
static void frame (uint8_t first, const void *data, size_t n)
{
    static const uint8_t mask[4] = { 0x11, 0x22, 0x33, 0x44 };
    uint8_t ext[8];
    size_t len = n < 126 ? 0 : n < 65536 ? 2 : 8;

    (void)buf_addc (&out, (char)first);
    (void)buf_addc (&out, (char)(0x80 | (len == 0 ? n : len == 2 ? 126 : 127)));
    for (size_t i = 0; i < len; i++)
        ext[i] = (uint8_t)(n >> (8 * (len - 1 - i)));
    (void)buf_add (&out, ext, len);
    (void)buf_add (&out, mask, 4);
    for (size_t i = 0; i < n; i++)
        (void)buf_addc (&out, (char)(((const uint8_t *)data)[i] ^ mask[i % 4]));
}

static void shake (void)
{
    live_connect (&live);
    live_talk (&live, SHAKE "\r\n", sizeof (SHAKE "\r\n") - 1, "\r\n\r\n");
    assert_non_null (seen.ws);
    buf_clear (&live.got);
    buf_clear (&out);
}

/* Sends OUT and waits for N bytes. */
static void talk (size_t n)
{
    live.until = NULL;
    live.send = out.data;
    live.left = out.len;
    loop_io_events (live.io, LOOP_READ | LOOP_WRITE);
    live_receive (&live, n);
    assert_false (live.timed_out);
    buf_clear (&out);
}

/* Sends OUT; the server must answer with exactly WANT and close. */
static void expect_end (const char *want, size_t n)
{
    live_talk (&live, out.data, out.len, NULL);
    assert_true (live.closed);
    assert_int_equal (live.got.len, n);
    assert_memory_equal (live.got.data, want, n);
}

/* ---- tests ------------------------------------------------------------------------------
 */

static void test_handshake (void **state)
{
    live_connect (&live);
    live_talk (&live, OFFER, sizeof (OFFER) - 1, "\r\n\r\n");
    assert_non_null (strstr (live.got.data, "HTTP/1.1 101 Switching Protocols\r\n"));
    assert_non_null (strstr (live.got.data, ACCEPT));
    assert_non_null (strstr (live.got.data, "Sec-WebSocket-Protocol: v1\r\n"));
    assert_null (strstr (live.got.data, "Extensions"));
    live_connect (&live);
    live_talk (&live, SHAKE "\r\n", sizeof (SHAKE "\r\n") - 1, "\r\n\r\n");
    assert_null (strstr (live.got.data, "Sec-WebSocket-Protocol"));
}

static void refused (const char *request, const char *status)
{
    live_connect (&live);
    live_talk (&live, request, strlen (request), "\r\n\r\n");
    assert_non_null (strstr (live.got.data, status));
    assert_null (strstr (live.got.data, " 101 "));
}

#define UPGRADE                                                                            \
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

static void test_bad_handshakes (void **state)
{
    refused (UPGRADE "\r\n", " 400 ");
    refused (
        UPGRADE
        "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "Sec-WebSocket-Version: 13\r\n");
    refused (UPGRADE "Sec-WebSocket-Version: 13\r\n\r\n", " 400 ");
    refused (UPGRADE "Sec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=A\r\n\r\n",
             " 400 ");
    refused (UPGRADE "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
             " 400 ");
    refused ("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
             " 400 ");
    refused ("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n", " 400 ");
    refused ("POST /ws HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", " 405 ");
}

static void test_echo_sizes (void **state)
{
    static const size_t sizes[] = { 0, 1, 125, 126, 127, 4096, 65535, 65536, MAX_MESSAGE };

    shake ();
    for (size_t i = 0; i < sizeof (sizes) / sizeof (sizes[0]); i++) {
        size_t n = sizes[i], head = n < 126 ? 2 : n < 65536 ? 4 : 10;
        buf_clear (&live.got);
        frame (0x82, seen.big->data, n);
        talk (head + n);
        assert_int_equal (live.got.len, head + n);
        assert_int_equal ((uint8_t)live.got.data[0], 0x82);
        assert_memory_equal (live.got.data + head, seen.big->data, n);
        assert_int_equal (seen.last_len, n);
        assert_false (seen.last_text);
    }
}

static void test_fragments (void **state)
{
    shake ();
    live.step = 1;
    frame (0x01, "a\xc3", 2);
    frame (0x89, "hi", 2); /* a ping between fragments */
    frame (0x00, "\xa5", 1);
    frame (0x80, "b", 1);
    talk (4 + 6);
    live.step = 0;
    assert_memory_equal (live.got.data,
                         "\x8a\x02hi\x81\x04"
                         "a\xc3\xa5"
                         "b",
                         10);
    assert_true (seen.last_text);
    assert_int_equal (seen.messages, 1);
}

static void test_slices (void **state)
{
    shake ();
    frame (0x81, "parts", 5);
    talk (7);
    assert_memory_equal (live.got.data, "\x81\x05parts", 7);
    assert_int_equal (seen.sent, 5);
}

/* The message came in the packet of the handshake. */
static void test_early_message (void **state)
{
    (void)buf_adds (&out, SHAKE "\r\n");
    frame (0x81, "early", 5);
    live_connect (&live);
    live_talk (&live, out.data, out.len, "early");
    assert_false (live.timed_out);
    buf_clear (&out);
    (void)buf_adds (&out, "GET /later");
    (void)buf_adds (&out, strchr (SHAKE "\r\n", ' ') + sizeof ("/ws"));
    frame (0x81, "later", 5);
    live_connect (&live);
    live_talk (&live, out.data, out.len, "later");
    assert_false (live.timed_out);
}

static const struct {
    const char *name;
    uint8_t first;
    size_t n;
    const char *data;
    const char *answer; /* a close frame with 2 bytes */
} violations[] = {
    { "reserved bit", 0xc1, 1, "a", "\x88\x02\x03\xea" },
    { "reserved opcode", 0x83, 1, "a", "\x88\x02\x03\xea" },
    { "continuation of nothing", 0x80, 1, "a", "\x88\x02\x03\xea" },
    { "bad UTF-8", 0x81, 2, "\xff\xfe", "\x88\x02\x03\xef" },
    { "cut UTF-8", 0x81, 1, "\xc3", "\x88\x02\x03\xef" },
    { "bad close code", 0x88, 2, "\x03\xee", "\x88\x02\x03\xea" },
    { "fragmented ping", 0x09, 0, "", "\x88\x02\x03\xea" },
};

static void test_violations (void **state)
{
    for (size_t i = 0; i < sizeof (violations) / sizeof (violations[0]); i++) {
        shake ();
        frame (violations[i].first, violations[i].data, violations[i].n);
        expect_end (violations[i].answer, 4);
        assert_int_equal (seen.messages, 0);
        assert_int_equal (seen.closed, (int)i + 1);
    }
    shake ();
    (void)buf_add (&out,
                   "\x81\x01"
                   "a",
                   3); /* not masked */
    expect_end ("\x88\x02\x03\xea", 4);
}

static void test_too_big (void **state)
{
    shake ();
    frame (0x82, seen.big->data, MAX_MESSAGE + 1);
    expect_end ("\x88\x02\x03\xf1", 4);
    shake ();
    frame (0x02, seen.big->data, MAX_MESSAGE / 2);
    frame (0x80, seen.big->data, MAX_MESSAGE / 2 + 1);
    frame (0x88, "\x03\xf1", 2);
    expect_end ("\x88\x02\x03\xf1", 4);
    assert_int_equal (seen.messages, 0);
    assert_int_equal (seen.closed, 2);
}

static void test_peer_closes (void **state)
{
    shake ();
    frame (0x88,
           "\x0f\xa1"
           "bye",
           5);
    frame (0x81, "late", 4);
    live_talk (&live, out.data, out.len, NULL);
    assert_true (live.closed);
    assert_memory_equal (live.got.data, "\x88\x05\x0f\xa1", 4);
    assert_int_equal (seen.code, 4001);
    assert_int_equal (seen.messages, 0);
    shake ();
    frame (0x88, "", 0);
    expect_end ("\x88\x00", 2);
    assert_int_equal (seen.code, 0);
    shake ();
    live_connect (&live); /* gone without a word */
    live_run (&live, 20000);
    assert_int_equal (seen.closed, 3);
    assert_int_equal (seen.code, 0);
}

static void test_we_close (void **state)
{
    shake ();
    frame (0x81, "close", 5);
    talk (4);
    assert_memory_equal (live.got.data, "\x88\x02\x0f\xa1", 4);
    assert_int_equal (seen.closed, 0);
    frame (0x88, "\x0f\xa1", 2);
    live_talk (&live, out.data, out.len, NULL);
    assert_true (live.closed && live.got.len == 4);
    assert_int_equal (seen.closed, 1);
    shake ();
    frame (0x81, "abort", 5);
    expect_end ("", 0);
    assert_int_equal (seen.closed, 2);
}

static void test_flood (void **state)
{
    shake ();
    frame (0x81, "flood", 5);
    loop_io_events (live.io, 0);
    (void)send (live.fd, out.data, out.len, 0);
    live_run (&live, 50000);
    assert_true (seen.left > FLOOD / 2); /* it waits for the client */
    assert_true (wsconn_pressure (seen.ws) && wsconn_queued (seen.ws) <= BIG + WSCONN_HIGH);
    loop_io_events (live.io, LOOP_READ);
    live.until = NULL;
    live_receive (&live, (size_t)FLOOD * (BIG + 10));
    assert_int_equal (live.got.len, (size_t)FLOOD * (BIG + 10));
    assert_true (seen.drained > 0);
    assert_int_equal (seen.sent, (uint64_t)FLOOD * BIG);
    assert_int_equal (wsconn_payload_queued_total (seen.ws), (uint64_t)FLOOD * BIG);
    assert_int_equal (seen.big->refs, 1);
}

/* Pings are not answered into memory while the client does not read. */
static void test_ping_flood (void **state)
{
    char data[125] = "";

    shake ();
    frame (0x81, "flood", 5);
    for (int i = 0; i < 20000; i++)
        frame (0x89, data, sizeof (data));
    loop_io_events (live.io, 0);
    for (size_t at = 0; at < out.len; live_run (&live, 5000)) {
        ssize_t n =
            send (live.fd, out.data + at, out.len - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        assert_true (n > 0);
        at += (size_t)n;
    }
    live_run (&live, 200000);
    assert_true (wsconn_queued (seen.ws) <= BIG + WSCONN_HIGH + 1024);
}

static void test_pause (void **state)
{
    shake ();
    frame (0x81, "pause", 5);
    live_talk (&live, out.data, out.len, "");
    live_run (&live, 20000);
    buf_clear (&out);
    for (int i = 0; i < 100; i++)
        frame (0x82, seen.big->data, 1000);
    (void)send (live.fd, out.data, out.len, 0);
    live_run (&live, 50000);
    assert_int_equal (seen.messages, 1);
    wsconn_pause (seen.ws, false);
    live_receive (&live, 100 * 1004);
    assert_int_equal (seen.messages, 101);
}

static void test_keep_alive (void **state)
{
    shake ();
    wsconn_set_ping (seen.ws, 20000, 1000000);
    live_receive (&live, 4);
    assert_memory_equal (live.got.data, "\x89\x00\x89\x00", 4);
    frame (0x8a, "", 0);
    wsconn_set_ping (seen.ws, 20000, 30000);
    live_talk (&live, out.data, out.len, "\x88"); /* no more pongs: closed without a code */
    assert_false (live.timed_out);
    assert_memory_equal (live.got.data + live.got.len - 2, "\x88\x00", 2);
}

static void test_hostile_frames (void **state)
{
    unsigned seed = 3;

    for (int i = 0; i < 300; i++) {
        shake ();
        frame (0x81, "hello", 5);
        frame (0x01, "a", 1);
        frame (0x89, "p", 1);
        frame (0x80, "b", 1);
        for (int k = 0; k < 4; k++)
            out.data[(size_t)rand_r (&seed) % out.len] = (char)rand_r (&seed);
        (void)send (live.fd, out.data, out.len, MSG_NOSIGNAL);
        live_run (&live, 300);
    }
    shake ();
    frame (0x82, "alive", 5);
    talk (7);
    assert_memory_equal (live.got.data,
                         "\x82\x05"
                         "alive",
                         7);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_handshake, setup, teardown),
        cmocka_unit_test_setup_teardown (test_bad_handshakes, setup, teardown),
        cmocka_unit_test_setup_teardown (test_echo_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown (test_fragments, setup, teardown),
        cmocka_unit_test_setup_teardown (test_slices, setup, teardown),
        cmocka_unit_test_setup_teardown (test_early_message, setup, teardown),
        cmocka_unit_test_setup_teardown (test_violations, setup, teardown),
        cmocka_unit_test_setup_teardown (test_too_big, setup, teardown),
        cmocka_unit_test_setup_teardown (test_peer_closes, setup, teardown),
        cmocka_unit_test_setup_teardown (test_we_close, setup, teardown),
        cmocka_unit_test_setup_teardown (test_flood, setup, teardown),
        cmocka_unit_test_setup_teardown (test_ping_flood, setup, teardown),
        cmocka_unit_test_setup_teardown (test_pause, setup, teardown),
        cmocka_unit_test_setup_teardown (test_keep_alive, setup, teardown),
        cmocka_unit_test_setup_teardown (test_hostile_frames, setup, teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
