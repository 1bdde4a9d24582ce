/* proxy_head.c - the heads that a relay passes on */

#include "http/proxy_head.h"

#include "http/http_private.h"
#include "http/set_cookie.h"

#include <string.h>
#include <strings.h>

static const char *const hop_by_hop[] = {
    "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Transfer-Encoding",
    "Trailer",    "Upgrade",    "Content-Length",   NULL
};
/* We say these ourselves, or they are about the connection to us. */
static const char *const ours[] = {
    "Expect",   "Forwarded",           "X-Real-IP",
    "X-Scheme", "Proxy-Authorization", "Sec-WebSocket-Extensions",
    NULL
};
/* The server's that are ours to say, or that bind more than its own path. */
static const char *const not_back[] = { "Date", "Proxy-Authenticate",
                                        "Sec-WebSocket-Extensions", NULL };

static bool in_list (const char *const *list, const char *name)
{
    for (; list && *list; list++)
        if (!strcasecmp (*list, name))
            return true;
    return false;
}

static bool begins_with (const char *const *list, const char *s)
{
    for (; list && *list; list++)
        if (!strncmp (*list, s, strlen (*list)))
            return true;
    return false;
}

/* ---- to the server ---------------------------------------------------------------------------- */

static bool is_forwarded (const char *name)
{
    static const char begins[] = "X-Forwarded-";
    return !strncasecmp (name, begins, sizeof (begins) - 1);
}

static bool named_by_connection (const struct http_req *req, const char *name)
{
    for (size_t i = 0; i < req->header_count; i++)
        if (!strcasecmp (req->text.data + req->headers[i].name, "Connection") &&
            header_has_token (req->text.data + req->headers[i].value, name))
            return true;
    return false;
}

static bool drops (const struct proxy_config *config, const char *cookie, size_t n)
{
    return begins_with (config->drop_cookies, cookie) ||
           (config->drop_cookie && config->drop_cookie (config->arg, cookie, n));
}

static void add_cookies (struct buf *b, const struct proxy_config *config,
                         const char *value)
{
    const char *sep = "Cookie: ";

    while (*value) {
        value += strspn (value, "; \t");
        size_t n = strcspn (value, ";");
        if (n > 0 && !drops (config, value, n)) {
            (void)buf_adds (b, sep);
            (void)buf_add (b, value, n);
            sep = "; ";
        }
        value += n;
    }
    if (*sep == ';')
        (void)buf_adds (b, "\r\n");
}

static void add_line (struct buf *b, const char *name, const char *value)
{
    (void)buf_adds (b, name);
    (void)buf_add (b, ": ", 2);
    (void)buf_adds (b, value);
    (void)buf_add (b, "\r\n", 2);
}

bool proxy_head_upgrades (const struct http_req *req)
{
    return req->upgrade && req->method == HTTP_GET && req->body_length == 0;
}

bool proxy_head_again (const struct http_req *req)
{
    return req->method & (HTTP_GET | HTTP_HEAD) && req->body_length == 0 &&
           !proxy_head_upgrades (req);
}

static void add_framing (struct buf *b, const struct http_req *req)
{
    if (proxy_head_upgrades (req))
        (void)buf_adds (b, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
    else if (!proxy_head_again (req))
        (void)buf_adds (b, "Connection: close\r\n");
    if (req->body_length == SIZE_MAX)
        (void)buf_adds (b, "Transfer-Encoding: chunked\r\n");
    else if (req->body_length > 0 || http_req_header (req, "Content-Length"))
        (void)buf_addf (b, "Content-Length: %zu\r\n", req->body_length);
}

void proxy_head_request (const struct proxy_config *config, const struct http_req *req,
                         const struct proxy_from *from, struct buf *b)
{
    const char *host = http_req_header (req, "Host");

    (void)buf_addf (b, "%s %s%s%s HTTP/1.1\r\n", req->method_name, req->path,
                    req->query[0] ? "?" : "", req->query);
    for (size_t i = 0; i < req->header_count; i++) {
        const char *name = req->text.data + req->headers[i].name;
        const char *value = req->text.data + req->headers[i].value;
        if (in_list (hop_by_hop, name) || in_list (ours, name) || is_forwarded (name) ||
            in_list (config->drop_headers, name) || named_by_connection (req, name))
            continue;
        if (!strcasecmp (name, "Cookie"))
            add_cookies (b, config, value);
        else
            add_line (b, name, value);
    }
    if (!host)
        add_line (b, "Host", "localhost"); /* HTTP/1.0 */
    add_line (b, "X-Forwarded-For", from->client);
    add_line (b, "X-Forwarded-Proto", from->scheme);
    if (host)
        add_line (b, "X-Forwarded-Host", host);
    add_framing (b, req);
    (void)buf_add (b, "\r\n", 2);
}

/* ---- to the client ---------------------------------------------------------------------------- */

static bool named_back (const struct answer *a, const char *name)
{
    for (size_t i = 0; i < a->header_count; i++)
        if (!strcasecmp (answer_name (a, i), "Connection") &&
            header_has_token (answer_value (a, i), name))
            return true;
    return false;
}

static bool goes_back (const struct proxy_config *config, const struct answer *a, size_t i)
{
    const char *name = answer_name (a, i);

    if (in_list (hop_by_hop, name) || in_list (not_back, name) ||
        in_list (config->drop_answer, name) || named_back (a, name))
        return false;
    return strcasecmp (name, "Set-Cookie") ||
           !begins_with (config->drop_cookies,
                         answer_value (a, i) + strspn (answer_value (a, i), " \t"));
}

static void add_answer_line (const struct proxy_config *config, struct http_req *req,
                             const char *name, const char *value)
{
    if (!config->cookie_path || strcasecmp (name, "Set-Cookie")) {
        http_header_add (req, name, value);
        return;
    }
    autofree char *confined = set_cookie_confine (value, config->cookie_path);
    http_header_add (req, name, confined);
}

void proxy_head_answer (const struct proxy_config *config, struct http_req *req,
                        const struct answer *a)
{
    for (size_t i = 0; i < a->header_count; i++)
        if (goes_back (config, a, i))
            add_answer_line (config, req, answer_name (a, i), answer_value (a, i));
    if (a->status == 101) {
        http_header_add (req, "Upgrade", "websocket");
        http_header_add (req, "Connection", "Upgrade");
    }
}
