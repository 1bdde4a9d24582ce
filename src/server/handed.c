/* handed.c - what the one who started us handed over */

#include "server/handed.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "http/http.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

static char *take_environ (const char *name)
{
    const char *value = getenv (name);
    char *copy = value && *value ? xstrdup (value) : NULL;
    (void)unsetenv (name);
    return copy;
}

/* -1: it is no number of ours. */
static long number (const char *text)
{
    char *end;
    long n = text ? strtol (text, &end, 10) : -1;
    return text && !*end && n >= 0 && n <= INT_MAX ? n : -1;
}

static int check_socket (struct handed *h, struct err *err)
{
    struct sockaddr_un un = { 0 };
    socklen_t n = sizeof (un), size = sizeof (int);
    int listens = 0;
    if (getsockopt (h->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) || !listens ||
        getsockname (h->fd, (struct sockaddr *)&un, &n) || un.sun_family != AF_UNIX)
        return err_set (err, PROBLEM_INVALID,
                        "LISTEN_FDS: descriptor %d is no unix socket that listens", h->fd);
    if (n > sizeof (sa_family_t) && n <= sizeof (un) && un.sun_path[0])
        (void)snprintf (h->sock, sizeof (h->sock), "%.*s", (int)(n - sizeof (sa_family_t)),
                        un.sun_path);
    return 0;
}

static int take_socket (struct handed *h, struct err *err)
{
    autofree char *pid = take_environ ("LISTEN_PID");
    autofree char *fds = take_environ ("LISTEN_FDS");
    (void)unsetenv ("LISTEN_FDNAMES");
    (void)unsetenv ("LISTEN_PIDFDID");
    if (!pid || !fds || number (pid) != getpid () || number (fds) == 0)
        return 0;
    if (number (fds) != 1)
        return err_set (err, PROBLEM_INVALID,
                        "LISTEN_FDS: one socket is expected, not %.20s", fds);
    h->fd = FIRST_FD;
    h->socket = true;
    (void)fd_set_cloexec (h->fd, true);
    return check_socket (h, err);
}

int handed_take (struct handed *h, struct err *err)
{
    *h = (struct handed){ .fd = -1 };
    h->keeper = take_environ ("LABWRIGHT_KEEPER");
    if (take_socket (h, err))
        return -1;
    const char *user = getenv ("LABWRIGHT_USER");
    if (h->socket && h->keeper && user && *user)
        h->user = xstrdup (user);
    return 0;
}

void handed_done (struct handed *h)
{
    if (h->fd >= 0)
        (void)close (h->fd);
    h->fd = -1;
    free (h->keeper);
    free (h->user);
    h->keeper = h->user = NULL;
}

const char *handed_forwarded (const struct handed *h, const struct http_req *req,
                              const char *name)
{
    char header[40];
    if (!h->user || !http_req_is_unix (req))
        return NULL;
    (void)snprintf (header, sizeof (header), "X-Forwarded-%s", name);
    return http_req_header (req, header);
}

const char *handed_host (const struct handed *h, const struct http_req *req)
{
    const char *host = handed_forwarded (h, req, "Host");
    return host ? host : http_req_header (req, "Host");
}
