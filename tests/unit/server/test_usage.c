/* test_usage.c - the texts of /proc and of cgroups (contract 8, "Resource usage") */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/usage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REST "4 4 0 -1 4194560 1 0 0 0 250 50 7 8 20 0 1 0 98765 4096 3"

static void test_stat (void **state)
{
    struct usage_proc p = { 0 };
    assert_true (usage_parse_stat ("12 (cat) S 3 " REST, &p));
    assert_int_equal (p.pid, 12);
    assert_int_equal (p.parent, 3);
    assert_int_equal (p.ticks, 300);
    assert_int_equal (p.started, 98765);
    assert_int_equal (p.group, 4);
    assert_int_equal (p.foreground, -1);
    assert_int_equal (p.rss, 3 * sysconf (_SC_PAGESIZE));
    assert_string_equal (p.name, "cat");
    assert_true (usage_parse_stat ("12 (a) S 1 1 (\n) S 3 " REST, &p));
    assert_int_equal (p.parent, 3);
    assert_string_equal (p.name, "a) S 1 1 (\n");
}

static void test_stat_of_a_terminal (void **state)
{
    struct usage_proc p = { 0 };
    assert_true (
        usage_parse_stat ("12 (a name longer than 15) S 3 12 12 34816 77 4194304 1 0 "
                          "0 0 250 50 7 8 20 0 1 0 98765",
                          &p));
    assert_int_equal (p.foreground, 77);
    assert_int_equal (p.ticks, 300);
    assert_int_equal (p.started, 98765);
    assert_int_equal (p.rss, 0);
    assert_string_equal (p.name, "a name longer t");
}

static void test_hostile_stat (void **state)
{
    static const char *const bad[] = {
        "",
        ")",
        "(",
        "12",
        "12 (cat",
        "12 (cat)",
        "12 (cat) ",
        "12 (cat) S",
        "12 (cat) S ",
        "12 (cat) S x",
        "x (cat) S 3 " REST,
        "12 (cat) S -3 " REST,
        "12 (cat) S 3 4 4 0 -1",
        "99999999999 (cat) S 3 " REST,
        "12 (cat) S 99999999999 " REST,
        "99999999999999999999999 (cat) S 3 " REST,
    };
    struct usage_proc p;
    for (size_t i = 0; i < sizeof (bad) / sizeof (*bad); i++)
        assert_false (usage_parse_stat (bad[i], &p));
    const char *whole = "12 (cat) S 3 " REST;
    char *cut = strdup (whole);
    for (size_t n = strlen (whole); n-- > 0;) {
        cut[n] = '\0';
        (void)usage_parse_stat (cut, &p);
    }
    free (cut);
}

static void test_kb (void **state)
{
    const char *text = "00400000-7ffd ---p 00000000 00:00 0   [rollup]\nRss:    2048 kB\n"
                       "Pss_Dirty:   9 kB\nPss:    1024 kB\nBad: 5\nMinus: -5 kB\n"
                       "Huge: 18446744073709551615 kB\nOver: 99999999999999999999 kB\n";
    uint64_t n = 7;
    assert_true (usage_parse_kb (text, "Rss", &n));
    assert_int_equal (n, 2048 * 1024);
    assert_true (usage_parse_kb (text, "Pss", &n));
    assert_int_equal (n, 1024 * 1024);
    assert_false (usage_parse_kb (text, "ss", &n));
    assert_false (usage_parse_kb (text, "Bad", &n));
    assert_false (usage_parse_kb (text, "Minus", &n));
    assert_false (usage_parse_kb (text, "Huge", &n));
    assert_false (usage_parse_kb (text, "Over", &n));
    assert_false (usage_parse_kb ("", "Rss", &n));
    assert_int_equal (n, 1024 * 1024);
}

static void test_limits (void **state)
{
    assert_int_equal (usage_parse_memory_limit ("1073741824\n"), 1073741824);
    assert_true (usage_parse_memory_limit ("max\n") == USAGE_NO_LIMIT);
    assert_true (usage_parse_memory_limit ("9223372036854771712\n") == USAGE_NO_LIMIT);
    assert_true (usage_parse_memory_limit ("-1\n") == USAGE_NO_LIMIT);
    assert_true (usage_parse_memory_limit ("") == USAGE_NO_LIMIT);
    assert_true (usage_parse_cpu_limit ("150000 100000\n") == 1.5);
    assert_true (usage_parse_cpu_limit ("max 100000\n") == 0);
    assert_true (usage_parse_cpu_limit ("100000 0\n") == 0);
    assert_true (usage_parse_cpu_limit ("100000") == 0);
}

