/* fetch.c - one GET from an HTTP server behind a unix socket, its JSON answer */

#include "http/fetch.h"

#include "base/cleanup.h"
#include "http/answer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_BYTES 16384

struct fetch {
    struct loop *loop;
    fetch_fn cb;
    void *arg;
    int fd;
    struct loop_io *io;
    struct loop_timer *timer; /* the end of our patience */
    struct loop_timer *early; /* it failed before we returned */
    struct err err;           /* of that */
    struct buf request;       /* what is still to be sent */
    struct answer answer;
    struct buf body;
};

static void fetch_free (struct fetch *f)
{
    loop_unwatch (f->io);
    loop_cancel (f->timer);
    loop_cancel (f->early);
    auto_closep (&f->fd);
    answer_done (&f->answer);
    buf_done (&f->request);
    buf_done (&f->body);
    free (f);
}

void fetch_cancel (struct fetch *f)
{
    if (f)
        fetch_free (f);
}

static void end (struct fetch *f, const json_t *answer, const struct err *err)
{
    fetch_fn cb = f->cb;
    void *arg = f->arg;
    struct err copy = { .problem = PROBLEM_INTERNAL };
    if (err)
        copy = *err;
    fetch_free (f);
    cb (arg, answer, answer ? NULL : &copy);
}

static void fail (struct fetch *f, enum problem problem, const char *text)
{
    struct err err;
    (void)err_set (&err, problem, "%s", text);
    end (f, NULL, &err);
}

static void on_early (void *arg)
{
    struct fetch *f = arg;
    f->early = NULL;
    end (f, NULL, &f->err);
}

static void on_timeout (void *arg)
{
    struct fetch *f = arg;
    f->timer = NULL;
    fail (f, PROBLEM_TIMEOUT, "the server does not answer");
}

static void on_body (void *arg, const char *data, size_t n)
{
    struct fetch *f = arg;
    (void)buf_add (&f->body, data, n);
}

static void answered (struct fetch *f)
{
    struct err err;
    if (f->answer.status != 200) {
        (void)err_set (&err, PROBLEM_INTERNAL, "the server answers with status %u",
                       f->answer.status);
        end (f, NULL, &err);
    } else if (f->body.overflow) {
        fail (f, PROBLEM_INTERNAL, "the server's answer is too long");
    } else {
        autojson json_t *j = jsonx_parse (f->body.data, f->body.len, &err);
        end (f, j, &err);
    }
}

/* False: F is gone. */
static bool feed (struct fetch *f, const char *data, size_t n)
{
    do {
        size_t used = 0;
        switch (answer_feed (&f->answer, data, n, &used)) {
        case ANSWER_DONE: answered (f); return false;
        case ANSWER_BAD: fail (f, PROBLEM_INTERNAL, f->answer.why); return false;
        case ANSWER_MORE:
        case ANSWER_HEAD: break;
        }
        data = data ? data + used : NULL;
        n -= used;
    } while (n > 0);
    return true;
}

static void receive (struct fetch *f)
{
    char data[READ_BYTES];
    ssize_t n = recv (f->fd, data, sizeof (data), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0)
        fail (f, PROBLEM_UNAVAILABLE, "the server went away");
    else if (n > 0)
        (void)feed (f, data, (size_t)n);
    else if (feed (f, NULL, 0))
        fail (f, PROBLEM_UNAVAILABLE, "the server went away");
}

static void on_server (void *arg, unsigned events)
{
    struct fetch *f = arg;
    if (events & LOOP_WRITE && f->request.len > 0) {
        ssize_t n = send (f->fd, f->request.data, f->request.len, MSG_NOSIGNAL);
        if (n > 0)
            buf_consume (&f->request, (size_t)n);
        if (f->request.len == 0)
            loop_io_events (f->io, LOOP_READ);
    }
    if (events & (LOOP_READ | LOOP_HANGUP))
        receive (f);
}

static int dial (struct fetch *f, const char *path, struct err *err)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    size_t n = strlen (path);
    if (n >= sizeof (addr.sun_path))
        return err_set (err, PROBLEM_INVALID, "the path of the socket is too long");
    memcpy (addr.sun_path, path, n + 1);
    f->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (f->fd < 0 || connect (f->fd, (struct sockaddr *)&addr, sizeof (addr)))
        return err_set (err, PROBLEM_UNAVAILABLE, "nobody listens: %s", strerror (errno));
    return 0;
}

struct fetch *fetch_json (struct loop *l, const char *socket, const char *target,
                          int64_t after_us, fetch_fn cb, void *arg)
{
    struct fetch *f = xnew (struct fetch);
    f->loop = l;
    f->cb = cb;
    f->arg = arg;
    f->fd = -1;
    buf_init (&f->request, READ_BYTES);
    buf_init (&f->body, FETCH_MAX);
    answer_init (&f->answer, "GET", on_body, f);
    if (buf_addf (&f->request,
                  "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
                  "Connection: close\r\n\r\n",
                  target) < 0)
        (void)err_set (&f->err, PROBLEM_INVALID, "the address is too long");
    else if (dial (f, socket, &f->err) == 0)
        f->io = loop_watch (l, f->fd, LOOP_READ | LOOP_WRITE, on_server, f);
    if (f->io)
        f->timer = loop_after (l, after_us, on_timeout, f);
    else
        f->early = loop_soon (l, on_early, f);
    return f;
}
