/* appear.c - hear at once that something appeared in a directory */

#include "keeper/appear.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct appear {
    void (*cb) (void *arg);
    void *arg;
    int fd; /* inotify, or -1 */
    struct loop_io *io;
    struct loop_timer *poll;
};

static void on_poll (void *arg)
{
    struct appear *a = arg;

    a->cb (a->arg);
}

static void on_readable (void *arg, unsigned events)
{
    struct appear *a = arg;
    char text[4096];

    while (read (a->fd, text, sizeof (text)) > 0)
        continue;
    a->cb (a->arg);
}

struct appear *appear_new (struct loop *l, const char *dir, void (*cb) (void *arg),
                           void *arg)
{
    struct appear *a = xnew (struct appear);

    a->cb = cb;
    a->arg = arg;
    a->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
    if (a->fd >= 0 && inotify_add_watch (a->fd, dir, IN_CREATE | IN_MOVED_TO) >= 0) {
        a->io = loop_watch (l, a->fd, LOOP_READ, on_readable, a);
        return a;
    }
    log_debug ("appear", "cannot watch %s: %s; looking often instead", dir,
               strerror (errno));
    a->poll = loop_every (l, APPEAR_POLL_US, on_poll, a);
    return a;
}

void appear_free (struct appear *a)
{
    if (!a)
        return;
    loop_unwatch (a->io);
    loop_cancel (a->poll);
    if (a->fd >= 0)
        (void)close (a->fd);
    free (a);
}
