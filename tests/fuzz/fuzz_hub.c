/* fuzz_hub.c - what strangers send to the hub: Authorization, Host, Origin, cookies, where to go next
 *
 * Whatever a Host or an Origin is, it names the hub only if it is the hub's, and labs only if it ends as labs does.
 */

#include "base/cleanup.h"
#include "hub/credential.h"
#include "hub/pass.h"
#include "hub/site.h"
#include "hub/xsrf_hub.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void check_site (const char *text)
{
    struct site s;
    assert (
        !site_init (&s, "https://hub.example", "https://{workspace}.labs.example", NULL));
    size_t n = strlen (text), tail = strlen (".labs.example");
    unsigned part = site_part_of (&s, text);
    if (part & SITE_HUB)
        assert (!strcasecmp (text, "hub.example") || !strcasecmp (text, "hub.example:443"));
    if (part & SITE_LABS)
        assert (n > tail && (!strcasecmp (text + n - tail, ".labs.example") ||
                             !strcasecmp (text + n - 4, ":443")));
    assert (!site_is_hub_origin (&s, text) || !strcasecmp (text, "https://hub.example"));
    assert (!site_is_labs_origin (&s, text) || !strncasecmp (text, "https://", 8));
    site_done (&s);
}

/* Wherever somebody wants to go, it is inside the workspace. */
static void check_next (const char *text)
{
    static const char root[] = "/notebooks/run_222222222222222222222222/";
    const struct workspace_model w = { .id = "run_222222222222222222222222",
                                       .task = "3333333333333333333333" };
    autofree char *next = pass_next (&w, text);
    size_t n = sizeof (root) - 1;
    assert (!strncmp (next, root, n) && next[n] && next[n] != '/');
    assert (!strpbrk (next, " \r\n\t\\") && !strstr (next, ".."));
    (void)xsrf_hub_is_cookie (text, strlen (text));
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    autofree char *text = xstrndup ((const char *)data, size);
    autofree char *secret = credential_secret (text);
    assert (!secret || strlen (secret) <= CREDENTIAL_MAX);
    check_site (text);
    check_next (text);
    struct site s;
    if (!site_init (&s, text, NULL, NULL)) {
        assert (site_is_hub_origin (&s, s.hub));
        assert (s.one_name);
        site_done (&s);
    }
    return 0;
}
