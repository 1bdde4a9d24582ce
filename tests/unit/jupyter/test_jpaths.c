/* test_jpaths.c - Jupyter's search paths under every variable (contract 0.1) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "jupyter/jpaths.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char home[] = "/tmp/test_jpaths.XXXXXX";

static int setup (void **state)
{
    (void)state;
    return mkdtemp (home) ? 0 : -1;
}

static int teardown (void **state)
{
    (void)state;
    return fd_remove_tree (home, NULL);
}

static int clear (void **state)
{
    static const char *const names[] = {
        "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH",   "JUPYTER_DATA_DIR",
        "JUPYTER_PATH",       "JUPYTER_RUNTIME_DIR",   "JUPYTER_PREFER_ENV_PATH",
        "JUPYTER_NO_CONFIG",  "JUPYTER_PLATFORM_DIRS", "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",    "CONDA_PREFIX",          "CONDA_DEFAULT_ENV",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (names); i++)
        unsetenv (names[i]);
    setenv ("HOME", home, 1);
    setenv ("VIRTUAL_ENV", "/no/such/env", 1);
    return 0;
}

/* The path with HOME as ~ and our own entry left out, joined by colons. */
static void check_path (const struct strv *s, const char *want)
{
    char got[2000] = "";

    for (size_t i = 0; i < s->n; i++) {
        size_t n = strlen (got), h = strlen (home);
        bool below = !strncmp (s->v[i], home, h);
        (void)snprintf (got + n, sizeof (got) - n, "%s%s%s", n ? ":" : "", below ? "~" : "",
                        s->v[i] + (below ? h : 0));
    }
    if (strncmp (got, want, strlen (want)))
        assert_string_equal (got, want);
}

static struct jpaths *made (void)
{
    struct err err;
    struct jpaths *p = jpaths_new (&err);

    if (!p)
        fail_msg ("%s", err.text);
    return p;
}

