/* test_options.c - sources of options, their order, inheritance and errors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "jupyter/jpaths.h"
#include "server/option_value.h"
#include "server/options.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct options *o;
    struct options_args args;
    char dir[64];
    struct jpaths paths; /* two directories: user before system */
};

static int setup (void **state)
{
    struct fixture *f = xnew (struct fixture);
    f->o = options_new ();
    (void)snprintf (f->dir, sizeof (f->dir), "/tmp/lw-options-XXXXXX");
    assert_non_null (mkdtemp (f->dir));
    strv_init (&f->paths.config_path);
    strv_addf (&f->paths.config_path, "%s/user", f->dir);
    strv_addf (&f->paths.config_path, "%s/system", f->dir);
    *state = f;
    return 0;
}

static int teardown (void **state)
{
    struct fixture *f = *state;
    options_free (f->o);
    (void)fd_remove_tree (f->dir, NULL);
    strv_done (&f->paths.config_path);
    free (f);
    return 0;
}

static void write_file (struct fixture *f, const char *name, const char *text)
{
    autofree char *path = path_join (f->dir, name);
    assert_int_equal (fd_write_file_atomic (path, text, strlen (text), 0600, NULL), 0);
}

static int parse (struct fixture *f, struct err *err, const char *a, const char *b)
{
    char *argv[] = { "lab", (char *)a, (char *)b, NULL };
    return options_parse_args (f->o, b ? 3 : a ? 2 : 1, argv, &f->args, err);
}

static void test_defaults (void **state)
{
    struct fixture *f = *state;
    assert_int_equal (options_int (f->o, "ServerApp.port"), 8888);
    assert_string_equal (options_str (f->o, "ServerApp.ip"), "localhost");
    assert_true (options_bool (f->o, "ServerApp.open_browser"));
    assert_string_equal (options_str (f->o, "LabApp.default_url"), "/lab");
    assert_false (options_is_set (f->o, "ServerApp.port"));
    assert_int_equal (json_array_size (options_json (f->o, "ContentsManager.hide_globs")),
                      5);
    assert_float_equal (options_real (f->o, "KernelManager.shutdown_wait_time"), 5.0, 1e-9);
}

static void test_every_default_parses (void **state)
{
    (void)state;
    for (size_t i = 0; i < option_traits_n; i++) {
        const struct option_trait *t = &option_traits[i];
        autojson json_t *v = option_value_default (t);
        if (!t->dflt)
            continue;
        if (!v)
            fail_msg ("%s.%s: default \"%s\"", t->class, t->name, t->dflt);
        autojson json_t *checked = option_value_check (t, v, NULL);
        assert_non_null (checked);
    }
}

static void test_args (void **state)
{
    struct fixture *f = *state;
    struct err err;
    assert_int_equal (parse (f, &err, "--port=1234", "--no-browser"), 0);
    assert_int_equal (parse (f, &err, "--ip", "0.0.0.0"), 0);
    assert_int_equal (parse (f, &err, "--TerminalManager.cull_interval=3", "dir"), 0);
    assert_int_equal (options_int (f->o, "ServerApp.port"), 1234);
    assert_string_equal (options_str (f->o, "ServerApp.ip"), "0.0.0.0");
    assert_false (options_bool (f->o, "ServerApp.open_browser"));
    assert_int_equal (options_int (f->o, "TerminalManager.cull_interval"), 3);
    assert_string_equal (f->args.positional, "dir");
}

static void test_nested_wins (void **state)
{
    struct fixture *f = *state;
    struct err err;
    assert_int_equal (parse (f, &err, "--ServerApp.TerminalManager.cull_interval=3",
                             "--TerminalManager.cull_interval=7"),
                      0);
    assert_int_equal (options_int (f->o, "TerminalManager.cull_interval"), 3);
}

static void test_specific_class_wins (void **state)
{
    struct fixture *f = *state;
    struct err err;
    assert_int_equal (parse (f, &err, "--LargeFileManager.allow_hidden=True",
                             "--ContentsManager.allow_hidden=False"),
                      0);
    assert_true (options_bool (f->o, "ContentsManager.allow_hidden"));
    assert_true (options_bool (f->o, "AsyncFileContentsManager.allow_hidden"));
}

static void test_legacy (void **state)
{
    struct fixture *f = *state;
    struct err err;
    assert_int_equal (parse (f, &err, "--ServerApp.token=abc", "--NotebookApp.password=h"),
                      0);
    assert_string_equal (options_str (f->o, "IdentityProvider.token"), "abc");
    assert_string_equal (options_str (f->o, "IdentityProvider.hashed_password"), "h");
    assert_int_equal (parse (f, &err, "--IdentityProvider.token=", NULL), 0);
    assert_string_equal (options_str (f->o, "IdentityProvider.token"), "");
    assert_true (options_is_set (f->o, "IdentityProvider.token"));
}

