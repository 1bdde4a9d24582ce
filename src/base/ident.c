/* ident.c - ids and tokens */

#include "base/ident.h"
#include "base/cleanup.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#define POOL 512

static void fresh_random (void *ret, size_t n)
{
    if (RAND_bytes (ret, (int)n) != 1) {
        fputs ("labwright: no randomness\n", stderr);
        abort ();
    }
}

/* Sixteen bytes from the generator cost as much as five hundred: small requests are cut from a
 * block of this thread, and what is given out is wiped there. */
void ident_random (void *ret, size_t n)
{
    static _Thread_local unsigned char pool[POOL];
    static _Thread_local size_t left;

    if (n > POOL / 8) {
        fresh_random (ret, n);
        return;
    }
    if (n > left) {
        fresh_random (pool, POOL);
        left = POOL;
    }
    left -= n;
    memcpy (ret, pool + left, n);
    OPENSSL_cleanse (pool + left, n);
}

void ident_uuid4 (char ret[IDENT_UUID])
{
    uuid_t u;

    ident_random (u, sizeof (u));
    u[6] = (u[6] & 0x0f) | 0x40;
    u[8] = (u[8] & 0x3f) | 0x80;
    uuid_unparse_lower (u, ret);
}

void ident_to_hex (const void *data, size_t n, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = data;

    for (size_t i = 0; i < n; i++) {
        ret[2 * i] = digits[p[i] >> 4];
        ret[2 * i + 1] = digits[p[i] & 15];
    }
    ret[2 * n] = '\0';
}

char *ident_hex (size_t nbytes)
{
    autofree unsigned char *raw = xcalloc (nbytes, 1);
    char *hex = xcalloc (2 * nbytes + 1, 1);

    ident_random (raw, nbytes);
    ident_to_hex (raw, nbytes, hex);
    return hex;
}

static const char short_alphabet[] =
    "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
#define SHORT_CHARS (sizeof (short_alphabet) - 1)

/* Bytes that would make some characters likelier than others are thrown away. */
void ident_short (char *ret, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned char noise[32];

        ident_random (noise, sizeof (noise));
        for (size_t j = 0; j < sizeof (noise) && i < n; j++)
            if (noise[j] < 256 / SHORT_CHARS * SHORT_CHARS)
                ret[i++] = short_alphabet[noise[j] % SHORT_CHARS];
    }
    ret[n] = '\0';
}

bool ident_is_short (const char *s, size_t n)
{
    return strlen (s) == n && strspn (s, short_alphabet) == n;
}

bool ident_equal (const char *a, const char *b)
{
    size_t n = strlen (a);

    return n == strlen (b) && CRYPTO_memcmp (a, b, n) == 0;
}

/* \w of Python on bytes of UTF-8: every non-ASCII byte counts as part of a letter. */
static size_t word_len (const char *s)
{
    size_t n = 0;

    while ((s[n] >= '0' && s[n] <= '9') || (s[n] >= 'a' && s[n] <= 'z') ||
           (s[n] >= 'A' && s[n] <= 'Z') || s[n] == '_' || (unsigned char)s[n] >= 0x80)
        n++;
    return n;
}

bool ident_is_word (const char *s)
{
    size_t n = word_len (s);

    return n > 0 && s[n] == '\0';
}

bool ident_is_kernel_id (const char *s)
{
    for (int group = 0; group < 5; group++) {
        size_t n = word_len (s);
        if (n == 0)
            return false;
        s += n;
        if (group < 4 && *s++ != '-')
            return false;
    }
    return *s == '\0';
}
