/* kept_kernel.c - a kernel in the keeper: what is asked of it, its start, the end of the
 * object */

#include "keeper/kept_kernel.h"
#include "base/path.h"
#include "jupyter/msgtypes.h"
#include "keeper/kernel_private.h"
#include "keeper/kernel_say.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void kept_kernel_spec_init (struct kept_kernel_spec *s)
{
    *s = (struct kept_kernel_spec){
        .ip = xstrdup ("127.0.0.1"),
        .restart_limit = KERNEL_RESTART_LIMIT,
        .pause_ms = KERNEL_PAUSE_MS,
        .stable_ms = KERNEL_STABLE_MS,
        .patience_ms = KERNEL_PATIENCE_MS,
    };
    strv_init (&s->untracked);
    for (size_t i = 0; msgtypes_untracked[i]; i++)
        strv_add (&s->untracked, msgtypes_untracked[i]);
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
    free (s->ip);
    strv_done (&s->argv);
    strv_done (&s->environ);
    strv_done (&s->untracked);
    *s = (struct kept_kernel_spec){ 0 };
}

static void kernel_end (struct kept *kept)
{
    struct kernel *k = kernel_of (kept);

    if (k->phase != ENDING)
        kernel_life_stop (k, ENDING);
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
        kernel_life_stop (k, RESTARTING);
    return 0;
}

/* ---- requests ---- */

static int kernel_interrupt (struct kept *kept, struct err *err)
{
    struct kernel *k = kernel_of (kept);

    if (kept->pub.pid)
        kernel_life_interrupt (k);
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

static bool is_execute (struct slice header)
{
    struct jhead head;

    jhead_scan (header, &head);
    return slice_is (head.msg_type, "execute_request");
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
    bool cell = m.channel == JCHANNEL_SHELL && is_execute (parts[WSV1_HEADER]);
    bool first = cell && kept->pub.pid && !kernel_state_running (&k->state).len;
    if (cell) {
        kernel_talk_request (k, parts, m.nparts);
        kernel_state_sent (&k->state, parts[WSV1_HEADER]);
    }
    int rc = klink_send (k->link, m.channel, parts, m.nparts, err);
    if (first) /* while it is on its way: a cell needs longer to be killed */
        kernel_fate_look (&k->fate, (pid_t)kept->pub.pid);
    return rc;
}

/* A viewer who comes while a request runs hears that the kernel is busy. */
static void say_busy (struct kernel *k, struct subscription *s, struct slice request)
{
    autodone (buf_done) struct buf frame;

    buf_init (&frame, 1 << 20);
    kernel_say_status (&frame, kernel_talk_session (k), request, "busy");
    keeper_aside (k->kept.keeper, &k->kept, s, KEEP_IOPUB, &frame);
}

/* Who comes, or comes back, to a later life hears that it is idle, after all that was missed: JupyterLab connects anew
 * when it hears of a death, and what was on its way to the old connection is lost. */
static void kernel_joined (struct kept *kept, struct subscription *s, bool again)
{
    struct kernel *k = kernel_of (kept);
    struct slice request = kernel_state_running (&k->state);

    if (kept->pub.state == KEEP_BUSY && request.len && !again)
        say_busy (k, s, request);
    else if (kept->pub.state == KEEP_IDLE && k->died_us)
        kernel_talk_status_to (k, s->target, "idle");
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
    kernel_fate_done (&k->fate);
    wire_free (k->wire);
    connfile_done (&k->conn);
    kept_kernel_spec_done (&k->spec);
    kernel_ipc_done (&k->ipc);
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
        if (kernel_ipc_make (&k->ipc, err) < 0)
            return -1;
        prefix = path_join (k->ipc.dir, "k");
    }
    connfile_init (&k->conn, prefix ? "ipc" : "tcp", prefix ? prefix : k->spec.ip,
                   k->spec.name);
    if (session) {
        free (k->conn.session);
        k->conn.session = xstrdup (session);
    }
    k->wire = wire_new (k->conn.signature_scheme, k->conn.key, err);
    if (!k->wire)
        return -1;
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
    k->ipc = KERNEL_IPC_NONE;
    *spec = (struct kept_kernel_spec){ 0 };
    kept_init (&k->kept, keeper, &kernel_ops, KEEP_KERNEL, k->spec.id, KERNEL_BUDGET);
    k->route = kernel_route_new ();
    kernel_state_init (&k->state, &k->spec.untracked);
    kernel_fate_init (&k->fate);
    ident_uuid4 (k->session);
    describe (k);
    if (make_conn (k, err) == 0 && kernel_life_begin (k, err) == 0)
        return &k->kept;
    (void)unlink (k->spec.connection_file);
    kernel_free (&k->kept);
    return NULL;
}
