/* http_private.h - what the files of http/ share; nobody outside includes it
 *
 *     listener.c  accepts, makes a conn ------------------------------.
 *     conn.c      one TCP connection: input in order, output, deadlines
 *     conn_write.c    its queue to its socket
 *     parse.c     bytes -> head / body / end of a request    (pure)
 *     dispatch.c  head -> route, gate, body limit; end -> handler
 *     request.c   what a handler may ask
 *     response.c, stream.c, upgrade.c   the one answer
 *     wsconn.c    after the upgrade
 *     tunnel.c    after the upgrade of a relayed websocket (proxy.h)
 *
 * Who owns what: http owns listeners and conns.  A conn owns its request until it is
 * dispatched; from then on the request belongs to whoever must answer it, and the conn and
 * the request only know each other: if the connection goes first, req->conn becomes NULL
 * and the answer goes nowhere.
 */
#ifndef HTTP_HTTP_PRIVATE_H
#define HTTP_HTTP_PRIVATE_H

#include "base/clock.h"
#include "base/list.h"
#include "http/http.h"
#include "http/outq.h"
#include "http/pairs.h"
#include "http/tunnel.h"

#define HTTP_MAX_HEADERS 128
#define HTTP_MAX_HEADER (64 * 1024)
#define HTTP_MAX_BODY ((size_t)512 << 20)
#define HTTP_MAX_DROPPED (64 * 1024) /* of a body that nobody wants */
#define HTTP_MAX_WS_MESSAGE (10 << 20)
#define HTTP_MAX_ANSWER_HEAD (64 * 1024)
#define HTTP_MAX_JSON ((size_t)1 << 30)
#define HTTP_SMALL_BODY 8192 /* copied behind the head: one block, one write */
#define HTTP_IN_HIGH (16 * 1024)
#define HTTP_IN_MAX (128 * 1024) /* HIGH plus what the library reads at once, with room */
#define HTTP_STREAM_LOW (64 * 1024)
#define HTTP_HEADER_US (30 * CLOCK_S)
#define HTTP_IDLE_US (75 * CLOCK_S)
#define HTTP_BODY_US (30 * CLOCK_S)   /* without a byte of the body */
#define HTTP_STALL_US (120 * CLOCK_S) /* without progress of the answer */
#define HTTP_LINGER_US (2 * CLOCK_S)
#define HTTP_WS_CLOSE_US (5 * CLOCK_S)

struct conn;
struct listener;
struct lws;
struct lws_vhost;
struct http_parser;

struct http {
    struct loop *loop;
    struct http_config config;
    char *base_url;
    struct lws_vhost *vhost;       /* clear text */
    struct lws_vhost **tls_vhosts; /* one for each TLS listener */
    size_t tls_count;
    struct list listeners;
    struct list conns;
    size_t conn_count;
    struct list flushes; /* conns */
    struct loop_timer *flush;
    struct conn *adopting; /* while the library takes a socket */
    struct route_table *tables;
    size_t table_count;
    struct loop_timer *sweep;
    int64_t sweep_us; /* when it is due; 0: not set */
    int64_t date_s;
    char date[CLOCK_TEXT];
    struct buf head; /* scratch for response heads */
    size_t req_count;
    bool freed; /* by its owner; the memory goes with the last request */
};

void http_release (struct http *h); /* a request is gone */

/* ---- parse.c ---- */

enum parse_event { PARSE_MORE, PARSE_HEAD, PARSE_DONE, PARSE_BAD };

struct parse {
    struct http_parser *hp;
    struct http_req *req; /* NULL: the body is dropped */
    enum parse_event event;
    int status; /* of PARSE_BAD */
    char first; /* byte of the request */
    bool begun, head_done, in_value;
    size_t head_bytes, max_header;
    size_t body_bytes, max_body;
    /* after PARSE_HEAD */
    const char *method;
    unsigned major, minor;
    bool keep_alive;
    size_t length; /* of the announced body; SIZE_MAX: chunked */
};

void parse_limits (const struct http_config *config);
void parse_init (struct parse *p, size_t max_header);
void parse_done (struct parse *p);
void parse_begin (struct parse *p, struct http_req *req);
/* Stops at the end of the head and at the end of the request. */
enum parse_event parse_feed (struct parse *p, const char *data, size_t n, size_t *ret_used);
/* After PARSE_HEAD: does another protocol follow the head? */
void parse_upgrade (struct parse *p, bool yes);

/* ---- requests ---- */

struct req_header {
    uint32_t name, value; /* offsets in req->text */
};

struct req_param {
    const char *name; /* in the pattern */
    size_t name_len;
    char *value;
    size_t len;
};

struct stream {
    bool on, chunked, pressure;
    bool waits;    /* for an empty queue and a socket that takes more */
    uint64_t left; /* of a declared length */
    void (*drained) (void *arg);
    void (*aborted) (void *arg);
    void *arg;
    struct loop_timer *abort_soon;
};

struct pieces {
    bool on, paused;
    const struct http_body_ops *ops; /* NULL: dropped */
    void *arg;
};

