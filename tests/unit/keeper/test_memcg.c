/* test_memcg.c - finding a process's memory cgroup on hosts of all kinds, and reading it */

#include "keeper/memcg.h"

#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

/* Version 1 with a hierarchy of version 2 beside it that has no controllers. */
static const char hybrid[] =
    "23 1 8:1 / / rw - ext4 /dev/root rw\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
    "48 44 0:32 / /other/memory rw,relatime - cgroup cgroup rw,memory\n";
static const char unified[] =
    "26 25 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
static const char contained[] =
    "90 89 0:32 /docker/abc /sys/fs/cgroup/me\\040mory ro - cgroup cgroup rw,memory\n";

static void expect (const char *mounts, const char *cgroup, const char *dir)
{
    struct memcg_mount m;

    assert_true (memcg_find (mounts, &m));
    autofree char *found = memcg_dir (&m, cgroup);
    if (dir)
        assert_string_equal (found, dir);
    else
        assert_null (found);
    memcg_mount_done (&m);
}

static void test_where (void **state)
{
    expect (hybrid, "9:pids:/p\n4:memory:/a/b\n0::/x\n", "/sys/fs/cgroup/memory/a/b");
    expect (hybrid, "4:cpu,memory:/\n0::/\n", "/sys/fs/cgroup/memory");
    expect (hybrid, "4:memorylike:/\n0::/\n", NULL);
    expect (unified, "0::/user.slice/a:b.scope\n", "/sys/fs/cgroup/user.slice/a:b.scope");
    expect (unified, "4:memory:/x\n0::/", "/sys/fs/cgroup");
    expect (unified, "0::/../other\n", NULL); /* above the top of our namespace */
    expect (contained, "4:memory:/docker/abc\n", "/sys/fs/cgroup/me mory");
    expect (contained, "4:memory:/docker/abc/k\n", "/sys/fs/cgroup/me mory/k");
    expect (contained, "4:memory:/docker/abcdef\n", NULL);
    expect (contained, "4:memory:/\n", NULL);
}

static void test_nowhere (void **state)
{
    static const char *const junk[] = {
        "",
        "\n\n",
        " - \n",
        "1 2 3 4 - cgroup2 x y\n",
        "1 2 3 / /m rw - cgroup2\n",
        "1 2 3 / /m rw - cgroup cgroup rw,cpu\n",
        "1 2 3 / /m rw cgroup2 cgroup2 rw\n",
    };
    struct memcg_mount m;

    for (size_t i = 0; i < ARRAY_SIZE (junk); i++)
        assert_false (memcg_find (junk[i], &m));
    assert_null (memcg_dir (&m, "0::/\n"));
    expect (unified, "", NULL);
    expect (unified, "0\n:\n::\n0:\n0::\n0::x\n", NULL);
}

static void put (const char *dir, const char *name, const char *text)
{
    autofree char *path = xasprintf ("%s/%s", dir, name);

    assert_int_equal (fd_write_file_atomic (path, text, strlen (text), 0600, NULL), 0);
}

static void read_a_tree (bool v2)
{
    char top[] = "/tmp/lw-memcg-XXXXXX";

    assert_non_null (mkdtemp (top));
    autofree char *dir = xasprintf ("%s/a/b", top);
    struct memcg_mount m = { top, NULL, "memory", v2 };
    const char *limit = v2 ? "a/memory.max" : "a/memory.limit_in_bytes";

    assert_int_equal (fd_mkdirs (dir, 0700, NULL), 0);
    assert_true (memcg_kills (&m, dir) == MEMCG_UNKNOWN);
    assert_true (memcg_limit (&m, dir) == MEMCG_UNKNOWN);
    put (dir, v2 ? "memory.events" : "memory.oom_control",
         "oom 9\noom_kill_disable 0\noom_kill 3\n");
    assert_true (memcg_kills (&m, dir) == 3);
    put (dir, v2 ? "memory.max" : "memory.limit_in_bytes",
         v2 ? "max\n" : "9223372036854771712\n");
    assert_true (memcg_limit (&m, dir) == MEMCG_UNKNOWN);
    put (top, limit, "1048576\n"); /* of the group above it */
    assert_true (memcg_limit (&m, dir) == 1048576);
    (void)fd_remove_tree (top, NULL);
}

static void test_counters_and_limits (void **state)
{
    read_a_tree (false);
    read_a_tree (true);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_where),
        cmocka_unit_test (test_nowhere),
        cmocka_unit_test (test_counters_and_limits),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
