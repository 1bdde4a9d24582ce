/* kept_kernel.c - a kernel in the keeper: its process, its sockets, its states
 *
 * A life is: connection file, link, process.  When the process has ended, what it still
 * said is read for LAST_WORDS_US, and then the phase decides: an end that was asked for is
 * the end; a restart that was asked for begins the next life at once; a death is told in
 * the cell that ran and by a `restarting` status, and the next life begins a moment later,
 * each time a longer one, until KERNEL_RESTART_LIMIT deaths in a row.
 *
 * Ending (contract 7.7): interrupt and shutdown_request; SIGTERM after half of the shutdown
 * wait; SIGKILL after the other half.  A kernel that cannot hear yet gets SIGTERM at once.
 */

#include "keeper/kept_kernel.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/path.h"
#include "keeper/kernel_fate.h"
#include "keeper/kernel_ipc.h"
#include "keeper/kernel_route.h"
#include "keeper/kernel_say.h"
#include "keeper/kernel_state.h"
#include "keeper/keeper.h"
#include "keeper/klink.h"
#include "keeper/lines.h"
#include "loop/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LAST_WORDS_US 50000LL /* of silence before the end of a process is acted upon */
#define LAST_WORDS_MAX_US 2000000LL
#define FIRST_PAUSE_US                                                                     \
    200000LL /* before the first automatic restart; doubled up to the last */
#define LAST_PAUSE_US 3000000LL /* time_to_dead of the original */
#define MAX_RESTART_WAITERS 16
#define TRUST_ABOVE (64u << 10) /* bytes of a message that came over ipc */

enum phase { RUNNING, PAUSED, RESTARTING, ENDING };

struct kernel {
    struct kept kept;
    struct kept_kernel_spec spec;
    struct connfile conn;
    char *ipc_dir; /* NULL: tcp */
    struct wire *wire;
    struct kernel_route *route;
    struct kernel_state state;
    struct klink *link;
    struct proc *proc;
    struct lines *output;
    struct kernel_fate fate;
    char session[IDENT_UUID]; /* of the messages that we inject */
    enum phase phase;
    struct loop_timer *timer;    /* last words, or the pause before the next life */
    struct loop_timer *escalate; /* the next step of ending the process */
    int step;
    int64_t born_us, died_us; /* monotonic */
    unsigned streak;          /* deaths in a row */
    bool ever_stable, pressed;
    bool link_is_fresh; /* made for the life that has not begun yet */
    uint64_t restarters[MAX_RESTART_WAITERS];
    size_t nrestarters;
};

static struct kernel *kernel_of (struct kept *k)
{
    return container_of (k, struct kernel, kept);
}

void kept_kernel_spec_done (struct kept_kernel_spec *s)
{
    free (s->id);
    free (s->name);
    free (s->display_name);
    free (s->cwd);
    free (s->connection_file);
    free (s->interrupt_mode);
    free (s->resource_dir);
    strv_done (&s->argv);
    strv_done (&s->environ);
    *s = (struct kept_kernel_spec){ 0 };
}

/* ---- what it says ---- */

/* Journal a message as a v1 frame: the table in front, the parts as they came. */
static void say_parts (struct kernel *k, enum jchannel channel, uint32_t target,
                       const struct slice *parts, size_t n)
{
    size_t head = wsv1_head_size (channel, n);
    autofree uint8_t *table = xcalloc (head, 1);
    struct slice few[16],
        *pieces = n < ARRAY_SIZE (few) ? few : xcalloc (n + 1, sizeof (*pieces));

    wsv1_head (table, channel, parts, n);
    pieces[0] = (struct slice){ table, head };
    memcpy (pieces + 1, parts, n * sizeof (*parts));
    (void)kept_say (&k->kept, channel, target, pieces, n + 1);
    if (pieces != few)
        free (pieces);
}

static void say_frame (struct kernel *k, const struct buf *frame)
{
    struct slice piece = { frame->data, frame->len };

    (void)kept_say (&k->kept, KEEP_IOPUB, SUBSCRIPTION_ALL, &piece, 1);
}

/* Whose reply it is: by message id, by a session seen in headers, by the name of a
 * subscription. */
static uint32_t target_of (struct kernel *k, const struct jhead *parent)
{
    uint32_t target = kernel_route_find (k->route, parent);

    if (target || parent->session.len == 0 || parent->session.len >= KERNEL_ROUTE_TEXT)
        return target;
    autofree char *name = slice_dup (parent->session);
    const struct subscription *s = kept_find (&k->kept, name);
    return s ? s->target : 0;
}

