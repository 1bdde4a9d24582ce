/* requests.c - the closed table of what a hub may ask, and the socket at which it asks */
#include "sandbox/requests.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GRACE_ALL_MS 12000
#define LOOK_US (50 * CLOCK_MS)

struct requests {
    struct boxes *boxes;
    struct turn *turn;
    struct limits *limits;
    bool root;
    char *path;
    int fd;
    struct turn_watch *watch;
    struct list peers, gone; /* GONE: hung up on, freed when the turn is over */
    struct list destructions;
    size_t count;
    struct buf out;
    char *in; /* SPAWN_PACKET bytes */
    struct turn_timer *look, *bury;
    void (*all_gone) (void *arg);
    void *all_gone_arg;
};

struct peer {
    struct list link;
    struct requests *rq;
    int fd;
    struct turn_watch *watch;
    bool subscribed, dead;
};

/* Of a sandbox that is to be removed with its files. */
struct destruction {
    struct list link; /* in rq->destructions */
    struct requests *rq;
    struct peer *peer; /* NULL: gone */
    int64_t id;
    char sandbox[SANDBOX_ID];
};

/* ---- saying ------------------------------------------------------------------------------------ */

static void bury (void *arg)
{
    struct requests *rq = arg;
    rq->bury = NULL;
    list_foreach (p, &rq->gone, struct peer, link) {
        list_remove (&p->link);
        free (p);
    }
}

/* P stays in memory until the turn is over: whoever acts for it may still look at it. */
static void hang_up (struct peer *p)
{
    struct requests *rq = p->rq;
    if (p->dead)
        return;
    p->dead = true;
    list_foreach (d, &rq->destructions, struct destruction, link)
        if (d->peer == p)
            d->peer = NULL;
    list_remove (&p->link);
    list_append (&rq->gone, &p->link);
    rq->count--;
    turn_unwatch (p->watch);
    (void)close (p->fd);
    if (!rq->bury)
        rq->bury = turn_after (rq->turn, 0, bury, rq);
}

