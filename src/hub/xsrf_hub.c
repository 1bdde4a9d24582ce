/* xsrf_hub.c - the token that a page of ours must send back when it changes something */

#include "hub/xsrf_hub.h"

#include "base/ident.h"
#include "hub/hub.h"

#include <string.h>

#define NONCE_BYTES 16
#define MAC_BYTES 32
#define TOKEN_MAX 200

/* "<nonce>.<hmac>"; malloc'ed.  NONCE: N characters. */
static char *token (struct hub *h, const char *nonce, size_t n, const char *login)
{
    char hex[CRYPTO_HEX];
    const char *who = login ? login : "";
    const struct slice parts[] = { { "xsrf", 4 },
                                   { nonce, n },
                                   { ".", 1 },
                                   { who, strlen (who) } };
    hmac_hex (h->secret, parts, ARRAY_SIZE (parts), hex);
    return xasprintf ("%.*s.%s", (int)n, nonce, hex);
}

static bool is_right (struct hub *h, const char *text, const char *login)
{
    size_t n = strcspn (text, ".");
    if (n != 2 * NONCE_BYTES || strlen (text) > TOKEN_MAX)
        return false;
    autofree char *right = token (h, text, n, login);
    return ident_equal (right, text);
}

bool xsrf_hub_is_cookie (const char *cookie, size_t n)
{
    static const char begin[] = "_xsrf=";
    size_t k = sizeof (begin) - 1;
    if (n < k || memcmp (cookie, begin, k) != 0)
        return false;
    while (n > k && (cookie[n - 1] == ' ' || cookie[n - 1] == '\t'))
        n--;
    return n == k + 2 * NONCE_BYTES + 1 + 2 * MAC_BYTES &&
           cookie[k + 2 * NONCE_BYTES] == '.';
}

void xsrf_hub_issue (struct http_req *req, const char *login)
{
    struct hub *h = http_req_server (req);
    const char *old = http_req_cookie (req, "_xsrf");
    if (old && is_right (h, old, login))
        return;
    autofree char *nonce = ident_hex (NONCE_BYTES);
    autofree char *value = token (h, nonce, 2 * NONCE_BYTES, login);
    autofree char *cookie = xasprintf ("_xsrf=%s; Path=/; SameSite=Strict%s", value,
                                       h->site.secure ? "; Secure" : "");
    http_header_add (req, "Set-Cookie", cookie);
}

const char *xsrf_hub_problem (struct http_req *req, const char *login)
{
    const char *cookie = http_req_cookie (req, "_xsrf");
    const char *sent = http_req_header (req, "X-XSRFToken");
    if (!sent || !*sent)
        return "the header X-XSRFToken is missing; load the page again";
    if (!cookie || !ident_equal (cookie, sent) ||
        !is_right (http_req_server (req), sent, login))
        return "the header X-XSRFToken is not what this login was given; load the page "
               "again";
    return NULL;
}
