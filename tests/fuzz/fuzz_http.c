/* fuzz_http.c - bytes of a connection through the request parser and everything a handler
 * may ask
 *
 * The first byte cuts the rest into pieces, so that every state of the parser meets the end
 * of one.
 */
#include "http/http_private.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static volatile size_t sink; /* what was read is used */

static void use (const char *s)
{
    sink += s ? strlen (s) : 0;
}

static void ask (struct http_req *req)
{
    static const char *const names[] = { "Host", "Cookie", "Range", "Upgrade", "" };
    json_t *j = NULL;
    size_t n;

    req_add_form (req);
    use (http_req_target (req));
    use (http_req_path (req));
    use (http_req_query_string (req));
    for (size_t i = 0; i < ARRAY_SIZE (names); i++)
        use (http_req_header (req, names[i]));
    use (http_req_cookie (req, "a"));
    use (http_req_arg (req, "x"));
    sink += http_req_args_valid (req) + http_offers_subprotocol (req, "v1");
    use (http_req_body (req, &n));
    if (http_req_json (req, &j, NULL) == 0)
        json_decref (j);
}

static void feed (struct http *h, struct parse *p, const char *s, size_t n, size_t step)
{
    struct http_req *req = NULL;

    for (size_t at = 0; at < n;) {
        size_t used, piece = n - at < step ? n - at : step;
        if (!p->begun) {
            req_free (req);
            req = req_new (h, NULL);
            parse_begin (p, req);
        }
        enum parse_event event = parse_feed (p, s + at, piece, &used);
        at += used;
        if (event == PARSE_BAD)
            break;
        if (event == PARSE_HEAD) {
            if (req_finish_head (req, p))
                break;
            parse_upgrade (p, req->upgrade && p->length == 0);
        }
        if (event == PARSE_DONE)
            ask (req);
    }
    req_free (req);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct http h = { .config = { .max_header = 4096, .max_body = 4096 }, .req_count = 1 };
    struct parse p;

    if (size < 1)
        return 0;
    parse_limits (&h.config);
    parse_init (&p, h.config.max_header);
    feed (&h, &p, (const char *)data + 1, size - 1, data[0] ? data[0] : SIZE_MAX);
    parse_done (&p);
    return 0;
}
