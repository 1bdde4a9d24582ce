/* http.h - the HTTP/1.1 server: listeners, requests, answers
 *
 * Sockets, TLS and the loop are libwebsockets'; requests are parsed by http_parser and websocket frames
 * by wslay, because libwebsockets' own HTTP parser decodes, joins and normalises the request path before
 * anybody sees it ('+', "%2F", "//", ".."), which jupyter-contract 1.1 forbids; docs/internals/http.md
 * has the measurements.
 *
 *     struct http *h = http_new (loop, &config, &err);
 *     http_add_routes (h, kernels_routes, n);
 *     http_listen_tcp (h, "127.0.0.1", 8888, NULL, &err);
 *
 * A request: headers complete -> route_match -> config.gate (host, identity, XSRF...; may answer by
 * itself) -> body collected up to the route's max_body -> handler.  The handler, or something that it
 * started, calls exactly ONE of the http_reply_* / http_fail / http_upgrade / http_stream_* family; that
 * releases the request.  Answering after the client has gone is fine and does nothing.  Requests of one
 * connection are answered in order (pipelining); a slow one never holds up another connection.
 * On a ROUTE_STREAM row the handler is called when the headers are complete (http_req_take_body).
 *
 * Loop thread only, except where said otherwise.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/blk.h"
#include "base/buf.h"
#include "base/err.h"
#include "http/route.h"
#include "loop/loop.h"
#include <jansson.h>
#include <stdbool.h>

struct http;
struct http_req;
struct wsconn;
struct wsconn_ops;
struct tunnel;
struct tunnel_ops;

struct http_config {
    const char *base_url;  /* B: begins and ends with '/'; matched on the undecoded path */
    size_t max_header;     /* request line + headers; 0: 64 KiB; above: 431 */
    size_t max_body;       /* ceiling over all routes; 0: 512 MiB; above: 413 and close */
    size_t max_ws_message; /* one inbound websocket message; 0: 10 MiB; above: close 1009 */
    int64_t
        header_timeout_us; /* 0: 30 s to send the headers; idle keep-alive 75 s; body must move */
    /* Called when the headers of a matched request are complete.  Return 0 to go on; otherwise it has
     * answered.  May set http_req_set_user.  ROUTE is NULL when nothing matched (then: answer). */
    int (*gate) (void *arg, struct http_req *req, const struct route *route);
    /* The error writer for http_fail: JSON for API rows, a page otherwise.  Must answer. */
    void (*fail) (void *arg, struct http_req *req, const struct err *err);
    /* Adds the headers that every answer carries; STATUS is known. */
    void (*headers) (void *arg, struct http_req *req, int status);
    /* After the answer: for metrics and logs.  US: time from headers to the end of the answer. */
    void (*done) (void *arg, struct http_req *req, int status, int64_t us);
    void *arg;
};

struct http *http_new (struct loop *l, const struct http_config *config, struct err *err);
/* Drops all connections at once (a graceful server just drops TCP: contract 6.1).  Requests that are not
 * answered yet must still be answered, which then does nothing; before loop_free.  Not from a callback of
 * http. */
void http_free (struct http *h);
/* Tables are searched in the order added, rows in the order written; borrowed, must stay.  The first pattern
 * that fits decides, the method only among the rows with that very pattern: otherwise 405 (the gate is asked
 * first, then http_fail with PROBLEM_METHOD; http_req_route is the first such row).  HEAD takes GET rows. */
void http_add_routes (struct http *h, const struct route *routes, size_t n);
size_t http_route_count (const struct http *h);
const struct route *http_route_at (const struct http *h, size_t i);

struct http_tls {
    const char *certfile, *keyfile, *client_ca; /* client_ca may be NULL */
};
/* One address ("127.0.0.1", "::1", "0.0.0.0", "::").  *ret_port: the real one when PORT is 0.
 * CONFLICT: in use (EADDRINUSE); FORBIDDEN: EACCES. */
int http_listen_tcp (struct http *h, const char *addr, int port, const struct http_tls *tls,
                     int *ret_port, struct err *err);
/* A stale socket file (nobody listens) is replaced; a living one is CONFLICT. */
int http_listen_unix (struct http *h, const char *path, unsigned mode, struct err *err);
/* FD is a unix socket that listens already; it is taken. */
int http_listen_fd (struct http *h, int fd, struct err *err);
/* No new connections; those open go on. */
void http_stop_listening (struct http *h);
size_t http_connection_count (const struct http *h);

/* ---- the request; strings are borrowed and live as long as it ------------------------------------ */
enum http_method http_req_method (const struct http_req *req);
const char *http_req_method_name (const struct http_req *req);
const char *http_req_target (const struct http_req *req); /* raw: path and query as sent */
const char *
http_req_path (const struct http_req *req); /* raw path, still percent-encoded */
const char *
http_req_subpath (const struct http_req *req); /* raw path below B, begins with '/' */
const char *
http_req_query_string (const struct http_req *req); /* raw, without '?', "" if none */
const struct route *http_req_route (const struct http_req *req);
/* Capture of the route pattern, percent-decoded once; may hold NUL and invalid UTF-8: LEN may be NULL. */
const char *http_req_param (const struct http_req *req, const char *name, size_t *len);
/* Query argument, and for urlencoded bodies form field: last one wins, decoded, '+' is a space, stripped;
 * "" for a bare key (contract 1.6: cache busters); NULL if absent. */
const char *http_req_arg (struct http_req *req, const char *key);
bool http_req_args_valid (struct http_req *req); /* false: some argument is not UTF-8 */
const char *http_req_header (const struct http_req *req,
                             const char *name); /* any case; NULL */
