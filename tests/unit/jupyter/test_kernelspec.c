/* test_kernelspec.c - kernel.json: reading, launching, listing (contract 3.6, 7.3) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "jupyter/kernelspec.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char root[] = "/tmp/test_kernelspec.XXXXXX";

static int setup (void **state)
{
    (void)state;
    setenv ("HOME", "/home/someone", 1);
    return mkdtemp (root) ? 0 : -1;
}

static int teardown (void **state)
{
    (void)state;
    return fd_remove_tree (root, NULL);
}

static struct kernelspec *parse (const char *text, struct err *err)
{
    return kernelspec_parse ("Some.Kernel", "/specs/some.kernel", text, strlen (text), err);
}

static void test_defaults (void **state)
{
    autocleanup (kernelspec_free) struct kernelspec *s = parse ("{\"mimetype\": 5}", NULL);

    (void)state;
    assert_string_equal (s->name, "some.kernel");
    assert_int_equal (s->argv.n, 0);
    assert_string_equal (s->display_name, "");
    assert_false (s->interrupt_message);
    autojson json_t *j = kernelspec_to_json (s, "/");
    autofree char *text = jsonx_dump_string (j, 0, true);
    assert_string_equal (
        text,
        "{\"name\":\"some.kernel\",\"resources\":{},\"spec\":{\"argv\":[],\"display_name\":"
        "\"\",\"env\":{},\"interrupt_mode\":\"signal\",\"kernel_protocol_version\":\"\","
        "\"language\":\"\",\"metadata\":{}}}");
}

static void test_refused (void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"argv\": \"python\"}",
        "{\"argv\": [\"a\", 5]}",
        "{\"argv\": [\"a\\u0000b\"]}",
        "{\"display_name\": 5}",
        "{\"language\": []}",
        "{\"interrupt_mode\": \"fax\"}",
        "{\"env\": []}",
        "{\"env\": {\"A\": 5}}",
        "{\"env\": {\"A=B\": \"\"}}",
        "{\"env\": {\"\": \"\"}}",
        "{\"metadata\": \"x\"}",
        "{\"kernel_protocol_version\": 5.5}",
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        if (parse (bad[i], &err))
            fail_msg ("accepted: %s", bad[i]);
        assert_int_equal (err.problem, PROBLEM_INVALID);
    }
    assert_null (
        parse ("{\"metadata\": {\"kernel_provisioner\": {\"provisioner_name\": \"yarn\"}}}",
               &err));
    assert_int_equal (err.problem, PROBLEM_UNSUPPORTED);
    kernelspec_free (parse ("{\"metadata\": {\"kernel_provisioner\": "
                            "{\"provisioner_name\": \"local-provisioner\"}}}",
                            NULL));
}

static void test_interrupt_mode (void **state)
{
    autocleanup (kernelspec_free) struct kernelspec *s =
        parse ("{\"interrupt_mode\": \"Message\"}", NULL);

    (void)state;
    assert_true (s->interrupt_message);
}

static void check_argv (const char *argv_json, const char *prefix,
                        const char *connection_file, const char *want)
{
    autofree char *text = xasprintf ("{\"argv\": %s}", argv_json);
    autocleanup (kernelspec_free) struct kernelspec *s = parse (text, NULL);
    struct strv argv;
    char got[1000] = "";

    strv_init (&argv);
    kernelspec_argv (s, prefix, connection_file, &argv);
    for (size_t i = 0; i < argv.n; i++) {
        strncat (got, argv.v[i], sizeof (got) - strlen (got) - 1);
        strncat (got, "|", sizeof (got) - strlen (got) - 1);
    }
    assert_string_equal (got, want);
    strv_done (&argv);
}

static void test_argv (void **state)
{
    autofree char *python = path_join (root, "bin/python3");
    autofree char *want = xasprintf ("%s|-m|", python);

    (void)state;
    check_argv (
        "[\"/bin/k\", \"{connection_file}\", \"--x={prefix}/a\", \"{resource_dir}\"]", "/p",
        "/c f", "/bin/k|/c f|--x=/p/a|/specs/some.kernel|");
    check_argv ("[\"k\", \"{connection_file}\", \"{other}{\", \"{}\"]", "/p", NULL,
                "k|{connection_file}|{other}{|{}|");
    /* What was put in is not expanded again. */
    check_argv ("[\"{prefix}\", \"{connection_file}\"]", "{prefix}{resource_dir}",
                "{prefix}", "{prefix}{resource_dir}|{prefix}|");
    check_argv ("[\"~/bin/k\", \"~/x\", \"a~\"]", "/p", NULL,
                "/home/someone/bin/k|/home/someone/x|a~|");
    check_argv ("[\"python3\", \"-m\"]", "/nowhere", NULL, "python3|-m|");
    check_argv ("[\"python3\", \"-m\"]", "", NULL, "python3|-m|");
    assert_int_equal (fd_write_file_atomic (python, "", 0, 0755, NULL), 0);
    check_argv ("[\"python\", \"-m\"]", root, NULL, want);
    check_argv ("[\"python3.11\", \"-m\"]", root, NULL, want);
    check_argv ("[\"pythonista\", \"python\"]", root, NULL, "pythonista|python|");
}

