/* route.h - route tables and matching (jupyter-contract 1.1)
 *
 * Patterns are matched against the raw, still percent-encoded path below B, both ends anchored; what was
 * captured is percent-decoded exactly once afterwards.
 *
 *     {name}      one non-empty segment
 *     {name:id}   five \w+ groups joined by '-'      (kernel and session ids)
 *     {name:word} \w+
 *     {name:spec} [\w.\-%]+
 *     {name:ck}   [\w-]+
 *     {name*}     "", "/" or one or more "/segment" - no trailing slash, no empty segment; the
 *                 capture has no leading slash.  Written directly after the prefix: "/api/contents{path*}"
 *     {name**}    anything at all, also nothing
 *
 * Rows deny by default: a flag left out is the safe choice.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/strv.h"
#include <stdbool.h>
#include <stddef.h>

struct http_req;

enum http_method {
    HTTP_GET = 1 << 0,
    HTTP_HEAD = 1 << 1,
    HTTP_POST = 1 << 2,
    HTTP_PUT = 1 << 3,
    HTTP_PATCH = 1 << 4,
    HTTP_DELETE = 1 << 5,
    HTTP_OPTIONS = 1 << 6,
    HTTP_OTHER = 1 << 7, /* parsed, never in a table: 405 */
};

enum route_flags {
    ROUTE_PUBLIC = 1 << 0,    /* no identity needed; absent: must be logged in */
    ROUTE_NO_XSRF = 1 << 1,   /* unsafe method allowed without the XSRF token */
    ROUTE_WEBSOCKET = 1 << 2, /* only as an upgrade */
    ROUTE_PAGE =
        1 << 3, /* page handler: HTML errors, login redirect; absent: API handler */
    ROUTE_XSRF_GET =
        1 << 4, /* XSRF token or Referer also for GET and HEAD (/files, /nbconvert) */
    ROUTE_UNTRACKED = 1 << 5, /* does not count as API activity */
    ROUTE_STATIC = 1 << 6,    /* static file: nobody is identified, no cookies, no CORS */
    ROUTE_HOST_ROOT = 1 << 7, /* at the host's root, not below B */
    ROUTE_NO_ORIGIN = 1 << 8, /* API row without the Origin check (CSP report) */
    ROUTE_ADMIN = 1 << 9,     /* hub: only an admin */
    /* hub: a row of the labs origin, which checks by itself; absent: hub origin */
    ROUTE_LABS = 1 << 10,
    ROUTE_STREAM = 1 << 11, /* the handler gets the head, and the body in pieces */
};

struct route {
    unsigned methods; /* enum http_method, or-ed */
    const char *path;
    const char
        *resource; /* authorisation resource of contract 2.10; NULL: authentication only */
    unsigned flags;
    size_t
        max_body; /* 0: no body accepted (one that comes is read and dropped, up to 64 KiB) */
    void (*handler) (struct http_req *req);
};

/* How a noun exports its rows: const struct route_table kernels_routes = { rows, ARRAY_SIZE (rows) }; */
struct route_table {
    const struct route *rows;
    size_t n;
};

enum route_outcome { ROUTE_FOUND, ROUTE_NOT_FOUND, ROUTE_WRONG_METHOD };

struct route_capture {
    const char *name; /* points into the pattern, not NUL-terminated */
    size_t name_len;
    const char *value; /* raw, points into the path */
    size_t len;
};
#define ROUTE_CAPTURES 4

/* Does PATTERN match PATH (N bytes)?  Pure; the fuzz target drives it. */
bool route_pattern_match (const char *pattern, const char *path, size_t n,
                          struct route_capture caps[ROUTE_CAPTURES], size_t *ret_n);

#endif
