/* proxy_spare.c - connections to the server that wait for another request
 *
 * Only requests that can be said again without harm (GET and HEAD, no body) are said on one: the server may be
 * about to close it, and then the request is said again on a new one (relay_redial).  A spare one that is not
 * wanted soon is closed, so that a server which ends when nobody is connected may do so.
 */
#include "http/proxy_private.h"

#define SPARE_MAX 8
#define SPARE_US (2 * CLOCK_S)

struct spare {
    struct list link;
    struct proxy *proxy;
    int fd;
    struct loop_io *io;
    int64_t since_us;
};

static int spare_take (struct spare *s)
{
    int fd = s->fd;

    loop_unwatch (s->io);
    list_remove (&s->link);
    s->proxy->spare_count--;
    free (s);
    return fd;
}

static void spare_close (struct spare *s)
{
    (void)close (spare_take (s));
}

/* The server closes it, or says something unasked. */
static void on_spare (void *arg, unsigned events)
{
    (void)events;
    spare_close (arg);
}

static void on_sweep (void *arg)
{
    struct proxy *p = arg;
    int64_t old = clock_mono_us () - SPARE_US;

    p->sweep = NULL;
    list_foreach (s, &p->spares, struct spare, link)
        if (s->since_us <= old)
            spare_close (s);
    if (!list_empty (&p->spares))
        p->sweep = loop_after (p->loop, SPARE_US, on_sweep, p);
}

void proxy_spare_add (struct proxy *p, int fd)
{
    struct spare *s;

    if (p->spare_count >= SPARE_MAX) {
        (void)close (fd);
        return;
    }
    s = xnew (struct spare);
    s->proxy = p;
    s->fd = fd;
    s->since_us = clock_mono_us ();
    s->io = loop_watch (p->loop, fd, LOOP_READ, on_spare, s);
    list_append (&p->spares, &s->link);
    p->spare_count++;
    if (!p->sweep)
        p->sweep = loop_after (p->loop, SPARE_US, on_sweep, p);
}

int proxy_spare_take (struct proxy *p)
{
    if (list_empty (&p->spares))
        return -1;
    return spare_take (list_entry (p->spares.prev, struct spare, link)); /* the latest */
}

void proxy_spare_end (struct proxy *p)
{
    list_foreach (s, &p->spares, struct spare, link)
        spare_close (s);
    loop_cancel (take_ptr (p->sweep));
}