static void on_message (void *arg, enum jchannel channel, const struct slice *parts,
                        size_t n, const struct jhead *parent)
{
    struct kernel *k = arg;

    if (channel == JCHANNEL_IOPUB) {
        if (kernel_state_hear (&k->state, &k->kept.pub, parts, parent))
            kept_changed (&k->kept);
        say_parts (k, channel, SUBSCRIPTION_ALL, parts, n);
        return;
    }
    uint32_t target = target_of (k, parent);
    kernel_state_replied (&k->state, parent);
    if (target)
        say_parts (k, channel, target, parts, n);
    else
        log_debug ("kernel", "a reply for nobody kernel=%s channel=%s", k->spec.id,
                   jchannel_names[channel]);
}

static void on_live (void *arg)
{
    struct kernel *k = arg;

    if (k->kept.pub.state == KEEP_STARTING || k->kept.pub.state == KEEP_RESTARTING)
        k->kept.pub.state = KEEP_IDLE;
    kept_changed (&k->kept);
}

static void on_info (void *arg, struct slice content)
{
    struct kernel *k = arg;
    struct slice version;

    if (!jmsg_string (content, "protocol_version", &version) || version.len == 0)
        return;
    k->kept.pub.protocol_major = (uint32_t)strtoul (version.data, NULL, 10);
    kept_changed (&k->kept);
}

static void on_pressure (void *arg, bool on)
{
    struct kernel *k = arg;

    k->pressed = on;
    keeper_pressure (k->kept.keeper, &k->kept, on);
}

static void on_line (void *arg, const char *line)
{
    struct kernel *k = arg;

    keeper_log_line (k->kept.keeper, k->kept.pub.object, line);
}

/* ---- a life ---- */

static void on_exit_of_process (void *arg, int status);

static void fill_argv (const struct kernel *k, struct strv *argv)
{
    static const char mark[] = "{connection_file}";

    for (size_t i = 0; i < k->spec.argv.n; i++) {
        const char *arg = k->spec.argv.v[i], *at = strstr (arg, mark);
        if (at)
            strv_addf (argv, "%.*s%s%s", (int)(at - arg), arg, k->spec.connection_file,
                       at + sizeof (mark) - 1);
        else
            strv_add (argv, arg);
    }
}

static int start_process (struct kernel *k, struct err *err)
{
    autodone (strv_done) struct strv argv;
    int out[2];
    char pid[24];

    strv_init (&argv);
    fill_argv (k, &argv);
    (void)snprintf (pid, sizeof (pid), "%ld", (long)getpid ());
    strv_env_set (&k->spec.environ, "JPY_PARENT_PID", pid);
    if (pipe2 (out, O_CLOEXEC) < 0)
        return err_sys (err, errno, "pipe");
    (void)fd_set_nonblock (out[0], true);
    struct proc_spec spec = {
        .argv = &argv,
        .environ = &k->spec.environ,
        .cwd = k->spec.cwd,
        .fd_in = -1,
        .fd_out = out[1],
        .fd_err = out[1],
        .new_session = true,
    };
    kernel_fate_begin (&k->fate);
    k->proc = proc_start (k->kept.keeper->loop, &spec, on_exit_of_process, k, err);
    (void)close (out[1]);
    if (!k->proc) {
        (void)close (out[0]);
        return -1;
    }
    k->output = lines_new (k->kept.keeper->loop, out[0], on_line, k);
    return 0;
}

/* Addresses that nobody uses: ipc sockets of an earlier life go, tcp ports are picked anew
 * until the kernel was stable once (random_ports_until_alive). */
static int prepare_addresses (struct kernel *k, struct err *err)
{
    if (k->ipc_dir)
        kernel_ipc_clear (k->ipc_dir);
    else if (!k->ever_stable && connfile_pick_ports (&k->conn, err) < 0)
        return -1;
    return connfile_write (&k->conn, k->spec.connection_file, err);
}

/* Sockets for the next life, made before its process so that what clients send meanwhile
 * waits in them. */
static int begin_link (struct kernel *k, struct err *err)
{
    static const struct klink_ops ops = {
        .message = on_message,
        .live = on_live,
        .info = on_info,
        .pressure = on_pressure,
    };
    struct keeper *keeper = k->kept.keeper;

    autocleanup (klink_free) struct klink *old = take_ptr (k->link);

    if (prepare_addresses (k, err) < 0)
        return -1;
    k->link = klink_new (keeper->loop, keeper->zmq, &k->conn, k->wire, &ops, k, err);
    if (!k->link)
        return -1;
    k->link_is_fresh = true;
    if (old && k->phase == RUNNING && !klink_is_live (old))
        klink_inherit (k->link, old);
    else if (k->pressed)
        on_pressure (k, false);
    return 0;
}

