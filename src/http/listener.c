/* listener.c - listening sockets of our own, and handing what they accept to the library
 *
 * The library could listen itself, but not with IPV6_V6ONLY per address, a socket file's
 * mode, the replacement of a stale socket file, or the port that the kernel chose.  Each
 * TLS listener has a vhost of its own, which holds certificate and key; only http/1.1 is
 * offered by ALPN.
 */
#include "http/http_lws.h"

#include "base/fd.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define LISTENER_BACKLOG 512
#define LISTENER_TURN 32 /* connections accepted before others get their turn */
#define LISTENER_MAX_CONNS 4096
#define LISTENER_REST_US (200 * CLOCK_MS) /* when there are no descriptors left */

struct listener {
    struct http *http;
    struct list link;
    int fd;
    struct loop_io *io;
    struct loop_timer *rest;
    bool complained;         /* since the last connection that was accepted */
    struct lws_vhost *vhost; /* http's; with TLS, or NULL: the common one */
    bool is_unix;
    char *path; /* of a socket file, which is ours to remove */
};

static void listener_free (struct listener *s)
{
    list_remove (&s->link);
    loop_unwatch (s->io);
    loop_cancel (s->rest);
    if (s->fd >= 0)
        (void)close (s->fd);
    if (s->path)
        (void)unlink (s->path);
    free (s->path);
    free (s);
}

/* ---- accepting --------------------------------------------------------------------------
 */

static void peer_name (const struct sockaddr_storage *ss, char ret[INET6_ADDRSTRLEN])
{
    ret[0] = '\0';
    if (ss->ss_family == AF_INET)
        (void)inet_ntop (AF_INET, &((const struct sockaddr_in *)ss)->sin_addr, ret,
                         INET6_ADDRSTRLEN);
    else if (ss->ss_family == AF_INET6)
        (void)inet_ntop (AF_INET6, &((const struct sockaddr_in6 *)ss)->sin6_addr, ret,
                         INET6_ADDRSTRLEN);
}

static void adopt (struct listener *s, int fd, const struct sockaddr_storage *ss)
{
    struct http *h = s->http;
    char peer[INET6_ADDRSTRLEN];
    lws_adopt_desc_t desc = {
        .vh = s->vhost ? s->vhost : h->vhost,
        .type = LWS_ADOPT_SOCKET | (s->vhost ? LWS_ADOPT_ALLOW_SSL : 0),
        .fd.sockfd = fd,
        .vh_prot_name = "http",
    };
    struct conn *c;

    peer_name (ss, peer);
    c = conn_new (h, s->vhost != NULL, s->is_unix, peer);
    desc.opaque = c;
    h->adopting = c;
    if (lws_adopt_descriptor_vhost_via_info (&desc))
        conn_deadline (c, h->config.header_timeout_us);
    else if (h->adopting)
        conn_free (c);
    h->adopting = NULL;
}

static void on_rested (void *arg)
{
    struct listener *s = arg;

    s->rest = NULL;
    loop_io_events (s->io, LOOP_READ);
}

static void on_accept (void *arg, unsigned events)
{
    struct listener *s = arg;

    for (int i = 0; i < LISTENER_TURN; i++) {
        struct sockaddr_storage ss = { 0 };
        socklen_t len = sizeof (ss);
        int fd =
            accept4 (s->fd, (struct sockaddr *)&ss, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 &&
            (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            if (!s->complained)
                log_warning ("http", "cannot accept a connection: %s", strerror (errno));
            s->complained = true;
            loop_io_events (s->io, 0);
            s->rest = loop_after (s->http->loop, LISTENER_REST_US, on_rested, s);
            return;
        }
        if (fd < 0)
            return;
        s->complained = false;
        if (s->http->conn_count >= LISTENER_MAX_CONNS)
            (void)close (fd);
        else
            adopt (s, fd, &ss);
    }
}

static int listener_start (struct http *h, int *fd, struct lws_vhost *vhost, bool is_unix,
                           const char *path, const char *what, struct err *err)
{
    struct listener *s;

    if (listen (*fd, LISTENER_BACKLOG) < 0)
        return err_sys (err, errno, "cannot listen on %s", what);
    s = xnew (struct listener);
    s->http = h;
    s->fd = take_fd (*fd);
    s->vhost = vhost;
    s->is_unix = is_unix;
    s->path = path ? xstrdup (path) : NULL;
    list_append (&h->listeners, &s->link);
    s->io = loop_watch (h->loop, s->fd, LOOP_READ, on_accept, s);
    return 0;
}

/* ---- TCP --------------------------------------------------------------------------------
 */

static int parse_address (const char *addr, int port, struct sockaddr_storage *ss,
                          socklen_t *len, struct err *err)
{
    struct sockaddr_in *in = (struct sockaddr_in *)ss;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

    memset (ss, 0, sizeof (*ss));
    if (inet_pton (AF_INET, addr, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons ((uint16_t)port);
        *len = sizeof (*in);
        return 0;
    }
    if (inet_pton (AF_INET6, addr, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons ((uint16_t)port);
        *len = sizeof (*in6);
        return 0;
    }
    return err_set (err, PROBLEM_INVALID, "%s is not an IP address to listen on", addr);
}

static int tls_vhost (struct http *h, const struct http_tls *tls, struct lws_vhost **ret,
                      struct err *err)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .vhost_name = "https",
        .protocols = http_protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .ssl_cert_filepath = tls->certfile,
        .ssl_private_key_filepath = tls->keyfile,
        .ssl_ca_filepath = tls->client_ca,
        .ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1,
        .alpn = "http/1.1",
    };

    if (access (tls->certfile, R_OK) < 0)
        return err_sys (err, errno, "certificate %s", tls->certfile);
    if (tls->keyfile && access (tls->keyfile, R_OK) < 0)
        return err_sys (err, errno, "key %s", tls->keyfile);
    if (tls->client_ca)
        info.options |= LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
    *ret = lws_create_vhost (loop_lws (h->loop, err), &info);
    if (!*ret)
        return err_set (err, PROBLEM_INVALID, "cannot use certificate %s with its key",
                        tls->certfile);
    h->tls_vhosts = xrealloc (h->tls_vhosts, h->tls_count + 1, sizeof (struct lws_vhost *));
    h->tls_vhosts[h->tls_count++] = *ret;
    return 0;
}

static int bind_tcp (const char *addr, int port, int *ret_fd, int *ret_port,
                     struct err *err)
{
    struct sockaddr_storage ss;
    autoclose int fd = -1;
    socklen_t len;
    int on = 1;

    if (parse_address (addr, port, &ss, &len, err) < 0)
        return -1;
    fd = socket (ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys (err, errno, "cannot listen on %s", addr);
    (void)setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof (on));
    (void)setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on,
                      sizeof (on)); /* inherited by accept */
    if (ss.ss_family == AF_INET6)
        (void)setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof (on));
    if (bind (fd, (struct sockaddr *)&ss, len) < 0) {
        if (errno == EADDRINUSE)
            return err_set (err, PROBLEM_CONFLICT, "port %d of %s is already in use", port,
                            addr);
        return err_sys (err, errno, "cannot listen on port %d of %s", port, addr);
    }
    if (getsockname (fd, (struct sockaddr *)&ss, &len) < 0)
        return err_sys (err, errno, "cannot listen on %s", addr);
    *ret_port = ntohs (ss.ss_family == AF_INET ? ((struct sockaddr_in *)&ss)->sin_port
                                               : ((struct sockaddr_in6 *)&ss)->sin6_port);
    *ret_fd = take_fd (fd);
    return 0;
}

