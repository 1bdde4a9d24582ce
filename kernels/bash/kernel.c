/* kernel.c - life, the queue, which handler a request gets */

#include "bash/kernel_private.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "bash/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

#define START_US (10 * CLOCK_S)       /* for the user's start-up files */
#define END_GRACE_US (300 * CLOCK_MS) /* between SIGHUP and SIGKILL */

/* ---- requests ---- */

static void status (struct kernel *k, const struct request *req, const char *state)
{
    json_t *content = json_pack ("{s:s}", "execution_state", state);

    channels_publish_json (k->channels, req, "status", content);
}

static bool shutdown_request (struct kernel *k, struct request *req)
{
    json_t *content = json_pack ("{s:s, s:b}", "status", "ok", "restart",
                                 jsonx_bool (req->content, "restart", false));

    channels_publish_json (k->channels, req, "shutdown_reply", json_incref (content));
    channels_reply_json (k->channels, req, "shutdown_reply", content);
    kernel_end (k);
    return true;
}

static bool interrupt_request (struct kernel *k, struct request *req)
{
    kernel_interrupt (k);
    channels_reply_json (k->channels, req, "interrupt_reply",
                         json_pack ("{s:s}", "status", "ok"));
    return true;
}

static const struct {
    const char *type;
    handler_fn handle;
} handlers[] = {
    { "execute_request", execute_request },
    { "complete_request", complete_request },
    { "inspect_request", inspect_request },
    { "is_complete_request", is_complete_request },
    { "history_request", history_request },
    { "kernel_info_request", kernel_info_request },
    { "connect_request", connect_request },
    { "comm_info_request", comm_info_request },
    { "comm_open", comm_open },
    { "comm_msg", comm_other },
    { "comm_close", comm_other },
    { "shutdown_request", shutdown_request },
};

static const struct {
    const char *type;
    handler_fn handle;
} control_handlers[] = {
    { "kernel_info_request", kernel_info_request },
    { "interrupt_request", interrupt_request },
    { "shutdown_request", shutdown_request },
    { "debug_request", debug_request },
};

static handler_fn find_handler (const struct request *req)
{
    if (req->channel == CONN_CONTROL) {
        for (size_t i = 0; i < ARRAY_SIZE (control_handlers); i++)
            if (!strcmp (req->type, control_handlers[i].type))
                return control_handlers[i].handle;
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE (handlers); i++)
        if (!strcmp (req->type, handlers[i].type))
            return handlers[i].handle;
    return NULL;
}

/* ---- the queue ---- */

static void on_next (void *arg);

void kernel_wake (struct kernel *k)
{
    if (!k->next)
        k->next = loop_soon (k->loop, on_next, k);
}

void kernel_finish (struct kernel *k)
{
    status (k, k->now, "idle");
    request_unref (k->now);
    k->now = NULL;
    kernel_wake (k);
}

static void abort_one (struct kernel *k, struct request *req)
{
    channels_reply_json (
        k->channels, req, "execute_reply",
        json_pack ("{s:s, s:i}", "status", "aborted", "execution_count", k->count));
}

static void begin (struct kernel *k, struct request *req)
{
    handler_fn handle = find_handler (req);

    k->now = req;
    status (k, req, "busy");
    if (req->aborted) {
        abort_one (k, req);
        kernel_finish (k);
    } else if (!handle) {
        log_warning ("kernel", "unknown request %s", req->type);
        kernel_finish (k);
    } else if (handle (k, req)) {
        kernel_finish (k);
    }
}

static void on_next (void *arg)
{
    struct kernel *k = arg;

    k->next = NULL;
    if (k->now || k->ending || list_empty (&k->queue) || !shell_at_prompt (k->shell))
        return;
    struct request *req = list_entry (k->queue.next, struct request, link);
    list_remove (&req->link);
    k->queue_bytes -= req->bytes;
    if (k->queue_bytes <= KERNEL_QUEUE_BYTES)
        channels_pause_shell (k->channels, false);
    begin (k, req);
}

void kernel_abort_queue (struct kernel *k)
{
    channels_drain_shell (k->channels);
    list_foreach (req, &k->queue, struct request, link)
        req->aborted = req->aborted || !strcmp (req->type, "execute_request");
}

static void on_request (void *arg, struct request *req)
{
    struct kernel *k = arg;

    if (req->channel == CONN_STDIN) {
        input_reply (k, req);
        request_unref (req);
    } else if (req->channel == CONN_CONTROL) {
        handler_fn handle = find_handler (req);
        status (k, req, "busy");
        if (handle)
            (void)handle (k, req);
        status (k, req, "idle");
        request_unref (req);
    } else {
        list_append (&k->queue, &req->link);
        k->queue_bytes += req->bytes;
        if (k->queue_bytes > KERNEL_QUEUE_BYTES)
            channels_pause_shell (k->channels, true);
        kernel_wake (k);
    }
}

static void on_drained (void *arg)
{
    struct kernel *k = arg;

    shell_pause (k->shell, false);
}

static const struct channels_ops channels_ops = { on_request, on_drained };

/* ---- the shell ---- */

static void on_start_slow (void *arg)
{
    struct kernel *k = arg;

    k->start_timer = NULL;
    log_warning ("kernel", "the start-up files take too long: a shell without them");
    (void)kill (shell_pid (k->shell), SIGKILL); /* execute.c starts the next one */
}

int kernel_start_shell (struct kernel *k, bool plain, struct err *err)
{
    const char *cwd = shell_cwd (k->shell);

    if (!*cwd || access (cwd, X_OK) < 0)
        cwd = NULL;
    k->plain = plain;
    loop_cancel (k->start_timer);
    k->start_timer = plain ? NULL : loop_after (k->loop, START_US, on_start_slow, k);
    return shell_start (k->shell, cwd, &k->environ_, plain, err);
}