static void test_literals (void **state)
{
    struct fixture *f = *state;
    struct err err;
    assert_int_equal (parse (f, &err,
                             "--ServerApp.tornado_settings={'headers': {'X-A': 'b'}, }",
                             "--ServerApp.local_hostnames=['a', \"b\"]"),
                      0);
    const json_t *settings = options_json (f->o, "ServerApp.tornado_settings");
    assert_string_equal (jsonx_str (json_object_get (settings, "headers"), "X-A", ""), "b");
    assert_int_equal (json_array_size (options_json (f->o, "ServerApp.local_hostnames")),
                      2);
    assert_int_equal (parse (f, &err, "--LabServerApp.extra_labextensions_path=/x",
                             "--LabServerApp.extra_labextensions_path=/y"),
                      0);
    const json_t *list = options_json (f->o, "LabServerApp.extra_labextensions_path");
    assert_int_equal (json_array_size (list), 2);
    assert_string_equal (json_string_value (json_array_get (list, 1)), "/y");
}

static void test_bad_args (void **state)
{
    struct fixture *f = *state;
    struct err err;
    assert_int_equal (parse (f, &err, "--port=abc", NULL), -1);
    assert_int_equal (parse (f, &err, "--ServerApp.open_browser=maybe", NULL), -1);
    assert_int_equal (parse (f, &err, "--no-browsr", NULL), -1);
    assert_non_null (strstr (err.text, "--no-browser"));
    assert_int_equal (parse (f, &err, "--port", NULL), -1);
    assert_int_equal (parse (f, &err, "a", "b"), -1);
    assert_int_equal (parse (f, &err, "--ServerApp.bogus=1", "--Bogus.port=1"), 0);
}

static void test_nearest (void **state)
{
    (void)state;
    assert_string_equal (option_nearest_trait ("ServerApp", "prot"), "port");
    assert_string_equal (option_nearest_class ("SeverApp"), "ServerApp");
    assert_null (option_nearest_class ("Xyzzyqwertyuiop"));
}

/* What the original knows is never called misspelt: it has an effect, or it is said why not. */
static void test_inert (void **state)
{
    struct fixture *f = *state;
    struct err err;
    assert_int_equal (
        parse (f, &err, "--ServerApp.ssl_options={'a': 1}", "--Session.anything=1"), 0);
    assert_non_null (option_find_inert ("AsyncFileContentsManager", "pre_save_hook"));
    assert_non_null (option_find_inert ("GatewayClient", "url"));
    assert_null (option_find_inert ("ServerApp", "port"));
    assert_null (option_find_inert ("KernelManager", "pre_save_hook"));
    for (size_t i = 0; i < option_inert_n; i++) {
        const struct option_inert *t = &option_inert[i];
        if (!option_class_known (t->class) || !*t->why ||
            option_find (t->class, strlen (t->class), t->name))
            fail_msg ("%s.%s", t->class, t->name);
    }
}

/* notebook_shim: the original takes settings of the server from LabApp too. */
static void test_lab_sets_the_server (void **state)
{
    struct fixture *f = *state;
    struct err err;
    assert_int_equal (parse (f, &err, "--LabApp.port=1234", "--LabApp.token=abc"), 0);
    assert_int_equal (options_int (f->o, "ServerApp.port"), 1234);
    assert_string_equal (options_str (f->o, "IdentityProvider.token"), "abc");
    assert_int_equal (parse (f, &err, "--ServerApp.port=5", "--LabApp.port=6"), 0);
    assert_int_equal (options_int (f->o, "ServerApp.port"), 5);
    assert_int_equal (parse (f, &err, "--LabServerApp.workspaces_dir=/w", NULL), 0);
    assert_string_equal (options_str (f->o, "LabApp.workspaces_dir"), "/w");
}

