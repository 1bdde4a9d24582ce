/* spawn_client.c - the hub's line to labwright-spawner
 *
 * DOWN --connect--> GREETING (hello and list are asked) --list--> UP.  Any trouble leads to DOWN and a pause.
 */

#include "hub/spawn_client.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/list.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PAUSE_MIN_US (50 * CLOCK_MS)
#define PAUSE_MAX_US (2 * CLOCK_S)
#define PACKETS_A_TURN 64
#define SWEEP_US (5 * CLOCK_S)

enum state { DOWN, GREETING, UP };

struct waiting {
    struct list link;
    int64_t id, until_us;
    spawn_answer_fn cb;
    void *arg;
    struct err err; /* of one that failed before it was sent */
};

struct spawn_client {
    struct loop *loop;
    char *path;
    const struct spawn_client_ops *ops;
    void *arg;
    enum state state;
    int fd;
    struct loop_io *io;
    struct loop_timer *again, *fail_soon, *sweep;
    int64_t pause_us;
    int64_t next_id;
    struct list waiting; /* sent, in the order of their ids */
    struct list failed;  /* to be told so in the next turn */
    struct buf out;
    char *in; /* SPAWN_ANSWER bytes */
    struct err trouble;
};

/* For people; what is the matter is for the log and for administrators. */
static const char no_spawner[] = "The spawner, which starts and ends workspaces, does not "
                                 "run at the moment. What runs goes on, and "
                                 "nothing is lost: tell your administrator if it stays so";

/* ---- telling those who wait ----------------------------------------------------------------- */

static void answer (struct waiting *w, const json_t *ok, const struct err *err)
{
    list_remove (&w->link);
    if (w->cb)
        w->cb (w->arg, ok, err);
    free (w);
}

static void on_fail_soon (void *arg)
{
    struct spawn_client *c = arg;
    c->fail_soon = NULL;
    struct list now;
    list_init (&now);
    list_foreach (w, &c->failed, struct waiting, link) {
        list_remove (&w->link);
        list_append (&now, &w->link);
    }
    while (!list_empty (&now)) {
        struct waiting *w = list_entry (now.next, struct waiting, link);
        answer (w, NULL, &w->err);
    }
}

static void fail_later (struct spawn_client *c, struct waiting *w, const struct err *err)
{
    list_remove (&w->link);
    w->err = *err;
    list_append (&c->failed, &w->link);
    if (!c->fail_soon)
        c->fail_soon = loop_soon (c->loop, on_fail_soon, c);
}

static struct waiting *waiting_find (struct spawn_client *c, int64_t id)
{
    list_foreach (w, &c->waiting, struct waiting, link)
        if (w->id == id)
            return w;
    return NULL;
}

/* ---- the line ------------------------------------------------------------------------------- */

static void connect_now (void *arg);

static void hang_up (struct spawn_client *c)
{
    loop_unwatch (c->io);
    c->io = NULL;
    if (c->fd >= 0)
        (void)close (c->fd);
    c->fd = -1;
}

/* ERR: why. */
static void lost (struct spawn_client *c, const struct err *err)
{
    bool news = c->state == UP || strcmp (c->trouble.text, err->text) != 0;
    if (news)
        log_warning ("spawner", "%s", err->text);
    c->trouble = *err;
    hang_up (c);
    c->state = DOWN;
    struct err gone;
    (void)err_set (&gone, PROBLEM_UNAVAILABLE, "%s", no_spawner);
    list_foreach (w, &c->waiting, struct waiting, link)
        fail_later (c, w, &gone);
    if (news)
        c->ops->down (c->arg);
    c->again = loop_after (c->loop, c->pause_us, connect_now, c);
    c->pause_us = c->pause_us * 2 < PAUSE_MAX_US ? c->pause_us * 2 : PAUSE_MAX_US;
}

