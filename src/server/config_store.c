/* config_store.c - JSON sections merged over the config path */

#include "server/config_store.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define SECTION_MAX (64 << 20)

static void merge_file (json_t *into, const char *path)
{
    struct stat st;
    if (stat (path, &st) || st.st_size == 0)
        return;
    struct err err;
    autojson json_t *j = jsonx_read_file (path, &err);
    if (j && json_is_object (j))
        jsonx_merge (into, j);
    else
        log_warning ("config", "skipped %s: %s", path, j ? "not an object" : err.text);
}

static void merge_dropins (json_t *into, const char *dir)
{
    struct strv names;
    strv_init (&names);
    (void)fd_list_dir (dir, ".json", &names, NULL);
    for (size_t i = 0; i < names.n; i++) {
        autofree char *path = path_join (dir, names.v[i]);
        merge_file (into, path);
    }
    strv_done (&names);
}

static void merge_section (json_t *into, const char *dir, const char *section)
{
    autofree char *dropins = xasprintf ("%s/%s.d", dir, section);
    autofree char *plain = xasprintf ("%s/%s.json", dir, section);
    merge_dropins (into, dropins);
    merge_file (into, plain);
}

json_t *config_store_read_dir (const char *dir, const char *section)
{
    json_t *j = json_object ();
    merge_section (j, dir, section);
    return j;
}

json_t *config_store_read (const struct jpaths *p, const char *sub, const char *section)
{
    json_t *j = json_object ();
    for (size_t i = p->config_path.n; i-- > 0;) {
        autofree char *dir = path_join (p->config_path.v[i], sub);
        merge_section (j, dir, section);
    }
    return j;
}

json_t *config_store_read_user (const struct jpaths *p, const char *sub,
                                const char *section)
{
    autofree char *dir = path_join (p->config_dir, sub);
    return config_store_read_dir (dir, section);
}

/* Drop from VALUE what DEFAULTS says anyway; objects are compared key by key. */
static void remove_defaults (json_t *value, const json_t *defaults)
{
    const char *key;
    json_t *dflt;
    json_object_foreach ((json_t *)defaults, key, dflt)
    {
        json_t *v = json_object_get (value, key);
        if (!v)
            continue;
        if (json_is_object (v) && json_is_object (dflt)) {
            remove_defaults (v, dflt);
            if (json_object_size (v) > 0)
                continue;
        } else if (!json_equal (v, dflt)) {
            continue;
        }
        (void)json_object_del (value, key);
    }
}

/* Changes of one directory wait for each other, in this process and in others.  Where locks
 * do not work the last one wins. */
static int lock_dir (const char *dir)
{
    struct err err;
    if (fd_mkdirs (dir, 0700, &err))
        return -1;
    int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        (void)flock (fd, LOCK_EX);
    return fd;
}

static int write_section (const char *dir, const char *section, const json_t *value,
                          struct err *err)
{
    autofree char *plain = xasprintf ("%s/%s.json", dir, section);
    autofree char *dropins = xasprintf ("%s/%s.d", dir, section);
    autojson json_t *defaults = json_object ();
    autojson json_t *kept = json_deep_copy (value);
    merge_dropins (defaults, dropins);
    remove_defaults (kept, defaults);
    autodone (buf_done) struct buf b;
    buf_init (&b, SECTION_MAX);
    if (jsonx_dump (kept, &b, 2, false))
        return err_set (err, PROBLEM_TOO_LARGE, "config section %s is too large", section);
    if (fd_write_file_atomic (plain, b.data, b.len, 0644, err))
        return err_wrap (err, "config section %s", section);
    return 0;
}

int config_store_write (const struct jpaths *p, const char *sub, const char *section,
                        const json_t *value, struct err *err)
{
    autofree char *dir = path_join (p->config_dir, sub);
    autoclose int lock = lock_dir (dir);
    (void)lock;
    return write_section (dir, section, value, err);
}

int config_store_update (const struct jpaths *p, const char *sub, const char *section,
                         const json_t *changes, json_t **ret, struct err *err)
{
    autofree char *dir = path_join (p->config_dir, sub);
    autoclose int lock = lock_dir (dir);
    (void)lock;
    autojson json_t *j = config_store_read_dir (dir, section);
    jsonx_merge (j, changes);
    if (write_section (dir, section, j, err))
        return -1;
    *ret = take_ptr (j);
    return 0;
}
