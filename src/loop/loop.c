/* loop.c - one epoll set of our own descriptors, inside libwebsockets' poll loop where that is needed
 *
 * A process that never calls loop_lws (the keeper, a kernel) waits in epoll_wait and has
 * no library underneath.  Otherwise the library's poll () sees its own sockets and one
 * descriptor of ours: the epoll instance, adopted as a raw file, that holds everything
 * given to loop_watch.  The reasons:
 *
 *  - the library closes a raw file on POLLHUP, which for a pty only says that nobody has
 * the other end open just now, and it gives no way to wait for a hang-up alone;
 *  - pausing and resuming is ours to define, and the cost does not grow with the number of
 * kernels;
 *  - what the library adopts it also closes: it gets a duplicate.
 *
 * The library's descriptor table is made for at most LOOP_MAX_FDS entries.  It is sized by
 * the limit of open files in force at creation (its own option for that makes every look-up
 * a linear search), so the soft limit is lowered around the call; a socket with a higher
 * number is refused by the library.
 */
#include "loop/loop_private.h"

#include "base/log.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define LOOP_MAX_FDS 8192
#define LOOP_RX_BYTES 32768 /* the library's one receive buffer */

struct loop_io {
    struct loop *loop;
    struct list link;
    int fd;
    unsigned events;
    bool in_set; /* false: a hang-up was reported while paused, or FD cannot be polled */
    bool dead;
    void (*cb) (void *arg, unsigned events);
    void *arg;
};

/* ---- watched descriptors ----------------------------------------------------------------
 */

static int io_control (struct loop_io *io, int op)
{
    struct epoll_event ev = { .data.ptr = io };

    if (io->events & LOOP_READ)
        ev.events |= EPOLLIN;
    if (io->events & LOOP_WRITE)
        ev.events |= EPOLLOUT;
    return epoll_ctl (io->loop->epoll, op, io->fd, &ev);
}

static void io_enter (struct loop_io *io)
{
    io->in_set = io_control (io, EPOLL_CTL_ADD) == 0;
    if (!io->in_set)
        log_error ("loop", "cannot watch fd=%d: %s", io->fd, strerror (errno));
}

static void io_leave (struct loop_io *io)
{
    if (io->in_set)
        (void)epoll_ctl (io->loop->epoll, EPOLL_CTL_DEL, io->fd, NULL);
    io->in_set = false;
}

struct loop_io *loop_watch (struct loop *l, int fd, unsigned events,
                            void (*cb) (void *arg, unsigned events), void *arg)
{
    struct loop_io *io = xnew (struct loop_io);

    io->loop = l;
    io->fd = fd;
    io->events = events;
    io->cb = cb;
    io->arg = arg;
    list_append (&l->ios, &io->link);
    io_enter (io);
    return io;
}

void loop_io_events (struct loop_io *io, unsigned events)
{
    if (io->events == events)
        return;
    io->events = events;
    if (io->in_set)
        (void)io_control (io, EPOLL_CTL_MOD);
    else if (events)
        io_enter (io);
}

void loop_unwatch (struct loop_io *io)
{
    if (!io || io->dead)
        return;
    io_leave (io);
    io->dead = true;
    list_remove (&io->link);
    if (io->loop->dispatching)
        list_append (&io->loop->graves, &io->link);
    else
        free (io);
}

static void bury (struct list *ios)
{
    list_foreach (io, ios, struct loop_io, link) {
        list_remove (&io->link);
        free (io);
    }
}

/* Who waits to read or write must hear of the end of the peer through read () or write (),
 * so a hang-up makes the descriptor ready for what was asked. */
static unsigned io_ready (const struct loop_io *io, uint32_t got)
{
    unsigned ready = 0;

    if (got & EPOLLIN)
        ready |= LOOP_READ;
    if (got & EPOLLOUT)
        ready |= LOOP_WRITE;
    if (got & (EPOLLHUP | EPOLLERR))
        ready |= LOOP_HANGUP | io->events;
    return ready & (io->events | LOOP_HANGUP);
}

static void io_dispatch (struct loop_io *io, uint32_t got)
{
    unsigned ready = io_ready (io, got);

    if (!ready)
        return;
    if (!io->events)
        io_leave (io); /* level-triggered: it would be reported for ever */
    io->cb (io->arg, ready);
}

/* One turn; what it asked to be done soon is done at its end, and costs no wait of its own. */
static void dispatch (struct loop *l, int timeout_ms)
{
    struct epoll_event ev[LOOP_BATCH];
    int n = epoll_wait (l->epoll, ev, LOOP_BATCH, timeout_ms);

    l->dispatching = true;
    for (int i = 0; i < n; i++) {
        struct loop_io *io = ev[i].data.ptr;
        if (!io->dead)
            io_dispatch (io, ev[i].events);
    }
    l->dispatching = false;
    bury (&l->graves);
    timer_run_soon (l);
}

/* ---- the pool ---------------------------------------------------------------------------
 */

static void on_pool (void *arg, unsigned events)
{
    struct loop *l = arg;

    pool_drain (l->pool);
}

struct pool *loop_pool (struct loop *l)
{
    struct err err;

