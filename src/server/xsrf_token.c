/* xsrf_token.c - the text of the _xsrf cookie */

#include "server/xsrf_token.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ident.h"

#include <ctype.h>
#include <string.h>

#define MASK_BYTES 4

/* N hex digits as N / 2 bytes; false if one is none. */
static bool from_hex (const char *hex, size_t n, uint8_t *ret)
{
    if (n == 0 || n % 2)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = (char)tolower ((unsigned char)hex[i]);
        if (!isxdigit ((unsigned char)c))
            return false;
        uint8_t digit = (uint8_t)(isdigit ((unsigned char)c) ? c - '0' : c - 'a' + 10);
        ret[i / 2] = (uint8_t)(i % 2 ? ret[i / 2] | digit : digit << 4);
    }
    return true;
}

/* "2|mask|masked token|seconds" */
static bool decode_v2 (const char *text, uint8_t ret[XSRF_TOKEN], size_t *ret_len)
{
    uint8_t mask[MASK_BYTES];
    const char *mask_hex = text + 2;
    size_t mask_n = strcspn (mask_hex, "|");
    if (mask_n != sizeof (mask) * 2 || mask_hex[mask_n] != '|' ||
        !from_hex (mask_hex, mask_n, mask))
        return false;
    const char *token_hex = mask_hex + mask_n + 1;
    size_t token_n = strcspn (token_hex, "|");
    if (token_hex[token_n] != '|' || token_n > 2 * XSRF_TOKEN ||
        !from_hex (token_hex, token_n, ret))
        return false;
    const char *seconds = token_hex + token_n + 1;
    if (!*seconds || seconds[strspn (seconds, "0123456789")])
        return false;
    *ret_len = token_n / 2;
    for (size_t i = 0; i < *ret_len; i++)
        ret[i] ^= mask[i % MASK_BYTES];
    return true;
}

/* "<number>|": a version, of which we know one. */
static bool has_version (const char *text)
{
    size_t digits = strspn (text, "0123456789");
    return digits > 0 && text[0] != '0' && text[digits] == '|';
}

bool xsrf_decode (const char *text, uint8_t ret[XSRF_TOKEN], size_t *ret_len)
{
    size_t n = strnlen (text, 4 * XSRF_TOKEN);
    if (has_version (text))
        return !strncmp (text, "2|", 2) && decode_v2 (text, ret, ret_len);
    if (n <= 2 * XSRF_TOKEN && from_hex (text, n, ret)) {
        *ret_len = n / 2;
        return true;
    }
    if (n == 0 || n > XSRF_TOKEN)
        return false;
    memcpy (ret, text, n);
    *ret_len = n;
    return true;
}

bool xsrf_equal (const char *cookie, const char *sent)
{
    uint8_t token[XSRF_TOKEN];
    char a[2 * XSRF_TOKEN + 1], b[2 * XSRF_TOKEN + 1];
    size_t n;
    if (!xsrf_decode (cookie, token, &n))
        return false;
    ident_to_hex (token, n, a);
    if (!xsrf_decode (sent, token, &n))
        return false;
    ident_to_hex (token, n, b);
    return ident_equal (a, b);
}

char *xsrf_encode (const uint8_t *token, size_t n)
{
    uint8_t mask[MASK_BYTES], masked[XSRF_TOKEN];
    char mask_hex[2 * MASK_BYTES + 1], hex[2 * XSRF_TOKEN + 1];
    ident_random (mask, sizeof (mask));
    for (size_t i = 0; i < n; i++)
        masked[i] = token[i] ^ mask[i % MASK_BYTES];
    ident_to_hex (mask, sizeof (mask), mask_hex);
    ident_to_hex (masked, n, hex);
    return xasprintf ("2|%s|%s|%lld", mask_hex, hex,
                      (long long)(clock_wall_us () / CLOCK_S));
}
