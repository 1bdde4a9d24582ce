/* fuzz_origin.c - Host, Origin and next, whatever they hold */

#include "base/cleanup.h"
#include "server/origin.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A redirect never leaves BASE when no origin is allowed. */
static void check_next (const char *text, const char *base)
{
    struct origin_rules *none = origin_rules_new ("", "", NULL);
    autofree char *next = origin_safe_next (text, base, none);
    autofree char *slash = xasprintf ("%s/", next);
    size_t path = strcspn (next, "?#");
    slash[path] = '/';
    slash[path + 1] = '\0';
    if (strncmp (slash, base, strlen (base)) != 0 || !strncmp (next, "//", 2) ||
        strpbrk (next, "\\\r\n\t "))
        abort ();
    origin_rules_free (none);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autofree char *text = xstrndup ((const char *)data, size);
    struct origin_rules *r =
        origin_rules_new ("", "https://[a-z.]+\\.good\\.example", NULL);
    struct strv local;
    strv_init (&local);
    strv_add (&local, "localhost");
    check_next (text, "/a%40b/");
    check_next (text, "/");
    (void)origin_rules_match (r, text);
    (void)origin_is_host (text, "localhost:8888");
    (void)origin_host_allowed (text, &local);
    free (origin_safe_next (text, "/", r));
    strv_done (&local);
    origin_rules_free (r);
    return 0;
}