    if (l->pool)
        return l->pool;
    l->pool = pool_new (&err);
    if (!l->pool) {
        log_error ("loop", "%s", err.text);
        abort (); /* no descriptor left for an eventfd: nothing else would work either */
    }
    l->pool_io = loop_watch (l, pool_fd (l->pool), LOOP_READ, on_pool, l);
    return l->pool;
}

/* ---- life -------------------------------------------------------------------------------
 */

static int loop_callback (struct lws *wsi, enum lws_callback_reasons reason, void *user,
                          void *in, size_t len)
{
    if (reason == LWS_CALLBACK_RAW_RX_FILE)
        dispatch (lws_context_user (lws_get_context (wsi)), 0);
    return 0;
}

static const struct lws_protocols loop_protocols[] = {
    { .name = "loop", .callback = loop_callback },
    { .name = NULL },
};

static void lws_line (int level, const char *line)
{
    int n = (int)strcspn (line, "\n");

    if (level == LLL_ERR)
        log_error ("lws", "%.*s", n, line);
    else
        log_warning ("lws", "%.*s", n, line);
}

static struct lws_context *context_new (struct loop *l)
{
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .port = CONTEXT_PORT_NO_LISTEN,
        .gid = -1,
        .uid = -1,
        .pt_serv_buf_size = LOOP_RX_BYTES,
        .user = l,
    };
    struct rlimit was, low;
    struct lws_context *context;

    lws_set_log_level (LLL_ERR | LLL_WARN, lws_line);
    (void)getrlimit (RLIMIT_NOFILE, &was);
    low = was;
    if (low.rlim_cur > LOOP_MAX_FDS)
        low.rlim_cur = LOOP_MAX_FDS;
    (void)setrlimit (RLIMIT_NOFILE, &low);
    context = lws_create_context (&info);
    (void)setrlimit (RLIMIT_NOFILE, &was);
    return context;
}

/* The epoll instance becomes a raw file of the library, which owns the duplicate from here
 * on. */
static int adopt_epoll (struct loop *l, struct err *err)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = "loop",
        .protocols = loop_protocols,
    };
    lws_sock_file_fd_type dup;

    l->vhost = lws_create_vhost (l->lws, &info);
    if (!l->vhost)
        return err_set (err, PROBLEM_INTERNAL, "cannot make the event loop");
    dup.filefd = fcntl (l->epoll, F_DUPFD_CLOEXEC, 3);
    if (dup.filefd < 0)
        return err_sys (err, errno, "cannot make the event loop");
    if (!lws_adopt_descriptor_vhost (l->vhost, LWS_ADOPT_RAW_FILE_DESC, dup, "loop", NULL))
        return err_set (err, PROBLEM_INTERNAL, "cannot make the event loop");
    return 0;
}

struct loop *loop_new (struct err *err)
{
    autocleanup (loop_free) struct loop *l = xnew (struct loop);

    list_init (&l->ios);
    list_init (&l->graves);
    list_init (&l->ends);
    list_init (&l->procs);
    l->signal_fd = -1;
    sigemptyset (&l->signals);
    timer_init (l);
    l->epoll = epoll_create1 (EPOLL_CLOEXEC);
    if (l->epoll < 0) {
        err_sys (err, errno, "cannot make the event loop");
        return NULL;
    }
    return take_ptr (l);
}

void loop_at_end (struct loop *l, struct loop_end *e)
{
    list_append (&l->ends, &e->link);
}

void loop_finish_pool (struct loop *l)
{
    /* A `done` may submit again, to a new pool. */
    while (l && l->pool) {
        struct pool *p = l->pool;
        loop_unwatch (l->pool_io);
        l->pool_io = NULL;
        l->pool = NULL;
        pool_free (p);
    }
}

void loop_free (struct loop *l)
{
    if (!l)
        return;
    loop_finish_pool (l);
    while (!list_empty (&l->ends)) {
        struct loop_end *e = list_entry (l->ends.next, struct loop_end, link);
        e->fn (e);
    }
    signal_done (l);
    timer_done (l);
    if (l->lws)
        lws_context_destroy (l->lws);
    bury (&l->ios);
    bury (&l->graves);
    if (l->epoll >= 0)
        (void)close (l->epoll);
    free (l);
}

int loop_run (struct loop *l)
{
    while (!l->stopping) {
        if (!l->lws)
            dispatch (l, list_empty (&l->soon) ? -1 : 0);
        else if (lws_service (l->lws, 0) < 0)
            loop_stop (l, -1);
    }
    l->stopping = false;
    return l->code;
}

void loop_stop (struct loop *l, int code)
{
    l->stopping = true;
    l->code = code;
    timer_wake (l);
}

void *loop_lws (struct loop *l, struct err *err)
{
    if (l->lws)
        return l->lws;
    l->lws = context_new (l);
    if (!l->lws) {
        err_set (err, PROBLEM_INTERNAL, "cannot make the event loop");
        return NULL;
    }
    if (adopt_epoll (l, err) < 0) {
        lws_context_destroy (l->lws);
        l->lws = NULL;
        return NULL;
    }
    timer_wake (l); /* for what was asked for before */
    return l->lws;
}
