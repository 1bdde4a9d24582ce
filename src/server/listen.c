/* listen.c - where the server listens, and the URLs that lead there
 *
 * "localhost" is both 127.0.0.1 and ::1, because browsers try the latter first; a port
 * counts as free only if both are, unless the machine has no IPv6.  Names other than
 * localhost are resolved here, once, before the loop runs.
 */

#include "server/listen.h"

#include "base/ident.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/url.h"
#include "server/server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#define IN_A_ROW 5
#define EPHEMERAL_TRIES 20

int listen_candidates (int port, int retries, uint32_t (*random) (void), int *ret)
{
    int n = (retries < 0 ? 0 : retries) + 1;
    if (n > LISTEN_CANDIDATES)
        n = LISTEN_CANDIDATES;
    for (int i = 0; i < n; i++) {
        int p = i < IN_A_ROW ? port + i
                             : port - 2 * n + (int)(random () % (uint32_t)(4 * n + 1));
        ret[i] = p < 1 ? 1 : p > 65535 ? 65535 : p;
    }
    return n;
}

static uint32_t random_u32 (void)
{
    uint32_t v;
    ident_random (&v, sizeof (v));
    return v;
}

bool listen_is_tls (const struct options *o)
{
    return *options_str (o, "ServerApp.certfile");
}

static const char *configured_ip (const struct options *o)
{
    const char *ip = options_str (o, "ServerApp.ip");
    return !strcmp (ip, "*") ? "" : ip;
}

static int resolve (const char *name, struct strv *ret, struct err *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *list;
    int rc = getaddrinfo (name, NULL, &hints, &list);
    if (rc)
        return err_set (err, PROBLEM_NOT_FOUND, "address %.200s: %s", name,
                        gai_strerror (rc));
    for (struct addrinfo *a = list; a; a = a->ai_next) {
        char text[INET6_ADDRSTRLEN];
        const void *raw = a->ai_family == AF_INET6
                              ? (void *)&((struct sockaddr_in6 *)a->ai_addr)->sin6_addr
                              : (void *)&((struct sockaddr_in *)a->ai_addr)->sin_addr;
        if (inet_ntop (a->ai_family, raw, text, sizeof (text)) && !strv_has (ret, text))
            strv_add (ret, text);
    }
    freeaddrinfo (list);
    return 0;
}

static int addresses (const char *ip, struct strv *ret, struct err *err)
{
    struct in6_addr any;
    if (!strcmp (ip, "localhost")) {
        strv_add (ret, "127.0.0.1");
        strv_add (ret, "::1");
    } else if (!*ip) {
        strv_add (ret, "0.0.0.0");
        strv_add (ret, "::");
    } else if (inet_pton (AF_INET, ip, &any) == 1 || inet_pton (AF_INET6, ip, &any) == 1) {
        strv_add (ret, ip);
    } else {
        return resolve (ip, ret, err);
    }
    return 0;
}

bool listen_is_loopback (const struct options *o)
{
    struct strv addrs;
    strv_init (&addrs);
    bool loopback = true;
    if (!*options_str (o, "ServerApp.sock") && addresses (configured_ip (o), &addrs, NULL))
        loopback = false;
    for (size_t i = 0; i < addrs.n; i++)
        if (strncmp (addrs.v[i], "127.", 4) != 0 && strcmp (addrs.v[i], "::1") != 0)
            loopback = false;
    strv_done (&addrs);
    return loopback;
}

static bool port_is_taken (const struct err *err)
{
    return err->problem == PROBLEM_CONFLICT || err->problem == PROBLEM_FORBIDDEN;
}

struct place {
    struct server *s;
    struct strv addrs;
    struct http_tls tls;
    bool use_tls;
};

/* All addresses on PORT, or none.  An address that the machine does not have is no failure
 * if another one works. */
static int try_port (const struct place *p, int port, int *ret_port, struct err *err)
{
    int opened = 0, real = port;
    for (size_t i = 0; i < p->addrs.n; i++) {
        struct err why;
        if (!http_listen_tcp (p->s->http, p->addrs.v[i], real, p->use_tls ? &p->tls : NULL,
                              &real, &why)) {
            opened++;
            continue;
        }
        *err = why;
        if (port_is_taken (&why)) {
            http_stop_listening (p->s->http);
            return -1;
        }
        log_debug ("listen", "%s", why.text);
    }
    if (!opened)
        return -1;
    *ret_port = real;
    return 0;
}

