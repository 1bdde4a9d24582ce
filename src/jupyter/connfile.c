/* connfile.c - a kernel's connection file */

#include "jupyter/connfile.h"
#include "base/cleanup.h"
#include "base/ident.h"
#include "base/jsonx.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const port_keys[CONN_PORTS] = {
    "shell_port", "iopub_port", "stdin_port", "control_port", "hb_port",
};

void connfile_init (struct connfile *c, const char *transport, const char *ip,
                    const char *kernel_name)
{
    autofree char *hex = ident_hex (16);

    *c = (struct connfile){
        .transport = xstrdup (transport),
        .ip = xstrdup (ip),
        .key = xasprintf ("%.8s-%s", hex, hex + 8),
        .signature_scheme = xstrdup ("hmac-sha256"),
        .kernel_name = xstrdup (kernel_name),
        .session = xstrdup (""),
    };
    for (unsigned i = 0; i < CONN_PORTS; i++)
        c->port[i] = i + 1;
}

void connfile_done (struct connfile *c)
{
    free (c->transport);
    free (c->ip);
    free (c->key);
    free (c->signature_scheme);
    free (c->kernel_name);
    free (c->session);
    memset (c, 0, sizeof (*c));
}

/* A socket bound to any free port of IP, so that the next one gets another; -1. */
static int bind_free (const char *ip, unsigned *ret_port, struct err *err)
{
    struct linger hard = { .l_onoff = 1 };
    struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6 };
    struct sockaddr_in sa4 = { .sin_family = AF_INET };
    struct sockaddr *sa = (struct sockaddr *)&sa4;
    socklen_t n = sizeof (sa4);
    autoclose int fd = -1;

    if (inet_pton (AF_INET, ip, &sa4.sin_addr) != 1) {
        if (inet_pton (AF_INET6, ip, &sa6.sin6_addr) != 1)
            return err_set (err, PROBLEM_INVALID, "\"%s\" is no IP address", ip);
        sa = (struct sockaddr *)&sa6;
        n = sizeof (sa6);
    }
    fd = socket (sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind (fd, sa, n) < 0 || getsockname (fd, sa, &n) < 0)
        return err_sys (err, errno, "find a free port of %s", ip);
    (void)setsockopt (fd, SOL_SOCKET, SO_LINGER, &hard, sizeof (hard));
    *ret_port = ntohs (sa->sa_family == AF_INET ? sa4.sin_port : sa6.sin6_port);
    return take_fd (fd);
}

int connfile_pick_ports (struct connfile *c, struct err *err)
{
    int fd[CONN_PORTS];
    int n = 0, rc = 0;

    if (strcmp (c->transport, "tcp"))
        return 0;
    while (n < CONN_PORTS && rc == 0) {
        fd[n] = bind_free (c->ip, &c->port[n], err);
        if (fd[n] < 0)
            rc = -1;
        else
            n++;
    }
    while (n > 0)
        (void)close (fd[--n]);
    return rc;
}

static void to_json (const struct connfile *c, struct buf *b)
{
    autojson json_t *j = json_object ();

    for (int i = 0; i < CONN_PORTS; i++)
        json_object_set_new (j, port_keys[i], json_integer (c->port[i]));
    jsonx_set_str (j, "ip", c->ip);
    jsonx_set_str (j, "key", c->key);
    jsonx_set_str (j, "transport", c->transport);
    jsonx_set_str (j, "signature_scheme", c->signature_scheme);
    jsonx_set_str (j, "kernel_name", c->kernel_name);
    if (*c->session)
        jsonx_set_str (j, "jupyter_session", c->session);
    (void)jsonx_dump (j, b, 2, false);
    (void)buf_addc (b, '\n');
}

/* Not fd_write_file_atomic: a connection file need not survive a power cut, and an fsync
 * would block. */
int connfile_write (const struct connfile *c, const char *path, struct err *err)
{
    autofree char *temporary = xasprintf ("%s.tmp", path);
    autodone (buf_done) struct buf b;
    autoclose int fd = -1;

    buf_init (&b, 1 << 16);
    to_json (c, &b);
    if (b.overflow)
        return err_set (err, PROBLEM_TOO_LARGE, "connection file %s: too large", path);
    (void)unlink (temporary);
    fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys (err, errno, "connection file %s", path);
    if (write (fd, b.data, b.len) != (ssize_t)b.len || rename (temporary, path) < 0) {
        err_sys (err, errno, "connection file %s", path);
        (void)unlink (temporary);
        return -1;
    }
    return 0;
}

int connfile_read (const char *path, struct connfile *ret, struct err *err)
{
    autojson json_t *j = jsonx_read_file (path, err);

    if (!j)
        return -1;
    if (!json_is_object (j))
        return err_set (err, PROBLEM_INVALID, "connection file %s: no JSON object", path);
    *ret = (struct connfile){
        .transport = xstrdup (jsonx_str (j, "transport", "tcp")),
        .ip = xstrdup (jsonx_str (j, "ip", "127.0.0.1")),
        .key = xstrdup (jsonx_str (j, "key", "")),
        .signature_scheme = xstrdup (jsonx_str (j, "signature_scheme", "hmac-sha256")),
        .kernel_name = xstrdup (jsonx_str (j, "kernel_name", "")),
        .session = xstrdup (jsonx_str (j, "jupyter_session", "")),
    };
    for (int i = 0; i < CONN_PORTS; i++) {
        int64_t port = jsonx_int (j, port_keys[i], -1);

        if (port < 0 || port > 65535) {
            connfile_done (ret);
            return err_set (err, PROBLEM_INVALID, "connection file %s: %s", path,
                            port_keys[i]);
        }
        ret->port[i] = (unsigned)port;
    }
    return 0;
}

char *connfile_endpoint (const struct connfile *c, enum connfile_port which)
{
    if (!strcmp (c->transport, "ipc"))
        return xasprintf ("ipc://%s-%u", c->ip, c->port[which]);
    return xasprintf (strchr (c->ip, ':') ? "tcp://[%s]:%u" : "tcp://%s:%u", c->ip,
                      c->port[which]);
}