/* The LAST cookie of that name, or NULL. */
const char *http_req_cookie (struct http_req *req, const char *name);
const char *http_req_body (const struct http_req *req,
                           size_t *len); /* whole, NUL-terminated */
/* The same for a handler that uses it up: it may write into it, and nobody reads it after. */
char *http_req_body_used (struct http_req *req, size_t *len);
/* Body as JSON: *ret NULL (and 0) for an empty body; INVALID "Invalid JSON in body of request". */
int http_req_json (const struct http_req *req, json_t **ret, struct err *err);
bool http_req_is_tls (const struct http_req *req);
bool http_req_is_unix (const struct http_req *req);
const char *http_req_peer (const struct http_req *req); /* address for the log */
bool http_req_wants_upgrade (const struct http_req *req);
struct loop *http_req_loop (const struct http_req *req);
void *http_req_server (const struct http_req *req); /* config.arg */
/* Who is asking; set by the gate, freed with the request by FREE_FN. */
void http_req_set_user (struct http_req *req, void *user, void (*free_fn) (void *));
void *http_req_user (const struct http_req *req);
bool http_req_gone (const struct http_req *req); /* the client went away */

/* ---- a body in pieces (ROUTE_STREAM) ---------------------------------------------------------------- */
/* The row's max_body is its only ceiling.  An answer may come before the end of the body. */
struct http_body_ops {
    void (*piece) (void *arg, const void *data, size_t n); /* borrowed */
    void (*end) (void *arg);                               /* that was all */
    /* The client went away before an answer was begun: answer all the same, which does nothing. */
    void (*gone) (void *arg);
};
/* From the handler, once.  OPS NULL, at any time before the answer: the rest is dropped, nobody is told. */
void http_req_take_body (struct http_req *req, const struct http_body_ops *ops, void *arg);
/* Back-pressure: one piece of at most 128 KiB may still come. */
void http_req_pause_body (struct http_req *req, bool on);
/* What the client announced; SIZE_MAX: chunked. */
size_t http_req_body_length (const struct http_req *req);

/* ---- the answer ------------------------------------------------------------------------------------ */
/* Adds a header to the coming answer; SET replaces one of that name. */
void http_header_add (struct http_req *req, const char *name, const char *value);
void http_header_set (struct http_req *req, const char *name, const char *value);
bool http_header_has (const struct http_req *req, const char *name);
void http_header_del (struct http_req *req, const char *name);
/* The standard reason phrase (contract 1.5); "Unknown" for what has none. */
const char *http_phrase (int status);
/* Reason phrase other than the standard one. */
void http_set_reason (struct http_req *req, const char *reason);

/* In-memory answers.  A 200 to GET/HEAD gets a strong ETag (sha1) and If-None-Match is honoured.
 * CTYPE NULL: none.  HEAD sends no body. */
void http_reply (struct http_req *req, int status, const char *ctype, const void *data,
                 size_t n);
void http_reply_blk (struct http_req *req, int status, const char *ctype,
                     struct blk *b); /* takes B */
void http_reply_json (struct http_req *req, int status,
                      json_t *j); /* takes J; application/json */
void http_reply_empty (struct http_req *req, int status);
void http_redirect (struct http_req *req, int status, const char *location);
void http_fail (struct http_req *req, const struct err *err); /* config.fail */

/* A body that comes in pieces.  LENGTH -1: chunked.  http_stream_write takes a reference of B; it
 * returns false when more than HTTP_STREAM_HIGH bytes wait: stop until DRAINED is called.  ABORTED (may
 * be NULL) is called if the client goes away: after it only http_stream_end may be called.  Exactly one
 * http_stream_end. */
#define HTTP_STREAM_HIGH (256 * 1024)
void http_stream_begin (struct http_req *req, int status, const char *ctype, int64_t length,
                        void (*drained) (void *arg), void (*aborted) (void *arg),
                        void *arg);
bool http_stream_write (struct http_req *req, struct blk *b);
/* Not COMPLETE: the connection ends before the body does. */
void http_stream_end (struct http_req *req, bool complete);
/* For bytes that need not pass through here (sendfile, in the pool): a duplicate of the connection's
 * socket, which does not block and is the caller's to close, or -1 where that cannot be: TLS, no LENGTH, no
 * client.  It may be written to between a DRAINED that http_stream_wait asked for and the next call of this
 * family; http_stream_passed then says how many bytes of LENGTH that were. */
int http_stream_socket (struct http_req *req);
/* DRAINED is to be called when all that was written here is out and the socket takes more. */
void http_stream_wait (struct http_req *req);
void http_stream_passed (struct http_req *req, uint64_t n);

/* ---- websockets --------------------------------------------------------------------------------------- */
/* Answers 101 and releases REQ.  May be called long after the request came (contract 6.2).  SUBPROTOCOL
 * NULL: none echoed.  NULL is returned if the client has gone meanwhile (nothing else to do), or if the
 * handshake is malformed (answered 400). */
struct wsconn *http_upgrade (struct http_req *req, const char *subprotocol,
                             const struct wsconn_ops *ops, void *arg);
/* True if the client offered PROTOCOL in Sec-WebSocket-Protocol. */
bool http_offers_subprotocol (const struct http_req *req, const char *protocol);

/* ---- tunnels ------------------------------------------------------------------------------------------ */
/* Answers 101 with the headers that were added, releases REQ, and hands the connection over as it is
 * (http/tunnel.h).  NULL: the client has gone, nothing else to do. */
struct tunnel *http_tunnel (struct http_req *req, const struct tunnel_ops *ops, void *arg);

#endif