/* What may be missed when the peer is slow is not said then; false: it was hung up on. */
static bool say (struct peer *p, bool may_be_missed)
{
    const struct buf *b = &p->rq->out;
    if (p->dead)
        return false;
    if (send (p->fd, b->data, b->len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
        (may_be_missed && errno == EAGAIN))
        return true;
    log_warning ("requests", "a peer does not read what it is told: hung up");
    hang_up (p);
    return false;
}

static bool say_ok (struct peer *p, int64_t id, json_t *ok)
{
    (void)spawn_reply_ok (&p->rq->out, id, ok ? ok : json_object ());
    return say (p, false);
}

static bool say_error (struct peer *p, int64_t id, const struct err *err)
{
    (void)spawn_reply_error (&p->rq->out, id, err);
    return say (p, false);
}

static void tell (void *arg, enum spawn_event event, json_t *body)
{
    struct requests *rq = arg;
    (void)spawn_event_encode (&rq->out, event, body);
    list_foreach (p, &rq->peers, struct peer, link)
        if (p->subscribed)
            (void)say (p, event == SPAWN_SAMPLE);
}

/* ---- the table: each fills RET and returns 0, or ERR and -1 --------------------------------------- */

static int do_hello (struct peer *p, const struct spawn_request *r, struct box *b,
                     json_t **ret, struct err *err)
{
    if (r->subscribe)
        list_foreach (other, &p->rq->peers, struct peer, link)
            other->subscribed = other == p;
    *ret = json_pack ("{s:i, s:s, s:s, s:b, s:i}", "version", SPAWN_VERSION, "program",
                      LABWRIGHT_VERSION, "backend",
                      limits_kind_names[limits_kind (p->rq->limits)], "rootless",
                      !p->rq->root, "pid", (int)getpid ());
    return 0;
}

static int do_list (struct peer *p, const struct spawn_request *r, struct box *b,
                    json_t **ret, struct err *err)
{
    *ret = json_pack ("{s:o}", "sandboxes", boxes_list (p->rq->boxes));
    return 0;
}

static int do_create (struct peer *p, const struct spawn_request *r, struct box *b,
                      json_t **ret, struct err *err)
{
    struct spawn_state s;
    list_foreach (d, &p->rq->destructions, struct destruction, link)
        if (!strcmp (d->sandbox, r->spec->id) || !strcmp (d->sandbox, r->spec->home))
            return err_set (err, PROBLEM_BUSY, "%s is being removed", d->sandbox);
    b = boxes_create (p->rq->boxes, r->spec, err);
    if (!b)
        return -1;
    box_state (b, &s);
    *ret = spawn_state_json (&s);
    return 0;
}

static int do_stop (struct peer *p, const struct spawn_request *r, struct box *b,
                    json_t **ret, struct err *err)
{
    box_stop (b, r->grace_ms);
    return 0;
}

static int do_kill (struct peer *p, const struct spawn_request *r, struct box *b,
                    json_t **ret, struct err *err)
{
    box_kill (b);
    return 0;
}

static int do_gate (struct peer *p, const struct spawn_request *r, struct box *b,
                    json_t **ret, struct err *err)
{
    return box_gate (b, r->machine, r->dry_run, ret, err);
}

static int do_freeze (struct peer *p, const struct spawn_request *r, struct box *b,
                      json_t **ret, struct err *err)
{
    return box_freeze (b, true, err);
}

static int do_thaw (struct peer *p, const struct spawn_request *r, struct box *b,
                    json_t **ret, struct err *err)
{
    return box_freeze (b, false, err);
}

static int do_stats (struct peer *p, const struct spawn_request *r, struct box *b,
                     json_t **ret, struct err *err)
{
    *ret = box_sample (b);
    box_pace (b, r->every_ms);
    return 0;
}

static void add_check (json_t *items, const char *name, bool ok, const char *text)
{
    (void)json_array_append_new (
        items, json_pack ("{s:s, s:b, s:s}", "name", name, "ok", ok, "text", text));
}

static int do_check (struct peer *p, const struct spawn_request *r, struct box *b,
                     json_t **ret, struct err *err)
{
    struct requests *rq = p->rq;
    struct strv lacks = { 0 };
    json_t *items = json_array ();
    launch_lacks (&rq->boxes->probe, &lacks);
    for (size_t i = 0; i < lacks.n; i++)
        add_check (items, "sandbox", false, lacks.v[i]);
    strv_done (&lacks);
    for (int part = 0; part < LIMITS_PART_COUNT; part++) {
        bool ok = limits_enforces (rq->limits, (enum limits_part)part);
        add_check (items, limits_part_names[part], ok,
                   ok ? "" : "This limit is not enforced: its control group is not there");
    }
    bool closes = limits_closes_devices (rq->limits);
    add_check (items, "devices", closes,
               closes ? "" : "Devices are not closed to workspaces");
    *ret = json_pack ("{s:s, s:b, s:o}", "backend",
                      limits_kind_names[limits_kind (rq->limits)], "rootless", !rq->root,
                      "items", items);
    return 0;
}

static const struct row {
    bool of_one; /* of a sandbox that runs */
    int (*go) (struct peer *p, const struct spawn_request *r, struct box *b, json_t **ret,
               struct err *err);
} table[SPAWN_DO_COUNT] = {
    [SPAWN_HELLO] = { false, do_hello },   [SPAWN_LIST] = { false, do_list },
    [SPAWN_CREATE] = { false, do_create }, [SPAWN_STOP] = { true, do_stop },
    [SPAWN_KILL] = { true, do_kill },      [SPAWN_GATE] = { true, do_gate },
    [SPAWN_FREEZE] = { true, do_freeze },  [SPAWN_THAW] = { true, do_thaw },
    [SPAWN_STATS] = { true, do_stats },    [SPAWN_CHECK] = { false, do_check },
};

/* ---- destroy: answered when it is gone ------------------------------------------------------------- */

static void on_removed (void *arg, int64_t number)
{
    autofree struct destruction *d = arg;
    struct err err;
    list_remove (&d->link);
    if (!d->peer)
        return;
    if (number >= 0) {
        (void)say_ok (d->peer, d->id, NULL);
        return;
    }
    (void)err_set (&err, PROBLEM_INTERNAL, "The files of %s could not all be removed",
                   d->sandbox);
    (void)say_error (d->peer, d->id, &err);
}

static void remove_files (void *arg)
{
    struct destruction *d = arg;
    autofree char *dir = xasprintf ("%s/ws/%s", d->rq->boxes->config.state, d->sandbox);
    const char *const dirs[] = { dir };
    if (access (dir, F_OK) < 0)
        on_removed (d, 0);
    else if (!helper_start (d->rq->turn, "remove", dirs, 1, on_removed, d))
        on_removed (d, -1);
}

static void destroy (struct peer *p, const struct spawn_request *r)
{
    struct destruction *d = xnew (struct destruction);
    struct box *b = boxes_find (p->rq->boxes, r->sandbox);
    d->rq = p->rq;
    d->peer = p;
    d->id = r->id;
    memcpy (d->sandbox, r->sandbox, sizeof d->sandbox);
    list_append (&p->rq->destructions, &d->link);
    if (b && !b->gone) {
        b->gone = remove_files;
        b->gone_arg = d;
        box_kill (b);
    } else if (b) {
        list_remove (&d->link);
        free (d);
        struct err err;
        (void)err_set (&err, PROBLEM_BUSY, "%s is being removed already", r->sandbox);
        (void)say_error (p, r->id, &err);
    } else {
        remove_files (d);
    }
}

/* ---- hearing -------------------------------------------------------------------------------------- */

static bool act (struct peer *p, const struct spawn_request *r)
{
    struct requests *rq = p->rq;
    const struct row *row = &table[r->what];
    struct box *b = row->of_one ? boxes_find (rq->boxes, r->sandbox) : NULL;
    json_t *ok = NULL;
    struct err err;
    if (r->what == SPAWN_DESTROY) {
        destroy (p, r);
        return !p->dead;
    }
    if (!row->go)
        (void)err_set (&err, PROBLEM_UNSUPPORTED, "%s is not for asking",
                       spawn_do_names[r->what]);
    else if (row->of_one && !b)
        (void)err_set (&err, PROBLEM_NOT_FOUND, "sandbox %s does not run", r->sandbox);
    else if (row->go (p, r, b, &ok, &err) == 0)
        return say_ok (p, r->id, ok);
    return say_error (p, r->id, &err);
}

/* False: the peer is gone, or has said all. */
static bool hear (struct peer *p)
{
    struct requests *rq = p->rq;
    struct spawn_request r;
    struct err err;
    ssize_t n = recv (p->fd, rq->in, SPAWN_PACKET, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        hang_up (p);
        return false;
    }
    if (n > (ssize_t)SPAWN_PACKET) {
        (void)err_set (&err, PROBLEM_TOO_LARGE, "a request has at most %u bytes",
                       SPAWN_PACKET);
        return say_error (p, 0, &err);
    }
    if (spawn_request_parse (rq->in, (size_t)n, &r, &err) < 0)
        return say_error (p, r.id, &err);
    bool there = act (p, &r);
    spawn_request_done (&r);
    return there;
}

static void on_peer (void *arg, unsigned events)
{
    (void)events;
    for (int i = 0; i < 16 && hear (arg); i++)
        ;
}

static bool may (const struct requests *rq, int fd)
{
    struct ucred peer;
    socklen_t n = sizeof peer;
    if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
        return false;
    if (peer.uid == 0 || peer.uid == (rq->root ? rq->boxes->hub_uid : geteuid ()))
        return true;
    log_warning ("requests", "user %u is not the hub: hung up", (unsigned)peer.uid);
    return false;
}

static void on_connect (void *arg, unsigned events)
{
    struct requests *rq = arg;
    (void)events;
    autoclose int fd = accept4 (rq->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 || !may (rq, fd))
        return;
    if (rq->count == REQUESTS_PEERS) {
        log_warning ("requests", "too many connections: hung up");
        return;
    }
    struct peer *p = xnew (struct peer);
    spawn_socket_room (fd);
    p->rq = rq;
    p->fd = take_fd (fd);
    list_append (&rq->peers, &p->link);
    rq->count++;
    p->watch = turn_watch (rq->turn, p->fd, POLLIN, on_peer, p);
}

/* ---- life ------------------------------------------------------------------------------------------ */

static int listen_at (struct requests *rq, struct err *err)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (strlen (rq->path) >= sizeof at.sun_path)
        return err_set (
            err, PROBLEM_INVALID,
            "%s is too long for a socket: give the state directory a shorter name",
            rq->path);
    memcpy (at.sun_path, rq->path, strlen (rq->path) + 1);
    rq->fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (rq->fd < 0)
        return err_sys (err, errno, "make a socket");
    (void)unlink (rq->path);
    mode_t old = umask (0117);
    int rc = bind (rq->fd, (struct sockaddr *)&at, sizeof at);
    (void)umask (old);
    if (rc < 0 || (rq->root && chown (rq->path, 0, rq->boxes->hub_gid) < 0) ||
        listen (rq->fd, REQUESTS_PEERS) < 0)
        return err_sys (err, errno, "listen at %s", rq->path);
    rq->watch = turn_watch (rq->turn, rq->fd, POLLIN, on_connect, rq);
    return 0;
}

