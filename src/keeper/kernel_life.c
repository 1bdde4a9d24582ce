/* kernel_life.c - the lives of a kernel: how one begins, how it ends, and what then
 *
 * A life is: connection file, link, process.  When the process has ended, what it still
 * said is read until there is silence, and then the phase decides: an end that was asked
 * for is the end; a restart that was asked for begins the next life at once; a death is
 * told in the cell that ran and by a `restarting` status, and the next life begins a moment
 * later, each time a longer one, until restart_limit deaths in a row.
 *
 * Ending (contract 7.7): interrupt and shutdown_request; SIGTERM after half of the shutdown
 * wait; SIGKILL after the other half.  A kernel that cannot hear yet gets SIGTERM at once.
 */

#include "keeper/kernel_private.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "keeper/template.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#define LAST_WORDS_US 50000LL /* of silence before the end of a process is acted upon */
#define LAST_WORDS_MAX_US 2000000LL
#define FIRST_PAUSE_US 200000LL /* before the first automatic restart; then doubled */
#define MOST_DOUBLINGS 16
#define WARM_AFTER_US CLOCK_S /* after a kernel answers: its first cell goes first */

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

/* From a template when one waits, otherwise cold. */
static struct proc *start_with (struct kernel *k, int fd_out, struct err *err)
{
    struct keeper *keeper = k->kept.keeper;
    autodone (strv_done) struct strv argv;
    struct proc *warm = NULL;

    strv_init (&argv);
    fill_argv (k, &argv);
    if (k->spec.flags & KEEP_WARM) {
        struct template_request r = {
            .argv = &argv,
            .environ = &k->spec.environ,
            .cwd = k->spec.cwd,
            .fd_out = fd_out,
        };
        warm = templates_take (keeper->templates, &r, on_exit_of_process, k);
    }
    struct proc_spec spec = {
        .argv = &argv,
        .environ = &k->spec.environ,
        .cwd = k->spec.cwd,
        .fd_in = -1,
        .fd_out = fd_out,
        .fd_err = fd_out,
        .new_session = true,
    };
    return warm ? warm : proc_start (keeper->loop, &spec, on_exit_of_process, k, err);
}

static void set_parent (struct strv *environ_)
{
    char pid[24];

    (void)snprintf (pid, sizeof (pid), "%ld", (long)getpid ());
    strv_env_set (environ_, "JPY_PARENT_PID", pid);
}

static void prepare (struct keeper *keeper, const struct strv *argv, struct strv *environ_,
                     int64_t delay_us)
{
    struct template_request r = { .argv = argv, .environ = environ_, .fd_out = -1 };

    set_parent (environ_);
    templates_want (keeper->templates, &r, delay_us);
}

void kept_kernel_prepare (struct keeper *keeper, const struct strv *argv,
                          struct strv *environ_)
{
    prepare (keeper, argv, environ_, 0);
}

void kernel_life_settled (struct kernel *k)
{
    autodone (strv_done) struct strv argv;

    strv_init (&argv);
    fill_argv (k, &argv);
    if (k->kept.pub.pid) /* what started it may have moved it */
        kernel_fate_look (&k->fate, (pid_t)k->kept.pub.pid);
    if (k->spec.flags & KEEP_WARM)
        prepare (k->kept.keeper, &argv, &k->spec.environ, WARM_AFTER_US);
}

static int start_process (struct kernel *k, struct err *err)
{
    int out[2];

    set_parent (&k->spec.environ);
    if (pipe2 (out, O_CLOEXEC) < 0)
        return err_sys (err, errno, "pipe");
    (void)fd_set_nonblock (out[0], true);
    k->proc = start_with (k, out[1], err);
    (void)close (out[1]);
    if (!k->proc) {
        (void)close (out[0]);
        return -1;
    }
    kernel_fate_look (&k->fate, proc_pid (k->proc));
    k->output = lines_new (k->kept.keeper->loop, out[0], kernel_talk_line, k);
    return 0;
}

/* Addresses that nobody uses: ipc sockets of an earlier life go; tcp ports are picked anew
 * after a death as long as the kernel was never stable (random_ports_until_alive). */
static int prepare_addresses (struct kernel *k, struct err *err)
{
    bool anew = k->born_us == 0 || (k->phase == RUNNING && !k->ever_stable &&
                                    !(k->spec.flags & KEEP_SAME_PORTS));

    if (k->ipc.dir) {
        if (kernel_ipc_clear (&k->ipc, err) < 0)
            return -1;
    } else if (anew && connfile_pick_ports (&k->conn, err) < 0) {
        return -1;
    }
    return connfile_write (&k->conn, k->spec.connection_file, err);
}

/* Another program may have taken a port: what waits is worth another try. */
static bool may_start_yet (const struct kernel *k)
{
    return !k->ipc.dir;
}

