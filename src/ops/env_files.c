/* env_files.c - environments as files of a state directory */

#include "ops/env_files.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define MAKINGS 1000

static int make_dir (const char *state, const char *name, struct err *err)
{
    autofree char *dir = path_join (state, name);

    if (mkdir (dir, 0755) < 0 && errno != EEXIST)
        return err_sys (err, errno, "make %s", dir);
    return 0;
}

int env_files_lock (const char *state, struct err *err)
{
    if (make_dir (state, "env", err) < 0 || make_dir (state, "environments", err) < 0)
        return -1;
    autofree char *path = path_join (state, "env/.lock");
    autoclose int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys (err, errno, "%s", path);
    if (flock (fd, LOCK_EX | LOCK_NB) < 0)
        return err_set (err, PROBLEM_BUSY,
                        "another `labwright env` works in %s: wait for it", state);
    return take_fd (fd);
}

char *env_files_new_dir (const char *state, const char *name, struct err *err)
{
    autofree char *base = xasprintf ("env/%s", name);

    if (make_dir (state, base, err) < 0)
        return NULL;
    for (int n = 1; n < MAKINGS; n++) {
        autofree char *dir = xasprintf ("%s/%d", base, n);
        autofree char *path = path_join (state, dir);
        if (mkdir (path, 0755) == 0)
            return take_ptr (dir);
        if (errno != EEXIST) {
            (void)err_sys (err, errno, "make %s", path);
            return NULL;
        }
    }
    (void)err_set (err, PROBLEM_LIMIT, "%s/%s is full", state, base);
    return NULL;
}

int env_files_sweep (const char *state, const char *name, const char *keep, struct err *err)
{
    autofree char *base = xasprintf ("env/%s", name);
    autofree char *dir = path_join (state, base);
    struct strv names = { 0 };
    int rc = 0;

    if (access (dir, F_OK) < 0)
        return 0;
    if (!keep)
        return fd_remove_tree (dir, err);
    (void)fd_list_dir (dir, "", &names, NULL);
    for (size_t i = 0; i < names.n && rc == 0; i++) {
        autofree char *one = path_join (base, names.v[i]);
        autofree char *path = path_join (state, one);
        if (strcmp (one, keep) != 0)
            rc = fd_remove_tree (path, err);
    }
    strv_done (&names);
    return rc;
}

/* ---- NAME.yml ---- */

static void add_text (struct buf *b, const char *key, const char *s)
{
    if (!*s)
        return;
    (void)buf_addf (b, "%s: ", key);
    (void)buf_add_json_string (b, s, strlen (s));
    (void)buf_addc (b, '\n');
}

static void add_list (struct buf *b, const char *key, const struct strv *v)
{
    if (v->n == 0)
        return;
    (void)buf_addf (b, "%s: [", key);
    for (size_t i = 0; i < v->n; i++) {
        (void)buf_adds (b, i ? ", " : "");
        (void)buf_add_json_string (b, v->v[i], strlen (v->v[i]));
    }
    (void)buf_adds (b, "]\n");
}

static void add_variant (struct buf *b, const char *key, const struct env_variant *v)
{
    if (v->kind == ENV_HOST) {
        (void)buf_addf (b, "%s: host\n", key);
        return;
    }
    (void)buf_addf (b, "%s:\n", key);
    add_text (b, v->kind == ENV_ROOT ? "  root" : "  prefix", v->path);
    add_list (b, "  kernels", &v->kernels);
    add_text (b, "  digest", v->digest);
}

static char *file_of (const char *state, const char *name)
{
    autofree char *file = xasprintf ("environments/%s.yml", name);

    return path_join (state, file);
}

int env_files_write (const char *state, const struct environment *e, struct err *err)
{
    autofree char *path = file_of (state, e->name);
    autodone (buf_done) struct buf b;

    buf_init (&b, 64 << 10);
    (void)buf_adds (&b, "# Made by `labwright env create`.\n");
    add_text (&b, "title", e->title);
    add_text (&b, "description", e->description);
    add_list (&b, "aliases", &e->aliases);
    add_variant (&b, "cpu", &e->variants[0]);
    add_variant (&b, "gpu", &e->variants[1]);
    if (b.overflow)
        return err_set (err, PROBLEM_TOO_LARGE, "%s would be too long", path);
    return fd_write_file_atomic (path, b.data, b.len, 0644, err);
}

int env_files_forget (const char *state, const char *name, struct err *err)
{
    autofree char *path = file_of (state, name);

    if (unlink (path) == 0)
        return 0;
    if (errno == ENOENT)
        return err_set (err, PROBLEM_NOT_FOUND, "%s has no environment '%s' of its own",
                        state, name);
    return err_sys (err, errno, "%s", path);
}
