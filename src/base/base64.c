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
    char *out = b->data + b->len;
    for (size_t i = 0; i < n; i += 3) {
        char group[4];

        if (line == 0) {
            encode_group (p + i, n - i, out);
            out += 4;
            continue;
        }
        encode_group (p + i, n - i, group);
        for (int k = 0; k < 4; k++) {
            *out++ = group[k];
            if (++column == line) {
                *out++ = '\n';
                column = 0;
            }
        }
    }
    if (column > 0)
        *out++ = '\n';
    b->len = (size_t)(out - b->data);
    *out = '\0';
    return 0;
}

/* What a character stands for; -1: nothing. */
static const int8_t values[256] = {
#define NONE8 -1, -1, -1, -1, -1, -1, -1, -1
    NONE8, NONE8, NONE8, NONE8, NONE8, -1,    -1,    -1,    62,    -1,    -1,
    -1,    63,    52,    53,    54,    55,    56,    57,    58,    59,    60,
    61,    -1,    -1,    -1,    -1,    -1,    -1,    -1,    0,     1,     2,
    3,     4,     5,     6,     7,     8,     9,     10,    11,    12,    13,
    14,    15,    16,    17,    18,    19,    20,    21,    22,    23,    24,
    25,    -1,    -1,    -1,    -1,    -1,    -1,    26,    27,    28,    29,
    30,    31,    32,    33,    34,    35,    36,    37,    38,    39,    40,
    41,    42,    43,    44,    45,    46,    47,    48,    49,    50,    51,
    -1,    -1,    -1,    -1,    -1,    NONE8, NONE8, NONE8, NONE8, NONE8, NONE8,
    NONE8, NONE8, NONE8, NONE8, NONE8, NONE8, NONE8, NONE8, NONE8, NONE8,
#undef NONE8
};

/* Whole groups of the alphabet, as nearly all of a text is; the number of groups. */
static size_t decode_groups (const unsigned char *s, size_t groups, uint8_t *out)
{
    size_t i = 0;

    for (; i < groups; i++, s += 4, out += 3) {
        int a = values[s[0]], b = values[s[1]], c = values[s[2]], d = values[s[3]];
        if ((a | b | c | d) < 0)
            break;
        uint32_t v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | (uint32_t)d;
        out[0] = (uint8_t)(v >> 16);
        out[1] = (uint8_t)(v >> 8);
        out[2] = (uint8_t)v;
    }
    return i;
}

int base64_decode (struct buf *b, const char *s, size_t n, struct err *err)
{
    size_t room = b->max - b->len, most = n / 4 * 3 + 3, len = 0;
    uint8_t *out = (uint8_t *)buf_reserve (b, most < room ? most : room);
    unsigned quad = 0, pads = 0, left = 0;

    for (size_t i = 0; i < n && out; i++) {
        if (quad == 0 && n - i >= 4) {
            size_t fit = (room - len) / 3, groups = (n - i) / 4;
            size_t done = decode_groups ((const unsigned char *)s + i,
                                         groups < fit ? groups : fit, out + len);
            len += 3 * done;
            i += 4 * done;
            if (done > 0)
                pads = 0;
            if (i == n)
                break;
        }
        if (s[i] == '=') {
            if (quad >= 2 && quad + ++pads >= 4) {
                quad = 0;
                break;
            }
            continue;
        }
        int v = values[(unsigned char)s[i]];
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