/* Many replacements stay quick and below the ceiling. */
static void test_argv_bomb (void **state)
{
    size_t n = 900000;
    autofree char *text = xcalloc (n + 100, 1);
    size_t len = (size_t)snprintf (text, 100, "{\"argv\":[\"");

    (void)state;
    while (len < n)
        len += (size_t)snprintf (text + len, 100, "{prefix}");
    (void)snprintf (text + len, 100, "\"]}");
    autocleanup (kernelspec_free) struct kernelspec *s = parse (text, NULL);
    struct strv argv;
    strv_init (&argv);
    kernelspec_argv (s, "/a/rather/long/prefix/of/an/environment", NULL, &argv);
    assert_int_equal (argv.n, 1);
    assert_in_range (strlen (argv.v[0]), 1, 128 << 10);
    strv_done (&argv);
}

static void test_environ (void **state)
{
    autocleanup (kernelspec_free) struct kernelspec *s =
        parse ("{\"language\": \"Python\", \"env\": {\"A\": \"$X/${X}y$Xy$$${N O}$\", "
               "\"B\": \"$A\","
               " \"PATH\": \"/k:$PATH\"}}",
               NULL);
    struct strv e;

    (void)state;
    strv_init (&e);
    strv_env_set (&e, "X", "1");
    strv_env_set (&e, "PATH", "/bin");
    strv_env_set (&e, "PYTHONEXECUTABLE", "/x");
    kernelspec_environ (s, &e);
    assert_string_equal (strv_env_get (&e, "A"), "1/1y$Xy$${N O}$");
    assert_string_equal (strv_env_get (&e, "B"), "$A");
    assert_string_equal (strv_env_get (&e, "PATH"), "/k:/bin");
    assert_null (strv_env_get (&e, "PYTHONEXECUTABLE"));
    strv_done (&e);
}

static void put (const char *path, const char *text)
{
    autofree char *full = path_join (root, path);

    assert_int_equal (fd_write_file_atomic (full, text, strlen (text), 0644, NULL), 0);
}

static struct jpaths paths_of (void)
{
    struct jpaths p = { .home = root, .env_prefix = "" };

    strv_addf (&p.data_path, "%s/first", root);
    strv_addf (&p.data_path, "%s/second", root);
    strv_addf (&p.data_path, "%s/not there", root);
    return p;
}

