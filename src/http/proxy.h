/* proxy.h - relays requests and websockets to an HTTP server behind a unix socket
 *
 * One connection to the server for each websocket and each request, except that those which change nothing
 * share some; bytes are passed on as they come, in both directions, and whoever is too slow slows down the other
 * end: of each direction at most 512 KiB wait here.  Neither end is trusted: framing is taken apart and made anew,
 * headers of one hop stay on it, and what the client says about its own address is replaced.
 *
 *     struct proxy *p = proxy_new (loop, "/run/x/lab.sock", &config);
 *     static const struct route rows[] = { { ALL, "/x{path**}", NULL, ROUTE_STREAM, MAX, handler } };
 *     handler:  proxy_relay (p, req, &from);               REQ is answered by it
 *     proxy_free (p);                                      ends what is open, websockets with 1012
 *
 * If the server is not there, or goes before its answer begins, config.failed answers (a waiting page); if it
 * goes later, the client's connection is cut, a websocket is closed with 1012 (service restart).
 *
 * Loop thread only; the server may be anybody's.
 */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "http/http.h"

#define PROXY_OPEN                                                                         \
    1024 /* requests and websockets at once for one server: above, failed (BUSY) */
#define PROXY_HIGH (256 * 1024)
#define PROXY_LOW (64 * 1024)

struct proxy;

/* Lists end with NULL, may be NULL, and must stay. */
struct proxy_config {
    const char *const *drop_headers; /* of requests, besides those of one hop */
    const char *const *drop_cookies; /* beginnings of names, in both directions */
    /* Another cookie ("name=value", N bytes) that the server must not see; NULL: none. */
    bool (*drop_cookie) (void *arg, const char *cookie, size_t n);
    const char *const *drop_answer; /* headers of answers */
    const char
        *cookie_path; /* the server's cookies are confined to it; NULL: as they are */
    /* Nothing was answered yet: answer REQ, now or later.  NULL: http_fail.  UNAVAILABLE: the server is not
     * there, or went away; INTERNAL: what it said is no answer; BUSY. */
    void (*failed) (void *arg, struct http_req *req, const struct err *err);
    void *arg;
};

struct proxy_from {
    const char *client; /* X-Forwarded-For */
    const char *scheme; /* X-Forwarded-Proto */
};

struct proxy *proxy_new (struct loop *l, const char *path,
                         const struct proxy_config *config);
void proxy_free (struct proxy *p);
/* REQ's row must be ROUTE_STREAM.  Headers added to its answer before are kept beside the server's. */
void proxy_relay (struct proxy *p, struct http_req *req, const struct proxy_from *from);
size_t proxy_open (const struct proxy *p);       /* requests and websockets */
size_t proxy_websockets (const struct proxy *p); /* browsers that are attached */

#endif
