/* password.c - worker `password` */

#include "worker/password.h"

#include "base/crypto.h"
#include "base/jsonx.h"

#include <stdlib.h>

json_t *worker_password (const json_t *in, struct err *err)
{
    const char *password = jsonx_str (in, "password", NULL);
    const char *stored = jsonx_str (in, "stored", NULL);
    if (!password) {
        (void)err_set (err, PROBLEM_INVALID, "no password was given");
        return NULL;
    }
    json_t *out = json_object ();
    if (stored) {
        bool match = crypto_password_verify (stored, password);
        (void)json_object_set_new (out, "match", json_boolean (match));
        return out;
    }
    autofree char *hash = crypto_password_hash (password, err);
    if (!hash) {
        json_decref (out);
        return NULL;
    }
    jsonx_set_str (out, "hash", hash);
    return out;
}
