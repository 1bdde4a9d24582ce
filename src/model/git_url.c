/* git_url.c - the address of a public git repository, and the addresses that nobody may be sent to */

#include "model/git_url.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char expected[] =
    "expected the address of a public repository, https://host/owner/name";

static bool is_url_char (unsigned char c)
{
    return isalnum (c) || (c && strchr ("-._~/%+@:,=!()&", c));
}

/* The length of the scheme with "://", and its port; 0: another. */
static size_t scheme_of (const char *text, const char **ret_port)
{
    if (!strncasecmp (text, "https://", 8)) {
        *ret_port = "443";
        return 8;
    }
    *ret_port = "80";
    return !strncasecmp (text, "http://", 7) ? 7 : 0;
}

static bool take_host (const char *s, size_t n, struct git_url *u)
{
    bool six = n > 2 && s[0] == '[' && s[n - 1] == ']';
    if (six) {
        s++;
        n -= 2;
    }
    if (!n || n >= sizeof (u->host) || s[0] == '-' || s[0] == '.')
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (six ? !isxdigit (c) && c != ':' && c != '.'
                : !isalnum (c) && c != '-' && c != '.')
            return false;
        u->host[i] = (char)tolower (c);
    }
    u->host[n] = '\0';
    struct in6_addr a;
    return !six || inet_pton (AF_INET6, u->host, &a) == 1;
}

static bool take_port (const char *s, size_t n, struct git_url *u)
{
    long port = 0;
    if (!n || n > 5)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit ((unsigned char)s[i]))
            return false;
        port = port * 10 + (s[i] - '0');
    }
    (void)snprintf (u->port, sizeof (u->port), "%ld", port);
    return port > 0 && port < 65536;
}

/* [host] or [host]:port */
static bool take_authority (const char *s, size_t n, struct git_url *u)
{
    const char *bracket = memchr (s, ']', n);
    size_t from = bracket ? (size_t)(bracket - s) : 0;
    const char *colon = memchr (s + from, ':', n - from);
    size_t host = colon ? (size_t)(colon - s) : n;
    return take_host (s, host, u) && (!colon || take_port (colon + 1, n - host - 1, u));
}

static void take_name (const char *path, struct git_url *u)
{
    size_t n = strlen (path), from;
    while (n && path[n - 1] == '/')
        n--;
    if (n > 4 && !strncmp (path + n - 4, ".git", 4))
        n -= 4;
    for (from = n; from && path[from - 1] != '/';)
        from--;
    (void)snprintf (u->name, sizeof (u->name), "%.*s",
                    (int)(n - from > 100 ? 100 : n - from), path + from);
}

int git_url_parse (const char *text, struct git_url *ret, struct err *err)
{
    const char *port;
    size_t scheme = scheme_of (text, &port), n = strlen (text);
    struct git_url u = { .host = "" };
    if (n > GIT_URL_BYTES)
        return err_set (err, PROBLEM_INVALID, "git_url: longer than %d characters",
                        GIT_URL_BYTES);
    if (!scheme)
        return err_set (err, PROBLEM_INVALID, "git_url: %s", expected);
    for (size_t i = scheme; i < n; i++)
        if (!is_url_char ((unsigned char)text[i]) && text[i] != '[' && text[i] != ']')
            return err_set (err, PROBLEM_INVALID,
                            "git_url: character %zu cannot be in it; %s", i + 1, expected);
    size_t authority = strcspn (text + scheme, "/");
    const char *path = text + scheme + authority;
    if (memchr (text + scheme, '@', authority))
        return err_set (
            err, PROBLEM_INVALID,
            "git_url: leave out name and password: only public repositories can "
            "be imported");
    (void)snprintf (u.port, sizeof (u.port), "%s", port);
    if (!take_authority (text + scheme, authority, &u) ||
        strspn (path, "/") == strlen (path) || strchr (path, '[') || strchr (path, ']'))
        return err_set (err, PROBLEM_INVALID, "git_url: %s", expected);
    take_name (path, &u);
    *ret = u;
    return 0;
}

bool git_branch_ok (const char *name)
{
    size_t n = strlen (name);
    if (!n)
        return true;
    if (n > GIT_BRANCH_BYTES || strchr ("-./", name[0]) || strchr ("./", name[n - 1]) ||
        strstr (name, "..") || strstr (name, "@{") || strstr (name, "//"))
        return false;
    for (; *name; name++)
        if ((unsigned char)*name <= ' ' || *name == 0x7f || strchr ("~^:?*[\\", *name))
            return false;
    return true;
}

static bool in_net (uint32_t a, uint32_t net, int bits)
{
    return (a ^ net) >> (32 - bits) == 0;
}

static bool private4 (uint32_t a)
{
    static const struct {
        uint32_t net;
        int bits;
    } nets[] = {
        { 0x00000000, 8 },  /* this network */
        { 0x0a000000, 8 },  /* private */
        { 0x64400000, 10 }, /* carrier's */
        { 0x7f000000, 8 },  /* this machine */
        { 0xa9fe0000, 16 }, /* link-local: also the metadata of clouds */
        { 0xac100000, 12 }, /* private */
        { 0xc0000000, 24 }, /* protocols */
        { 0xc0a80000, 16 }, /* private */
        { 0xc6120000, 15 }, /* benchmarks */
        { 0xe0000000, 3 },  /* multicast, reserved, broadcast */
    };
    for (size_t i = 0; i < ARRAY_SIZE (nets); i++)
        if (in_net (a, nets[i].net, nets[i].bits))
            return true;
    return false;
}

static uint32_t last4 (const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Global unicast is 2000::/3; of that, what wraps an IPv4 address is judged by it. */
static bool private6 (const struct in6_addr *a)
{
    const uint8_t *b = a->s6_addr;
    static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
    if (IN6_IS_ADDR_V4MAPPED (a) || !memcmp (b, nat64, sizeof (nat64)))
        return private4 (last4 (b + 12));
    if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 */
        return private4 (last4 (b + 2));
    return (b[0] & 0xe0) != 0x20 || (b[0] == 0x20 && b[1] == 0x01 && b[2] < 2);
}

bool git_address_private (const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)a;
        return private4 (ntohl (in->sin_addr.s_addr));
    }
    if (a->sa_family == AF_INET6)
        return private6 (&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
    return true;
}