static void test_files (void **state)
{
    struct fixture *f = *state;
    write_file (
        f, "system/jupyter_server_config.json",
        "{\"ServerApp\": {\"port\": 1, \"ip\": \"a\", \"tornado_settings\": {\"x\": 1}}}");
    write_file (f, "system/jupyter_server_config.d/b.json",
                "{\"ServerApp\": {\"port\": 2, \"sock\": \"drop\"}}");
    write_file (f, "user/jupyter_config.json", "{\"ServerApp\": {\"ip\": \"low\"}}");
    write_file (
        f, "user/jupyter_server_config.json",
        "{\"version\": 1, \"ServerApp\": {\"port\": 3, \"tornado_settings\": {\"y\": 2},"
        " \"MappingKernelManager\": {\"cull_interval\": 5}, \"ip\": 7.5}}");
    write_file (f, "user/jupyter_lab_config.json",
                "{\"LabApp\": {\"default_url\": \"/doc\"}}");
    write_file (f, "user/jupyter_lab_config.d/broken.json", "{");
    options_load_files (f->o, &f->paths);
    assert_int_equal (options_int (f->o, "ServerApp.port"), 3);
    assert_string_equal (options_str (f->o, "ServerApp.ip"), "a"); /* 7.5 was refused */
    assert_string_equal (options_str (f->o, "ServerApp.sock"), "drop");
    assert_int_equal (json_object_size (options_json (f->o, "ServerApp.tornado_settings")),
                      2);
    assert_int_equal (options_int (f->o, "MappingKernelManager.cull_interval"), 5);
    assert_string_equal (options_str (f->o, "LabApp.default_url"), "/doc");
    struct err err;
    assert_int_equal (parse (f, &err, "--port=4", NULL), 0);
    assert_int_equal (options_int (f->o, "ServerApp.port"), 4);
}

static void test_environ (void **state)
{
    struct fixture *f = *state;
    write_file (f, "token", "from file\n");
    autofree char *path = path_join (f->dir, "token");
    (void)setenv ("JUPYTER_TOKEN_FILE", path, 1);
    (void)setenv ("JUPYTER_PORT", "99", 1);
    (void)setenv ("JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS", "nope", 1);
    options_load_environ (f->o);
    (void)unsetenv ("JUPYTER_TOKEN_FILE");
    (void)unsetenv ("JUPYTER_PORT");
    (void)unsetenv ("JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS");
    assert_string_equal (options_str (f->o, "IdentityProvider.token"), "from file");
    assert_int_equal (options_int (f->o, "ServerApp.port"), 99);
    assert_false (options_bool (f->o, "ServerApp.allow_unauthenticated_access"));
}

static void test_generated_config_loads (void **state)
{
    struct fixture *f = *state;
    autodone (buf_done) struct buf b;
    struct err err;
    buf_init (&b, 1 << 20);
    options_generate (&b);
    write_file (f, "all.json", b.data);
    autofree char *path = path_join (f->dir, "all.json");
    assert_int_equal (options_load_file (f->o, path, &err), 0);
    assert_int_equal (options_int (f->o, "ServerApp.port"), 8888);
}

static void test_show_hides_secrets (void **state)
{
    struct fixture *f = *state;
    struct err err;
    autodone (buf_done) struct buf b;
    buf_init (&b, 1 << 20);
    assert_int_equal (parse (f, &err, "--ServerApp.token=hunter2", "--port=77"), 0);
    options_show (f->o, &b, true);
    assert_null (strstr (b.data, "hunter2"));
    assert_non_null (strstr (b.data, "77"));
}

static void test_literal_parser (void **state)
{
    (void)state;
    static const char *const bad[] = { "",     "[1, 2", "{1: 2}", "'open",   "[1] 2",
                                       "nope", "{'a'",  "[1 2]",  "{'a': }", "1e999x" };
    static const struct {
        const char *text, *json;
    } good[] = {
        { "None", "null" },
        { " [1, -2.5, ] ", "[1,-2.5]" },
        { "('a', 'b')", "[\"a\",\"b\"]" },
        { "{'a': True}", "{\"a\":true}" },
        { "'it\\'s'", "\"it's\"" },
        { "()", "[]" },
    };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_null (option_literal (bad[i], NULL));
    for (size_t i = 0; i < ARRAY_SIZE (good); i++) {
        autojson json_t *j = option_literal (good[i].text, NULL);
        autojson json_t *want = jsonx_parse (good[i].json, strlen (good[i].json), NULL);
        if (!j || !json_equal (j, want))
            fail_msg ("%s", good[i].text);
    }
    char deep[200];
    memset (deep, '[', sizeof (deep) - 1);
    deep[sizeof (deep) - 1] = '\0';
    assert_null (option_literal (deep, NULL));
}

#define TEST(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)

int main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_defaults),
        cmocka_unit_test (test_every_default_parses),
        TEST (test_args),
        TEST (test_nested_wins),
        TEST (test_specific_class_wins),
        TEST (test_legacy),
        TEST (test_literals),
        TEST (test_bad_args),
        cmocka_unit_test (test_nearest),
        TEST (test_inert),
        TEST (test_lab_sets_the_server),
        TEST (test_files),
        TEST (test_environ),
        TEST (test_generated_config_loads),
        TEST (test_show_hides_secrets),
        cmocka_unit_test (test_literal_parser),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
