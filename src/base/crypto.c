/* crypto.c - HMAC and digests by OpenSSL 3 */

#include "base/crypto.h"
#include "base/ident.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

struct hmac {
    EVP_MAC_CTX *keyed; /* initialised; duplicated for each message */
};

/* hashlib's names that OpenSSL spells differently. */
static EVP_MD *fetch (const char *name)
{
    char other[32];
    EVP_MD *md;
    size_t n = strlen (name);

    if (strcmp (name, "blake2b") == 0)
        name = "blake2b512";
    else if (strcmp (name, "blake2s") == 0)
        name = "blake2s256";
    md = EVP_MD_fetch (NULL, name, NULL);
    if (md || n >= sizeof (other) || !strchr (name, '_'))
        return md;
    for (size_t i = 0; i <= n; i++)
        other[i] = name[i] == '_' ? '-' : name[i];
    return EVP_MD_fetch (NULL, other, NULL);
}

struct hmac *hmac_new (const char *name, const void *key, size_t n, struct err *err)
{
    EVP_MD *md = fetch (name);
    EVP_MAC *mac = md ? EVP_MAC_fetch (NULL, "HMAC", NULL) : NULL;
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new (mac) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string (OSSL_MAC_PARAM_DIGEST,
                                          md ? (char *)EVP_MD_get0_name (md) : NULL, 0),
        OSSL_PARAM_construct_end (),
    };

    EVP_MD_free (md);
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

/* A notebook has a hundred thousand parts of a few bytes: a call for each would cost more
 * than the hashing. */
struct gather {
    size_t n;
    unsigned char bytes[4096];
};

static void gather_done (EVP_MAC_CTX *ctx, struct gather *g)
{
    (void)EVP_MAC_update (ctx, g->bytes, g->n);
    g->n = 0;
}

static void gather_part (EVP_MAC_CTX *ctx, struct gather *g, struct slice part)
{
    if (part.len > sizeof (g->bytes) - g->n)
        gather_done (ctx, g);
    if (part.len > sizeof (g->bytes)) {
        (void)EVP_MAC_update (ctx, (const unsigned char *)part.data, part.len);
    } else if (part.len > 0) {
        memcpy (g->bytes + g->n, part.data, part.len);
        g->n += part.len;
    }
}

void hmac_hex (struct hmac *h, const struct slice *parts, size_t n, char ret[CRYPTO_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    size_t len = 0;
    struct gather g;
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup (h->keyed);

    g.n = 0;
    for (size_t i = 0; ctx && i < n; i++)
        gather_part (ctx, &g, parts[i]);
    if (ctx)
        gather_done (ctx, &g);
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
    EVP_MD *md = fetch (name);
    EVP_MD_CTX *ctx = NULL;

    /* SHAKE has no digest of a fixed length. */
    if (md && !(EVP_MD_get_flags (md) & EVP_MD_FLAG_XOF))
        ctx = EVP_MD_CTX_new ();
    if (ctx && EVP_DigestInit_ex2 (ctx, md, NULL) != 1) {
        EVP_MD_CTX_free (ctx);
        ctx = NULL;
    }
    EVP_MD_free (md);
    if (!ctx)
        return NULL;
    struct digest *d = xnew (struct digest);
    d->ctx = ctx;
    return d;
}

void digest_add (struct digest *d, const void *data, size_t n)
{
    (void)EVP_DigestUpdate (d->ctx, data, n);
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

bool crypto_equal (const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp (a, b, n) == 0;
}
