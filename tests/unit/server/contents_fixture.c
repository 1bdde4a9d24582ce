/* contents_fixture.c - a directory with contents over it, for the tests of contents */

#include "contents_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup_with (void **state, bool trash, bool hidden)
{
    char dir[] = "/tmp/lw-contents-XXXXXX";
    struct fixture *f = xnew (struct fixture);
    if (!mkdtemp (dir))
        return -1;
    (void)unsetenv ("XDG_DATA_HOME");
    f->dir = xstrdup (dir);
    f->root = path_join (dir, "root");
    f->home = path_join (dir, "home");
    strv_init (&f->globs);
    strv_add (&f->globs, "__pycache__");
    strv_add (&f->globs, "*.pyc");
    strv_add (&f->globs, "*~");
    struct contents_config config = CONTENTS_CONFIG_DEFAULT;
    config.root_dir = f->root;
    config.trust.data_dir = f->home;
    config.home = f->home;
    config.hide_globs = &f->globs;
    config.delete_to_trash = trash;
    config.allow_hidden = hidden;
    config.max_copy_mb = 1;
    f->c = contents_new (&config);
    *state = f;
    return mkdir (f->root, 0755) || mkdir (f->home, 0755);
}

int setup (void **state)
{
    return setup_with (state, true, false);
}
int setup_unlink (void **state)
{
    return setup_with (state, false, false);
}
int setup_hidden (void **state)
{
    return setup_with (state, true, true);
}

int teardown (void **state)
{
    struct fixture *f = *state;
    contents_free (f->c);
    (void)fd_remove_tree (f->dir, NULL);
    strv_done (&f->globs);
    free (f->dir);
    free (f->root);
    free (f->home);
    free (f);
    return 0;
}

/* ---- helpers --------------------------------------------------------------------- */

char *os_path (const struct fixture *f, const char *name)
{
    return path_join (f->root, name);
}

void put_file (const struct fixture *f, const char *name, const char *text)
{
    autofree char *path = os_path (f, name);
    assert_int_equal (fd_write_file_atomic (path, text, strlen (text), 0644, NULL), 0);
}

void put_dir (const struct fixture *f, const char *name)
{
    autofree char *path = os_path (f, name);
    assert_int_equal (fd_mkdirs (path, 0755, NULL), 0);
}

void expect_file (const struct fixture *f, const char *name, const char *text)
{
    autofree char *path = os_path (f, name);
    autodone (buf_done) struct buf b;
    buf_init (&b, 1 << 20);
    assert_int_equal (fd_read_file (path, &b, NULL), 0);
    assert_string_equal (b.data, text);
}

bool have (const struct fixture *f, const char *name)
{
    struct stat st;
    autofree char *path = os_path (f, name);
    return lstat (path, &st) == 0;
}

json_t *call (const struct fixture *f, request_fn fn, const char *path, const char *body,
              struct err *err)
{
    autofree char *copy = xstrdup (body); /* it is used up */
    struct contents_request r = { .path = path,
                                  .path_len = strlen (path),
                                  .body = copy,
                                  .body_len = strlen (copy) };
    struct contents_answer a;
    json_t *model = NULL;
    contents_answer_init (&a);
    if (fn (f->c, &r, &a, err) == 0) {
        model = jsonx_parse (a.body.data, a.body.len, NULL);
        assert_non_null (model);
        assert_string_equal (jsonx_str (model, "path", NULL), a.path);
        if (a.created)
            json_object_set_new (model, "created!", json_true ());
    }
    contents_answer_done (&a);
    return model;
}

json_t *get (const struct fixture *f, struct contents_query q, const char *path,
             struct err *err)
{
    struct contents_answer a;
    json_t *model = NULL;
    q.path = path;
    q.path_len = strlen (path);
    contents_answer_init (&a);
    if (contents_get (f->c, &q, &a, err) == 0)
        model = jsonx_parse (a.body.data, a.body.len, NULL);
    contents_answer_done (&a);
    return model;
}

void expect_error (const struct fixture *f, request_fn fn, const char *path,
                   const char *body, enum problem problem, const char *text)
{
    struct err err = { 0 };
    if (call (f, fn, path, body, &err))
        fail_msg ("%s %s succeeded", path, body);
    assert_int_equal (err.problem, problem);
    if (!strstr (err.text, text))
        fail_msg ("%s: no '%s'", err.text, text);
}

void expect_get_error (const struct fixture *f, struct contents_query q, const char *path,
                       enum problem problem, const char *reason)
{
    struct err err = { 0 };
    assert_null (get (f, q, path, &err));
    assert_int_equal (err.problem, problem);
    assert_string_equal (err.reason, reason);
}

void expect_path (const struct fixture *f, request_fn fn, const char *path,
                  const char *body, const char *result)
{
    struct err err = { 0 };
    autojson json_t *m = call (f, fn, path, body, &err);
    if (!m)
        fail_msg ("%s %s: %s", path, body, err.text);
    assert_string_equal (jsonx_str (m, "path", ""), result);
}

bool listed (const struct fixture *f, const char *dir, const char *name)
{
    autojson json_t *m = get (f, CONTENT, dir, NULL);
    size_t i;
    json_t *child;
    assert_non_null (m);
    json_array_foreach (
        json_object_get (m, "content"), i,
        child) if (!strcmp (jsonx_str (child, "name", ""), name)) return true;
    return false;
}
