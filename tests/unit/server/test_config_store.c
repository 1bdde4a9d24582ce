/* test_config_store.c - sections of several directories, and the user's own */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "server/config_store.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    char dir[64];
    struct jpaths paths;
};

static int setup (void **state)
{
    struct fixture *f = xnew (struct fixture);
    (void)snprintf (f->dir, sizeof (f->dir), "/tmp/lw-config-XXXXXX");
    assert_non_null (mkdtemp (f->dir));
    strv_init (&f->paths.config_path);
    f->paths.config_dir = path_join (f->dir, "user");
    strv_add (&f->paths.config_path, f->paths.config_dir);
    strv_addf (&f->paths.config_path, "%s/system", f->dir);
    *state = f;
    return 0;
}

static int teardown (void **state)
{
    struct fixture *f = *state;
    (void)fd_remove_tree (f->dir, NULL);
    strv_done (&f->paths.config_path);
    free (f->paths.config_dir);
    free (f);
    return 0;
}

static void write_file (struct fixture *f, const char *name, const char *text)
{
    autofree char *path = path_join (f->dir, name);
    assert_int_equal (fd_write_file_atomic (path, text, strlen (text), 0600, NULL), 0);
}

static void assert_json (const json_t *got, const char *want)
{
    autojson json_t *j = jsonx_parse (want, strlen (want), NULL);
    autofree char *text = jsonx_dump_string (got, 0, true);
    if (!json_equal (got, j))
        fail_msg ("got %s, want %s", text, want);
}

static void test_merge_order (void **state)
{
    struct fixture *f = *state;
    write_file (f, "system/serverconfig/s.d/a.json",
                "{\"a\": 1, \"b\": {\"x\": 1}, \"gone\": 1}");
    write_file (f, "system/serverconfig/s.d/b.json", "{\"a\": 2}");
    write_file (f, "system/serverconfig/s.json", "{\"c\": 3}");
    write_file (f, "user/serverconfig/s.d/z.json", "{\"c\": 4, \"b\": {\"y\": 2}}");
    write_file (f, "user/serverconfig/s.json", "{\"d\": 5, \"gone\": null}");
    write_file (f, "user/serverconfig/s.d/broken.json", "{");
    write_file (f, "user/serverconfig/s.d/empty.json", "");
    autojson json_t *all = config_store_read (&f->paths, "serverconfig", "s");
    assert_json (all, "{\"a\": 2, \"b\": {\"x\": 1, \"y\": 2}, \"c\": 4, \"d\": 5}");
    autojson json_t *none = config_store_read (&f->paths, "serverconfig", "nothing");
    assert_json (none, "{}");
}

static void test_update (void **state)
{
    struct fixture *f = *state;
    write_file (f, "system/serverconfig/s.json", "{\"system\": 1}");
    write_file (f, "user/serverconfig/s.d/a.json", "{\"dropin\": {\"x\": 1}}");
    autojson json_t *change = json_pack ("{s:{s:i}, s:{s:n}}", "k", "v", 1, "empty", "z");
    autojson json_t *result = NULL;
    assert_int_equal (
        config_store_update (&f->paths, "serverconfig", "s", change, &result, NULL), 0);
    assert_json (result, "{\"dropin\": {\"x\": 1}, \"k\": {\"v\": 1}}");
    autofree char *path = path_join (f->dir, "user/serverconfig/s.json");
    autojson json_t *file = jsonx_read_file (path, NULL);
    assert_json (file, "{\"k\": {\"v\": 1}}"); /* what a .d file says is not repeated */
}

static void test_write_replaces (void **state)
{
    struct fixture *f = *state;
    write_file (f, "user/serverconfig/s.json", "{\"old\": 1}");
    autojson json_t *value = json_pack ("{s:i}", "new", 2);
    assert_int_equal (config_store_write (&f->paths, "serverconfig", "s", value, NULL), 0);
    autojson json_t *all = config_store_read_user (&f->paths, "serverconfig", "s");
    assert_json (all, "{\"new\": 2}");
}

#define TEST(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)

int main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_merge_order),
        TEST (test_update),
        TEST (test_write_replaces),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
