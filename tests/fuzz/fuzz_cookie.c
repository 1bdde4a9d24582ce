/* fuzz_cookie.c - texts of login and _xsrf cookies */

#include "base/cleanup.h"
#include "base/crypto.h"
#include "server/cookie.h"
#include "server/xsrf_token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The text is signed anew, so that what is behind the signature is reached too. */
static void verify_signed (struct hmac *key, const char *text)
{
    autodone (buf_done) struct buf b;
    autodone (buf_done) struct buf payload;
    char hex[CRYPTO_HEX];
    size_t n = strlen (text);
    buf_init (&b, COOKIE_MAX);
    buf_init (&payload, COOKIE_MAX);
    hmac_hex (key, &(struct slice){ text, n }, 1, hex);
    (void)buf_add (&b, text, n);
    (void)buf_adds (&b, hex);
    (void)cookie_verify (&payload, key, "username-localhost-8888", b.data, 1712345678,
                         86400, NULL);
    (void)cookie_verify (&payload, key, "username-localhost-8888", text, 1712345678, 86400,
                         NULL);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autofree char *text = xstrndup ((const char *)data, size);
    struct hmac *key = hmac_new ("sha256", "k", 1, NULL);
    uint8_t token[XSRF_TOKEN];
    size_t n = 0;
    verify_signed (key, text);
    if (xsrf_decode (text, token, &n)) {
        autofree char *again = xsrf_encode (token, n);
        if (!xsrf_equal (text, again))
            abort ();
    }
    autofree char *name = cookie_login_name (text);
    hmac_free (key);
    return 0;
}