struct requests *requests_new (const char *state, struct turn *t, struct limits *l,
                               bool root, struct err *err)
{
    struct requests *rq = xnew (struct requests);
    const struct boxes_config config = { .state = state,
                                         .turn = t,
                                         .limits = l,
                                         .root = root,
                                         .tell = tell,
                                         .arg = rq };
    rq->turn = t;
    rq->limits = l;
    rq->root = root;
    rq->fd = -1;
    rq->path = state_dir_spawner_sock (state);
    rq->in = xcalloc (1, SPAWN_PACKET);
    list_init (&rq->peers);
    list_init (&rq->gone);
    list_init (&rq->destructions);
    buf_init (&rq->out, SPAWN_ANSWER);
    rq->boxes = boxes_new (&config, err);
    if (rq->boxes && listen_at (rq, err) == 0)
        return rq;
    requests_free (rq);
    return NULL;
}

void requests_free (struct requests *rq)
{
    if (!rq)
        return;
    list_foreach (p, &rq->peers, struct peer, link)
        hang_up (p);
    turn_cancel (rq->bury);
    bury (rq);
    turn_unwatch (rq->watch);
    turn_cancel (rq->look);
    auto_closep (&rq->fd);
    boxes_free (rq->boxes);
    buf_done (&rq->out);
    free (rq->in);
    free (rq->path);
    free (rq);
}

static void look (void *arg)
{
    struct requests *rq = arg;
    rq->look = NULL;
    if (list_empty (&rq->boxes->running))
        rq->all_gone (rq->all_gone_arg);
    else
        rq->look = turn_after (rq->turn, LOOK_US, look, rq);
}

void requests_stop_all (struct requests *rq, void (*done) (void *arg), void *arg)
{
    rq->all_gone = done;
    rq->all_gone_arg = arg;
    list_foreach (b, &rq->boxes->running, struct box, link)
        box_stop (b, GRACE_ALL_MS);
    if (!rq->look)
        look (rq);
}
