/* test_path.c - API paths, confinement and the hidden rule (contract 1.7, 1.8) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <string.h>
#include <sys/stat.h>

#define same(made, want)                                                                   \
    do {                                                                                   \
        autofree char *made_ = (made);                                                     \
        assert_string_equal (made_, want);                                                 \
    } while (0)

static void test_join_and_split (void **state)
{
    (void)state;
    same (path_join ("/a", "b"), "/a/b");
    same (path_join ("/a//", "//b"), "/a/b");
    same (path_join ("/", "b"), "/b");
    same (path_join ("", "/b"), "b");
    same (path_join ("a", ""), "a/");
    same (path_dirname ("/a/b"), "/a");
    same (path_dirname ("/a"), "/");
    same (path_dirname ("a//b"), "a");
    same (path_dirname ("a"), "");
    assert_string_equal (path_basename ("/a/b.x"), "b.x");
    assert_string_equal (path_basename ("b"), "b");
    assert_string_equal (path_basename (""), "");
}

static void test_normal (void **state)
{
    autofree char *cwd = getcwd (NULL, 0);
    autofree char *here = path_join (cwd, "x");

    (void)state;
    same (path_absolute ("/a/./b//../c/"), "/a/c");
    same (path_absolute ("/../../.."), "/");
    same (path_absolute ("/..a/b.."), "/..a/b..");
    same (path_absolute ("y/../x"), here);
    same (path_api_normal ("//a///b/"), "a/b");
    same (path_api_normal ("/"), "");
}

static char *to_os (const char *root, const char *api, enum problem *ret)
{
    struct err err = { 0 };
    char *os = path_to_os (root, api, strlen (api), &err);

    *ret = err.problem;
    return os;
}

static void test_confinement (void **state)
{
    enum problem p;
    struct err err;

    (void)state;
    same (to_os ("/root/dir", "a/b", &p), "/root/dir/a/b");
    same (to_os ("/root/dir/", "/a//b/", &p), "/root/dir/a/b");
    same (to_os ("/root/dir", "", &p), "/root/dir");
    same (to_os ("/root/dir", "x/../a", &p), "/root/dir/a");
    same (to_os ("/root/dir", "../dir/a", &p), "/root/dir/a");
    same (to_os ("/", "../../etc", &p), "/etc");
    assert_null (to_os ("/root/dir", "..", &p));
    assert_int_equal (p, PROBLEM_NOT_FOUND);
    assert_null (to_os ("/root/dir", "../dirt", &p));
    assert_null (to_os ("/root/dir", "a/../../..", &p));
    assert_null (to_os ("/root/dir", "a\xff", &p));
    assert_int_equal (p, PROBLEM_INVALID);
    assert_null (path_to_os ("/root/dir", "a\0b", 3, &err));
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_string_equal (err.text, "a is not a valid path");
    path_to_os ("/root/dir", "/../x", 5, &err);
    assert_string_equal (err.text, "../x is outside root contents directory");
    same (path_to_os ("/root", "abcdef", 3, NULL), "/root/abc");
}

static void test_to_api (void **state)
{
    (void)state;
    same (path_to_api ("/root", "/root/a/b"), "a/b");
    same (path_to_api ("/root/", "/root"), "");
    same (path_to_api ("/", "/a"), "a");
    assert_null (path_to_api ("/root", "/rooted"));
    assert_null (path_to_api ("/root", "/"));
}

static void test_hidden (void **state)
{
    char root[] = "/tmp/.test_path.XXXXXX";

    (void)state;
    assert_non_null (mkdtemp (root));
    autofree char *plain = path_join (root, "a/b.txt");
    autofree char *last = path_join (root, "a/.b");
    autofree char *middle = path_join (root, ".a/b");
    autofree char *closed = path_join (root, "closed");
    autofree char *file = path_join (root, "file");
    assert_false (path_is_hidden (root, root));
    assert_false (path_is_hidden (root, plain));
    assert_true (path_is_hidden (root, last));
    assert_true (path_is_hidden (root, middle));
    assert_true (path_is_hidden ("/", "/.x"));
    assert_false (path_is_hidden ("/", "/"));
    assert_int_equal (fd_write_file_atomic (file, "", 0, 0, NULL), 0);
    assert_false (path_is_hidden (root, file));
    assert_int_equal (mkdir (closed, 0), 0);
    assert_true (path_is_hidden (root, closed) == (access (closed, R_OK | X_OK) != 0));
    assert_int_equal (fd_remove_tree (root, NULL), 0);
}

static void test_home (void **state)
{
    (void)state;
    setenv ("HOME", "/home/someone", 1);
    same (path_expand_user ("~"), "/home/someone");
    same (path_expand_user ("~/x"), "/home/someone/x");
    same (path_expand_user ("~root/x"), "/root/x");
    same (path_expand_user ("~no-such-person/x"), "~no-such-person/x");
    same (path_expand_user ("a~"), "a~");
    unsetenv ("HOME");
    autofree char *home = path_expand_user ("~");
    assert_int_equal (home[0], '/');
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_join_and_split), cmocka_unit_test (test_normal),
        cmocka_unit_test (test_confinement),    cmocka_unit_test (test_to_api),
        cmocka_unit_test (test_hidden),         cmocka_unit_test (test_home),
    };
    return cmocka_run_group_tests_name ("path", tests, NULL, NULL);
}