int http_listen_tcp (struct http *h, const char *addr, int port, const struct http_tls *tls,
                     int *ret_port, struct err *err)
{
    struct lws_vhost *vhost = NULL;
    autoclose int fd = -1;
    int real = 0;

    if (bind_tcp (addr, port, &fd, &real, err) < 0)
        return -1;
    if (tls && tls_vhost (h, tls, &vhost, err) < 0)
        return -1;
    if (listener_start (h, &fd, vhost, false, NULL, addr, err) < 0)
        return -1;
    if (ret_port)
        *ret_port = real;
    return 0;
}

/* ---- unix -------------------------------------------------------------------------------
 */

/* Makes way for a new socket file: only a socket that nobody listens on is removed. */
static int clear_path (const char *path, const struct sockaddr_un *un, struct err *err)
{
    struct stat st;
    autoclose int probe = -1;

    if (lstat (path, &st) < 0)
        return errno == ENOENT ? 0 : err_sys (err, errno, "cannot listen on %s", path);
    if (!S_ISSOCK (st.st_mode))
        return err_set (err, PROBLEM_CONFLICT, "%s exists and is no socket", path);
    probe = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return err_sys (err, errno, "cannot listen on %s", path);
    if (connect (probe, (const struct sockaddr *)un, sizeof (*un)) == 0 ||
        errno != ECONNREFUSED)
        return err_set (err, PROBLEM_CONFLICT, "another process listens on %s", path);
    if (unlink (path) < 0)
        return err_sys (err, errno, "cannot replace %s", path);
    return 0;
}

int http_listen_unix (struct http *h, const char *path, unsigned mode, struct err *err)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    autoclose int fd = -1;

    if (strlen (path) >= sizeof (un.sun_path))
        return err_set (err, PROBLEM_INVALID, "the socket path %s is longer than %zu bytes",
                        path, sizeof (un.sun_path) - 1);
    memcpy (un.sun_path, path, strlen (path) + 1);
    if (clear_path (path, &un, err) < 0)
        return -1;
    fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys (err, errno, "cannot listen on %s", path);
    if (bind (fd, (struct sockaddr *)&un, sizeof (un)) < 0)
        return err_sys (err, errno, "cannot listen on %s", path);
    /* before listen (), so that nobody gets in under the mode that the umask gave */
    if (chmod (path, (mode_t)mode) < 0)
        return err_sys (err, errno, "cannot set the mode of %s", path);
    return listener_start (h, &fd, NULL, true, path, path, err);
}

/* Others may hold the same open file, but only one of us accepts at a time. */
int http_listen_fd (struct http *h, int fd, struct err *err)
{
    autoclose int own = fd;

    if (fd_set_nonblock (own, true) < 0)
        return err_sys (err, errno, "cannot listen on descriptor %d", own);
    return listener_start (h, &own, NULL, true, NULL, "the socket that was handed over",
                           err);
}

/* ---- the end ----------------------------------------------------------------------------
 */

void listeners_stop (struct http *h)
{
    while (!list_empty (&h->listeners))
        listener_free (list_entry (h->listeners.next, struct listener, link));
}

void http_stop_listening (struct http *h)
{
    listeners_stop (h);
}