static int begin_life (struct kernel *k, struct err *err)
{
    lines_free (take_ptr (k->output));
    proc_free (take_ptr (k->proc));
    k->phase = RUNNING;
    k->step = 0;
    k->born_us = clock_mono_us ();
    if (!k->link_is_fresh && begin_link (k, err) < 0)
        return -1;
    if (start_process (k, err) < 0)
        return -1;
    k->link_is_fresh = false;
    k->kept.pub.state = KEEP_STARTING;
    k->kept.pub.pid = (uint32_t)proc_pid (k->proc);
    kept_changed (&k->kept);
    log_info ("kernel", "started kernel=%s name=%s pid=%u", k->spec.id, k->spec.name,
              k->kept.pub.pid);
    return 0;
}

/* ---- ends ---- */

static void answer_restarters (struct kernel *k, const struct err *err)
{
    for (size_t i = 0; i < k->nrestarters; i++)
        keeper_answer (k->kept.keeper, k->restarters[i], err, NULL);
    k->nrestarters = 0;
}

static void finish (struct kernel *k)
{
    struct err gone;

    (void)err_set (&gone, PROBLEM_GONE, "the kernel has ended");
    answer_restarters (k, &gone);
    loop_cancel (k->timer);
    loop_cancel (k->escalate);
    k->timer = k->escalate = NULL;
    (void)unlink (k->spec.connection_file);
    if (k->ipc_dir)
        (void)fd_remove_tree (k->ipc_dir, NULL);
    kernel_state_forget (&k->state);
    kept_ended (&k->kept);
}

static void give_up (struct kernel *k, const char *why)
{
    autodone (buf_done) struct buf frame;

    kept_set_reason (&k->kept, why);
    log_error ("kernel", "gave up kernel=%s: %s", k->spec.id, why);
    buf_init (&frame, 1 << 20);
    kernel_say_status (&frame, k->session, (struct slice){ "", 0 }, "dead");
    say_frame (k, &frame);
    finish (k);
}

static void next_life (void *arg)
{
    struct kernel *k = arg;
    struct err err;

    k->timer = NULL;
    if (begin_life (k, &err) == 0) {
        answer_restarters (k, NULL);
        return;
    }
    answer_restarters (k, &err);
    give_up (k, err.text);
}

/* In the cell that ran, in plain words. */
static void tell_death (struct kernel *k, const char *why, bool again)
{
    autodone (buf_done) struct buf frame;
    struct slice request = kernel_state_doomed (&k->state);

    buf_init (&frame, 1 << 20);
    if (request.len && klink_is_live (k->link)) {
        autofree char *text =
            xasprintf ("\nThe kernel died: %s.%s\n", why,
                       again ? " It is started again; its variables are lost." : "");
        kernel_say_stderr (&frame, k->session, request, text);
        say_frame (k, &frame);
        buf_clear (&frame);
    }
    if (again) {
        kernel_say_status (&frame, k->session, (struct slice){ "", 0 }, "restarting");
        say_frame (k, &frame);
    }
    if (klink_is_live (k->link)) /* else they wait in the link for the next life */
        kernel_state_forget (&k->state);
}

static void died (struct kernel *k)
{
    char fate[KERNEL_FATE_TEXT];
    bool oom = kernel_fate_tell (&k->fate, k->kept.pub.wait_status, fate);
    const char *tail = k->output ? lines_tail (k->output) : "";
    autofree char *why =
        *tail ? xasprintf ("%s; its last words were: %s", fate, tail) : xstrdup (fate);

    for (size_t n = strlen (why); n > 0 && why[n - 1] == '\n'; n--)
        why[n - 1] = '\0';
    k->kept.pub.oom = oom;
    kept_set_reason (&k->kept, why);
    log_warning ("kernel", "died kernel=%s: %s", k->spec.id, fate);
    if (clock_mono_us () - k->born_us >= KERNEL_STABLE_US) {
        k->streak = 0;
        k->ever_stable = true;
    }
    bool again = (k->spec.flags & KEEP_AUTORESTART) && ++k->streak <= KERNEL_RESTART_LIMIT;
    tell_death (k, fate, again);
    struct err err = { 0 };
    if (!again || begin_link (k, &err) < 0) {
        give_up (k, again ? err.text : why);
        return;
    }
    int64_t pause = FIRST_PAUSE_US << (k->streak - 1);
    k->phase = PAUSED;
    k->kept.pub.restarts = k->streak;
    k->kept.pub.state = KEEP_RESTARTING;
    kept_changed (&k->kept);
    k->timer = loop_after (k->kept.keeper->loop,
                           pause < LAST_PAUSE_US ? pause : LAST_PAUSE_US, next_life, k);
}

