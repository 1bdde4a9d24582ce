/* box.c - the sandboxes of this host: made and ended
 *
 * The end of a sandbox is the end of its first process, which its pidfd tells, also of one that an earlier spawner
 * made.  Then whoever is left in its control group is killed, and when the group could be removed the end is
 * written down and told.
 */
#include "sandbox/box.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "model/state_dir.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETTLE_US (20 * CLOCK_MS)
#define SETTLES 250 /* 5 s: then its group is left for the next spawner to remove */

struct box *boxes_find (struct boxes *bs, const char *id)
{
    list_foreach (b, &bs->running, struct box, link)
        if (!strcmp (b->r.spec.id, id))
            return b;
    return NULL;
}

static void box_free (struct box *b)
{
    list_remove (&b->link);
    box_use_end (b);
    turn_unwatch (b->end_watch);
    turn_cancel (b->grace);
    turn_cancel (b->settle);
    auto_closep (&b->pidfd);
    grant_done (&b->g);
    record_done (&b->r);
    free (b);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void read_status (struct box *b)
{
    siginfo_t info = { .si_pid = 0 };
    struct spawn_exit *e = &b->exit;
    *e = (struct spawn_exit){ .code = -1, .asked = b->asked };
    if (waitid (P_PIDFD, (id_t)b->pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid) {
        bool exited = info.si_code == CLD_EXITED;
        e->code = exited ? info.si_status : -1;
        e->signal = exited ? 0 : info.si_status;
    }
    if (e->code >= 0)
        (void)snprintf (e->reason, sizeof e->reason, "It ended by itself, with status %d",
                        e->code);
    else if (e->signal)
        (void)snprintf (e->reason, sizeof e->reason, "It was ended by signal %d (%s)",
                        e->signal, strsignal (e->signal));
    else
        (void)snprintf (e->reason, sizeof e->reason, "It ended while nobody looked");
    if (b->asked)
        (void)snprintf (e->reason, sizeof e->reason, "It was stopped");
}

static void read_use (struct box *b)
{
    struct limits_usage u;
    limits_usage (b->all->config.limits, b->r.spec.id, 0, &u);
    b->exit.oom_kills = u.oom_kills;
    b->exit.mem_peak = u.mem_peak;
    b->exit.mem_limit = u.mem_limit;
    b->exit.cpu_us = u.cpu_us;
    b->exit.ended_us = clock_wall_us ();
}

void boxes_note_end (struct boxes *bs, const struct record *r, const struct spawn_exit *e)
{
    struct spawn_state *s = &bs->ended[bs->n_ended++ % SPAWN_ENDED];
    *s = (struct spawn_state){ .generation = r->spec.generation,
                               .kind = r->spec.kind,
                               .life = SPAWN_ENDED_LIFE,
                               .started_us = r->started_us,
                               .exit = *e };
    memcpy (s->sandbox, r->spec.id, sizeof s->sandbox);
    memcpy (s->machine, r->machine, sizeof s->machine);
}

static void unlink_socket (const struct boxes *bs, const char *id)
{
    autofree char *path = state_dir_lab_sock (bs->config.state, id);
    (void)unlink (path);
    *strrchr (path, '/') = '\0';
    (void)rmdir (path);
}

static void tell_end (struct box *b)
{
    struct boxes *bs = b->all;
    json_t *body = spawn_exit_json (&b->exit);
    jsonx_set_str (body, "sandbox", b->r.spec.id);
    (void)json_object_set_new (body, "generation", json_integer (b->r.spec.generation));
    log_info ("box", "ended sandbox=%s code=%d signal=%d asked=%d reason=%s", b->r.spec.id,
              b->exit.code, b->exit.signal, b->exit.asked, b->exit.reason);
    bs->config.tell (bs->config.arg, SPAWN_EXIT, body);
}

static void on_settle (void *arg)
{
    struct box *b = arg;
    struct boxes *bs = b->all;
    void (*gone) (void *arg) = b->gone;
    void *gone_arg = b->gone_arg;
    b->settle = NULL;
    limits_kill (bs->config.limits, b->r.spec.id);
    if (limits_remove (bs->config.limits, b->r.spec.id) < 0 && ++b->settles < SETTLES) {
        b->settle = turn_after (bs->config.turn, SETTLE_US, on_settle, b);
        return;
    }
    unlink_socket (bs, b->r.spec.id);
    record_end (bs->config.state, &b->r, &b->exit);
    boxes_note_end (bs, &b->r, &b->exit);
    tell_end (b);
    box_free (b);
    if (gone)
        gone (gone_arg);
}

static void on_end (void *arg, unsigned events)
{
    struct box *b = arg;
    (void)events;
    turn_unwatch (b->end_watch);
    b->end_watch = NULL;
    turn_cancel (b->grace);
    b->grace = NULL;
    box_use_end (b);
    read_status (b);
    read_use (b);
    on_settle (b);
}

/* ---- the beginning ---------------------------------------------------------------------------- */

struct box *box_watch (struct boxes *bs, struct record *r, struct grant *g, int pidfd)
{
    struct box *b = xnew (struct box);
    b->all = bs;
    b->r = *r;
    b->g = *g;
    *r = (struct record){ .machine = "" };
    *g = (struct grant){ .machine = "" };
    b->pidfd = pidfd;
    b->oom_fd = -1;
    b->frozen = limits_frozen (bs->config.limits, b->r.spec.id);
    list_append (&bs->running, &b->link);
    b->end_watch = turn_watch (bs->config.turn, pidfd, POLLIN, on_end, b);
    box_use_begin (b);
    return b;
}

void boxes_taken_gpus (struct boxes *bs, const struct box *but, struct strv *ret)
{
    list_foreach (b, &bs->running, struct box, link)
        if (b != but)
            strv_copy (ret, &b->g.gpus);
}

int boxes_machines (struct boxes *bs, struct machines *ret, struct err *err)
{
    return machines_open (bs->config.state, &bs->host, ret, err);
}

static int grant_for (struct boxes *bs, const struct sandbox_spec *spec, struct grant *ret,
                      struct err *err)
{
    struct machines ms;
    struct strv taken;
    strv_init (&taken);
    if (boxes_machines (bs, &ms, err) < 0)
        return -1;
    boxes_taken_gpus (bs, NULL, &taken);
    int rc = grant_make (&ms, spec, spec->machine, &taken, NULL, ret, err);
    strv_done (&taken);
    machines_done (&ms);
    return rc;
}

/* By way of JSON: a copy that cannot forget a field. */
static int copy_spec (const struct sandbox_spec *spec, struct sandbox_spec *ret,
                      struct err *err)
{
    autojson json_t *j = sandbox_spec_json (spec);
    sandbox_spec_done (ret);
    return sandbox_spec_from_json (j, ret, err);
}

static void tell_ready (struct box *b)
{
    struct spawn_state s;
    box_state (b, &s);
    b->all->config.tell (b->all->config.arg, SPAWN_READY, spawn_state_json (&s));
}

struct box *boxes_create (struct boxes *bs, const struct sandbox_spec *spec,
                          struct err *err)
{
    struct record r;
    struct grant g;
    pid_t pid;
    list_foreach (b, &bs->running, struct box, link) {
        /* Two on one home would be two overlays on the same upper directories. */
        if (strcmp (b->r.spec.id, spec->id) != 0 &&
            strcmp (b->r.spec.home, spec->home) != 0)
            continue;
        err_set (err, PROBLEM_CONFLICT, "sandbox %s runs already", b->r.spec.id);
        return NULL;
    }
    if (grant_for (bs, spec, &g, err) < 0)
        return NULL;
    record_init (&r);
    memcpy (r.machine, g.machine, sizeof r.machine);
    strv_copy (&r.gpus, &g.gpus);
    r.started_us = clock_wall_us ();
    int pidfd = copy_spec (spec, &r.spec, err) < 0 ? -1 : box_start (bs, &r, &g, &pid, err);
    if (pidfd < 0) {
        record_done (&r);
        grant_done (&g);
        return NULL;
    }
    struct box *b = box_watch (bs, &r, &g, pidfd);
    log_info ("box", "began sandbox=%s machine=%s pid=%d", b->r.spec.id, b->r.machine,
              (int)pid);
    tell_ready (b);
    return b;
}

/* ---- wishes ----------------------------------------------------------------------------------- */

static void signal_first (const struct box *b, int signo)
{
    (void)syscall (SYS_pidfd_send_signal, b->pidfd, signo, NULL, 0);
}

static void on_grace (void *arg)
{
    struct box *b = arg;
    b->grace = NULL;
    box_kill (b);
}

void box_stop (struct box *b, int64_t grace_ms)
{
    b->asked = true;
    if (b->frozen)
        (void)box_freeze (b, false, NULL);
    signal_first (b, SIGTERM);
    if (!b->grace)
        b->grace = turn_after (b->all->config.turn, grace_ms * CLOCK_MS, on_grace, b);
}

void box_kill (struct box *b)
{
    b->asked = true;
    limits_kill (b->all->config.limits, b->r.spec.id);
    signal_first (b, SIGKILL);
    if (b->frozen)
        (void)box_freeze (b, false, NULL);
}

int box_freeze (struct box *b, bool freeze, struct err *err)
{
    if (limits_freeze (b->all->config.limits, b->r.spec.id, freeze, err) < 0)
        return -1;
    b->frozen = freeze;
    return 0;
}

/* ---- what there is -------------------------------------------------------------------------------- */

void box_state (const struct box *b, struct spawn_state *ret)
{
    *ret = (struct spawn_state){ .generation = b->r.spec.generation,
                                 .kind = b->r.spec.kind,
                                 .life = b->frozen ? SPAWN_FROZEN : SPAWN_RUNNING,
                                 .pid = (int)b->r.pid,
                                 .started_us = b->r.started_us };
    memcpy (ret->sandbox, b->r.spec.id, sizeof ret->sandbox);
    memcpy (ret->machine, b->r.machine, sizeof ret->machine);
    if (!b->r.spec.listen)
        return;
    autofree char *path = state_dir_lab_sock (b->all->config.state, b->r.spec.id);
    (void)snprintf (ret->socket, sizeof ret->socket, "%s", path);
}

json_t *boxes_list (struct boxes *bs)
{
    json_t *list = json_array ();
    struct spawn_state s;
    list_foreach (b, &bs->running, struct box, link) {
        box_state (b, &s);
        (void)json_array_append_new (list, spawn_state_json (&s));
    }
    size_t n = bs->n_ended < SPAWN_ENDED ? bs->n_ended : SPAWN_ENDED;
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new (
            list, spawn_state_json (&bs->ended[(bs->n_ended - n + i) % SPAWN_ENDED]));
    return list;
}

/* ---- life ------------------------------------------------------------------------------------------- */

struct boxes *boxes_new (const struct boxes_config *config, struct err *err)
{
    struct boxes *bs = xnew (struct boxes);
    bs->config = *config;
    list_init (&bs->running);
    machine_host_read (&bs->host, "/", config->state);
    box_find_programs (bs);
    if (state_dir_owner (config->state, &bs->hub_uid, &bs->hub_gid, err) == 0 &&
        launch_probe (config->state, &bs->probe, err) == 0 && boxes_adopt (bs, err) == 0 &&
        launch_prepare (config->state, !list_empty (&bs->running), err) == 0)
        return bs;
    boxes_free (bs);
    return NULL;
}

void boxes_free (struct boxes *bs)
{
    if (!bs)
        return;
    list_foreach (b, &bs->running, struct box, link)
        box_free (b);
    machine_host_done (&bs->host);
    strv_done (&bs->programs);
    free (bs->program_dir);
    free (bs);
}
