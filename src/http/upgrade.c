/* upgrade.c - the websocket handshake (RFC 6455, section 4.2)
 *
 * No extension is ever accepted: the library's permessage-deflate can be made to abort the
 * process by 23 bytes, and the contract wants none.
 */
#include "http/http_private.h"

#include "base/crypto.h"
#include "http/wsconn.h"

#include <string.h>

#define WS_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define WS_VERSION "13"

static unsigned hex_digit (char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* base64 (sha1 (KEY GUID)), appended to B. */
static int add_accept (struct buf *b, const char *key)
{
    autofree char *text = xasprintf ("%s%s", key, WS_GUID);
    char hex[CRYPTO_HEX];
    uint8_t raw[20];

    if (crypto_digest_hex ("sha1", text, strlen (text), hex) < 0)
        return -1;
    for (size_t i = 0; i < sizeof (raw); i++)
        raw[i] = (uint8_t)(hex_digit (hex[2 * i]) << 4 | hex_digit (hex[2 * i + 1]));
    return base64_encode (b, raw, sizeof (raw), 0);
}

/* 16 bytes in base64: 22 characters and "==". */
static bool key_is_sane (const char *key)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    return key && strlen (key) == 24 && strspn (key, alphabet) == 22 &&
           !strcmp (key + 22, "==");
}

static bool refuse (struct http_req *req, const char *text)
{
    struct err err;

    (void)err_set (&err, PROBLEM_INVALID, "%s", text);
    http_fail (req, &err);
    return false;
}

/* False: it was answered. */
static bool check_handshake (struct http_req *req)
{
    const char *version = http_req_header (req, "Sec-WebSocket-Version");

    if (!req->upgrade || req->method != HTTP_GET)
        return refuse (req, "Can \"Upgrade\" only to \"WebSocket\".");
    if (!version || strcmp (version, WS_VERSION)) {
        http_header_set (req, "Sec-WebSocket-Version", WS_VERSION);
        return refuse (req, "the only websocket version here is " WS_VERSION);
    }
    if (!key_is_sane (http_req_header (req, "Sec-WebSocket-Key")))
        return refuse (req, "bad Sec-WebSocket-Key");
    return true;
}

struct wsconn *http_upgrade (struct http_req *req, const char *subprotocol,
                             const struct wsconn_ops *ops, void *arg)
{
    struct conn *c = req->conn;
    struct wsconn *ws;
    struct buf accept;

    if (!c || c->state == CONN_DEAD) {
        req->status = 499;
        response_done (req);
        return NULL;
    }
    if (!check_handshake (req))
        return NULL;
    buf_init (&accept, 64);
    (void)add_accept (&accept, http_req_header (req, "Sec-WebSocket-Key"));
    http_header_set (req, "Upgrade", "websocket");
    http_header_set (req, "Connection", "Upgrade");
    http_header_set (req, "Sec-WebSocket-Accept", accept.data);
    buf_done (&accept);
    if (subprotocol)
        http_header_set (req, "Sec-WebSocket-Protocol", subprotocol);
    req->keep_alive = true;
    response_head (req, 101, NULL, -1, false);
    outq_copy (&c->out, req->http->head.data, req->http->head.len);
    ws = ws_new (c, ops, arg);
    c->ws = ws;
    conn_continue (c, CONN_WEBSOCKET);
    response_done (req);
    return ws;
}
