/* parse.c - bytes to requests, by http_parser
 *
 * Pure: no socket, no loop; the fuzz target drives it.  http_parser refuses what smuggling
 * is made of (two lengths, a bad length, a transfer coding that does not end in chunked);
 * the rest of the rules are in req_finish_head.  Names and values go into one buffer with a
 * ceiling, bodies into another.
 */
#include "http/http_private.h"

/* http_parser has methods with the names of ours */
#define http_method parser_method
#define HTTP_GET PARSER_GET
#define HTTP_HEAD PARSER_HEAD
#define HTTP_POST PARSER_POST
#define HTTP_PUT PARSER_PUT
#define HTTP_PATCH PARSER_PATCH
#define HTTP_DELETE PARSER_DELETE
#define HTTP_OPTIONS PARSER_OPTIONS
#include <http_parser.h>

#include <string.h>

/* Stop after the current callback and report EVENT. */
static int stop (http_parser *hp, enum parse_event event)
{
    struct parse *p = hp->data;

    p->event = event;
    http_parser_pause (hp, 1);
    return 0;
}

static int bad (struct parse *p, int status)
{
    p->event = PARSE_BAD;
    p->status = status;
    return -1;
}

/* Every byte of the head counts, wherever it goes. */
static int add_text (struct parse *p, const char *at, size_t n)
{
    p->head_bytes += n;
    if (p->head_bytes > p->max_header)
        return bad (p, 431);
    if (p->req && !p->head_done && buf_add (&p->req->text, at, n) < 0)
        return bad (p, 431);
    return 0;
}

static int on_url (http_parser *hp, const char *at, size_t n)
{
    return add_text (hp->data, at, n);
}

static int on_header_field (http_parser *hp, const char *at, size_t n)
{
    struct parse *p = hp->data;
    struct http_req *req = p->req;

    if (req && !p->head_done && (p->in_value || req->header_count == 0)) {
        if (req->header_count == HTTP_MAX_HEADERS)
            return bad (p, 431);
        (void)buf_addc (&req->text, '\0'); /* ends the target or the value before */
        req->headers[req->header_count++].name = (uint32_t)req->text.len;
        p->in_value = false;
    }
    return add_text (p, at, n);
}

static int on_header_value (http_parser *hp, const char *at, size_t n)
{
    struct parse *p = hp->data;
    struct http_req *req = p->req;

    if (req && !p->head_done && !p->in_value) {
        (void)buf_addc (&req->text, '\0');
        req->headers[req->header_count - 1].value = (uint32_t)req->text.len;
        p->in_value = true;
    }
    return add_text (p, at, n);
}

static int on_headers_complete (http_parser *hp)
{
    struct parse *p = hp->data;

    p->head_done = true;
    p->method = http_method_str (hp->method);
    p->major = hp->http_major;
    p->minor = hp->http_minor;
    p->keep_alive = http_should_keep_alive (hp);
    p->length = hp->content_length == UINT64_MAX ? 0 : (size_t)hp->content_length;
    if (hp->flags & F_CHUNKED)
        p->length = SIZE_MAX;
    if (p->req && buf_addc (&p->req->text, '\0') < 0)
        return bad (p, 431);
    return stop (hp, PARSE_HEAD);
}

static int on_body (http_parser *hp, const char *at, size_t n)
{
    struct parse *p = hp->data;

    p->body_bytes += n;
    if (p->body_bytes > p->max_body)
        return bad (p, 413);
    if (p->req && p->req->pieces.on) {
        const struct pieces *to = &p->req->pieces;
        if (to->ops)
            to->ops->piece (to->arg, at, n);
        return 0;
    }
    if (p->req && buf_add (&p->req->body, at, n) < 0)
        return bad (p, 413);
    return 0;
}

static int on_message_complete (http_parser *hp)
{
    return stop (hp, PARSE_DONE);
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* Ours is the limit that counts (431 with an answer); the parser's, which is the process's,
 * must only not be below it. */
void parse_limits (const struct http_config *config)
{
    http_parser_set_max_header_size ((uint32_t)config->max_header + 16384);
}

void parse_init (struct parse *p, size_t max_header)
{
    memset (p, 0, sizeof (*p));
    p->hp = xnew (struct http_parser);
    p->max_header = max_header;
}

void parse_done (struct parse *p)
{
    free (p->hp);
    p->hp = NULL;
}

void parse_begin (struct parse *p, struct http_req *req)
{
    http_parser_init (p->hp, HTTP_REQUEST);
    p->hp->data = p;
    p->req = req;
    p->begun = true;
    p->first = '\0';
    p->head_done = p->in_value = false;
    p->head_bytes = p->body_bytes = 0;
    p->max_body = HTTP_MAX_DROPPED;
}

/* A word of capitals with a blank behind it is a method that nobody has here; anything else
 * is no HTTP.  REST is where the parser stopped in it. */
static bool is_method (const struct parse *p, const char *rest, size_t n)
{
    size_t i = 0;
    while (i < n && rest[i] >= 'A' && rest[i] <= 'Z')
        i++;
    return p->first >= 'A' && p->first <= 'Z' && (i == n || rest[i] == ' ');
}

static int status_of (const struct parse *p, const char *rest, size_t n)
{
    switch (HTTP_PARSER_ERRNO (p->hp)) {
    case HPE_HEADER_OVERFLOW: return 431;
    case HPE_INVALID_METHOD: return is_method (p, rest, n) ? 405 : 400;
    default: return 400;
    }
}

enum parse_event parse_feed (struct parse *p, const char *data, size_t n, size_t *ret_used)
{
    p->event = PARSE_MORE;
    if (!p->first && n > 0)
        p->first = data[0];
    *ret_used = http_parser_execute (p->hp, &settings, data, n);
    if (p->event == PARSE_BAD)
        return PARSE_BAD;
    if (HTTP_PARSER_ERRNO (p->hp) == HPE_PAUSED)
        http_parser_pause (p->hp, 0);
    if (HTTP_PARSER_ERRNO (p->hp) != HPE_OK || (p->event == PARSE_MORE && *ret_used < n)) {
        (void)bad (p, status_of (p, data + *ret_used, n - *ret_used));
        return PARSE_BAD;
    }
    if (p->event == PARSE_DONE)
        p->begun = false;
    return p->event;
}

void parse_upgrade (struct parse *p, bool yes)
{
    p->hp->upgrade = yes;
}
