/* lab_slug.c - the file name of a saved window layout
 *
 * The original takes the name through Unicode's NFKC and then keeps the ASCII of it.  What
 * NFKC turns into ASCII is a closed set of compatibility characters; the table has those of
 * the blocks that people type (full width forms, super- and subscripts, enclosed and Roman
 * numbers, letter-like signs, ligatures, mathematical alphabets).  Composed letters such as
 * U+00E9 stay composed and are dropped, as in the original.
 */
#include "server/lab_slug.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/url.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SLUG_MAX (128 - (sizeof LAB_SLUG_SUFFIX - 1)) /* 107 with the signature */
#define SIGNATURE 5                                   /* "-37a8" */

/* FIRST..LAST map to TEXT, advancing through ASCII from TEXT[0] if RUN. */
static const struct fold {
    uint32_t first, last;
    const char *text;
    int run;
} folds[] = {
    { 0x00a0, 0x00a0, " ", 0 },   { 0x00a8, 0x00a8, " ", 0 },   { 0x00aa, 0x00aa, "a", 0 },
    { 0x00af, 0x00af, " ", 0 },   { 0x00b2, 0x00b3, "2", 1 },   { 0x00b4, 0x00b4, " ", 0 },
    { 0x00b8, 0x00b8, " ", 0 },   { 0x00b9, 0x00b9, "1", 0 },   { 0x00ba, 0x00ba, "o", 0 },
    { 0x00bc, 0x00bc, "14", 0 },  { 0x00bd, 0x00bd, "12", 0 },  { 0x00be, 0x00be, "34", 0 },
    { 0x0132, 0x0133, "ij", 0 },  { 0x017f, 0x017f, "s", 0 },   { 0x01c7, 0x01c9, "lj", 0 },
    { 0x01ca, 0x01cc, "nj", 0 },  { 0x01f1, 0x01f3, "dz", 0 },  { 0x2000, 0x200a, " ", 0 },
    { 0x202f, 0x202f, " ", 0 },   { 0x205f, 0x205f, " ", 0 },   { 0x2070, 0x2070, "0", 0 },
    { 0x2071, 0x2071, "i", 0 },   { 0x2074, 0x2079, "4", 1 },   { 0x207b, 0x207b, "", 0 },
    { 0x207f, 0x207f, "n", 0 },   { 0x2080, 0x2089, "0", 1 },   { 0x2090, 0x2090, "a", 0 },
    { 0x2091, 0x2091, "e", 0 },   { 0x2092, 0x2092, "o", 0 },   { 0x2093, 0x2093, "x", 0 },
    { 0x2095, 0x2095, "h", 0 },   { 0x2096, 0x2099, "k", 1 },   { 0x209a, 0x209a, "p", 0 },
    { 0x209b, 0x209c, "s", 1 },   { 0x20a8, 0x20a8, "Rs", 0 },  { 0x2102, 0x2102, "C", 0 },
    { 0x2103, 0x2103, "C", 0 },   { 0x210a, 0x210a, "g", 0 },   { 0x210b, 0x210d, "H", 0 },
    { 0x210e, 0x210e, "h", 0 },   { 0x2110, 0x2111, "I", 0 },   { 0x2112, 0x2112, "L", 0 },
    { 0x2113, 0x2113, "l", 0 },   { 0x2115, 0x2115, "N", 0 },   { 0x2116, 0x2116, "No", 0 },
    { 0x2119, 0x211b, "P", 1 },   { 0x211c, 0x211d, "R", 0 },   { 0x2120, 0x2120, "SM", 0 },
    { 0x2121, 0x2121, "TEL", 0 }, { 0x2122, 0x2122, "TM", 0 },  { 0x2124, 0x2124, "Z", 0 },
    { 0x2128, 0x2128, "Z", 0 },   { 0x212a, 0x212a, "k", 0 },   { 0x212c, 0x212d, "B", 1 },
    { 0x212f, 0x212f, "e", 0 },   { 0x2130, 0x2131, "E", 1 },   { 0x2133, 0x2133, "M", 0 },
    { 0x2134, 0x2134, "o", 0 },   { 0x2139, 0x2139, "i", 0 },   { 0x2145, 0x2145, "D", 0 },
    { 0x2146, 0x2147, "d", 1 },   { 0x2148, 0x2149, "i", 1 },   { 0x2160, 0x2160, "i", 0 },
    { 0x2161, 0x2161, "ii", 0 },  { 0x2162, 0x2162, "iii", 0 }, { 0x2163, 0x2163, "iv", 0 },
    { 0x2164, 0x2164, "v", 0 },   { 0x2165, 0x2165, "vi", 0 },  { 0x2170, 0x2170, "i", 0 },
    { 0x2171, 0x2171, "ii", 0 },  { 0x2172, 0x2172, "iii", 0 }, { 0x2173, 0x2173, "iv", 0 },
    { 0x2174, 0x2174, "v", 0 },   { 0x2175, 0x2175, "vi", 0 },  { 0x2460, 0x2468, "1", 1 },
    { 0x24b6, 0x24cf, "a", 1 },   { 0x24d0, 0x24e9, "a", 1 },   { 0x3000, 0x3000, " ", 0 },
    { 0xfb00, 0xfb00, "ff", 0 },  { 0xfb01, 0xfb01, "fi", 0 },  { 0xfb02, 0xfb02, "fl", 0 },
    { 0xfb03, 0xfb03, "ffi", 0 }, { 0xfb04, 0xfb04, "ffl", 0 }, { 0xfb05, 0xfb06, "st", 0 },
    { 0xff0d, 0xff0d, "-", 0 },   { 0xff10, 0xff19, "0", 1 },   { 0xff21, 0xff3a, "a", 1 },
    { 0xff3f, 0xff3f, "_", 0 },   { 0xff41, 0xff5a, "a", 1 },
};

