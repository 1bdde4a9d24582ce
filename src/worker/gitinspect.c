/* gitinspect.c - worker `gitinspect`: what floyd.yml of a repository says */

#include "worker/gitclone.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "loop/proc.h"
#include "model/floyd_yml.h"
#include "model/git_url.h"
#include "model/yamlx.h"
#include "worker/confine.h"
#include "worker/git_fetch.h"

#include <string.h>
#include <stdlib.h>

#define TIMEOUT_US (60 * CLOCK_S)
#define BYTES_MAX (500ull * 1000 * 1000)
#define READ_US (20 * CLOCK_S)

/* Early templates had the second name. */
static const char *const names[] = { "HEAD:floyd.yml", "HEAD:floydhub.yml" };

struct reading {
    struct loop *loop;
    struct buf text;
    int status;
};

static void on_read (void *arg, int status, const char *out, size_t out_len,
                     const char *errout, size_t err_len)
{
    struct reading *r = arg;
    r->status = status;
    if (status == 0)
        (void)buf_add (&r->text, out, out_len);
    loop_stop (r->loop, 0);
}

/* The file NAME of the commit; 1: read, 0: there is none. */
static int read_blob (const char *dir, const char *name, struct buf *ret, struct err *err)
{
    autocleanup (loop_free) struct loop *loop = loop_new (err);
    autodone (strv_done) struct strv argv = { 0 };
    autodone (strv_done) struct strv environ = { 0 };
    struct reading r = { .loop = loop, .status = -1 };
    const char *const words[] = {
        "git",  "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never", "cat-file",
        "blob", name
    };
    if (!loop)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE (words); i++)
        strv_add (&argv, words[i]);
    git_fetch_environ (&environ);
    const struct proc_spec spec = { .argv = &argv,
                                    .environ = &environ,
                                    .cwd = dir,
                                    .fd_in = -1,
                                    .fd_out = -1,
                                    .fd_err = -1,
                                    .new_session = true };
    buf_init (&r.text, YAMLX_BYTES + 1);
    if (!command_run (loop, &spec, NULL, 0, YAMLX_BYTES, READ_US, on_read, &r, err))
        return -1;
    (void)loop_run (loop);
    *ret = r.text;
    return r.status == 0;
}

/* What is wrong with the file is for the page to tell, and no reason to refuse the repository. */
static void add_presets (json_t *out, const char *dir)
{
    struct buf text;
    struct floyd_yml f;
    struct err err;
    int found = 0;
    for (size_t i = 0; i < ARRAY_SIZE (names) && found == 0; i++) {
        buf_init (&text, 1);
        found = read_blob (dir, names[i], &text, &err);
        if (found <= 0)
            buf_done (&text);
    }
    (void)json_object_set_new (out, "found", json_boolean (found > 0));
    if (found > 0 &&
        floyd_yml_parse (text.data ? text.data : "", text.len, &f, &err) == 0) {
        (void)json_object_set_new (out, "presets", floyd_yml_json (&f));
        floyd_yml_done (&f);
    } else if (found) {
        jsonx_set_str (out, "problem", err.text);
    }
    if (found > 0)
        buf_done (&text);
}

json_t *worker_gitinspect (const json_t *in, struct err *err)
{
    const char *dir = jsonx_str (in, "dir", "");
    const char *url = jsonx_str (in, "git_url", "");
    struct git_url u;
    struct err why;

    if (*dir != '/') {
        (void)err_set (err, PROBLEM_INVALID, "dir: expected an absolute path");
        return NULL;
    }
    if (git_url_parse (url, &u, err) < 0)
        return NULL;
    autofree char *into = path_join (dir, "tree");
    const struct git_fetch f = { .url = url,
                                 .branch = jsonx_str (in, "git_branch", ""),
                                 .into = into,
                                 .private_ok = jsonx_bool (in, "allow_private", false),
                                 .bare_tree = true,
                                 .timeout_us = TIMEOUT_US,
                                 .max_bytes = BYTES_MAX };
    if (fd_mkdirs (dir, 0700, err) < 0)
        return NULL;
    int confined = confine_to (dir, &why);
    if (git_fetch (&f, err) < 0)
        return NULL;
    json_t *out = json_pack ("{s:s, s:n, s:n, s:b}", "name", u.name, "presets", "problem",
                             "confined", confined == 0);
    add_presets (out, into);
    (void)fd_remove_tree (into, NULL);
    return out;
}
