/* test_proc.c - children: how they start, what they inherit, how they end */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/proc.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct run {
    struct loop *loop;
    struct proc *proc;
    int status;
    int calls;
    char out[4096], errout[4096];
    size_t out_len;
    struct strv argv;
};

static int setup (void **state)
{
    struct run *r = xnew (struct run);
    struct err err;

    r->loop = loop_new (&err);
    r->status = -2;
    strv_init (&r->argv);
    *state = r;
    return r->loop ? 0 : -1;
}

static int teardown (void **state)
{
    struct run *r = *state;

    loop_free (r->loop);
    strv_done (&r->argv);
    free (r);
    return 0;
}

static struct proc_spec shell (struct run *r, const char *script)
{
    struct proc_spec spec = { .argv = &r->argv, .fd_in = -1, .fd_out = -1, .fd_err = -1 };

    strv_add (&r->argv, "sh");
    strv_add (&r->argv, "-c");
    strv_add (&r->argv, script);
    return spec;
}

static void on_exit_ (void *arg, int status)
{
    struct run *r = arg;

    r->status = status;
    r->calls++;
    loop_stop (r->loop, 0);
}

static void on_done (void *arg, int status, const char *out, size_t out_len,
                     const char *errout, size_t err_len)
{
    struct run *r = arg;

    (void)snprintf (r->out, sizeof (r->out), "%.*s", (int)out_len, out);
    (void)snprintf (r->errout, sizeof (r->errout), "%.*s", (int)err_len, errout);
    r->out_len = out_len;
    on_exit_ (arg, status);
}

static void command (struct run *r, const struct proc_spec *spec, const char *feed,
                     size_t max, int64_t timeout_us)
{
    struct err err;

    assert_non_null (command_run (r->loop, spec, feed, feed ? strlen (feed) : 0, max,
                                  timeout_us, on_done, r, &err));
    (void)loop_run (r->loop);
}

static void test_exit_status (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "exit 7");
    struct err err;

    r->proc = proc_start (r->loop, &spec, on_exit_, r, &err);
    assert_non_null (r->proc);
    assert_true (proc_alive (r->proc));
    (void)loop_run (r->loop);
    assert_true (WIFEXITED (r->status) && WEXITSTATUS (r->status) == 7);
    assert_false (proc_alive (r->proc));
    proc_signal (r->proc, SIGKILL,
                 false); /* its pid may be another's by now: does nothing */
    proc_free (r->proc);
}

static void test_signal_status (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "sleep 100");
    struct err err;

    spec.new_session = true;
    r->proc = proc_start (r->loop, &spec, on_exit_, r, &err);
    proc_signal (r->proc, SIGTERM, true);
    (void)loop_run (r->loop);
    assert_true (WIFSIGNALED (r->status) && WTERMSIG (r->status) == SIGTERM);
    proc_free (r->proc);
}

static void test_not_found (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = { .argv = &r->argv, .fd_in = -1, .fd_out = -1, .fd_err = -1 };
    struct err err;

    strv_add (&r->argv, "no-such-program-here");
    assert_null (proc_start (r->loop, &spec, on_exit_, r, &err));
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_non_null (strstr (err.text, "no-such-program-here"));
    strv_done (&r->argv);
    strv_init (&r->argv);
    strv_add (&r->argv, "/etc/passwd");
    assert_null (proc_start (r->loop, &spec, on_exit_, r, &err));
    assert_int_equal (err.problem, PROBLEM_FORBIDDEN);
}

static void test_bad_cwd (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "true");
    struct err err;

    spec.cwd = "/no/such/directory";
    assert_null (proc_start (r->loop, &spec, on_exit_, r, &err));
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_non_null (strstr (err.text, "/no/such/directory"));
}

