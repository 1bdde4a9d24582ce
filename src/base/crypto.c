/* crypto.c - HMAC and digests by OpenSSL 3 */

#include "base/crypto.h"
#include "base/ident.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

/* Digests by name, fetched once: a fetch costs more than the digest of a short text. */
#define CACHED 8
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char name[16];
    EVP_MD *md;
} cache[CACHED];

/* hashlib's names that OpenSSL spells differently. */
static EVP_MD *fetch_new (const char *name)
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

static EVP_MD *fetch (const char *name)
{
    EVP_MD *md = NULL;
    size_t i = 0;

    (void)pthread_mutex_lock (&cache_lock);
    while (i < CACHED && cache[i].md && strcmp (cache[i].name, name) != 0)
        i++;
    if (i < CACHED && cache[i].md)
        md = cache[i].md;
    else
        md = fetch_new (name);
    if (md && i < CACHED && !cache[i].md && strlen (name) < sizeof (cache[i].name)) {
        memcpy (cache[i].name, name, strlen (name) + 1);
        cache[i].md = md;
    }
    if (md && i < CACHED && cache[i].md == md)
        (void)EVP_MD_up_ref (md);
    (void)pthread_mutex_unlock (&cache_lock);
    return md;
}

/* ---- HMAC ---- */

#define HMAC_BLOCK 256 /* more than any digest's */

/* By its definition (RFC 2104): both digests are kept with the key already in them, so that a
 * message costs two copies of a state and no initialisation. */
struct hmac {
    EVP_MD_CTX *inner, *outer, *work;
};

static EVP_MD_CTX *begin_with (const EVP_MD *md, const unsigned char *key, size_t n,
                               unsigned char pad)
{
    unsigned char block[HMAC_BLOCK] = { 0 };
    EVP_MD_CTX *ctx = EVP_MD_CTX_new ();
    size_t size = (size_t)EVP_MD_get_block_size (md);

    memcpy (block, key, n);
    for (size_t i = 0; i < size; i++)
        block[i] ^= pad;
    if (!ctx || EVP_DigestInit_ex2 (ctx, md, NULL) != 1 ||
        EVP_DigestUpdate (ctx, block, size) != 1)
        abort ();
    OPENSSL_cleanse (block, sizeof (block));
    return ctx;
}

static bool can_hmac (const EVP_MD *md)
{
    int size = md ? EVP_MD_get_block_size (md) : 0;

    return size > 0 && size <= HMAC_BLOCK && EVP_MD_get_size (md) <= size &&
           !(EVP_MD_get_flags (md) & EVP_MD_FLAG_XOF);
}

struct hmac *hmac_new (const char *name, const void *key, size_t n, struct err *err)
{
    unsigned char short_key[HMAC_BLOCK];
    unsigned len = (unsigned)n;
    EVP_MD *md = fetch (name);

    if (!can_hmac (md)) {
        EVP_MD_free (md);
        err_set (err, PROBLEM_INVALID, "unknown digest '%s'", name);
        return NULL;
    }
    if (n > (size_t)EVP_MD_get_block_size (md)) {
        if (EVP_Digest (key, n, short_key, &len, md, NULL) != 1)
            abort ();
    } else if (n > 0) {
        memcpy (short_key, key, n);
    }
    struct hmac *h = xnew (struct hmac);
    h->inner = begin_with (md, short_key, len, 0x36);
    h->outer = begin_with (md, short_key, len, 0x5c);
    h->work = EVP_MD_CTX_new ();
    OPENSSL_cleanse (short_key, sizeof (short_key));
    EVP_MD_free (md);
    return h;
}

void hmac_free (struct hmac *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free (h->inner);
    EVP_MD_CTX_free (h->outer);
    EVP_MD_CTX_free (h->work);
    free (h);
}

/* A notebook has a hundred thousand parts of a few bytes: a call for each would cost more
 * than the hashing. */
struct gather {
    size_t n;
    unsigned char bytes[4096];
};

static void gather_done (EVP_MD_CTX *ctx, struct gather *g)
{
    (void)EVP_DigestUpdate (ctx, g->bytes, g->n);
    g->n = 0;
}

static void gather_part (EVP_MD_CTX *ctx, struct gather *g, struct slice part)
{
    if (part.len > sizeof (g->bytes) - g->n)
        gather_done (ctx, g);
    if (part.len > sizeof (g->bytes)) {
        (void)EVP_DigestUpdate (ctx, (const unsigned char *)part.data, part.len);
    } else if (part.len > 0) {
        memcpy (g->bytes + g->n, part.data, part.len);
        g->n += part.len;
    }
}

void hmac_hex (struct hmac *h, const struct slice *parts, size_t n, char ret[CRYPTO_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct gather g;
    bool fine = EVP_MD_CTX_copy_ex (h->work, h->inner);

    g.n = 0;
    for (size_t i = 0; fine && i < n; i++)
        gather_part (h->work, &g, parts[i]);
    gather_done (h->work, &g);
    fine = fine && EVP_DigestFinal_ex (h->work, raw, &len) &&
           EVP_MD_CTX_copy_ex (h->work, h->outer) && EVP_DigestUpdate (h->work, raw, len) &&
           EVP_DigestFinal_ex (h->work, raw, &len);
    if (!fine)
        abort ();
    ident_to_hex (raw, len, ret);
}

/* ---- digests ---- */

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
