/* cookie.c - tornado's "signed value v2"
 *
 * The signature is checked before anything in the text is believed, except where its fields
 * end.
 */

#include "server/cookie.h"

#include "base/ident.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE 64 /* hex digits of SHA-256 */

static void add_field (struct buf *b, const char *s, size_t n)
{
    (void)buf_addu (b, n);
    (void)buf_addc (b, ':');
    (void)buf_add (b, s, n);
    (void)buf_addc (b, '|');
}

int cookie_sign (struct buf *b, struct hmac *key, const char *name, int64_t unix_s,
                 const void *payload, size_t n)
{
    autodone (buf_done) struct buf text;
    autodone (buf_done) struct buf encoded;
    char seconds[24], hex[CRYPTO_HEX];
    buf_init (&text, COOKIE_MAX);
    buf_init (&encoded, COOKIE_MAX);
    (void)buf_reserve (&text, 1000);
    (void)snprintf (seconds, sizeof (seconds), "%lld", (long long)unix_s);
    (void)base64_encode (&encoded, payload, n, 0);
    (void)buf_adds (&text, "2|1:0|");
    add_field (&text, seconds, strlen (seconds));
    add_field (&text, name, strlen (name));
    add_field (&text, encoded.data, encoded.len);
    if (text.overflow || encoded.overflow)
        return -1;
    hmac_hex (key, &(struct slice){ text.data, text.len }, 1, hex);
    (void)buf_add (b, text.data, text.len);
    return buf_adds (b, hex);
}

/* "<len>:<bytes>|" at *P; advances *P. */
static int take_field (const char **p, const char *end, struct slice *ret)
{
    size_t n = 0;
    const char *s = *p;
    int digits = 0;
    for (; s < end && isdigit ((unsigned char)*s) && digits < 6; s++, digits++)
        n = n * 10 + (size_t)(*s - '0');
    if (!digits || s >= end || *s != ':')
        return -1;
    s++;
    if ((size_t)(end - s) <= n || s[n] != '|')
        return -1;
    *ret = (struct slice){ s, n };
    *p = s + n + 1;
    return 0;
}

struct fields {
    struct slice key_version, seconds, name, payload;
};

static int split (const char *text, const char *end, struct fields *f)
{
    if (end - text < 2 || memcmp (text, "2|", 2) != 0)
        return -1;
    const char *p = text + 2;
    if (take_field (&p, end, &f->key_version) || take_field (&p, end, &f->seconds) ||
        take_field (&p, end, &f->name) || take_field (&p, end, &f->payload))
        return -1;
    return p == end ? 0 : -1;
}

static bool signature_right (struct hmac *key, const char *text, const char *signature)
{
    char hex[CRYPTO_HEX];
    hmac_hex (key, &(struct slice){ text, (size_t)(signature - text) }, 1, hex);
    return ident_equal (hex, signature);
}

/* At most 18 digits, so that it fits. */
static int64_t field_seconds (const struct slice *f)
{
    const char *s = f->data;
    int64_t v = 0;
    if (f->len == 0 || f->len > 18)
        return -1;
    for (size_t i = 0; i < f->len; i++) {
        if (!isdigit ((unsigned char)s[i]))
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

int cookie_verify (struct buf *b, struct hmac *key, const char *name, const char *text,
                   int64_t now_s, int64_t max_age_s, struct err *err)
{
    size_t n = strnlen (text, COOKIE_MAX + 1);
    struct fields f;
    if (n > COOKIE_MAX || n <= SIGNATURE)
        return err_set (err, PROBLEM_INVALID, "login cookie of unusable length");
    const char *signature = text + n - SIGNATURE;
    if (split (text, signature, &f))
        return err_set (err, PROBLEM_INVALID, "malformed login cookie");
    if (!signature_right (key, text, signature))
        return err_set (err, PROBLEM_INVALID, "login cookie with a wrong signature");
    if (f.key_version.len != 1 || *(const char *)f.key_version.data != '0')
        return err_set (err, PROBLEM_INVALID, "login cookie signed with another key");
    if (f.name.len != strlen (name) || memcmp (f.name.data, name, f.name.len) != 0)
        return err_set (err, PROBLEM_INVALID, "login cookie of another server");
    int64_t seconds = field_seconds (&f.seconds);
    if (seconds < 0 || seconds < now_s - max_age_s)
        return err_set (err, PROBLEM_INVALID, "login cookie has expired");
    return base64_decode (b, f.payload.data, f.payload.len, err);
}

char *cookie_login_name (const char *host)
{
    char *name = xasprintf ("username-%s", host);
    for (char *p = name; *p; p++)
        if (!isascii ((unsigned char)*p) || !isalnum ((unsigned char)*p))
            *p = '-';
    return name;
}