/* A terminal shows ^C; bash begins a new line behind it. */
void kernel_interrupt (struct kernel *k)
{
    if (!k->cell.running)
        return;
    k->cell.interrupted = true;
    if (!k->cell.silent)
        outstream_add (k->out, SHELL_ERR, "^C", 2);
    shell_interrupt (k->shell);
}

/* ---- life ---- */

static void on_end (void *arg)
{
    struct kernel *k = arg;

    loop_stop (k->loop, 0);
}

void kernel_end (struct kernel *k)
{
    pid_t shell = shell_pid (k->shell);

    if (k->ending)
        return;
    k->ending = true;
    if (shell) {
        session_signal (shell, SIGHUP);
        session_signal (shell, SIGCONT);
    }
    (void)loop_after (k->loop, shell ? END_GRACE_US : 0, on_end, k);
}

static void on_parent_gone (void *arg, unsigned events)
{
    struct kernel *k = arg;

    loop_unwatch (k->parent_io);
    k->parent_io = NULL;
    kernel_end (k);
}

/* Who started us says who it is, so that no kernel is left over. */
static void watch_parent (struct kernel *k)
{
    const char *pid = getenv ("JPY_PARENT_PID");
    long n = pid ? strtol (pid, NULL, 10) : 0;

    k->parent_fd = n > 1 ? pidfd_open ((pid_t)n, 0) : -1;
    if (k->parent_fd >= 0)
        k->parent_io = loop_watch (k->loop, k->parent_fd, LOOP_READ, on_parent_gone, k);
}

/* What a notebook needs that a terminal does not: programs that would page print at once. */
static void make_environ (struct kernel *k)
{
    static const char *const defaults[][2] = {
        { "PAGER", "cat" },         { "GIT_PAGER", "cat" }, { "MANPAGER", "cat" },
        { "SYSTEMD_PAGER", "cat" }, { "LESS", "-FRX" },
    };

    strv_from_environ (&k->environ_, environ);
    for (size_t i = 0; i < ARRAY_SIZE (defaults); i++)
        if (!strv_env_get (&k->environ_, defaults[i][0]))
            strv_env_set (&k->environ_, defaults[i][0], defaults[i][1]);
    strv_env_set (&k->environ_, "TERM", "xterm-256color");
    strv_env_set (&k->environ_, DISPLAY_DIR_ENV, k->dir.path);
    strv_env_unset (&k->environ_, "COLUMNS");
    strv_env_unset (&k->environ_, "LINES");
    strv_env_unset (&k->environ_, "BASH_ENV");
}

/* The commands that cells find in their PATH are this program under another name. */
static int make_commands (struct kernel *k, struct err *err)
{
    static const char *const names[] = { "display", "clear" };
    char exe[4096];
    ssize_t n = readlink ("/proc/self/exe", exe, sizeof (exe) - 1);

    if (n <= 0)
        return err_sys (err, errno, "cannot find myself");
    exe[n] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        autofree char *link = xasprintf ("%s/bin/%s", k->dir.path, names[i]);
        if (symlink (exe, link) < 0)
            return err_sys (err, errno, "cannot make %s", link);
    }
    return 0;
}

static int open_all (struct kernel *k, void *zmq_ctx, struct err *err)
{
    const char *bash = getenv ("LABWRIGHT_BASH");

    k->bash = xstrdup (bash && *bash ? bash : "bash");
    if (dir_make (&k->dir, err) < 0 || make_commands (k, err) < 0)
        return -1;
    make_environ (k);
    k->history = history_open (err);
    if (!k->history)
        return -1;
    k->out = outstream_new (k->loop, &execute_out_ops, k);
    k->shell = shell_new (k->loop, k->dir.path, k->bash, &execute_shell_ops, k);
    autofree char *socket = path_join (k->dir.path, DISPLAY_SOCKET);
    k->display = display_new (k->loop, socket, &execute_display_ops, k, err);
    if (!k->display)
        return -1;
    k->channels = channels_new (k->loop, zmq_ctx, k->conn, &channels_ops, k, err);
    if (!k->channels)
        return -1;
    status (k, NULL, "starting");
    return kernel_start_shell (k, false, err);
}

struct kernel *kernel_new (struct loop *l, void *zmq_ctx, const struct connfile *conn,
                           struct err *err)
{
    struct kernel *k = xnew (struct kernel);

    k->loop = l;
    k->conn = conn;
    k->parent_fd = -1;
    k->dir = DIR_NONE;
    list_init (&k->queue);
    strv_init (&k->environ_);
    if (open_all (k, zmq_ctx, err) < 0) {
        kernel_free (k);
        return NULL;
    }
    watch_parent (k);
    return k;
}

void kernel_free (struct kernel *k)
{
    if (!k)
        return;
    input_forget (k);
    if (k->check)
        command_cancel (k->check);
    loop_cancel (k->next);
    failure_forget (k);
    loop_cancel (k->start_timer);
    loop_unwatch (k->parent_io);
    if (k->parent_fd >= 0)
        (void)close (k->parent_fd);
    display_free (k->display);
    shell_free (k->shell);
    outstream_free (k->out);
    list_foreach (r, &k->queue, struct request, link)
        request_unref (r);
    request_unref (k->now);
    request_unref (k->parent);
    json_decref (k->cell.values);
    channels_free (k->channels);
    history_close (k->history);
    dir_remove (&k->dir);
    free (k->bash);
    strv_done (&k->environ_);
    free (k);
}