/* Sockets for the next life, made before its process so that what clients send meanwhile
 * waits in them. */
static int begin_link (struct kernel *k, struct err *err)
{
    struct keeper *keeper = k->kept.keeper;

    autocleanup (klink_free) struct klink *old = take_ptr (k->link);

    if (prepare_addresses (k, err) < 0)
        return -1;
    k->link = klink_new (keeper->loop, keeper->zmq, &k->conn, k->wire,
                         (int64_t)k->spec.patience_ms * CLOCK_MS, &kernel_talk_ops, k, err);
    if (!k->link)
        return -1;
    k->link_is_fresh = true;
    if (old && k->phase == RUNNING && !klink_is_live (old))
        klink_inherit (k->link, old, may_start_yet (k));
    else if (k->pressed)
        kernel_talk_pressure (k, false);
    return 0;
}

int kernel_life_begin (struct kernel *k, struct err *err)
{
    lines_free (take_ptr (k->output));
    proc_free (take_ptr (k->proc));
    if (!k->link_is_fresh && begin_link (k, err) < 0)
        return -1;
    k->phase = RUNNING;
    k->step = 0;
    k->born_us = clock_mono_us ();
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
    kernel_ipc_done (&k->ipc);
    kernel_talk_unanswered (k, "KernelDied", "was shut down", "", "");
    kept_ended (&k->kept);
}

static void give_up (struct kernel *k, const char *why)
{
    kept_set_reason (&k->kept, why);
    log_error ("kernel", "gave up kernel=%s: %s", k->spec.id, why);
    kernel_talk_status (k, "dead");
    finish (k);
}

static void next_life (void *arg)
{
    struct kernel *k = arg;
    struct err err;

    k->timer = NULL;
    if (kernel_life_begin (k, &err) == 0) {
        answer_restarters (k, NULL);
        return;
    }
    answer_restarters (k, &err);
    give_up (k, err.text);
}

static int64_t pause_us (const struct kernel *k)
{
    unsigned doublings = k->streak - 1 < MOST_DOUBLINGS ? k->streak - 1 : MOST_DOUBLINGS;
    int64_t pause = FIRST_PAUSE_US << doublings,
            most = (int64_t)k->spec.pause_ms * CLOCK_MS;

    return pause < most ? pause : most;
}

static void tell_the_cells (struct kernel *k, const char *fate, const char *tail,
                            bool again)
{
    char words[KERNEL_FATE_TEXT];
    long peak = proc_peak_kib (k->proc) >> 10;

    kernel_fate_words (tail, words);
    autofree char *memory = WIFSIGNALED (k->kept.pub.wait_status) && peak > 0
                                ? xasprintf ("; it had used up to %ld MB of memory", peak)
                                : xstrdup ("");
    autofree char *why =
        xasprintf ("%s%s%s%s", fate, memory, *words ? "; it said: " : "", words);
    kernel_talk_unanswered (k, "KernelDied",
                            klink_is_live (k->link) ? "died" : "did not start", why,
                            again ? "It is started again; its variables are lost."
                                  : "It is not started again.");
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
    if (clock_mono_us () - k->born_us >= (int64_t)k->spec.stable_ms * CLOCK_MS) {
        k->streak = 0;
        k->ever_stable = true;
    }
    bool again = (k->spec.flags & KEEP_AUTORESTART) && ++k->streak <= k->spec.restart_limit;
    if (klink_is_live (k->link) || !again || !may_start_yet (k))
        tell_the_cells (k, fate, tail, again);
    if (again)
        kernel_talk_status (k, "restarting");
    struct err err = { 0 };
    if (!again || begin_link (k, &err) < 0) {
        give_up (k, again ? err.text : why);
        return;
    }
    k->phase = PAUSED;
    k->kept.pub.restarts = k->streak;
    k->kept.pub.state = KEEP_RESTARTING;
    kept_changed (&k->kept);
    k->timer = loop_after (k->kept.keeper->loop, pause_us (k), next_life, k);
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
        kept_set_reason (&k->kept,
                         ""); /* asked for: the new life has no death to tell of */
        kernel_talk_unanswered (k, "KernelRestarted", "was restarted", "",
                                "Its variables are lost.");
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
    kernel_fate_ended (&k->fate, proc_pid (k->proc), proc_cpu_us (k->proc));
    k->kept.pub.pid = 0;
    k->kept.pub.wait_status = status;
    if (k->output)
        lines_drain (k->output);
    k->timer = loop_after (k->kept.keeper->loop, LAST_WORDS_US, last_words_read, k);
}

/* ---- ending the process ---- */

void kernel_life_interrupt (struct kernel *k)
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
        kernel_life_interrupt (k);
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

void kernel_life_stop (struct kernel *k, enum kernel_phase phase)
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