static void test_cgroup (void **state)
{
    const char *text = "12:cpu,memory:/a:b\n11:pids:/c\n0::/user.slice/x\n";
    char path[16];
    assert_true (usage_parse_cgroup (text, "memory", path, sizeof (path)));
    assert_string_equal (path, "/a:b");
    assert_true (usage_parse_cgroup (text, "", path, sizeof (path)));
    assert_string_equal (path, "/user.slice/x");
    assert_false (usage_parse_cgroup (text, "mem", path, sizeof (path)));
    assert_false (usage_parse_cgroup (text, "", path, 13));
    assert_false (usage_parse_cgroup ("0::/../../x\n", "", path, sizeof (path)));
    assert_false (usage_parse_cgroup ("0::", "", path, sizeof (path)));
    assert_false (usage_parse_cgroup ("0::x", "", path, sizeof (path)));
    assert_false (usage_parse_cgroup ("\n:\n::\n", "memory", path, sizeof (path)));
    assert_false (usage_parse_cgroup ("", "", path, sizeof (path)));
}

static void test_cpu_total (void **state)
{
    struct usage_host h;
    usage_parse_cpu_total ("cpu  10 1 20 300 40 5 6 7 99 99\ncpu0 1 1\n", &h);
    assert_int_equal (h.all, 389);
    assert_int_equal (h.busy, 49);
    usage_parse_cpu_total ("cpuset", &h);
    assert_int_equal (h.all, 0);
}

#define PROC(id, of, since, used, memory, own)                                             \
    {                                                                                      \
        .pid = (id), .parent = (of), .started = (since), .ticks = (used), .rss = (memory), \
        .pss = (own)                                                                       \
    }

/* 1 holds 2 holds 3; 9 is another tree; 4 and 5 are each other's parents. */
static void test_sums (void **state)
{
    struct usage_proc was[] = { PROC (1, 0, 5, 100, 0, 0), PROC (2, 1, 6, 500, 0, 0) };
    struct usage_proc is[] = { PROC (1, 0, 5, 150, 10, 1), PROC (2, 1, 7, 30, 20, 2),
                               PROC (3, 2, 8, 20, 40, 4),  PROC (9, 0, 9, 0, 80, 8),
                               PROC (4, 5, 9, 0, 160, 16), PROC (5, 4, 9, 0, 320, 32) };
    struct usage_sample before = { .procs = was, .nprocs = 2, .at_us = 1000000 };
    struct usage_sample now = { .procs = is, .nprocs = 6, .at_us = 3000000 };
    uint64_t rss, pss;
    usage_memory (&now, 2, &rss, &pss);
    assert_int_equal (rss, 60);
    assert_int_equal (pss, 6);
    usage_memory (&now, 0, &rss, &pss);
    assert_int_equal (rss, 630);
    double tick = 100.0 / (double)sysconf (_SC_CLK_TCK) / 2;
    assert_true (usage_cpu_percent (&now, &before, 1) == 100 * tick);
    assert_true (usage_cpu_percent (&now, &before, 2) == 50 * tick);
    assert_true (usage_cpu_percent (&now, NULL, 1) == 0);
    assert_true (usage_cpu_percent (&before, &now, 1) == 0);
}

static void test_take (void **state)
{
    pid_t me = getpid ();
    uint64_t rss, pss;
    struct usage_sample *u = usage_take (&me, 1, "/");
    usage_memory (u, me, &rss, &pss);
    assert_true (u->nprocs >= 1 && rss >= 100000 && pss <= rss);
    assert_true (u->host.total > rss && u->host.all > 0 && u->disk_total > 0);
    usage_free (u);
    me = -1;
    u = usage_take (&me, 1, "/nonexistent");
    assert_int_equal (u->nprocs, 0);
    assert_int_equal (u->disk_total, 0);
    usage_free (u);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_stat),         cmocka_unit_test (test_stat_of_a_terminal),
        cmocka_unit_test (test_hostile_stat), cmocka_unit_test (test_kb),
        cmocka_unit_test (test_limits),       cmocka_unit_test (test_cgroup),
        cmocka_unit_test (test_cpu_total),    cmocka_unit_test (test_sums),
        cmocka_unit_test (test_take),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
