/* site.c - the two origins of a hub
 *
 * Compared as text after normalisation: lower case, without the port that the scheme implies.  That is
 * what browsers send, so nothing is decoded, resolved or guessed.
 */

#include "hub/site.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PLACE "{workspace}"
#define HOST_MAX 300

static bool is_host_char (char c)
{
    return isascii ((unsigned char)c) &&
           (isalnum ((unsigned char)c) || strchr ("-._:[]", c));
}

/* Without the port that SCHEME implies. */
static size_t without_default_port (const char *host, size_t n, bool secure)
{
    const char *port = secure ? ":443" : ":80";
    size_t k = strlen (port);
    return n > k && !memcmp (host + n - k, port, k) ? n - k : n;
}

static void lower (char *s)
{
    for (; *s; s++)
        *s = (char)tolower ((unsigned char)*s);
}

/* URL as an origin, malloc'ed; NULL and INVALID. */
static char *normal_origin (const char *what, const char *url, struct err *err)
{
    bool secure = !strncasecmp (url, "https://", 8);
    if (!secure && strncasecmp (url, "http://", 7) != 0) {
        (void)err_set (err, PROBLEM_INVALID,
                       "%s: '%.200s' begins with neither http:// nor https://", what, url);
        return NULL;
    }
    const char *host = url + (secure ? 8 : 7);
    size_t n = strlen (host);
    n -= n > 0 && host[n - 1] == '/';
    const char *place = strstr (host, PLACE);
    size_t hole_at = place ? (size_t)(place - host) : n;
    bool fine = n > 0 && n < HOST_MAX;
    for (size_t i = 0; fine && i < n; i++) {
        if (i == hole_at)
            i += strlen (PLACE) - 1;
        else
            fine = is_host_char (host[i]);
    }
    if (!fine) {
        (void)err_set (err, PROBLEM_INVALID,
                       "%s: '%.200s' is not an address of the form http://host or "
                       "http://host:port",
                       what, url);
        return NULL;
    }
    char *origin = xasprintf ("%s://%.*s", secure ? "https" : "http",
                              (int)without_default_port (host, n, secure), host);
    lower (origin);
    return origin;
}

int site_init (struct site *s, const char *hub, const char *labs, struct err *err)
{
    *s = (struct site){ .hub = normal_origin ("hub-url", hub, err) };
    if (s->hub)
        s->labs = normal_origin ("labs-url", labs ? labs : hub, err);
    if (s->labs && strstr (s->hub, PLACE))
        (void)err_set (err, PROBLEM_INVALID, "hub-url: " PLACE " belongs into labs-url");
    else if (s->labs) {
        s->secure = !strncmp (s->hub, "https:", 6);
        s->one_name = !strcmp (s->hub, s->labs);
        return 0;
    }
    site_done (s);
    return -1;
}

void site_done (struct site *s)
{
    free (s->hub);
    free (s->labs);
    *s = (struct site){ .hub = NULL };
}

/* Is TEXT what PATTERN says, where one label stands for PLACE? */
static bool fits (const char *pattern, const char *text)
{
    const char *place = strstr (pattern, PLACE);
    if (!place)
        return !strcmp (pattern, text);
    size_t head = (size_t)(place - pattern), n = strlen (text);
    const char *tail = place + strlen (PLACE);
    size_t tail_n = strlen (tail);
    if (n <= head + tail_n || strncmp (text, pattern, head) != 0 ||
        strcmp (text + n - tail_n, tail) != 0)
        return false;
    for (size_t i = head; i < n - tail_n; i++)
        if (!isalnum ((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    return true;
}

static const char *host_of (const char *origin)
{
    return strstr (origin, "://") + 3;
}

static bool host_fits (const char *origin, const char *host)
{
    char text[HOST_MAX];
    bool secure = !strncmp (origin, "https:", 6);
    size_t n = strlen (host);
    if (n == 0 || n >= sizeof (text))
        return false;
    n = without_default_port (host, n, secure);
    memcpy (text, host, n);
    text[n] = '\0';
    lower (text);
    return fits (host_of (origin), text);
}

unsigned site_part_of (const struct site *s, const char *host)
{
    return (host_fits (s->hub, host) ? SITE_HUB : 0) |
           (host_fits (s->labs, host) ? SITE_LABS : 0);
}

static bool origin_fits (const char *pattern, const char *origin)
{
    char text[HOST_MAX + 8];
    size_t n = strlen (origin);
    if (n >= sizeof (text))
        return false;
    memcpy (text, origin, n + 1);
    lower (text);
    return fits (pattern, text);
}

bool site_is_hub_origin (const struct site *s, const char *origin)
{
    return origin_fits (s->hub, origin);
}

bool site_is_labs_origin (const struct site *s, const char *origin)
{
    return origin_fits (s->labs, origin);
}

char *site_labs_url (const struct site *s, const char *id)
{
    const char *place = strstr (s->labs, PLACE);
    if (!place)
        return xstrdup (s->labs);
    char *url =
        xasprintf ("%.*s%s%s", (int)(place - s->labs), s->labs, id, place + strlen (PLACE));
    lower (url);
    return url;
}

/* Traffic that leaves the machine. */
static bool is_remote (const char *origin)
{
    static const char *const here[] = { "localhost", "127.", "[::1]" };
    const char *host = host_of (origin);
    for (size_t i = 0; i < ARRAY_SIZE (here); i++)
        if (!strncmp (host, here[i], strlen (here[i])))
            return false;
    return true;
}

size_t site_weaknesses (const struct site *s, const char *ret[SITE_WEAKNESSES])
{
    size_t n = 0;
    if (s->one_name)
        ret[n++] =
            "Workspaces and the hub share one address: a script in a notebook can do "
            "at the hub what the person who opened it may do. Give --labs-url a second "
            "name of this machine";
    else if (!strstr (s->labs, PLACE))
        ret[n++] =
            "All workspaces share one address: a script in one of a person's workspaces "
            "can reach the others that are open in the same browser. Give --labs-url a "
            "name with {workspace} in it, such as https://{workspace}.labs.example.org";
    if (!s->secure && is_remote (s->hub))
        ret[n++] = "The hub is reached without https: who listens on the network reads "
                   "passwords and cookies. Put certificates or a proxy with https in front";
    if (!strncmp (s->labs, "http:", 5) && is_remote (s->labs))
        ret[n++] = "Workspaces are reached without https: who listens on the network reads "
                   "and changes what people do in them. Put https in front of --labs-url";
    return n;
}
