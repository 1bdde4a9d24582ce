/* xsrf.c - the _xsrf cookie and its check */

#include "server/xsrf.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ident.h"
#include "http/http.h"
#include "server/identity.h"
#include "server/server.h"
#include "server/xsrf_token.h"

#define TOKEN_BYTES 16
#define LIFE_S (30 * 86400LL)

static void set_cookie (struct http_req *req, const char *value)
{
    const struct server *s = http_req_server (req);
    char date[CLOCK_TEXT];
    autofree char *expires =
        http_req_user (req)
            ? xasprintf ("; expires=%s",
                         clock_http (clock_wall_us () + LIFE_S * CLOCK_S, date))
            : xstrdup ("");
    const char *secure = identity_is_secure (s->identity, req) ? "; Secure" : "";
    autofree char *cookie =
        xasprintf ("_xsrf=%s%s; Path=%s%s", value, expires, s->base_url, secure);
    http_header_add (req, "Set-Cookie", cookie);
}

char *xsrf_issue (struct http_req *req)
{
    uint8_t token[XSRF_TOKEN];
    size_t n;
    const char *cookie = http_req_cookie (req, "_xsrf");
    if (cookie && xsrf_decode (cookie, token, &n))
        return xsrf_encode (token, n);
    ident_random (token, TOKEN_BYTES);
    char *value = xsrf_encode (token, TOKEN_BYTES);
    set_cookie (req, value);
    return value;
}

const char *xsrf_problem (struct http_req *req)
{
    uint8_t token[XSRF_TOKEN];
    size_t n;
    const char *sent = http_req_arg (req, "_xsrf");
    if (!sent || !*sent)
        sent = http_req_header (req, "X-XSRFToken");
    if (!sent || !*sent)
        sent = http_req_header (req, "X-Csrftoken");
    if (!sent || !*sent)
        return "'_xsrf' argument missing from POST";
    if (!xsrf_decode (sent, token, &n))
        return "'_xsrf' argument has invalid format";
    const char *cookie = http_req_cookie (req, "_xsrf");
    if (!cookie || !xsrf_equal (cookie, sent))
        return "XSRF cookie does not match POST argument";
    return NULL;
}
