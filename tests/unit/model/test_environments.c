/* test_environments.c - environments: the files, whose name is whose, what is refused */

#include "model/environments.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static char dir[64], state[80], conf[80];

static void put (const char *root, const char *name, const char *text)
{
    autofree char *path = path_join (root, name);

    assert_int_equal (fd_write_file_whole (path, text, strlen (text), 0644, NULL), 0);
}

static int set_up (void **unused)
{
    (void)snprintf (dir, sizeof dir, "/tmp/test_environments.XXXXXX");
    assert_non_null (mkdtemp (dir));
    (void)snprintf (state, sizeof state, "%s/state", dir);
    (void)snprintf (conf, sizeof conf, "%s/conf", dir);
    assert_int_equal (setenv ("LABWRIGHT_CONF", conf, 1), 0);
    put (conf, "environments/python3.yml",
         "title: Python 3\naliases: [default, tensorflow, torch]\ncpu: host\n");
    return 0;
}

static int tear_down (void **unused)
{
    return fd_remove_tree (dir, NULL);
}

static void must_open (struct environments *es)
{
    struct err err;

    if (environments_open (state, es, &err) < 0)
        fail_msg ("%s", err.text);
}

static void test_shipped_only (void **unused)
{
    struct environments es;

    must_open (&es);
    assert_int_equal (es.n, 1);
    const struct environment *e = environments_find (&es, "");
    assert_string_equal (e->name, "python3");
    assert_true (e->shipped);
    assert_int_equal (environment_for (e, true)->kind, ENV_HOST);
    assert_ptr_equal (environments_find (&es, "tensorflow"), e);
    environments_done (&es);
}

static void test_own (void **unused)
{
    struct environments es;

    put (state, "environments/tf.yml",
         "title: TensorFlow\naliases: [tensorflow, 'tensorflow-1.8:py2']\n"
         "cpu: {prefix: env/tf/cpu, kernels: [python3], digest: 'sha256:00'}\n"
         "gpu: {root: /srv/tf.tar}\n");
    put (state, "environments/zz.yml",
         "aliases: [tensorflow, mine]\ngpu: {prefix: /opt/zz}\n");
    must_open (&es);
    assert_int_equal (es.n, 3);
    const struct environment *e = environments_find (&es, "tensorflow");
    assert_string_equal (e->name, "tf");
    assert_ptr_equal (environments_find (&es, "tensorflow-1.8:py2"), e);
    const struct env_variant *v = environment_for (e, false);
    autofree char *want = path_join (state, "env/tf/cpu");
    assert_string_equal (v->path, want);
    assert_int_equal (v->kind, ENV_PREFIX);
    assert_string_equal (v->digest, "sha256:00");
    assert_int_equal (v->kernels.n, 1);
    assert_int_equal (environment_for (e, true)->kind, ENV_ROOT);
    assert_string_equal (environment_for (e, true)->path, "/srv/tf.tar");
    /* the one variant stands for both */
    e = environments_find (&es, "mine");
    assert_string_equal (environment_for (e, false)->path, "/opt/zz");
    /* zz lost "tensorflow" to tf, which is said; that python3 did is not */
    assert_int_equal (es.problems.n, 1);
    assert_string_equal (es.problems.v[0], "zz.yml:1: 'tensorflow' already means tf");
    assert_string_equal (environments_find (&es, "default")->name, "python3");
    environments_done (&es);
}

static void test_own_hides_shipped (void **unused)
{
    struct environments es;

    put (state, "environments/python3.yml", "cpu: {prefix: /opt/p}\n");
    must_open (&es);
    assert_int_equal (es.n, 1);
    assert_string_equal (environment_for (&es.v[0], false)->path, "/opt/p");
    assert_ptr_equal (environments_find (&es, ""), &es.v[0]);
    environments_done (&es);
}

static void test_broken_one_takes_only_itself (void **unused)
{
    struct environments es;

    put (state, "environments/bad.yml", "cpu: [\n");
    put (state, "environments/-x.yml", "cpu: host\n");
    put (state, "environments/open.yml", "cpu: host\n");
    autofree char *path = path_join (state, "environments/open.yml");
    assert_int_equal (chmod (path, 0666), 0);
    must_open (&es);
    assert_int_equal (es.n, 1);
    assert_int_equal (es.problems.n, 3);
    assert_non_null (strstr (es.problems.v[1], "bad.yml:2:"));
    assert_non_null (strstr (es.problems.v[2], "may be written by others"));
    environments_done (&es);
}

static void test_refused (void **unused)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "", "e.yml:1: e: must be a mapping" },
        { "title: x\n", "e.yml:1: e: neither cpu nor gpu" },
        { "cpu: hosts\n", "e.yml:1: e: cpu: must be host" },
        { "cpu: {prefix: ../../etc}\n", "cpu: prefix: must be a directory" },
        { "cpu: {prefix: /opt/a, root: /opt/b}\n", "not both" },
        { "cpu: {prefix: 7}\n", "cpu: prefix: must be a text" },
        { "cpu: host\nnonsense: 1\n", "e.yml:2: e: nonsense: is no key" },
        { "cpu: {image: x}\n", "cpu: image: is no key" },
        { "cpu: host\naliases: [a b]\n", "e.yml:2: e: aliases: is no name" },
        { "cpu: host\naliases: [../x]\n", "aliases: is no name" },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        struct environment e;
        struct err err = { 0 };

        if (environment_parse (rows[i].text, strlen (rows[i].text), "e", "/state", &e,
                               &err) == 0)
            fail_msg ("taken: %s", rows[i].text);
        if (!strstr (err.text, rows[i].says))
            fail_msg ("%s: %s", rows[i].text, err.text);
    }
}

static void test_answers (void **unused)
{
    struct environments es;
    static const char *const archs[] = { "cpu", "gpu", "gpu2" };

    must_open (&es);
    autojson json_t *j = environments_arch_json (&es);
    for (size_t i = 0; i < ARRAY_SIZE (archs); i++) {
        json_t *images = json_object_get (j, archs[i]);
        assert_string_equal (jsonx_str (images, "default", ""), "python3");
        assert_string_equal (jsonx_str (images, "torch", ""), "python3");
    }
    autojson json_t *one = environment_json (&es, &es.v[0]);
    assert_true (jsonx_bool (one, "default", false));
    assert_string_equal (jsonx_str (json_object_get (one, "gpu"), "kind", ""), "host");
    environments_done (&es);
    /* none at all: still a default in each (trap T3) */
    autofree char *path = path_join (conf, "environments/python3.yml");
    assert_int_equal (unlink (path), 0);
    must_open (&es);
    assert_null (environments_find (&es, ""));
    autojson json_t *none = environments_arch_json (&es);
    assert_non_null (jsonx_str (json_object_get (none, "gpu2"), "default", NULL));
    environments_done (&es);
}

static void test_real_file (void **unused)
{
    struct environments es;
    autofree char *real = path_join (getenv ("srcdir") ? getenv ("srcdir") : ".", "conf");

    assert_int_equal (setenv ("LABWRIGHT_CONF", real, 1), 0);
    must_open (&es);
    assert_int_equal (es.problems.n, 0);
    assert_string_equal (environments_find (&es, "tensorflow-1.8")->name, "python3");
    assert_string_equal (environments_find (&es, "default")->name, "python3");
    environments_done (&es);
}

int main (void)
{
#define TEST(f) cmocka_unit_test_setup_teardown (f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST (test_shipped_only),      TEST (test_own),
        TEST (test_own_hides_shipped), TEST (test_broken_one_takes_only_itself),
        TEST (test_refused),           TEST (test_answers),
        TEST (test_real_file),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
