/* test_limits.c - control groups: what is written where, and that the kernel holds to it
 *
 * Version 2 is written into a directory that looks like its tree, everywhere; its device program is run by the
 * kernel on a real tree of version 2, and version 1 is tried on the real hierarchies, where we may.
 */

#include "base/clock.h"
#include "base/fd.h"
#include "sandbox/limits.h"
#include "sandbox/limits_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <cmocka.h>

/* ---- version 2, written ---- */

static char tree[64], dir[128];

static void put (const char *in, const char *name, const char *text)
{
    autofree char *path = xasprintf ("%s/%s", in, name);

    assert_int_equal (fd_write_file_whole (path, text, strlen (text), 0644, NULL), 0);
}

static void holds (const char *name, const char *text)
{
    autofree char *now = limits_read (dir, name);

    assert_non_null (now);
    assert_string_equal (now, text);
}

static int make_tree (void **state)
{
    static const char *const files[] = { "memory.max",    "memory.swap.max",
                                         "cpuset.cpus",   "cpu.max",
                                         "pids.max",      "cgroup.procs",
                                         "cgroup.freeze", "cgroup.kill",
                                         "memory.events", "cgroup.subtree_control" };

    (void)snprintf (tree, sizeof tree, "/tmp/lw-limits-XXXXXX");
    assert_non_null (mkdtemp (tree));
    put (tree, "cgroup.controllers", "cpuset cpu memory pids\n");
    put (tree, "cgroup.subtree_control", "");
    (void)snprintf (dir, sizeof dir, "%s/" LIMITS_GROUP "/run_a", tree);
    assert_int_equal (fd_mkdirs (dir, 0755, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE (files); i++)
        put (dir, files[i], "");
    put (tree, LIMITS_GROUP "/cgroup.subtree_control", "");
    return 0;
}

static int remove_tree (void **state)
{
    return fd_remove_tree (tree, NULL);
}

static struct limits *fake_v2 (void)
{
    struct limits_options o = { .kind = LIMITS_V2, .v2_root = tree };
    struct limits *l = limits_new (&o, NULL);

    assert_non_null (l);
    return l;
}

static void test_v2_writes (void **state)
{
    autocleanup (limits_free) struct limits *l = fake_v2 ();
    struct limits_set set = { .cpus = 1.5, .cpuset = "0-1", .memory = 1000000, .pids = 64 };
    struct err err;

    for (int part = 0; part < LIMITS_PART_COUNT; part++)
        assert_int_equal (limits_apply (l, "run_a", (enum limits_part)part, &set, &err), 0);
    holds ("cpu.max", "150000 100000");
    holds ("cpuset.cpus", "0-1");
    holds ("memory.max", "1000000");
    holds ("pids.max", "64");
    assert_int_equal (l->ops->create (l, "run_a", &set, &err), 0);
    holds ("memory.swap.max", "0");
    /* Four writes, one over the other: a file is no group, and keeps the end of the longest. */
    holds ("../cgroup.subtree_control", "+pidsry");
    assert_int_equal (limits_join (l, "run_a", &err), 0);
    holds ("cgroup.procs", "0");
    limits_kill (l, "run_a");
    holds ("cgroup.kill", "1");
}

static void test_v2_no_limits (void **state)
{
    autocleanup (limits_free) struct limits *l = fake_v2 ();
    struct limits_set set = { 0 };

    for (int part = 0; part < LIMITS_PART_COUNT; part++)
        assert_int_equal (limits_apply (l, "run_a", (enum limits_part)part, &set, NULL), 0);
    holds ("cpu.max", "max");
    holds ("memory.max", "max");
    holds ("pids.max", "max");
    holds ("cpuset.cpus", "\n");
}

static void test_v2_reads (void **state)
{
    autocleanup (limits_free) struct limits *l = fake_v2 ();
    struct limits_usage u;
    size_t n;

    put (dir, "memory.current", "5000\n");
    put (dir, "memory.peak", "9000\n");
    put (dir, "memory.max", "max\n");
    put (dir, "memory.stat", "anon 1\nfile 2\ninactive_file 2000\nactive_file 3\n");
    put (dir, "memory.events", "low 0\nhigh 0\nmax 8\noom 2\noom_kill 3\n");
    put (dir, "cpu.stat", "usage_usec 77\nuser_usec 1\nthrottled_usec 5\n");
    put (dir, "pids.current", "12\n");
    put (dir, "cgroup.procs", "5\n0\n123456\n");
    limits_usage (l, "run_a", 0, &u);
    assert_int_equal (u.mem, 3000);
    assert_int_equal (u.mem_all, 5000);
    assert_int_equal (u.mem_peak, 9000);
    assert_int_equal (u.mem_limit, 0);
    assert_int_equal (u.oom_kills, 3);
    assert_int_equal (u.cpu_us, 77);
    assert_int_equal (u.throttled_us, 5);
    assert_int_equal (u.pids, 12);
    autofree pid_t *pids = limits_pids (l, "run_a", 0, &n);
    assert_int_equal (n, 2);
    assert_int_equal (pids[1], 123456);
}

static void test_v2_tells_of_oom (void **state)
{
    autocleanup (limits_free) struct limits *l = fake_v2 ();
    autoclose int fd = limits_oom_fd (l, "run_a");
    struct pollfd p = { .fd = fd, .events = POLLIN };

    assert_true (fd >= 0);
    assert_int_equal (poll (&p, 1, 0), 0);
    assert_int_equal (limits_write (dir, "memory.events", "oom_kill 1\n", NULL), 0);
    assert_int_equal (poll (&p, 1, 5000), 1);
}

static void test_v2_says_what_is_missing (void **state)
{
    put (tree, "cgroup.controllers", "pids\n");
    autocleanup (limits_free) struct limits *l = fake_v2 ();
    struct limits_set set = { .memory = 7 };

    assert_false (limits_enforces (l, LIMITS_MEMORY));
    assert_true (limits_enforces (l, LIMITS_PIDS));
    assert_int_equal (limits_apply (l, "run_a", LIMITS_MEMORY, &set, NULL), 0);
    holds ("memory.max", "");
}

static void test_v2_list (void **state)
{
    autocleanup (limits_free) struct limits *l = fake_v2 ();
    struct strv ids;

    strv_init (&ids);
    limits_list (l, &ids);
    assert_int_equal (ids.n, 1);
    assert_string_equal (ids.v[0], "run_a");
    strv_done (&ids);
}

/* ---- the device program, and version 1, by the kernel ---- */

/* A machine for the eight instructions that such a program is made of. */
static bool allowed (const struct bpf_insn *program, unsigned type, unsigned ma,
                     unsigned mi)
{
    unsigned ctx[3] = { type, ma, mi };
    long r[11] = { 0 };

    for (const struct bpf_insn *i = program;; i++) {
        if (i->code == (BPF_LDX | BPF_MEM | BPF_W))
            r[i->dst_reg] = ctx[i->off / 4];
        else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
            r[i->dst_reg] &= i->imm;
        else if (i->code == (BPF_ALU64 | BPF_MOV | BPF_K))
            r[i->dst_reg] = i->imm;
        else if (i->code == (BPF_JMP | BPF_JNE | BPF_K))
            i += r[i->dst_reg] != i->imm ? i->off : 0;
        else
            return r[0];
    }
}

static void test_bpf_program (void **state)
{
    struct limits_rule rules[] = { { 1, 3 }, { 136, LIMITS_ANY }, { 10, 229 } };
    struct bpf_insn program[LIMITS_BPF_MAX];

    assert_true (limits_bpf_program (rules, 3, program) > 0);
    assert_true (allowed (program, 2 | 6 << 16, 1, 3));
    assert_true (allowed (program, 2, 136, 77));
    assert_true (allowed (program, 2, 10, 229));
    assert_false (allowed (program, 2, 1, 5));
    assert_false (allowed (program, 2, 10, 3));
    assert_false (allowed (program, 1, 1, 3)); /* a block device */
    assert_true (limits_bpf_program (NULL, 0, program) > 0);
    assert_false (allowed (program, 2, 1, 3));

    struct limits_rule many[200];
    memset (many, 1, sizeof many);
    assert_int_equal (limits_bpf_program (many, 200, program), 0);
}

/* A shell in the group, which says with its exit status whether COMMAND works there. */
static int run_in (struct limits *l, const char *id, const char *command)
{
    autofree char *script = NULL;
    struct strv names, paths;
    char *argv[4] = { (char *)"sh", (char *)"-c", NULL, NULL };
    extern char **environ;
    int status;
    pid_t pid;

    strv_init (&names);
    strv_init (&paths);
    limits_dirs (l, id, &names, &paths);
    script = xstrdup ("");
    for (size_t i = 0; i < paths.n; i++) {
        char *more =
            xasprintf ("%secho 0 > %s/cgroup.procs || exit 99; ", script, paths.v[i]);
        free (script);
        script = more;
    }
    autofree char *all = xasprintf ("%s%s", script, command);
    argv[2] = all;
    assert_int_equal (posix_spawn (&pid, "/bin/sh", NULL, NULL, argv, environ), 0);
    assert_int_equal (waitpid (pid, &status, 0), pid);
    strv_done (&names);
    strv_done (&paths);
    return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

static struct limits *real (enum limits_kind kind)
{
    struct limits_options o = { .kind = kind };
    struct err err;
    struct limits *l = geteuid () ? NULL : limits_new (&o, &err);

    if (!l)
        print_message ("# skipped: %s\n", geteuid () ? "not root" : err.text);
    return l;
}

static char test_id[40];

/* Who is left is ended first. */
static void remove_group (struct limits *l)
{
    for (int64_t until = clock_mono_us () + 20 * CLOCK_S; limits_remove (l, test_id) < 0;) {
        assert_true (clock_mono_us () < until);
        limits_kill (l, test_id);
        (void)usleep (5000);
    }
}

static void devices_close (struct limits *l)
{
    struct limits_set none = { 0 };
    dev_t full = makedev (1, 11); /* kmsg: a device that root may open and others may not */
    struct err err;

    if (access ("/dev/kmsg", R_OK) < 0) {
        print_message ("# skipped: no /dev/kmsg\n");
        return;
    }
    (void)snprintf (test_id, sizeof test_id, "test-%d", (int)getpid ());
    if (limits_create (l, test_id, &none, NULL, 0, &err) < 0)
        fail_msg ("%s", err.text);
    assert_int_equal (run_in (l, test_id, ": < /dev/null"), 0);
    assert_int_not_equal (run_in (l, test_id, ": < /dev/kmsg"), 0);
    assert_int_equal (limits_devices (l, test_id, &full, 1, NULL), 0);
    assert_int_equal (run_in (l, test_id, ": < /dev/kmsg"), 0);
    assert_int_equal (limits_devices (l, test_id, NULL, 0, NULL), 0);
    assert_int_not_equal (run_in (l, test_id, ": < /dev/kmsg"), 0);
    assert_int_equal (run_in (l, test_id, ": < /dev/zero"), 0);
    remove_group (l);
}

static void test_v2_devices (void **state)
{
    autocleanup (limits_free) struct limits *l = real (LIMITS_V2);

    if (l)
        devices_close (l);
}

static void test_v1_devices (void **state)
{
    autocleanup (limits_free) struct limits *l = real (LIMITS_V1);

    if (l && limits_closes_devices (l))
        devices_close (l);
}

/* A shell that grows is killed, and that is told and counted; forks beyond the limit are refused. */
static void test_v1_limits (void **state)
{
    autocleanup (limits_free) struct limits *l = real (LIMITS_V1);
    struct limits_set set = { .cpus = 1, .memory = 16 << 20, .pids = 8 };
    struct limits_usage u;
    struct err err;

    if (!l)
        return;
    (void)snprintf (test_id, sizeof test_id, "test-%d", (int)getpid ());
    if (limits_create (l, test_id, &set, NULL, 0, &err) < 0)
        fail_msg ("%s", err.text);
    autoclose int fd = limits_oom_fd (l, test_id);
    struct pollfd p = { .fd = fd, .events = POLLIN };
    assert_true (fd >= 0);
    assert_int_equal (
        run_in (l, test_id, "exec head -c 64m /dev/zero | tail -c 64m > /dev/null; exit 0"),
        0);
    assert_int_equal (poll (&p, 1, 5000), 1);
    limits_usage (l, test_id, 0, &u);
    assert_true (u.oom_kills >= 1);
    assert_true (u.mem_peak > 8 << 20 && u.mem_peak <= 16 << 20);
    assert_int_equal (u.mem_limit, 16 << 20);
    assert_true (u.cpu_us > 0);
    assert_int_not_equal (
        run_in (l, test_id,
                "for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2 & done 2>/dev/null;"
                " wait; true && sleep 0"),
        0);
    set.memory = 32 << 20;
    assert_int_equal (limits_apply (l, test_id, LIMITS_MEMORY, &set, NULL), 0);
    limits_usage (l, test_id, 0, &u);
    assert_int_equal (u.mem_limit, 32 << 20);
    set.memory = 0;
    assert_int_equal (limits_apply (l, test_id, LIMITS_MEMORY, &set, NULL), 0);
    limits_usage (l, test_id, 0, &u);
    assert_int_equal (u.mem_limit, 0);
    remove_group (l);
}

static void test_v1_freeze_kill (void **state)
{
    autocleanup (limits_free) struct limits *l = real (LIMITS_V1);
    struct limits_set none = { 0 };
    char *argv[] = { (char *)"sleep", (char *)"60", NULL };
    extern char **environ;
    int status;
    size_t n;
    pid_t pid;

    if (!l)
        return;
    (void)snprintf (test_id, sizeof test_id, "test-%d", (int)getpid ());
    assert_int_equal (limits_create (l, test_id, &none, NULL, 0, NULL), 0);
    assert_int_equal (posix_spawnp (&pid, "sleep", NULL, NULL, argv, environ), 0);
    struct strv names, paths;
    char text[16];
    strv_init (&names);
    strv_init (&paths);
    limits_dirs (l, test_id, &names, &paths);
    (void)snprintf (text, sizeof text, "%d", (int)pid);
    for (size_t i = 0; i < paths.n; i++)
        assert_int_equal (limits_write (paths.v[i], "cgroup.procs", text, NULL), 0);
    strv_done (&names);
    strv_done (&paths);

    autofree pid_t *pids = limits_pids (l, test_id, 0, &n);
    assert_int_equal (n, 1);
    assert_int_equal (pids[0], pid);
    assert_int_equal (limits_remove (l, test_id), -1); /* somebody is in it */
    assert_int_equal (limits_freeze (l, test_id, true, NULL), 0);
    assert_true (limits_frozen (l, test_id));
    limits_kill (l, test_id);
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
    remove_group (l);
}

int main (void)
{
#define WITH_TREE(test) cmocka_unit_test_setup_teardown (test, make_tree, remove_tree)
    const struct CMUnitTest tests[] = {
        WITH_TREE (test_v2_writes),
        WITH_TREE (test_v2_no_limits),
        WITH_TREE (test_v2_reads),
        WITH_TREE (test_v2_tells_of_oom),
        WITH_TREE (test_v2_says_what_is_missing),
        WITH_TREE (test_v2_list),
        cmocka_unit_test (test_bpf_program),
        cmocka_unit_test (test_v2_devices),
        cmocka_unit_test (test_v1_devices),
        cmocka_unit_test (test_v1_limits),
        cmocka_unit_test (test_v1_freeze_kill),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
