/* password.c - password hashes of contract 2.5
 *
 * "argon2:" + PHC string, or the old "<alg>:<salt>:<hex>".  Both are slow or not under our control, so this
 * runs in `labwright worker password`.
 */

#include "base/crypto.h"
#include "base/ident.h"

#include <argon2.h>
#include <string.h>

#define ARGON2_MEMORY_KIB 10240
#define ARGON2_TIME 10
#define ARGON2_LANES 8
#define ARGON2_SALT 16
#define ARGON2_TAG 32

static bool verify_argon2 (const char *phc, const char *password)
{
    static const struct {
        const char *prefix;
        argon2_type type;
    } variants[] = { { "$argon2id$", Argon2_id },
                     { "$argon2i$", Argon2_i },
                     { "$argon2d$", Argon2_d } };

    for (size_t i = 0; i < ARRAY_SIZE (variants); i++)
        if (!strncmp (phc, variants[i].prefix, strlen (variants[i].prefix)))
            return argon2_verify (phc, password, strlen (password), variants[i].type) ==
                   ARGON2_OK;
    return false;
}

static bool verify_digest (const char *stored, const char *password)
{
    const char *salt = strchr (stored, ':');
    const char *hex = salt ? strchr (salt + 1, ':') : NULL;

    if (!hex || !hex[1] || strchr (hex + 1, ':'))
        return false;
    autofree char *alg = xstrndup (stored, (size_t)(salt - stored));
    struct digest *d = digest_new (alg);
    if (!d)
        return false;
    char got[CRYPTO_HEX];
    digest_add (d, password, strlen (password));
    digest_add (d, salt + 1, (size_t)(hex - salt - 1));
    digest_hex (d, got);
    return ident_equal (got, hex + 1);
}

bool crypto_password_verify (const char *stored, const char *password)
{
    if (!strncmp (stored, "argon2:", 7))
        return verify_argon2 (stored + 7, password);
    return verify_digest (stored, password);
}

char *crypto_password_hash (const char *password, struct err *err)
{
    char encoded[256];
    unsigned char salt[ARGON2_SALT];

    ident_random (salt, sizeof (salt));
    int rc = argon2id_hash_encoded (ARGON2_TIME, ARGON2_MEMORY_KIB, ARGON2_LANES, password,
                                    strlen (password), salt, sizeof (salt), ARGON2_TAG,
                                    encoded, sizeof (encoded));
    if (rc != ARGON2_OK) {
        err_set (err, PROBLEM_INTERNAL, "hash password: %s", argon2_error_message (rc));
        return NULL;
    }
    return xasprintf ("argon2:%s", encoded);
}
