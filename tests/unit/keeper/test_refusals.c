/* test_refusals.c - what limits refused, told from the counters of both versions of control groups; shortages */

#include "keeper/refusals.h"
#include "keeper/shortage.h"

#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* A group "g" in a tree of either version below a new directory. */
struct tree {
    bool v2;
    char dir[64];
    char *mounts, *cgroup;
};

/* In place: the counter is held open. */
static void put (const struct tree *t, const char *controller, const char *name,
                 const char *text)
{
    autofree char *path = t->v2 ? xasprintf ("%s/g/%s", t->dir, name)
                                : xasprintf ("%s/%s/g/%s", t->dir, controller, name);
    FILE *f = fopen (path, "we");

    assert_non_null (f);
    assert_true (fputs (text, f) >= 0);
    assert_int_equal (fclose (f), 0);
}

static void count (const struct tree *t, int refused, int killed, int periods,
                   int throttled)
{
    autofree char *pids = xasprintf ("max %d\n", refused);
    autofree char *memory = xasprintf ("low 0\noom 9\noom_kill %d\n", killed);
    autofree char *cpu = xasprintf ("nr_periods %d\nnr_throttled %d\n", periods, throttled);

    put (t, "pids", "pids.events", pids);
    put (t, "memory", t->v2 ? "memory.events" : "memory.oom_control", memory);
    put (t, "cpu", "cpu.stat", cpu);
}

static void make (struct tree *t, bool v2)
{
    static const char *const controllers[] = { "pids", "memory", "cpu" };

    *t = (struct tree){ .v2 = v2, .dir = "/tmp/test_refusals.XXXXXX" };
    assert_non_null (mkdtemp (t->dir));
    t->cgroup = xstrdup (v2 ? "0::/g\n" : "1:pids:/g\n2:memory:/g\n3:cpu:/g\n");
    t->mounts = v2 ? xasprintf ("1 2 0:1 / %s rw - cgroup2 c rw\n", t->dir) : xstrdup ("");
    for (size_t i = 0; i < ARRAY_SIZE (controllers); i++) {
        autofree char *dir =
            v2 ? xasprintf ("%s/g", t->dir) : xasprintf ("%s/%s/g", t->dir, controllers[i]);
        autofree char *before = t->mounts;

        assert_int_equal (fd_mkdirs (dir, 0700, NULL), 0);
        t->mounts = v2 ? xstrdup (before)
                       : xasprintf ("%s1 2 0:1 / %s/%s rw - cgroup c rw,%s\n", before,
                                    t->dir, controllers[i], controllers[i]);
    }
    count (t, 3, 1, 100, 50);
    put (t, "pids", "pids.max", "64\n");
    put (t, "memory", v2 ? "memory.max" : "memory.limit_in_bytes", "419430400\n");
    if (v2) {
        put (t, "cpu", "cpu.max", "150000 100000\n");
    } else {
        put (t, "cpu", "cpu.cfs_quota_us", "150000\n");
        put (t, "cpu", "cpu.cfs_period_us", "100000\n");
    }
}

static void done (struct tree *t)
{
    assert_int_equal (fd_remove_tree (t->dir, NULL), 0);
    free (t->mounts);
    free (t->cgroup);
}

static void tells_of_each (bool v2)
{
    struct refusals_words words;
    struct tree t;

    make (&t, v2);
    struct refusals *r = refusals_new_of (t.mounts, t.cgroup);
    assert_non_null (r);
    assert_int_equal (refusals_look (r, &words), 0); /* what was before is not told */

    count (&t, 4, 1, 100, 50);
    assert_int_equal (refusals_look (r, &words), 1u << REFUSAL_PROCESSES);
    assert_string_equal (words.text[REFUSAL_PROCESSES],
                         "Labwright: the limit of 64 processes and threads at once was "
                         "reached; 1 more was refused.\n");
    count (&t, 16, 3, 100, 50);
    assert_int_equal (refusals_look (r, &words),
                      1u << REFUSAL_PROCESSES | 1u << REFUSAL_MEMORY);
    assert_non_null (strstr (words.text[REFUSAL_PROCESSES], "12 more were refused"));
    assert_string_equal (words.text[REFUSAL_MEMORY],
                         "Labwright: 2 processes were killed because the memory limit of "
                         "400 MB was reached (out of memory).\n");
    assert_int_equal (refusals_look (r, &words), 0);

    count (&t, 20, 4, 102, 52);
    assert_int_equal (refusals_look (r, NULL), 0); /* nobody's */
    assert_int_equal (refusals_look (r, &words), 0);
    refusals_free (r);
    done (&t);
}

