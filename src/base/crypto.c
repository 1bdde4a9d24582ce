/* crypto.c - HMAC, digests and base64 */

#include "base/crypto.h"
#include "base/ident.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

struct hmac {
    EVP_MAC_CTX *keyed; /* initialised; duplicated for each message */
};

struct hmac *hmac_new (const char *name, const void *key, size_t n, struct err *err)
{
    EVP_MAC *mac = EVP_MAC_fetch (NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new (mac) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string (OSSL_MAC_PARAM_DIGEST, (char *) name, 0),
        OSSL_PARAM_construct_end (),
    };

    EVP_MAC_free (mac);
    /* A zero-length key needs a pointer that is not NULL, or the key counts as not given. */
    if (!ctx || !EVP_MAC_init (ctx, n ? key : "", n, params)) {
        EVP_MAC_CTX_free (ctx);
        err_set (err, PROBLEM_INVALID, "unknown digest '%s'", name);
        return NULL;
    }
    struct hmac *h = xnew (struct hmac);
    h->keyed = ctx;
    return h;
}

void hmac_free (struct hmac *h)
{
    if (!h)
        return;
    EVP_MAC_CTX_free (h->keyed);
    free (h);
}

void hmac_hex (struct hmac *h, const struct slice *parts, size_t n, char ret[CRYPTO_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    size_t len = 0;
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup (h->keyed);

    for (size_t i = 0; ctx && i < n; i++)
        (void) EVP_MAC_update (ctx, parts[i].data, parts[i].len);
    if (!ctx || !EVP_MAC_final (ctx, raw, &len, sizeof (raw)))
        abort ();
    EVP_MAC_CTX_free (ctx);
    ident_to_hex (raw, len, ret);
}

struct digest {
    EVP_MD_CTX *ctx;
};

struct digest *digest_new (const char *name)
{
    const EVP_MD *md = EVP_get_digestbyname (name);

    if (!md)
        return NULL;
    struct digest *d = xnew (struct digest);
    d->ctx = EVP_MD_CTX_new ();
    if (!d->ctx || !EVP_DigestInit_ex (d->ctx, md, NULL))
        abort ();
    return d;
}

void digest_add (struct digest *d, const void *data, size_t n)
{
    (void) EVP_DigestUpdate (d->ctx, data, n);
}

void digest_hex (struct digest *d, char ret[CRYPTO_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (!EVP_DigestFinal_ex (d->ctx, raw, &len))
        abort ();
    ident_to_hex (raw, len, ret);
    digest_free (d);
}

void digest_free (struct digest *d)
{
    if (!d)
        return;
    EVP_MD_CTX_free (d->ctx);
    free (d);
}

int crypto_digest_hex (const char *name, const void *data, size_t n, char ret[CRYPTO_HEX])
{
    struct digest *d = digest_new (name);

    if (!d)
        return -1;
    digest_add (d, data, n);
    digest_hex (d, ret);
    return 0;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int encode_line (struct buf *b, const unsigned char *p, size_t n)
{
    char *out = buf_reserve (b, (n + 2) / 3 * 4);

    if (!out)
        return -1;
    b->len += (size_t) EVP_EncodeBlock ((unsigned char *) out, p, (int) n);
    return 0;
}

bool crypto_equal (const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp (a, b, n) == 0;
}

int base64_encode (struct buf *b, const void *data, size_t n, size_t line)
{
    const unsigned char *p = data;
    size_t per = line ? line / 4 * 3 : 3 << 20;

    while (n) {
        size_t k = n < per ? n : per;
        if (encode_line (b, p, k) < 0 || (line && buf_addc (b, '\n') < 0))
            return -1;
        p += k;
        n -= k;
    }
    return 0;
}

int base64_decode (struct buf *b, const char *s, size_t n, struct err *err)
{
    static signed char value[256];
    unsigned acc = 0;
    size_t have = 0, pads = 0;

    if (!value['B'])
        for (int i = 63; i >= 0; i--)
            value[(unsigned char) alphabet[i]] = (signed char) (i + 1);
    if (!buf_reserve (b, n / 4 * 3 + 3 < b->max - b->len ? n / 4 * 3 + 3 : b->max - b->len))
        return err_set (err, PROBLEM_TOO_LARGE, "more than %zu bytes", b->max);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '=') {
            /* Padding counts only where it can end a group; what follows it is ignored. */
            if (have >= 2 && ++pads + have >= 4)
                break;
            continue;
        }
        int v = value[(unsigned char) s[i]] - 1;
        if (v < 0)
            continue;
        pads = 0;
        acc = acc << 6 | (unsigned) v;
        if (++have < 4)
            continue;
        char out[3] = { (char) (acc >> 16), (char) (acc >> 8), (char) acc };
        have = 0;
        acc = 0;
        if (buf_add (b, out, 3) < 0)
            return err_set (err, PROBLEM_TOO_LARGE, "more than %zu bytes", b->max);
    }
    if (have == 0)
        return 0;
    if (have == 1 || have + pads < 4)
        return err_set (err, PROBLEM_INVALID, "Incorrect padding");
    acc <<= 6 * (4 - have);
    char out[2] = { (char) (acc >> 16), (char) (acc >> 8) };
    if (buf_add (b, out, have - 1) < 0)
        return err_set (err, PROBLEM_TOO_LARGE, "more than %zu bytes", b->max);
    return 0;
}