static void test_command_output (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "pwd; cat; echo $V; echo bad >&2; exit 3");
    struct strv env;

    strv_init (&env);
    strv_env_set (&env, "V", "value");
    strv_env_set (&env, "PATH", "/usr/bin:/bin");
    spec.environ = &env;
    spec.cwd = "/usr";
    command (r, &spec, "fed\n", 1000, 0);
    assert_string_equal (r->out, "/usr\nfed\nvalue\n");
    assert_string_equal (r->errout, "bad\n");
    assert_int_equal (WEXITSTATUS (r->status), 3);
    strv_done (&env);
}

static void test_command_ceiling (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "head -c 3000000 /dev/zero; echo end >&2");

    command (r, &spec, NULL, 1000, 0);
    assert_int_equal (r->out_len, 1000);
    assert_string_equal (r->errout, "end\n");
}

static void test_command_timeout (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "echo begun; sleep 100 & wait");
    int64_t begun = clock_mono_us ();

    command (r, &spec, NULL, 1000, 100000);
    assert_int_equal (r->status, -1);
    assert_string_equal (r->out, "begun\n");
    assert_true (clock_mono_us () - begun < 5000000);
}

/* A grandchild that keeps the pipes open does not hold up the end. */
static void test_command_grandchild (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "echo said; sleep 2 & exit 0");
    int64_t begun = clock_mono_us ();

    command (r, &spec, NULL, 1000, 0);
    assert_string_equal (r->out, "said\n");
    assert_true (clock_mono_us () - begun < 1500000);
}

static void test_nothing_is_inherited (void **state)
{
    struct run *r = *state;
    struct proc_spec spec =
        shell (r, "ls /proc/self/fd | tr '\\n' ' '; grep SigBlk /proc/self/status");
    int leak = open ("/dev/null", O_RDONLY); /* no O_CLOEXEC, as libraries do */
    sigset_t block;

    sigemptyset (&block);
    sigaddset (&block, SIGINT);
    (void)sigprocmask (SIG_BLOCK, &block, NULL);
    command (r, &spec, NULL, 1000, 0);
    assert_string_equal (r->out, "0 1 2 3 SigBlk:\t0000000000000000\n"); /* 3 is ls's own */
    (void)close (leak);
}

static void test_controlling_terminal (void **state)
{
    struct run *r = *state;
    struct proc_spec spec =
        shell (r, "exec 3</dev/tty && test -t 0 && test -t 2 && echo yes");
    char name[128], text[64] = "";
    int master, slave;
    struct err err;

    assert_int_equal (openpty (&master, &slave, name, NULL, NULL), 0);
    spec.tty = name;
    r->proc = proc_start (r->loop, &spec, on_exit_, r, &err);
    assert_non_null (r->proc);
    (void)loop_run (r->loop);
    assert_int_equal (r->status, 0);
    assert_true (read (master, text, sizeof (text) - 1) > 0);
    assert_string_equal (text, "yes\r\n");
    proc_free (r->proc);
    (void)close (master);
    (void)close (slave);
}

/* Sources that lie where others must go. */
static void test_swapped_descriptors (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "echo to-out; echo to-err >&2");
    int out[2], errout[2];
    int keep1 = dup (1), keep2 = dup (2);
    char text[64] = "";
    struct err err;

    assert_int_equal (pipe2 (out, O_CLOEXEC), 0);
    assert_int_equal (pipe2 (errout, O_CLOEXEC), 0);
    (void)dup2 (errout[1], 1);
    (void)dup2 (out[1], 2);
    spec.fd_out = 2;
    spec.fd_err = 1;
    r->proc = proc_start (r->loop, &spec, on_exit_, r, &err);
    (void)dup2 (keep1, 1);
    (void)dup2 (keep2, 2);
    (void)loop_run (r->loop);
    assert_true (read (out[0], text, sizeof (text)) > 0);
    assert_memory_equal (text, "to-out\n", 7);
    assert_true (read (errout[0], text, sizeof (text)) > 0);
    assert_memory_equal (text, "to-err\n", 7);
    proc_free (r->proc);
    for (int i = 0; i < 2; i++) {
        (void)close (out[i]);
        (void)close (errout[i]);
    }
    (void)close (keep1);
    (void)close (keep2);
}