static void test_defaults (void **state)
{
    struct jpaths *p = made ();
    struct stat st;

    (void)state;
    check_path (&p->config_path, "~/.jupyter:~/.local/etc/jupyter:/no/such/env/etc/jupyter:"
                                 "/usr/local/etc/jupyter:/etc/jupyter");
    check_path (&p->data_path, "~/.local/share/jupyter:/no/such/env/share/jupyter:"
                               "/usr/local/share/jupyter:/usr/share/jupyter:");
    assert_int_equal (p->data_path.n, 6); /* the last two are ours */
    assert_int_equal (stat (p->runtime_dir, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0700);
    jpaths_free (p);
    jpaths_free (NULL);
}

static void test_variables (void **state)
{
    autofree char *data = path_join (home, "d");

    (void)state;
    setenv ("JUPYTER_CONFIG_DIR", "/c/../cfg", 1);
    setenv ("JUPYTER_CONFIG_PATH", "/p1/:/p2::", 1);
    setenv ("JUPYTER_DATA_DIR", data, 1);
    setenv ("JUPYTER_PATH", "/x/", 1);
    setenv ("JUPYTER_PREFER_ENV_PATH", "yes", 1);
    struct jpaths *p = made ();
    check_path (&p->config_path,
                "/p1:/p2:/no/such/env/etc/jupyter:/cfg:~/.local/etc/jupyter:"
                "/usr/local/etc/jupyter:/etc/jupyter");
    check_path (&p->data_path, "/x:/no/such/env/share/jupyter:~/d:~/.local/share/jupyter:"
                               "/usr/local/share/jupyter:/usr/share/jupyter:");
    assert_non_null (strstr (p->runtime_dir, "/d/runtime"));
    jpaths_free (p);
}

static void test_system_prefix (void **state)
{
    (void)state;
    setenv ("VIRTUAL_ENV", "/usr", 1);
    setenv ("JUPYTER_PREFER_ENV_PATH", "1", 1);
    struct jpaths *p = made ();
    check_path (&p->data_path,
                "~/.local/share/jupyter:/usr/local/share/jupyter:/usr/share/jupyter:");
    jpaths_free (p);
}

static void test_own_environment_comes_first (void **state)
{
    autofree char *env = path_join (home, "env");

    (void)state;
    assert_int_equal (fd_mkdirs (env, 0755, NULL), 0);
    setenv ("VIRTUAL_ENV", env, 1);
    struct jpaths *p = made ();
    check_path (&p->data_path, "~/env/share/jupyter:~/.local/share/jupyter:");
    assert_string_equal (p->env_prefix, env);
    jpaths_free (p);
    setenv ("JUPYTER_PREFER_ENV_PATH", "OFF", 1);
    p = made ();
    check_path (&p->data_path, "~/.local/share/jupyter:~/env/share/jupyter:");
    jpaths_free (p);
    unsetenv ("VIRTUAL_ENV");
    unsetenv ("JUPYTER_PREFER_ENV_PATH");
    setenv ("CONDA_PREFIX", env, 1);
    setenv ("CONDA_DEFAULT_ENV", "base", 1);
    p = made ();
    check_path (&p->data_path, "~/.local/share/jupyter:~/env/share/jupyter:");
    jpaths_free (p);
    setenv ("CONDA_DEFAULT_ENV", "work", 1);
    p = made ();
    check_path (&p->data_path, "~/env/share/jupyter:");
    jpaths_free (p);
}

static void test_no_config (void **state)
{
    (void)state;
    setenv ("JUPYTER_NO_CONFIG", "1", 1);
    setenv ("JUPYTER_CONFIG_PATH", "/p1", 1);
    struct jpaths *p = made ();
    assert_int_equal (p->config_path.n, 1);
    assert_string_equal (p->config_path.v[0], p->config_dir);
    assert_int_equal (rmdir (p->config_dir), 0); /* it was there, and empty */
    jpaths_free (p);
}

static void test_platform_dirs (void **state)
{
    (void)state;
    setenv ("JUPYTER_PLATFORM_DIRS", "1", 1);
    struct jpaths *p = made ();
    check_path (&p->config_path, "~/.config/jupyter:");
    jpaths_free (p);
    setenv ("XDG_CONFIG_HOME", "/xdg", 1);
    setenv ("XDG_DATA_HOME", home, 1);
    p = made ();
    check_path (&p->config_path, "/xdg/jupyter:");
    check_path (&p->data_path, "~/jupyter:");
    jpaths_free (p);
}

static void test_find (void **state)
{
    autofree char *second = path_join (home, "two");
    autofree char *file = path_join (second, "sub/file");

    (void)state;
    setenv ("JUPYTER_PATH", second, 1);
    assert_int_equal (fd_write_file_atomic (file, "", 0, 0600, NULL), 0);
    struct jpaths *p = made ();
    autofree char *found = jpaths_find_data (p, "sub/file");
    assert_string_equal (found, file);
    assert_null (jpaths_find_data (p, "sub/other"));
    jpaths_free (p);
}

static void test_homeless (void **state)
{
    (void)state;
    unsetenv ("HOME");
    setenv ("JUPYTER_RUNTIME_DIR", home, 1);
    struct jpaths *p = made ();
    assert_int_equal (p->home[0], '/');
    assert_string_equal (p->runtime_dir, home);
    jpaths_free (p);
    setenv ("JUPYTER_RUNTIME_DIR", "/proc/no/such", 1);
    struct err err;
    assert_null (jpaths_new (&err));
    assert_non_null (strstr (err.text, "/proc/no"));
}

#define test(fn) cmocka_unit_test_setup (fn, clear)

int main (void)
{
    const struct CMUnitTest tests[] = {
        test (test_defaults),      test (test_variables),
        test (test_system_prefix), test (test_own_environment_comes_first),
        test (test_no_config),     test (test_platform_dirs),
        test (test_find),          test (test_homeless),
    };
    return cmocka_run_group_tests_name ("jpaths", tests, setup, teardown);
}