static void test_discovery (void **state)
{
    struct jpaths paths = paths_of ();
    struct strv allowed = { 0 };

    (void)state;
    put ("first/kernels/Py/kernel.json", "{\"argv\": [\"a\"], \"display_name\": \"one\"}");
    put ("first/kernels/Py/logo-64x64.png", "");
    put ("first/kernels/Py/logo-svg.svg", "");
    put ("first/kernels/Py/kernel.js", "");
    put ("first/kernels/Py/other.txt", "");
    put ("second/kernels/py/kernel.json", "{\"argv\": [\"b\"], \"display_name\": \"two\"}");
    put ("second/kernels/broken/kernel.json", "{");
    put ("second/kernels/wrong/kernel.json", "{\"argv\": 5}");
    put ("second/kernels/latin\xff/kernel.json", "{}");
    put ("second/kernels/none/readme", "");
    put ("second/kernels/file", "");
    put (".ipython/kernels/old/kernel.json", "{}");
    struct kernelspecs *ks = kernelspecs_new (&paths, &allowed);
    assert_int_equal (kernelspecs_count (ks), 2);
    const struct kernelspec *s = kernelspecs_find (ks, "PY");
    assert_string_equal (s->name, "py");
    assert_string_equal (s->display_name, "one");
    assert_ptr_equal (kernelspecs_at (ks, 0), s);
    assert_string_equal (kernelspecs_at (ks, 1)->name, "old");
    assert_null (kernelspecs_at (ks, 2));
    assert_null (kernelspecs_find (ks, "broken"));
    autojson json_t *j = kernelspec_to_json (s, "/base/");
    autofree char *text = jsonx_dump_string (json_object_get (j, "resources"), 0, true);
    assert_string_equal (text, "{\"kernel.js\":\"/base/kernelspecs/py/kernel.js\","
                               "\"logo-64x64\":\"/base/kernelspecs/py/logo-64x64.png\","
                               "\"logo-svg\":\"/base/kernelspecs/py/logo-svg.svg\"}");
    kernelspecs_free (ks);
    strv_add (&allowed, "OLD");
    ks = kernelspecs_new (&paths, &allowed);
    assert_int_equal (kernelspecs_count (ks), 1);
    kernelspecs_free (ks);
    strv_done (&allowed);
    strv_done (&paths.data_path);
}

static void test_refresh (void **state)
{
    struct jpaths paths = paths_of ();
    struct kernelspecs *ks = kernelspecs_new (&paths, NULL);
    size_t n = kernelspecs_count (ks);

    (void)state;
    const struct kernelspec *before = kernelspecs_find (ks, "py");
    kernelspecs_refresh (ks);
    assert_ptr_equal (kernelspecs_find (ks, "py"), before); /* nothing was read again */
    put ("second/kernels/new/kernel.json", "{\"display_name\": \"x\"}");
    kernelspecs_refresh (ks);
    assert_int_equal (kernelspecs_count (ks), n + 1);
    put ("second/kernels/new/kernel.json", "{\"display_name\": \"edited\"}");
    kernelspecs_refresh (ks);
    assert_string_equal (kernelspecs_find (ks, "new")->display_name, "edited");
    autofree char *file = path_join (root, "second/kernels/new/kernel.json");
    autoclose int fd = open (file, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal (fd_write_all (fd, "{\"display_name\": \"in place\"}", 28, NULL), 0);
    kernelspecs_refresh (ks);
    assert_string_equal (kernelspecs_find (ks, "new")->display_name, "in place");
    autofree char *gone = path_join (root, "second/kernels/new");
    assert_int_equal (fd_remove_tree (gone, NULL), 0);
    kernelspecs_refresh (ks);
    assert_null (kernelspecs_find (ks, "new"));
    kernelspecs_free (ks);
    kernelspecs_free (NULL);
    strv_done (&paths.data_path);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_defaults),       cmocka_unit_test (test_refused),
        cmocka_unit_test (test_interrupt_mode), cmocka_unit_test (test_argv),
        cmocka_unit_test (test_argv_bomb),      cmocka_unit_test (test_environ),
        cmocka_unit_test (test_discovery),      cmocka_unit_test (test_refresh),
    };
    return cmocka_run_group_tests_name ("kernelspec", tests, setup, teardown);
}
