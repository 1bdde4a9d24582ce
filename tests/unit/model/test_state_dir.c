/* test_state_dir.c - what is where in the state directory, and whose */

#include "model/state_dir.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct place {
    char tmp[40], state[80];
};

static struct place place (void)
{
    struct place p = { "/tmp/lw-state-XXXXXX", "" };

    assert_non_null (mkdtemp (p.tmp));
    (void)snprintf (p.state, sizeof (p.state), "%s/a/state", p.tmp);
    return p;
}

static struct stat look (const char *state, const char *name)
{
    autofree char *path = xasprintf ("%s/%s", state, name);
    struct stat st;

    assert_int_equal (stat (path, &st), 0);
    return st;
}

static void test_prepare (void **state)
{
    struct place p = place ();
    struct err err;
    uid_t uid, wanted = geteuid ();
    gid_t gid, group = getegid ();

    assert_int_equal (state_dir_owner (p.state, &uid, &gid, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    mode_t mask = umask (0077);
    assert_int_equal (state_dir_prepare (p.state, &err), 0);
    (void)umask (mask);
    assert_int_equal (look (p.state, ".").st_mode & 07777, 0711);
    assert_int_equal (look (p.state, "hub").st_mode & 07777, 0700);
    assert_int_equal (look (p.state, "ws").st_mode & 07777, 0711);
    assert_int_equal (look (p.state, "run/ws").st_mode & 07777, 0711);
    if (wanted == 0)
        (void)state_dir_user (&wanted, &group);
    assert_int_equal (state_dir_owner (p.state, &uid, &gid, &err), 0);
    assert_int_equal (uid, wanted);
    assert_int_equal (gid, group);
    assert_int_equal (fd_remove_tree (p.tmp, NULL), 0);
}

/* What an administrator changed stays. */
static void test_again (void **state)
{
    struct place p = place ();
    struct err err;

    assert_int_equal (state_dir_prepare (p.state, &err), 0);
    autofree char *hub = xasprintf ("%s/hub", p.state);
    assert_int_equal (chmod (p.state, 0755), 0);
    assert_int_equal (chmod (hub, 0750), 0);
    if (geteuid () == 0)
        assert_int_equal (chown (hub, 1234, 1235), 0);
    assert_int_equal (state_dir_prepare (p.state, &err), 0);
    assert_int_equal (look (p.state, ".").st_mode & 07777, 0755);
    assert_int_equal (look (p.state, "hub").st_mode & 07777, 0750);
    if (geteuid () == 0)
        assert_int_equal (look (p.state, "hub").st_uid, 1234);
    assert_int_equal (fd_remove_tree (p.tmp, NULL), 0);
}

static void test_refused (void **state)
{
    struct place p = place ();
    struct err err;

    assert_int_equal (fd_mkdirs (p.state, 0711, NULL), 0);
    autofree char *hub = xasprintf ("%s/hub", p.state);
    assert_int_equal (symlink ("/", hub), 0);
    assert_int_equal (state_dir_prepare (p.state, &err), -1);
    assert_int_equal (err.problem, PROBLEM_CONFLICT);
    assert_int_equal (unlink (hub), 0);
    if (geteuid () == 0) {
        assert_int_equal (chown (p.state, 1234, 1234), 0);
        assert_int_equal (state_dir_prepare (p.state, &err), -1);
        assert_int_equal (err.problem, PROBLEM_FORBIDDEN);
    }
    assert_int_equal (fd_remove_tree (p.tmp, NULL), 0);
}

static void test_sockets (void **state)
{
    autofree char *spawner = state_dir_spawner_sock ("/s");
    autofree char *hub = state_dir_hub_sock ("/s");
    autofree char *lab = state_dir_lab_sock ("/s", "run_1");

    assert_string_equal (spawner, "/s/run/spawner.sock");
    assert_string_equal (hub, "/s/hub/hub.sock");
    assert_string_equal (lab, "/s/run/ws/run_1/lab.sock");
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_prepare),
        cmocka_unit_test (test_again),
        cmocka_unit_test (test_refused),
        cmocka_unit_test (test_sockets),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