static void last_words_read (void *arg)
{
    struct kernel *k = arg;
    int64_t now = clock_mono_us ();

    k->timer = NULL;
    if (k->phase == RUNNING && now - klink_heard_us (k->link) < LAST_WORDS_US &&
        now - k->died_us < LAST_WORDS_MAX_US) {
        k->timer = loop_after (k->kept.keeper->loop, LAST_WORDS_US, last_words_read, k);
        return;
    }
    switch (k->phase) {
    case ENDING: finish (k); break;
    case RESTARTING:
        kernel_state_forget (&k->state);
        next_life (k);
        break;
    default: died (k);
    }
}

static void on_exit_of_process (void *arg, int status)
{
    struct kernel *k = arg;

    loop_cancel (k->escalate);
    k->escalate = NULL;
    k->died_us = clock_mono_us ();
    k->kept.pub.pid = 0;
    k->kept.pub.wait_status = status;
    if (k->output)
        lines_drain (k->output);
    k->timer = loop_after (k->kept.keeper->loop, LAST_WORDS_US, last_words_read, k);
}

/* ---- ending the process ---- */

static void interrupt_now (struct kernel *k)
{
    if (!strcasecmp (k->spec.interrupt_mode, "message"))
        klink_request (k->link, "interrupt_request", "{}");
    else
        proc_signal (k->proc, SIGINT, true);
}

static void step_further (void *arg)
{
    struct kernel *k = arg;
    int64_t half = (int64_t)k->spec.shutdown_wait_ms * CLOCK_MS / 2;

    k->escalate = NULL;
    if (k->step == 0 && half > 0 && klink_is_live (k->link)) {
        interrupt_now (k);
        klink_request (k->link, "shutdown_request",
                       k->phase == RESTARTING ? "{\"restart\": true}"
                                              : "{\"restart\": false}");
    } else if (k->step <= 1 && half > 0) {
        k->step = 1;
        proc_signal (k->proc, SIGTERM, true);
    } else {
        proc_signal (k->proc, SIGKILL, true);
        return;
    }
    k->step++;
    k->escalate = loop_after (k->kept.keeper->loop, half, step_further, k);
}

static void stop_process (struct kernel *k, enum phase phase)
{
    bool stopping = k->phase == RESTARTING || k->phase == ENDING;

    k->phase = phase;
    if (k->kept.pub.pid ==
        0) { /* it is dead already: between two lives, or its last words are read */
        loop_cancel (k->timer);
        k->timer = loop_soon (k->kept.keeper->loop, last_words_read, k);
    } else if (!stopping) {
        k->step = 0;
        step_further (k);
    }
}

static void kernel_end (struct kept *kept)
{
    struct kernel *k = kernel_of (kept);

    if (k->phase != ENDING)
        stop_process (k, ENDING);
}

static int kernel_restart (struct kept *kept, const struct strv *changes, uint64_t token,
                           struct err *err)
{
    struct kernel *k = kernel_of (kept);

    if (k->phase == ENDING || kept->ended)
        return err_set (err, PROBLEM_GONE, "the kernel is being ended");
    if (k->nrestarters == MAX_RESTART_WAITERS)
        return err_set (err, PROBLEM_BUSY, "the kernel is being restarted");
    k->restarters[k->nrestarters++] = token;
    for (size_t i = 0; i < changes->n; i++) {
        size_t n = strcspn (changes->v[i], "=");
        autofree char *key = xstrndup (changes->v[i], n);
        if (changes->v[i][n])
            strv_env_set (&k->spec.environ, key, changes->v[i] + n + 1);
        if (changes->v[i][n] && !strcmp (key, "JPY_SESSION_NAME")) {
            free (k->conn.session);
            k->conn.session = xstrdup (changes->v[i] + n + 1);
        }
    }
    k->streak = 0;
    if (k->phase != RESTARTING)
        stop_process (k, RESTARTING);
    return 0;
}

/* ---- requests ---- */

static int kernel_interrupt (struct kept *kept, struct err *err)
{
    struct kernel *k = kernel_of (kept);

    if (kept->pub.pid)
        interrupt_now (k);
    return 0;
}

static int kernel_signal (struct kept *kept, int signo, struct err *err)
{
    struct kernel *k = kernel_of (kept);

    if (!kept->pub.pid)
        return err_set (err, PROBLEM_GONE, "the kernel does not run now");
    proc_signal (k->proc, signo, true);
    return 0;
}

