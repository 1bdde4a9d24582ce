/* home.c - worker `home`: the socket, and what is asked over it
 *
 * Each connection is a child: ourselves again, with the connection where the listening socket was.
 */

#include "worker/home.h"

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/signals.h"
#include "base/url.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LISTEN_FD 3
#define STALL_S 600 /* a reader that takes nothing for so long has gone */
#define LOOK 8192   /* of a file, to tell whether it is text */
#define PIECE 65536

/* ---- one question ----------------------------------------------------------------------------- */

static int send_line (int out, const json_t *line, struct err *err)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, HOME_HEAD);
    if (jsonx_dump (line, &b, 0, false) || buf_add (&b, "\n", 1))
        return err_set (err, PROBLEM_TOO_LARGE, "the directory is too large to be shown");
    return fd_write_all (out, b.data, b.len, err);
}

static void send_error (int out, const struct err *e)
{
    autojson json_t *line =
        json_pack ("{s:{s:s, s:s}}", "error", "slug", problem_table[e->problem].slug,
                   "message", utf8_valid (e->text, strlen (e->text)) ? e->text : "");
    if (line)
        (void)send_line (out, line, NULL);
}

/* Up to the first newline. */
static json_t *read_question (int in, struct err *err)
{
    char text[HOME_QUESTION];
    size_t n = 0;
    while (n < sizeof (text)) {
        ssize_t got = read (in, text + n, sizeof (text) - n);
        if (got <= 0)
            break;
        n += (size_t)got;
        char *end = memchr (text, '\n', n);
        if (end)
            return jsonx_parse (text, (size_t)(end - text), err);
    }
    (void)err_set (err, PROBLEM_INVALID, "no question came");
    return NULL;
}

/* A cut character at the end does not count. */
static bool looks_like_text (int fd)
{
    char text[LOOK];
    ssize_t n = pread (fd, text, sizeof (text), 0);
    size_t at = 0, step;
    uint32_t cp;
    if (n < 0 || memchr (text, 0, (size_t)n))
        return false;
    while (at < (size_t)n && (step = utf8_next (text + at, (size_t)n - at, &cp)) > 0)
        at += step;
    return at == (size_t)n || (n == LOOK && at + 4 > (size_t)n);
}

static const char *name_of (const char *path)
{
    const char *name = path_basename (path);
    return *name && utf8_valid (name, strlen (name)) ? name : "home";
}

static int send_file (int out, int fd, const struct stat *st, const char *path,
                      struct err *err)
{
    char piece[PIECE];
    off_t left = st->st_size;
    autojson json_t *head =
        json_pack ("{s:s, s:s, s:I, s:I, s:b}", "type", "file", "name", name_of (path),
                   "size", (json_int_t)st->st_size, "modified", (json_int_t)st->st_mtime,
                   "text", looks_like_text (fd));
    if (send_line (out, head, err))
        return -1;
    while (left > 0) {
        size_t want = left < (off_t)sizeof (piece) ? (size_t)left : sizeof (piece);
        ssize_t n = read (fd, piece, want);
        if (n <= 0)
            return 0; /* it became shorter: the reader sees that */
        if (fd_write_all (out, piece, (size_t)n, err))
            return 0;
        left -= n;
    }
    return 0;
}

static int send_tar (int out, int fd, const char *path)
{
    autojson json_t *head = json_pack ("{s:s, s:s}", "type", "tar", "name", name_of (path));
    if (send_line (out, head, NULL) == 0)
        (void)home_tar (fd, name_of (path), out, NULL); /* cut short: has no end mark */
    return 0;
}

static int send_directory (int root, int out, int fd, const char *path, struct err *err)
{
    autojson json_t *line = home_list (root, fd, path, err);
    return line ? send_line (out, line, err) : -1;
}

static int answer (int root, int sock, struct err *err)
{
    autojson json_t *q = read_question (sock, err);
    if (!q)
        return -1;
    const char *asked = jsonx_str (q, "path", "");
    bool tar = jsonx_bool (q, "tar", false);
    size_t n;
    autofree char *path = url_decode (asked, strlen (asked), false, &n);
    if (strlen (path) != n)
        return err_set (err, PROBLEM_NOT_FOUND, "There is no such file");
    autoclose int fd = home_open (root, path, err);
    struct stat st;
    if (fd < 0)
        return -1;
    if (fstat (fd, &st))
        return err_sys (err, errno, "%s", path);
    if (S_ISDIR (st.st_mode))
        return tar ? send_tar (sock, fd, path) : send_directory (root, sock, fd, path, err);
    if (S_ISREG (st.st_mode))
        return send_file (sock, fd, &st, path, err);
    return err_set (err, PROBLEM_INVALID, "%s is neither a file nor a directory",
                    name_of (path));
}

/* ---- the socket ---------------------------------------------------------------------------------- */

static int serve_one (int root, int sock)
{
    const struct timeval stall = { .tv_sec = STALL_S }, soon = { .tv_sec = 10 };
    struct err err;
    (void)setsockopt (sock, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof (stall));
    (void)setsockopt (sock, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof (soon));
    if (answer (root, sock, &err))
        send_error (sock, &err);
    return 0;
}

static bool spawn_for (const char *dir, int sock)
{
    char *const argv[] = { "labwright", "worker", "home", (char *)dir, NULL };
    posix_spawn_file_actions_t fa;
    pid_t pid;
    (void)posix_spawn_file_actions_init (&fa);
    int e = posix_spawn_file_actions_adddup2 (&fa, sock, LISTEN_FD);
    if (!e)
        e = posix_spawn_file_actions_addclosefrom_np (&fa, LISTEN_FD + 1);
    if (!e)
        e = posix_spawn (&pid, "/proc/self/exe", &fa, NULL, argv, environ);
    posix_spawn_file_actions_destroy (&fa);
    if (e)
        fprintf (stderr, "labwright worker home: %s\n", strerror (e));
    return !e;
}

static unsigned accept_one (const char *dir)
{
    autoclose int sock = accept4 (LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);
    return sock >= 0 && spawn_for (dir, sock);
}

static bool listens (int fd)
{
    int on = 0;
    socklen_t n = sizeof (on);
    return !getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) && on;
}

static unsigned reap (bool wait)
{
    unsigned n = 0;
    while (waitpid (-1, NULL, wait && n == 0 ? 0 : WNOHANG) > 0)
        n++;
    return n;
}

static int serve (const char *dir)
{
    unsigned children = 0, idle = 0;
    for (;;) {
        struct pollfd p = { .fd = LISTEN_FD, .events = POLLIN };
        int n = poll (&p, 1, 1000);
        children -= reap (children >= HOME_AT_ONCE);
        if (n > 0)
            children += accept_one (dir);
        idle = n == 0 && children == 0 ? idle + 1 : 0;
        if (idle >= HOME_IDLE_S)
            return 0;
        if (n < 0 && errno != EINTR)
            return 1;
    }
}

int worker_home (const char *dir)
{
    autoclose int root = open (dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || fcntl (LISTEN_FD, F_GETFD) < 0) {
        fprintf (stderr, "labwright worker home: %s: %s\n", dir, strerror (errno));
        return 1;
    }
    (void)fd_set_cloexec (LISTEN_FD, true);
    signals_ignore (SIGPIPE);
    if (!listens (LISTEN_FD))
        return serve_one (root, LISTEN_FD);
    (void)fd_set_nonblock (LISTEN_FD, true);
    return serve (dir);
}