static void stop (void *arg)
{
    loop_stop (((struct run *)arg)->loop, 0);
}

/* Let go of, it is still reaped and its callback is not called. */
static void test_let_go (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "exit 0");
    struct err err;
    pid_t pid;

    r->proc = proc_start (r->loop, &spec, on_exit_, r, &err);
    pid = proc_pid (r->proc);
    proc_free (r->proc);
    (void)loop_after (r->loop, 200000, stop, r);
    (void)loop_run (r->loop);
    assert_int_equal (r->calls, 0);
    assert_int_equal (waitpid (pid, NULL, WNOHANG), -1);
}

static void free_in_exit (void *arg, int status)
{
    struct run *r = arg;

    proc_free (r->proc);
    on_exit_ (arg, status);
}

static void test_free_in_callback (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "exit 0");
    struct err err;

    r->proc = proc_start (r->loop, &spec, free_in_exit, r, &err);
    (void)loop_run (r->loop);
    assert_int_equal (r->calls, 1);
}

static void test_cancel (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (r, "sleep 100");
    struct err err;
    struct command *c = command_run (r->loop, &spec, NULL, 0, 100, 0, on_done, r, &err);

    assert_non_null (c);
    command_cancel (c);
    (void)loop_after (r->loop, 50000, stop, r);
    (void)loop_run (r->loop);
    assert_int_equal (r->calls, 0);
}

static bool have_children (void)
{
    siginfo_t info;

    return waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void on_look (void *arg)
{
    loop_stop (arg, 0);
}

/* Orphans that are given to us leave no zombie, however many end at once; our own child's end is
 * still its own. */
static void test_strangers (void **state)
{
    struct run *r = *state;
    struct proc_spec spec = shell (
        r, "i=0; while [ $i -lt 150 ]; do sleep 0 & i=$((i + 1)); done; sleep .1 & exit 7");
    int64_t deadline = clock_mono_us () + 20 * CLOCK_S;
    struct err err;

    assert_int_equal (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    assert_int_equal (proc_reap_strangers (r->loop, &err), 0);
    r->proc = proc_start (r->loop, &spec, on_exit_, r, &err);
    assert_non_null (r->proc);
    (void)loop_run (r->loop);
    assert_int_equal (r->calls, 1);
    assert_true (WIFEXITED (r->status) && WEXITSTATUS (r->status) == 7);
    proc_free (r->proc);
    while (have_children () && clock_mono_us () < deadline) {
        (void)loop_after (r->loop, 5 * CLOCK_MS, on_look, r->loop);
        (void)loop_run (r->loop);
    }
    assert_false (have_children ());
    assert_int_equal (prctl (PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

static void test_adopt_no_child (void **state)
{
    struct run *r = *state;
    struct err err;

    assert_null (proc_adopt (r->loop, getppid (), &err));
    assert_null (proc_adopt (r->loop, getpid (), &err));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_exit_status, setup, teardown),
        cmocka_unit_test_setup_teardown (test_signal_status, setup, teardown),
        cmocka_unit_test_setup_teardown (test_not_found, setup, teardown),
        cmocka_unit_test_setup_teardown (test_bad_cwd, setup, teardown),
        cmocka_unit_test_setup_teardown (test_command_output, setup, teardown),
        cmocka_unit_test_setup_teardown (test_command_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown (test_command_timeout, setup, teardown),
        cmocka_unit_test_setup_teardown (test_command_grandchild, setup, teardown),
        cmocka_unit_test_setup_teardown (test_nothing_is_inherited, setup, teardown),
        cmocka_unit_test_setup_teardown (test_controlling_terminal, setup, teardown),
        cmocka_unit_test_setup_teardown (test_swapped_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown (test_let_go, setup, teardown),
        cmocka_unit_test_setup_teardown (test_free_in_callback, setup, teardown),
        cmocka_unit_test_setup_teardown (test_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown (test_strangers, setup, teardown),
        cmocka_unit_test_setup_teardown (test_adopt_no_child, setup, teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
