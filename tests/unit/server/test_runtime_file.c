/* test_runtime_file.c - how others find a running server, and what is left of dead ones */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "server/password_file.h"
#include "server/runtime_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
    char dir[64];
    struct jpaths paths;
};

static int setup (void **state)
{
    struct fixture *f = xnew (struct fixture);
    (void)snprintf (f->dir, sizeof (f->dir), "/tmp/lw-runtime-XXXXXX");
    assert_non_null (mkdtemp (f->dir));
    f->paths.runtime_dir = f->dir;
    f->paths.config_dir = f->dir;
    *state = f;
    return 0;
}

static int teardown (void **state)
{
    struct fixture *f = *state;
    (void)fd_remove_tree (f->dir, NULL);
    free (f);
    return 0;
}

static void write_file (struct fixture *f, const char *name, const char *text)
{
    autofree char *path = path_join (f->dir, name);
    assert_int_equal (fd_write_file_atomic (path, text, strlen (text), 0600, NULL), 0);
}

static bool exists (struct fixture *f, const char *name)
{
    autofree char *path = path_join (f->dir, name);
    return !access (path, F_OK);
}

static void test_write_list_remove (void **state)
{
    struct fixture *f = *state;
    autojson json_t *info =
        json_pack ("{s:i, s:i, s:s}", "pid", (int)getpid (), "port", 8888, "token", "t");
    struct err err;
    assert_int_equal (runtime_file_write (&f->paths, info, "http://x/?a=<\"&b", &err), 0);
    autojson json_t *list = runtime_file_list (&f->paths);
    assert_int_equal (json_array_size (list), 1);
    assert_true (json_equal (json_array_get (list, 0), info));
    autofree char *page = runtime_file_page (&f->paths);
    autodone (buf_done) struct buf b;
    buf_init (&b, 65536);
    assert_int_equal (fd_read_file (page, &b, NULL), 0);
    assert_non_null (strstr (b.data, "url=http://x/?a=&lt;&quot;&amp;b\""));
    struct stat st;
    assert_int_equal (stat (page, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0600);
    runtime_file_remove (&f->paths);
    autojson json_t *none = runtime_file_list (&f->paths);
    assert_int_equal (json_array_size (none), 0);
    assert_true (access (page, F_OK) != 0);
}

static void test_strange_files (void **state)
{
    struct fixture *f = *state;
    write_file (f, "jpserver-99999999.json", "{\"pid\": 99999999}");
    write_file (f, "jpserver-99999999-open.html", "");
    write_file (f, "jpserver-1.json", "{\"pid\": 2}"); /* lies about its process */
    write_file (f, "jpserver-x.json", "{}");
    write_file (f, "jpserver--5.json", "{}");
    write_file (f, "jpserver-99999999999999999999.json", "{}");
    autojson json_t *list = runtime_file_list (&f->paths);
    assert_int_equal (json_array_size (list), 0);
    assert_false (exists (f, "jpserver-99999999.json"));
    assert_false (exists (f, "jpserver-99999999-open.html"));
    assert_true (exists (f, "jpserver-x.json"));
    assert_true (exists (f, "jpserver--5.json"));
}

static void test_password_keeps_the_rest (void **state)
{
    struct fixture *f = *state;
    struct err err;
    write_file (f, "jupyter_server_config.json",
                "{\"ServerApp\": {\"port\": 1}, \"IdentityProvider\": {\"token\": \"t\"}}");
    assert_int_equal (password_file_write (&f->paths, "argon2:x", &err), 0);
    autofree char *path = password_file_path (&f->paths);
    autojson json_t *j = jsonx_read_file (path, NULL);
    json_t *section = json_object_get (j, "IdentityProvider");
    assert_string_equal (jsonx_str (section, "hashed_password", ""), "argon2:x");
    assert_string_equal (jsonx_str (section, "token", ""), "t");
    assert_int_equal (jsonx_int (json_object_get (j, "ServerApp"), "port", 0), 1);
    write_file (f, "jupyter_server_config.json", "{broken");
    assert_int_equal (password_file_write (&f->paths, "argon2:x", &err), -1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)

int main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_write_list_remove),
        TEST (test_strange_files),
        TEST (test_password_keeps_the_rest),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
