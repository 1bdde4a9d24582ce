/* lab_stop.c - asking a running server to end
 *
 * A dozen lines of HTTP over a blocking socket.  A server behind TLS is sent SIGTERM at
 * once, which ends it as gracefully.
 */

#include "server/lab_stop.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonx.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ASK_TIMEOUT_S 5
#define PATIENCE_MS 5000
#define REQUEST_MAX 16384

static int connect_unix (const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    if (strlen (path) >= sizeof (addr.sun_path))
        return -1;
    memcpy (addr.sun_path, path, strlen (path) + 1);
    autoclose int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect (fd, (struct sockaddr *)&addr, sizeof (addr)))
        return -1;
    return take_fd (fd);
}

static int connect_tcp (const char *host, int port)
{
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons ((uint16_t)port) };
    if (inet_pton (AF_INET, host, &addr.sin_addr) != 1 ||
        addr.sin_addr.s_addr == INADDR_ANY)
        addr.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    autoclose int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect (fd, (struct sockaddr *)&addr, sizeof (addr)))
        return -1;
    return take_fd (fd);
}

static int ask (const json_t *info)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, REQUEST_MAX);
    const char *sock = jsonx_str (info, "sock", "");
    autoclose int fd = *sock ? connect_unix (sock)
                             : connect_tcp (jsonx_str (info, "hostname", ""),
                                            (int)jsonx_int (info, "port", 0));
    struct timeval patience = { .tv_sec = ASK_TIMEOUT_S };
    char answer[64] = "";
    if (fd < 0)
        return -1;
    (void)setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof (patience));
    (void)buf_addf (
        &b,
        "POST %sapi/shutdown HTTP/1.1\r\nHost: localhost\r\n"
        "Authorization: token %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        jsonx_str (info, "base_url", "/"), jsonx_str (info, "token", ""));
    if (b.overflow || fd_write_all (fd, b.data, b.len, NULL))
        return -1;
    ssize_t n = recv (fd, answer, sizeof (answer) - 1, 0);
    return n > 12 && !strncmp (answer + 9, "200", 3) ? 0 : -1;
}

/* A pidfd is readable when the process has ended, even if its parent does not look; and it
 * never means another process of the same number. */
static bool gone_within (int pidfd, int ms)
{
    struct pollfd p = { .fd = pidfd, .events = POLLIN };
    return poll (&p, 1, ms) > 0;
}

int lab_stop (const json_t *info, struct err *err)
{
    pid_t pid = (pid_t)jsonx_int (info, "pid", 0);
    if (pid <= 1)
        return err_set (err, PROBLEM_INVALID, "the runtime file names no process");
    autoclose int pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
    if (pidfd < 0 && errno == ESRCH)
        return 0;
    if (pidfd < 0)
        return err_sys (err, errno, "stop process %d", (int)pid);
    bool asked = !jsonx_bool (info, "secure", false) && !ask (info);
    if (asked && gone_within (pidfd, PATIENCE_MS))
        return 0;
    if (syscall (SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0) && errno != ESRCH)
        return err_sys (err, errno, "stop process %d", (int)pid);
    if (gone_within (pidfd, PATIENCE_MS))
        return 0;
    (void)syscall (SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    if (gone_within (pidfd, PATIENCE_MS))
        return 0;
    return err_set (err, PROBLEM_TIMEOUT, "process %d does not end", (int)pid);
}
