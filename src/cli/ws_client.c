/* ws_client.c - one websocket to a hub */

#include "cli/ws_client.h"

#include "base/cleanup.h"
#include "base/ident.h"
#include "base/strv.h"
#include "cli/curl_lib.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <wslay/wslay.h>

#define HEAD_MAX (16 << 10)
#define MESSAGE_MAX (16u << 20)
#define ANSWER_MS 30000

struct ws_client {
    const struct curl_lib *lib;
    CURL *curl;
    wslay_event_context_ptr frames;
    struct buf spare;    /* bytes that came behind the head */
    struct strv waiting; /* messages: one read may bring several */
    size_t waiting_bytes;
    bool closed;
};

/* ---- bytes ---- */

static int wait_for (struct ws_client *ws, short events, int timeout_ms)
{
    curl_socket_t fd = CURL_SOCKET_BAD;

    if (ws->lib->easy_getinfo (ws->curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
        fd == CURL_SOCKET_BAD)
        return -1;
    struct pollfd p = { .fd = fd, .events = events };
    int n = poll (&p, 1, timeout_ms);
    return n < 0 && errno == EINTR ? 0 : n;
}

static int send_all (struct ws_client *ws, const char *s, size_t n, struct err *err)
{
    while (n) {
        size_t sent = 0;
        CURLcode code = ws->lib->easy_send (ws->curl, s, n, &sent);
        if (code == CURLE_AGAIN && wait_for (ws, POLLOUT, ANSWER_MS) > 0)
            continue;
        if (code != CURLE_OK)
            return err_set (err, PROBLEM_UNAVAILABLE, "the connection was lost");
        s += sent;
        n -= sent;
    }
    return 0;
}

/* What is there now: bytes, 0 for nothing yet, -1 at the end. */
static ssize_t receive_some (struct ws_client *ws, void *to, size_t n)
{
    size_t got = 0;

    if (ws->spare.len) {
        got = n < ws->spare.len ? n : ws->spare.len;
        memcpy (to, ws->spare.data, got);
        buf_consume (&ws->spare, got);
        return (ssize_t)got;
    }
    CURLcode code = ws->lib->easy_recv (ws->curl, to, n, &got);
    if (code == CURLE_AGAIN)
        return 0;
    return code == CURLE_OK && got ? (ssize_t)got : -1;
}

/* ---- frames ---- */

static ssize_t on_recv (wslay_event_context_ptr ctx, uint8_t *to, size_t n, int flags,
                        void *arg)
{
    struct ws_client *ws = arg;
    /* Nothing more is read until somebody has taken what waits. */
    ssize_t got = ws->waiting_bytes > MESSAGE_MAX ? 0 : receive_some (ws, to, n);

    if (got > 0)
        return got;
    wslay_event_set_error (ctx,
                           got == 0 ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t on_send (wslay_event_context_ptr ctx, const uint8_t *s, size_t n, int flags,
                        void *arg)
{
    if (send_all (arg, (const char *)s, n, NULL) == 0)
        return (ssize_t)n;
    wslay_event_set_error (ctx, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static int on_mask (wslay_event_context_ptr ctx, uint8_t *to, size_t n, void *arg)
{
    return getrandom (to, n, 0) == (ssize_t)n ? 0 : -1;
}

static void on_message (wslay_event_context_ptr ctx,
                        const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
    struct ws_client *ws = arg;

    if (m->opcode == WSLAY_CONNECTION_CLOSE)
        ws->closed = true;
    if (m->opcode != WSLAY_TEXT_FRAME)
        return;
    strv_addn (&ws->waiting, (const char *)m->msg, m->msg_length);
    ws->waiting_bytes += m->msg_length;
}

static int make_frames (struct ws_client *ws)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .genmask_callback = on_mask,
        .on_msg_recv_callback = on_message,
    };

    if (wslay_event_context_client_init (&ws->frames, &callbacks, ws) != 0)
        return -1;
    wslay_event_config_set_max_recv_msg_length (ws->frames, MESSAGE_MAX);
    return 0;
}

/* ---- the upgrade ---- */

static char *head_of (struct api *api, const char *url)
{
    const struct account *a = api_account (api);
    const char *rest = strstr (url, "://") + 3;
    int host = (int)strcspn (rest, "/");
    /* what any 16 bytes in base64 look like; the answer is checked by its status */
    autofree char *key = ident_hex (11);
    return xasprintf ("GET %s HTTP/1.1\r\nHost: %.*s\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: %.21sA==\r\nAuthorization: %s %s\r\n\r\n",
                      rest[host] ? rest + host : "/", host, rest, key,
                      a->key ? "apikey" : "Bearer", a->key ? a->key : a->token);
}

static int read_head (struct ws_client *ws, struct buf *head, struct err *err)
{
    char piece[4096];

    while (!strstr (head->data, "\r\n\r\n")) {
        if (wait_for (ws, POLLIN, ANSWER_MS) <= 0)
            return err_set (err, PROBLEM_TIMEOUT, "the workspace does not answer");
        ssize_t n = receive_some (ws, piece, sizeof piece);
        if (n < 0 || buf_add (head, piece, (size_t)n) < 0)
            return err_set (err, PROBLEM_UNAVAILABLE, "the connection was lost");
    }
    return 0;
}

static int upgrade (struct ws_client *ws, struct api *api, const char *url, struct err *err)
{
    autodone (buf_done) struct buf head;
    autofree char *text = head_of (api, url);

    buf_init (&head, HEAD_MAX);
    int rc = send_all (ws, text, strlen (text), err);
    explicit_bzero (text, strlen (text));
    if (rc < 0 || read_head (ws, &head, err) < 0)
        return -1;
    int status = head.len > 12 ? (int)strtol (head.data + 9, NULL, 10) : 0;
    if (status != 101)
        return err_set (err, PROBLEM_UNAVAILABLE,
                        "the workspace did not take the connection (%d)", status);
    const char *body = strstr (head.data, "\r\n\r\n") + 4;
    return buf_add (&ws->spare, body, head.len - (size_t)(body - head.data));
}

struct ws_client *ws_client_open (struct api *api, const char *url, struct err *err)
{
    struct ws_client *ws = xnew (struct ws_client);

    buf_init (&ws->spare, HEAD_MAX);
    ws->lib = curl_lib (err);
    ws->curl = ws->lib ? api_new_handle (api, url, err) : NULL;
    if (!ws->curl) {
        ws_client_free (ws);
        return NULL;
    }
    (void)ws->lib->easy_setopt (ws->curl, CURLOPT_CONNECT_ONLY, 1L);
    (void)ws->lib->easy_setopt (ws->curl, CURLOPT_HTTP_VERSION,
                                (long)CURL_HTTP_VERSION_1_1);
    CURLcode code = ws->lib->easy_perform (ws->curl);
    int rc = code == CURLE_OK
                 ? 0
                 : err_set (err, PROBLEM_UNAVAILABLE, "the workspace is not reached (%s)",
                            ws->lib->easy_strerror (code));
    if (rc == 0)
        rc = upgrade (ws, api, url, err);
    if (rc == 0 && make_frames (ws) < 0)
        rc = err_set (err, PROBLEM_INTERNAL, "out of memory");
    if (rc == 0)
        return ws;
    ws_client_free (ws);
    return NULL;
}

void ws_client_free (struct ws_client *ws)
{
    if (!ws)
        return;
    if (ws->frames)
        wslay_event_context_free (ws->frames);
    if (ws->curl)
        ws->lib->easy_cleanup (ws->curl);
    buf_done (&ws->spare);
    strv_done (&ws->waiting);
    free (ws);
}

int ws_client_send (struct ws_client *ws, const char *text, size_t n, struct err *err)
{
    const struct wslay_event_msg m = { .opcode = WSLAY_TEXT_FRAME,
                                       .msg = (const uint8_t *)text,
                                       .msg_length = n };

    if (wslay_event_queue_msg (ws->frames, &m) != 0 || wslay_event_send (ws->frames) != 0)
        return err_set (err, PROBLEM_UNAVAILABLE, "the connection was lost");
    return 0;
}

/* The oldest message that waits. */
static int take_waiting (struct ws_client *ws, struct buf *message, struct err *err)
{
    ws->waiting_bytes -= strlen (ws->waiting.v[0]);
    int rc = buf_adds (message, ws->waiting.v[0]);
    strv_remove (&ws->waiting, 0);
    return rc < 0 ? err_set (err, PROBLEM_TOO_LARGE, "the workspace says too much at once")
                  : 1;
}

int ws_client_receive (struct ws_client *ws, struct buf *message, int timeout_ms,
                       struct err *err)
{
    buf_clear (message);
    if (ws->waiting.n)
        return take_waiting (ws, message, err);
    int rc = ws->closed ? -1 : wslay_event_recv (ws->frames);
    if (rc == 0 && !ws->waiting.n && !ws->closed && wait_for (ws, POLLIN, timeout_ms) > 0)
        rc = wslay_event_recv (ws->frames);
    if (wslay_event_want_write (ws->frames)) /* PONG */
        (void)wslay_event_send (ws->frames);
    if (ws->waiting.n)
        return take_waiting (ws, message, err);
    if (rc != 0 || ws->closed)
        return err_set (err, PROBLEM_UNAVAILABLE, "the workspace ended the connection");
    return 0;
}