static int kernel_send (struct kept *kept, const struct keep_frame *f, struct err *err)
{
    struct kernel *k = kernel_of (kept);
    struct keep_reader r;
    struct wsv1 m;

    keep_reader_init (&r, f);
    autofree char *name = keep_get_str (&r);
    const struct subscription *s = kept_find (kept, name);
    if (r.bad || !s)
        return err_set (err, PROBLEM_NOT_FOUND, "no subscription '%s'", name);
    if (wsv1_decode (r.p, r.left, &m, err) < 0)
        return -1;
    autofree struct slice *parts = xcalloc (m.nparts, sizeof (*parts));
    for (size_t i = 0; i < m.nparts; i++)
        parts[i] = wsv1_part (&m, i);
    kernel_route_sent (k->route, parts[WSV1_HEADER], s->target);
    if (m.channel == JCHANNEL_SHELL)
        kernel_state_sent (&k->state, parts[WSV1_HEADER]);
    return klink_send (k->link, m.channel, parts, m.nparts, err);
}

/* A viewer who comes while a request runs hears that the kernel is busy. */
static void kernel_joined (struct kept *kept, struct subscription *s)
{
    struct kernel *k = kernel_of (kept);
    struct slice request = kernel_state_running (&k->state);
    autodone (buf_done) struct buf frame;

    buf_init (&frame, 1 << 20);
    if (kept->pub.state != KEEP_BUSY || !request.len)
        return;
    kernel_say_status (&frame, k->session, request, "busy");
    keeper_aside (kept->keeper, kept, s, KEEP_IOPUB, &frame);
}

static void kernel_free (struct kept *kept)
{
    struct kernel *k = kernel_of (kept);

    loop_cancel (k->timer);
    loop_cancel (k->escalate);
    klink_free (k->link);
    lines_free (k->output);
    proc_free (k->proc);
    kernel_route_free (k->route);
    kernel_state_done (&k->state);
    wire_free (k->wire);
    connfile_done (&k->conn);
    kept_kernel_spec_done (&k->spec);
    free (k->ipc_dir);
    kept_done (kept);
    free (k);
}

static const struct kept_ops kernel_ops = {
    .send = kernel_send,
    .interrupt = kernel_interrupt,
    .signal = kernel_signal,
    .restart = kernel_restart,
    .end = kernel_end,
    .joined = kernel_joined,
    .free = kernel_free,
};

static int make_conn (struct kernel *k, struct err *err)
{
    const char *session = strv_env_get (&k->spec.environ, "JPY_SESSION_NAME");
    autofree char *prefix = NULL;

    if (!(k->spec.flags & KEEP_TCP)) {
        if (!(k->ipc_dir = kernel_ipc_dir (k->kept.pub.object, err)))
            return -1;
        prefix = path_join (k->ipc_dir, "k");
    }
    connfile_init (&k->conn, prefix ? "ipc" : "tcp", prefix ? prefix : "127.0.0.1",
                   k->spec.name);
    if (session) {
        free (k->conn.session);
        k->conn.session = xstrdup (session);
    }
    k->wire = wire_new (k->conn.signature_scheme, k->conn.key, err);
    if (!k->wire)
        return -1;
    if (prefix)
        wire_trust_above (k->wire, TRUST_ABOVE);
    return 0;
}

static void describe (struct kernel *k)
{
    struct keep_object *pub = &k->kept.pub;

    free (pub->spec);
    free (pub->cwd);
    free (pub->connection_file);
    pub->spec = xstrdup (k->spec.name);
    pub->cwd = xstrdup (k->spec.cwd);
    pub->connection_file = xstrdup (k->spec.connection_file);
}

struct kept *kept_kernel_start (struct keeper *keeper, struct kept_kernel_spec *spec,
                                struct err *err)
{
    if (spec->argv.n == 0 || !*spec->id) {
        err_set (err, PROBLEM_INVALID, "the kernelspec %s names no program", spec->name);
        return NULL;
    }
    struct kernel *k = xnew (struct kernel);
    k->spec = *spec;
    *spec = (struct kept_kernel_spec){ 0 };
    kept_init (&k->kept, keeper, &kernel_ops, KEEP_KERNEL, k->spec.id, KERNEL_BUDGET);
    k->route = kernel_route_new ();
    kernel_state_init (&k->state);
    ident_uuid4 (k->session);
    describe (k);
    if (make_conn (k, err) == 0 && begin_life (k, err) == 0)
        return &k->kept;
    (void)unlink (k->spec.connection_file);
    if (k->ipc_dir)
        (void)fd_remove_tree (k->ipc_dir, NULL);
    kernel_free (&k->kept);
    return NULL;
}
