/* password_file.c - where a password that was set by its owner is kept */

#include "server/password_file.h"

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"

#define FILE_MAX (16 << 20)

char *password_file_path (const struct jpaths *p)
{
    return path_join (p->config_dir, "jupyter_server_config.json");
}

int password_file_write (const struct jpaths *p, const char *hash, struct err *err)
{
    autofree char *path = password_file_path (p);
    struct err why;
    autojson json_t *root = jsonx_read_file (path, &why);
    if (!root && why.problem != PROBLEM_NOT_FOUND) {
        if (err)
            *err = why;
        return err_wrap (err, "%s", path);
    }
    if (!root)
        root = json_object ();
    if (!json_is_object (root))
        return err_set (err, PROBLEM_INVALID, "%s: not a JSON object", path);
    json_t *section = json_object_get (root, "IdentityProvider");
    if (!json_is_object (section)) {
        section = json_object ();
        (void)json_object_set_new (root, "IdentityProvider", section);
    }
    jsonx_set_str (section, "hashed_password", hash);
    autodone (buf_done) struct buf b;
    buf_init (&b, FILE_MAX);
    if (jsonx_dump (root, &b, 2, false) || buf_addc (&b, '\n'))
        return err_set (err, PROBLEM_TOO_LARGE, "%s: too large", path);
    return fd_write_file_atomic (path, b.data, b.len, 0600, err);
}