/* One character of valid UTF-8; 1 to 4 bytes. */
static size_t decode (const unsigned char *s, size_t n, uint32_t *ret)
{
    if (s[0] < 0x80) {
        *ret = s[0];
        return 1;
    }
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (len > n) {
        *ret = 0xfffd;
        return n;
    }
    uint32_t c = s[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (s[i] & 0x3f);
    *ret = c;
    return len;
}

/* Mathematical alphabets: alternating runs of 26 capitals and 26 small letters, then
 * digits. */
static int add_mathematical (struct buf *b, uint32_t c)
{
    if (c >= 0x1d400 && c <= 0x1d6a3) {
        unsigned k = (c - 0x1d400) % 52;
        return buf_addc (b, (char)(k < 26 ? 'A' + k : 'a' + k - 26));
    }
    if (c >= 0x1d7ce && c <= 0x1d7ff)
        return buf_addc (b, (char)('0' + (c - 0x1d7ce) % 10));
    return 0;
}

static void add_folded (struct buf *b, uint32_t c)
{
    if (c < 0x80) {
        (void)buf_addc (b, (char)c);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE (folds); i++) {
        const struct fold *f = &folds[i];
        if (c < f->first || c > f->last)
            continue;
        if (f->run)
            (void)buf_addc (b, (char)(f->text[0] + (c - f->first)));
        else
            (void)buf_adds (b, f->text);
        return;
    }
    (void)add_mathematical (b, c);
}

static bool is_blank (char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

/* Letters, digits, '_' and single '-' for runs of blanks and '-'; blanks at the ends are
 * gone. */
static void squeeze (struct buf *out, const char *s, size_t n)
{
    autodone (buf_done) struct buf kept;
    buf_init (&kept, n + 1);
    for (size_t i = 0; i < n; i++)
        if (isalnum ((unsigned char)s[i]) || s[i] == '_' || s[i] == '-' || is_blank (s[i]))
            (void)buf_addc (&kept, s[i]);
    const char *p = kept.data, *end = p + kept.len;
    while (p < end && is_blank (*p))
        p++;
    while (end > p && is_blank (end[-1]))
        end--;
    for (; p < end; p++) {
        if (*p != '-' && !is_blank (*p))
            (void)buf_addc (out, *p);
        else if (out->len == 0 || out->data[out->len - 1] != '-')
            (void)buf_addc (out, '-');
    }
}

char *lab_slug (const char *name, size_t n)
{
    if (n > 0 && *name == '/') {
        name++;
        n--;
    }
    char hex[CRYPTO_HEX];
    (void)crypto_digest_hex ("sha256", name, n, hex);

    autofree char *lower = xstrndup (name, n);
    for (char *p = lower; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p += 'a' - 'A';
    size_t len;
    autofree char *decoded = url_decode (lower, strlen (lower), false, &len);

    autodone (buf_done) struct buf folded, slug;
    buf_init (&folded, 4 * len + 4);
    buf_init (&slug, 4 * len + 4);
    for (size_t i = 0; i < len;) {
        uint32_t c;
        i += decode ((const unsigned char *)decoded + i, len - i, &c);
        add_folded (&folded, c);
    }
    squeeze (&slug, folded.data, folded.len);
    size_t keep = slug.len < SLUG_MAX - SIGNATURE ? slug.len : SLUG_MAX - SIGNATURE;
    return xasprintf ("%.*s-%.4s", (int)keep, slug.data, hex);
}
