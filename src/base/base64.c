/* base64.c - the standard alphabet, strict out, lenient in (crypto.h)
 *
 * Decoding follows Python's binascii.a2b_base64 step by step, because that decides which
 * uploads are errors: what is not in the alphabet is skipped, enough padding ends the data,
 * and an unfinished group is the only error.
 */
#include "base/crypto.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group (const uint8_t *p, size_t n, char out[4])
{
    uint32_t v =
        (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);

    out[0] = alphabet[v >> 18];
    out[1] = alphabet[v >> 12 & 63];
    out[2] = n > 1 ? alphabet[v >> 6 & 63] : '=';
    out[3] = n > 2 ? alphabet[v & 63] : '=';
}

int base64_encode (struct buf *b, const void *data, size_t n, size_t line)
{
    const uint8_t *p = data;
    size_t chars = (n / 3 + (n % 3 != 0)) * 4;
    size_t lines = line > 0 ? (chars + line - 1) / line : 0, column = 0;

    if (n > SIZE_MAX / 4 || !buf_reserve (b, chars + lines)) {
        b->overflow = true;
        return -1;
    }
    for (size_t i = 0; i < n; i += 3) {
        char group[4];

        encode_group (p + i, n - i, group);
        if (line == 0) {
            (void)buf_add (b, group, 4);
            continue;
        }
        for (int k = 0; k < 4; k++) {
            (void)buf_addc (b, group[k]);
            if (++column == line) {
                (void)buf_addc (b, '\n');
                column = 0;
            }
        }
    }
    if (column > 0)
        (void)buf_addc (b, '\n');
    return 0;
}

static int value_of (char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_decode (struct buf *b, const char *s, size_t n, struct err *err)
{
    size_t room = b->max - b->len, most = n / 4 * 3 + 3, len = 0;
    uint8_t *out = (uint8_t *)buf_reserve (b, most < room ? most : room);
    unsigned quad = 0, pads = 0, left = 0;

    for (size_t i = 0; i < n && out; i++) {
        if (s[i] == '=') {
            if (quad >= 2 && quad + ++pads >= 4) {
                quad = 0;
                break;
            }
            continue;
        }
        int v = value_of (s[i]);
        if (v < 0)
            continue;
        pads = 0;
        left = left << 6 | (unsigned)v;
        if (quad > 0 && len == room)
            out = NULL;
        else if (quad > 0)
            out[len++] = (uint8_t)(left >> (6 - 2 * quad));
        quad = (quad + 1) % 4;
    }
    if (!out)
        return err_set (err, PROBLEM_TOO_LARGE, "more than %zu bytes", b->max);
    if (quad != 0)
        return err_set (err, PROBLEM_INVALID, "Incorrect padding");
    b->len += len;
    b->data[b->len] = '\0';
    return 0;
}