struct http_req {
    struct http *http;
    struct conn *conn; /* NULL: gone */
    const struct route *route;
    enum http_method method;
    const char *method_name;
    unsigned minor;
    struct buf text; /* target, then names and values, each with a NUL */
    struct req_header headers[HTTP_MAX_HEADERS];
    size_t header_count;
    char *path, *query; /* in text */
    const char *subpath;
    struct req_param params[ROUTE_CAPTURES];
    size_t param_count;
    struct buf body;
    struct pairs args, cookies;
    bool args_parsed, cookies_parsed;
    bool upgrade, tls, local;
    bool taken;      /* gate or handler has it: an answer will come */
    bool answered;   /* its head is out */
    bool keep_alive; /* after the answer */
    bool unread;     /* the body had not come when it was answered */
    char peer[64];
    int64_t begun_us;
    void *user;
    void (*user_free) (void *);
    struct buf answer; /* header lines of the answer */
    const char *reason;
    char reason_text[64];
    int status;
    struct stream stream;
    struct pieces pieces;
    size_t body_length; /* announced; SIZE_MAX: chunked */
};

struct http_req *req_new (struct http *h, struct conn *c);
void req_free (struct http_req *req);
/* Checks and splits what parse.c collected: 0, or the status of a refusal. */
int req_finish_head (struct http_req *req, const struct parse *p);
/* The body is whole: its form fields become arguments. */
void req_add_form (struct http_req *req);
bool header_has_token (const char *value, const char *token);

/* ---- dispatch.c ---- */

void dispatch_head (struct conn *c);
void dispatch_request (struct conn *c);
enum route_outcome dispatch_match (struct http *h, struct http_req *req);

/* ---- responses ---- */

/* The head of the answer as bytes in http->head; LENGTH -1: none is told. */
void response_head (struct http_req *req, int status, const char *ctype, int64_t length,
                    bool chunked);
/* The answer is queued whole: tell, release the request, go on with the connection. */
void response_done (struct http_req *req);
/* An answer without a request that could carry one. */
void response_refuse (struct conn *c, int status);
void stream_drained (struct http_req *req);
void stream_gone (struct http_req *req);

/* ---- connections ---- */

enum conn_state {
    CONN_READING, /* a request, or the rest of a body that nobody wants */
    CONN_BUSY,    /* its answer is being made */
    CONN_WEBSOCKET,
    CONN_TUNNEL,
    CONN_LINGER, /* all said: waits until the client has read it */
    CONN_DEAD,
};

struct conn {
    struct http *http;
    struct lws *wsi;
    struct list link;
    struct list flush; /* in http->flushes: written at the end of the turn */
    int fd;            /* the library's */
    bool tls, local;
    char peer[64];
    enum conn_state state;
    struct parse parse;
    struct http_req *req;
    struct buf in; /* what may not be parsed yet */
    bool rx_off, tx_asked, eating, in_callback;
    bool stalled; /* the deadline is for the output */
    bool shut;    /* our side is closed */
    struct outq out;
    int64_t deadline_us; /* 0: none */
    struct wsconn *ws;
    struct tunnel *tunnel;
};

struct conn *conn_new (struct http *h, bool tls, bool local, const char *peer);
void conn_free (struct conn *c);
void conn_write_soon (struct conn *c);
/* The same for output alone, not for input that waits: what is queued until the end of this turn of the loop
 * goes out together then. */
void conn_flush_soon (struct conn *c);
void conn_kill (struct conn *c);
/* Bytes that the socket took and the peer has not confirmed. */
size_t conn_unacknowledged (const struct conn *c);
void conn_deadline (struct conn *c, int64_t after_us);
/* No more input; close when all is written. */
void conn_finish (struct conn *c);
/* The request is answered (or upgraded): back to STATE, with what has come meanwhile. */
void conn_continue (struct conn *c, enum conn_state state);
void conn_expired (struct conn *c); /* its deadline has passed */
/* Somebody else writes to the socket: wait until it takes more, with the patience of any
 * answer; the answer has moved on. */
void conn_wait (struct conn *c);
void conn_moved (struct conn *c);

/* ---- conn_write.c ---- */

/* Returns what went out; less than all: the socket is full, or the connection is dead. */
size_t conn_write (struct conn *c);

/* ---- wsconn.c ---- */

struct wsconn *ws_new (struct conn *c, const struct wsconn_ops *ops, void *arg);
size_t ws_eat (struct wsconn *ws, const uint8_t *data, size_t n);
bool ws_paused (const struct wsconn *ws);
void ws_wrote (struct wsconn *ws); /* the queue moved */
void ws_gone (struct wsconn *ws);  /* tells closed, frees */

/* ---- tunnel.c ---- */

size_t tunnel_eat (struct tunnel *t, const void *data, size_t n);
bool tunnel_paused (const struct tunnel *t);
void tunnel_wrote (struct tunnel *t);
void tunnel_gone (struct tunnel *t); /* tells, frees */

/* ---- listener.c ---- */

/* Close all of them. */
void listeners_stop (struct http *h);

/* ---- http.c ---- */

/* Make sure that the sweep looks at a deadline at DUE_US. */
void http_sweep_at (struct http *h, int64_t due_us);

#endif
