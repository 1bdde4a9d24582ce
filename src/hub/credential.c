/* credential.c - the secret in an Authorization header */

#include "hub/credential.h"

#include "base/crypto.h"

#include <string.h>
#include <strings.h>

char *credential_secret (const char *header)
{
    static const char *const words[] = { "apikey ", "Bearer ", "token " };
    if (strlen (header) > CREDENTIAL_MAX)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE (words); i++) {
        size_t n = strlen (words[i]);
        if (!strncasecmp (header, words[i], n))
            return xstrdup (header + n + strspn (header + n, " "));
    }
    if (strncasecmp (header, "Basic ", 6) != 0)
        return NULL;
    autodone (buf_done) struct buf b;
    buf_init (&b, CREDENTIAL_MAX);
    if (base64_decode (&b, header + 6, strlen (header + 6), NULL))
        return NULL;
    const char *colon = memchr (b.data, ':', b.len);
    return colon && strlen (b.data) == b.len ? xstrdup (colon + 1) : NULL; /* no NUL */
}
