/* display.c - pictures, HTML and the like from the commands in a cell
 *
 * The life of a client: READING (to its end of file), WAITING (for a sync to begin), SYNCING, and then it gets
 * one line, "ok" or what was wrong.
 */

#include "bash/display.h"
#include "bash/picture.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum client_state { CLIENT_FREE, CLIENT_READING, CLIENT_WAITING, CLIENT_SYNCING };

struct display {
    struct loop *loop;
    const struct display_ops *ops;
    void *arg;
    int fd;
    struct loop_io *io;
    bool syncing;
    struct client {
        struct display *display;
        enum client_state state;
        int fd;
        struct loop_io *io;
        struct buf bytes;
    } client[DISPLAY_CLIENTS];
};

static void client_end (struct client *c)
{
    struct display *d = c->display;

    loop_unwatch (c->io);
    (void)close (c->fd);
    buf_done (&c->bytes);
    *c = (struct client){ .fd = -1 };
    loop_io_events (d->io, LOOP_READ);
}

static void client_answer (struct client *c, const char *text)
{
    autofree char *line = xasprintf ("%s\n", text);

    (void)send (c->fd, line, strlen (line), MSG_NOSIGNAL | MSG_DONTWAIT);
    client_end (c);
}

/* ---- publishing ---- */

static void start_sync (struct display *d)
{
    bool any = false;

    if (d->syncing)
        return;
    for (size_t i = 0; i < DISPLAY_CLIENTS; i++)
        if (d->client[i].state == CLIENT_WAITING) {
            d->client[i].state = CLIENT_SYNCING;
            any = true;
        }
    d->syncing = any;
    if (any)
        d->ops->sync (d->arg);
}

static void publish (struct client *c)
{
    struct display *d = c->display;
    autodone (buf_done) struct buf content;
    struct picture p;
    struct err err;

    buf_init (&content, PICTURE_CONTENT_MAX);
    if (picture_parse (c->bytes.data, c->bytes.len, &p, &err) < 0) {
        client_answer (c, err.text);
        return;
    }
    if (picture_content (&p, &content, &err) < 0) {
        client_answer (c, err.text);
    } else {
        d->ops->publish (d->arg, picture_message (&p),
                         (struct slice){ content.data, content.len });
        client_answer (c, "ok");
    }
    picture_done (&p);
}

void display_synced (struct display *d)
{
    d->syncing = false;
    for (size_t i = 0; i < DISPLAY_CLIENTS; i++)
        if (d->client[i].state == CLIENT_SYNCING)
            publish (&d->client[i]);
    start_sync (d);
}

/* ---- clients ---- */

static void on_client (void *arg, unsigned events)
{
    struct client *c = arg;
    char data[65536];
    ssize_t n = recv (c->fd, data, sizeof (data), MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n < 0) {
        client_end (c);
    } else if (n > 0) {
        if (buf_add (&c->bytes, data, (size_t)n) < 0)
            client_answer (c, "too large");
    } else {
        loop_unwatch (c->io);
        c->io = NULL;
        c->state = CLIENT_WAITING;
        start_sync (c->display);
    }
}

static struct client *free_client (struct display *d)
{
    for (size_t i = 0; i < DISPLAY_CLIENTS; i++)
        if (d->client[i].state == CLIENT_FREE)
            return &d->client[i];
    return NULL;
}

static void on_connect (void *arg, unsigned events)
{
    struct display *d = arg;
    struct client *c = free_client (d);
    int fd = c ? accept4 (d->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;

    if (!c)
        loop_io_events (d->io, 0); /* the others wait in the queue of the socket */
    if (fd < 0)
        return;
    *c = (struct client){ .display = d, .state = CLIENT_READING, .fd = fd };
    buf_init (&c->bytes, PICTURE_MAX);
    c->io = loop_watch (d->loop, fd, LOOP_READ, on_client, c);
}

static int open_socket (const char *path, struct err *err)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    autoclose int fd = -1;

    if (strlen (path) >= sizeof (sa.sun_path))
        return err_set (err, PROBLEM_INVALID, "%s: too long for a socket", path);
    memcpy (sa.sun_path, path, strlen (path) + 1);
    fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind (fd, (struct sockaddr *)&sa, sizeof (sa)) < 0 ||
        listen (fd, DISPLAY_CLIENTS) < 0)
        return err_sys (err, errno, "cannot listen at %s", path);
    return take_fd (fd);
}

struct display *display_new (struct loop *l, const char *path,
                             const struct display_ops *ops, void *arg, struct err *err)
{
    int fd = open_socket (path, err);
    struct display *d;

    if (fd < 0)
        return NULL;
    d = xnew (struct display);
    d->loop = l;
    d->ops = ops;
    d->arg = arg;
    d->fd = fd;
    d->io = loop_watch (l, fd, LOOP_READ, on_connect, d);
    return d;
}

void display_free (struct display *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < DISPLAY_CLIENTS; i++)
        if (d->client[i].state != CLIENT_FREE)
            client_end (&d->client[i]);
    loop_unwatch (d->io);
    (void)close (d->fd);
    free (d);
}