static void tells_of_cpu (bool v2)
{
    struct refusals_words words;
    struct tree t;

    make (&t, v2);
    struct refusals *r = refusals_new_of (t.mounts, t.cgroup);
    count (&t, 3, 1, 102, 52);
    assert_int_equal (refusals_look (r, &words), 0);
    count (&t, 3, 1, 103, 52); /* one that was not cut short */
    assert_int_equal (refusals_look (r, &words), 0);
    count (&t, 3, 1, 105, 54);
    assert_int_equal (refusals_look (r, &words), 0);
    assert_int_equal (refusals_look (r, &words), 0); /* no period has ended since */
    count (&t, 3, 1, 107, 56);
    assert_int_equal (refusals_look (r, &words), 1u << REFUSAL_CPU);
    assert_string_equal (words.text[REFUSAL_CPU],
                         "Labwright: all of the 1.5 CPUs of this machine are in use; what "
                         "runs was held back in each period of the last 0.4 s.\n");
    refusals_free (r);
    done (&t);
}

static void test_version_1 (void **state)
{
    tells_of_each (false);
    tells_of_cpu (false);
}

static void test_version_2 (void **state)
{
    tells_of_each (true);
    tells_of_cpu (true);
}

static void test_nothing_is_seen (void **state)
{
    struct tree t;

    assert_null (refusals_new_of ("", "0::/\n"));
    assert_null (refusals_new_of ("1 2 0:1 / /nowhere rw - cgroup2 c rw\n", "0::/\n"));
    make (&t, true);
    put (&t, "memory", "memory.max", "max\n"); /* no limit, no words */
    struct refusals *r = refusals_new_of (t.mounts, t.cgroup);
    struct refusals_words words;
    count (&t, 3, 5, 100, 50);
    assert_int_equal (refusals_look (r, &words), 0);
    count (&t, 3, -1, 100, 50); /* and counters may be anything */
    put (&t, "pids", "pids.events", "");
    put (&t, "cpu", "cpu.stat", "nr_throttled\nnr_periods x");
    assert_int_equal (refusals_look (r, &words), 0);
    refusals_free (r);
    done (&t);
}

static struct slice text (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

static void test_shortage (void **state)
{
    char got[SHORTAGE_TEXT], expected[64];
    struct rlimit most;

    assert_false (shortage_of_files (text (""), getpid (), got));
    assert_false (
        shortage_of_files (text ("{\"evalue\": \"[Errno 2] x\"}"), getpid (), got));
    assert_int_equal (getrlimit (RLIMIT_NOFILE, &most), 0);
    (void)snprintf (expected, sizeof (expected), "may have %llu files open at once",
                    (unsigned long long)most.rlim_cur);
    assert_true (
        shortage_of_files (text ("{\"evalue\": \"[Errno 24] Too many\"}"), getpid (), got));
    assert_non_null (strstr (got, expected));
    assert_true (shortage_of_files (text ("{\"text\": \"x: Too many open files\"}"),
                                    getpid (), got));
    assert_false (
        shortage_of_space (text ("{\"evalue\": \"[Errno 2] x\"}"), getpid (), got));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_version_1),
        cmocka_unit_test (test_version_2),
        cmocka_unit_test (test_nothing_is_seen),
        cmocka_unit_test (test_shortage),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