static int try_ports (const struct place *p, int *ret_port, struct err *err)
{
    const struct options *o = p->s->options;
    int port = (int)options_int (o, "ServerApp.port");
    int retries = (int)options_int (o, "ServerApp.port_retries");
    int ports[LISTEN_CANDIDATES] = { 0 };
    int n = port ? listen_candidates (port, retries, random_u32, ports) : EPHEMERAL_TRIES;
    for (int i = 0; i < n; i++) {
        if (!try_port (p, ports[i], ret_port, err))
            return 0;
        if (!port_is_taken (err))
            return -1;
        log_info ("listen", "%s%s", err->text, i + 1 < n ? ", trying another port" : "");
    }
    return err_set (
        err, PROBLEM_CONFLICT,
        "the server could not be started because no available port could be found");
}

static int listen_tcp (struct server *s, int *ret_port, struct err *err)
{
    const struct options *o = s->options;
    const char *ca = options_str (o, "ServerApp.client_ca");
    struct place p = {
        .s = s,
        .tls = { .certfile = options_str (o, "ServerApp.certfile"),
                 .keyfile = options_str (o, "ServerApp.keyfile"),
                 .client_ca = *ca ? ca : NULL },
        .use_tls = listen_is_tls (o),
    };
    if (p.use_tls && !*p.tls.keyfile) /* one file with both is usual */
        p.tls.keyfile = p.tls.certfile;
    strv_init (&p.addrs);
    int rc = addresses (configured_ip (o), &p.addrs, err);
    if (!rc)
        rc = try_ports (&p, ret_port, err);
    strv_done (&p.addrs);
    return rc;
}

int listen_start (struct server *s, int *ret_port, struct err *err)
{
    const char *sock = options_str (s->options, "ServerApp.sock");
    *ret_port = 0;
    if (s->handed.socket)
        return http_listen_fd (s->http, take_fd (s->handed.fd), err);
    if (!*sock)
        return listen_tcp (s, ret_port, err);
    autofree char *path = path_absolute (sock);
    char *end;
    const char *mode_text = options_str (s->options, "ServerApp.sock_mode");
    unsigned long mode = strtoul (mode_text, &end, 8);
    if (!*mode_text || *end || mode > 0777)
        return err_set (err, PROBLEM_INVALID, "invalid --sock-mode value: %.20s",
                        mode_text);
    return http_listen_unix (s->http, path, (unsigned)mode, err);
}

char *listen_origin (const struct options *o, int port, bool local)
{
    const char *sock = options_str (o, "ServerApp.sock");
    if (*sock) {
        autofree char *path = path_absolute (sock);
        autofree char *encoded = url_encode_all (path);
        return xasprintf ("http+unix://%s", encoded);
    }
    char host[256];
    const char *ip = configured_ip (o);
    const char *scheme = listen_is_tls (o) ? "https" : "http";
    if (local)
        ip = "127.0.0.1";
    else if (!*ip)
        ip = "localhost";
    else if ((!strcmp (ip, "0.0.0.0") || !strcmp (ip, "::")) &&
             !gethostname (host, sizeof (host)))
        ip = host;
    host[sizeof (host) - 1] = '\0';
    return strchr (ip, ':') ? xasprintf ("%s://[%s]:%d", scheme, ip, port)
                            : xasprintf ("%s://%s:%d", scheme, ip, port);
}

char *listen_page_url (const struct server *s, int port, bool local, const char *path,
                       const char *query)
{
    autofree char *origin = listen_origin (s->options, port, local);
    bool below = !strncmp (path, s->base_url, strlen (s->base_url));
    autofree char *joined = below ? xstrdup (path) : url_join (s->base_url, path);
    const char *mark = !*query ? "" : strchr (joined, '?') ? "&" : "?";
    return xasprintf ("%s%s%s%s", origin, joined, mark, query);
}