static int send_packet (struct spawn_client *c, struct err *err)
{
    ssize_t n = send (c->fd, c->out.data, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n >= 0 ? 0 : err_sys (err, errno, "labwright-spawner takes nothing");
}

static void ask (struct spawn_client *c, const struct spawn_request *r, spawn_answer_fn cb,
                 void *arg)
{
    struct waiting *w = xnew (struct waiting);
    struct spawn_request copy = *r;
    struct err err;
    *w = (struct waiting){ .cb = cb, .arg = arg };
    w->id = copy.id = ++c->next_id;
    w->until_us = clock_mono_us () + SPAWN_CLIENT_TIMEOUT_US;
    list_append (&c->waiting, &w->link);
    if (spawn_request_encode (&copy, &c->out, &err))
        fail_later (c, w, &err);
    else if (send_packet (c, &err)) {
        err.problem = PROBLEM_UNAVAILABLE;
        fail_later (c, w, &err);
    }
}

void spawn_client_ask (struct spawn_client *c, const struct spawn_request *r,
                       spawn_answer_fn cb, void *arg)
{
    if (c->state == UP) {
        ask (c, r, cb, arg);
        return;
    }
    struct waiting *w = xnew (struct waiting);
    struct err err;
    *w = (struct waiting){ .cb = cb, .arg = arg };
    list_init (&w->link);
    (void)err_set (&err, PROBLEM_UNAVAILABLE, "%s", no_spawner);
    fail_later (c, w, &err);
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void on_list (void *arg, const json_t *ok, const struct err *err)
{
    struct spawn_client *c = arg;
    const json_t *list = json_object_get (ok, "sandboxes");
    struct err bad;
    if (c->state != GREETING)
        return;
    if (!json_is_array (list)) {
        (void)err_set (&bad, PROBLEM_UNAVAILABLE, "%s",
                       ok ? "labwright-spawner does not list what runs" : err->text);
        lost (c, &bad);
        return;
    }
    c->state = UP;
    c->pause_us = PAUSE_MIN_US;
    c->trouble = (struct err){ .text = "" };
    log_info ("spawner", "connected sandboxes=%zu", json_array_size (list));
    loop_cancel (take_ptr (c->fail_soon));
    on_fail_soon (c); /* who asked too early hears so first: `up` is where they ask again */
    c->ops->up (c->arg, list);
}

static void on_list_again (void *arg, const json_t *ok, const struct err *err)
{
    struct spawn_client *c = arg;
    const json_t *list = json_object_get (ok, "sandboxes");
    if (c->state == UP && json_is_array (list))
        c->ops->up (c->arg, list);
}

void spawn_client_list (struct spawn_client *c)
{
    if (c->state == UP)
        ask (c, &(struct spawn_request){ .what = SPAWN_LIST }, on_list_again, c);
}

static void on_hello (void *arg, const json_t *ok, const struct err *err)
{
    struct spawn_client *c = arg;
    int64_t version = ok ? jsonx_int (ok, "version", 0) : 0;
    struct err bad;
    if (c->state != GREETING || version == SPAWN_VERSION)
        return;
    (void)err_set (&bad, PROBLEM_UNAVAILABLE,
                   ok ? "labwright-spawner speaks another version: restart it" : "%s",
                   err ? err->text : "");
    lost (c, &bad);
}

static void handle (struct spawn_client *c, const struct spawn_message *m)
{
    if (m->is_event) {
        if (c->state == UP)
            c->ops->event (c->arg, m->event, m->body);
        return;
    }
    struct waiting *w = waiting_find (c, m->id);
    if (w)
        answer (w, m->body, m->body ? NULL : &m->error);
}

/* Returns false when the line is not what it was before. */
static bool receive (struct spawn_client *c)
{
    struct spawn_message m;
    struct err err;
    ssize_t n = recv (c->fd, c->in, SPAWN_ANSWER, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0 || n > (ssize_t)SPAWN_ANSWER) {
        (void)err_set (&err, PROBLEM_UNAVAILABLE, "labwright-spawner hung up");
        lost (c, &err);
        return false;
    }
    if (spawn_message_parse (c->in, (size_t)n, &m, &err)) {
        lost (c, &err);
        return false;
    }
    int fd = c->fd;
    handle (c, &m);
    spawn_message_done (&m);
    return c->fd == fd;
}

static void on_readable (void *arg, unsigned events)
{
    struct spawn_client *c = arg;
    for (int i = 0; i < PACKETS_A_TURN; i++)
        if (!receive (c))
            return;
}

static int connect_to (struct spawn_client *c, struct err *err)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (strlen (c->path) >= sizeof (at.sun_path))
        return err_set (err, PROBLEM_INVALID, "%s: too long for a socket", c->path);
    memcpy (at.sun_path, c->path, strlen (c->path) + 1);
    c->fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        return err_sys (err, errno, "cannot make a socket");
    spawn_socket_room (c->fd);
    if (connect (c->fd, (struct sockaddr *)&at, sizeof (at)))
        return err_sys (err, errno, "cannot reach labwright-spawner at %s", c->path);
    return 0;
}

static void connect_now (void *arg)
{
    struct spawn_client *c = arg;
    struct err err;
    c->again = NULL;
    if (connect_to (c, &err)) {
        lost (c, &err);
        return;
    }
    c->state = GREETING;
    c->io = loop_watch (c->loop, c->fd, LOOP_READ, on_readable, c);
    ask (c, &(struct spawn_request){ .what = SPAWN_HELLO, .subscribe = true }, on_hello, c);
    ask (c, &(struct spawn_request){ .what = SPAWN_LIST }, on_list, c);
}

static void on_sweep (void *arg)
{
    struct spawn_client *c = arg;
    int64_t now = clock_mono_us ();
    struct err late;
    (void)err_set (&late, PROBLEM_TIMEOUT, "The spawner did not answer in time");
    list_foreach (w, &c->waiting, struct waiting, link)
        if (w->until_us < now)
            fail_later (c, w, &late);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct spawn_client *spawn_client_new (struct loop *l, const char *path,
                                       const struct spawn_client_ops *ops, void *arg)
{
    struct spawn_client *c = xnew (struct spawn_client);
    c->loop = l;
    c->path = xstrdup (path);
    c->ops = ops;
    c->arg = arg;
    c->fd = -1;
    c->pause_us = PAUSE_MIN_US;
    c->in = xcalloc (1, SPAWN_ANSWER);
    list_init (&c->waiting);
    list_init (&c->failed);
    buf_init (&c->out, SPAWN_PACKET);
    (void)err_set (&c->trouble, PROBLEM_UNAVAILABLE, "not connected yet");
    c->again = loop_soon (l, connect_now, c);
    c->sweep = loop_every (l, SWEEP_US, on_sweep, c);
    return c;
}

static void end_all (struct list *l)
{
    struct err err;
    (void)err_set (&err, PROBLEM_UNAVAILABLE, "The hub stops");
    while (!list_empty (l))
        answer (list_entry (l->next, struct waiting, link), NULL, &err);
}

void spawn_client_free (struct spawn_client *c)
{
    if (!c)
        return;
    c->state = DOWN;
    end_all (&c->waiting);
    end_all (&c->failed);
    hang_up (c);
    loop_cancel (c->again);
    loop_cancel (c->fail_soon);
    loop_cancel (c->sweep);
    buf_done (&c->out);
    free (c->in);
    free (c->path);
    free (c);
}

bool spawn_client_is_up (const struct spawn_client *c)
{
    return c->state == UP;
}

const char *spawn_client_trouble (const struct spawn_client *c)
{
    return c->state == UP ? "" : c->trouble.text;
}
