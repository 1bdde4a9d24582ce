/* kernelspecs.c - all kernelspecs of the search path
 *
 * The list is made anew when a fingerprint changes: the modification times of every `kernels` directory, of
 * each directory in it and of each kernel.json.  That is a few stat calls where nothing happened, and an
 * installed or edited kernelspec appears at once.
 */

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"
#include "base/utf8.h"
#include "jupyter/kernelspec.h"

#include <dirent.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct kernelspecs {
    struct strv dirs; /* <data path>/kernels, highest priority first */
    const struct strv *allowed;
    struct map *specs; /* name -> struct kernelspec */
    uint64_t fingerprint;
};

struct kernelspecs *kernelspecs_new (const struct jpaths *paths, const struct strv *allowed)
{
    struct kernelspecs *ks = xnew (struct kernelspecs);

    strv_init (&ks->dirs);
    for (size_t i = 0; i < paths->data_path.n; i++)
        strv_addf (&ks->dirs, "%s/kernels", paths->data_path.v[i]);
    strv_addf (&ks->dirs, "%s/.ipython/kernels", paths->home);
    ks->allowed = allowed;
    ks->specs = map_new ((void (*) (void *))kernelspec_free);
    kernelspecs_refresh (ks);
    return ks;
}

void kernelspecs_free (struct kernelspecs *ks)
{
    if (!ks)
        return;
    strv_done (&ks->dirs);
    map_free (ks->specs);
    free (ks);
}

static void mix (uint64_t *h, uint64_t v)
{
    *h = (*h ^ v) * 1099511628211u;
}

static void mix_file (uint64_t *h, const char *path)
{
    struct stat st;

    if (stat (path, &st) < 0)
        return;
    mix (h, (uint64_t)st.st_mtim.tv_sec);
    mix (h, (uint64_t)st.st_mtim.tv_nsec);
    mix (h, (uint64_t)st.st_ino);
    mix (h, (uint64_t)st.st_size);
}

/* Calls FN with each sub-directory of each directory, in path order, names sorted. */
static void each_dir (struct kernelspecs *ks,
                      void (*fn) (struct kernelspecs *, const char *dir, const char *name,
                                  uint64_t *h),
                      uint64_t *h)
{
    for (size_t i = 0; i < ks->dirs.n; i++) {
        autodone (strv_done) struct strv names;
        DIR *d = opendir (ks->dirs.v[i]);
        strv_init (&names);
        mix (h, i);
        for (struct dirent *e; d && (e = readdir (d));)
            if (e->d_name[0] != '.' && utf8_valid (e->d_name, strlen (e->d_name)))
                strv_add (&names, e->d_name);
        if (d)
            (void)closedir (d);
        strv_sort (&names);
        for (size_t k = 0; k < names.n; k++) {
            autofree char *dir = path_join (ks->dirs.v[i], names.v[k]);
            fn (ks, dir, names.v[k], h);
        }
    }
}

static void fingerprint_one (struct kernelspecs *ks, const char *dir, const char *name,
                             uint64_t *h)
{
    autofree char *file = path_join (dir, "kernel.json");

    (void)ks;
    for (const char *p = name; *p; p++)
        mix (h, (unsigned char)*p);
    mix_file (h, dir);
    mix_file (h, file);
}

static bool is_allowed (const struct kernelspecs *ks, const char *name)
{
    if (!ks->allowed || ks->allowed->n == 0)
        return true;
    for (size_t i = 0; i < ks->allowed->n; i++)
        if (!strcasecmp (ks->allowed->v[i], name))
            return true;
    return false;
}

static void load_one (struct kernelspecs *ks, const char *dir, const char *name,
                      uint64_t *h)
{
    autofree char *file = path_join (dir, "kernel.json");
    autodone (buf_done) struct buf b;
    struct err err;

    (void)h;
    buf_init (&b, KERNELSPEC_MAX);
    if (access (file, F_OK) < 0 || !is_allowed (ks, name))
        return;
    if (strspn (name,
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
        strlen (name))
        log_warning ("kernelspecs", "unusual kernelspec name dir=%s", dir);
    struct kernelspec *s = NULL;
    if (fd_read_file (file, &b, &err) == 0)
        s = kernelspec_parse (name, dir, b.data, b.len, &err);
    if (!s)
        log_warning ("kernelspecs", "left out %s: %s", file, err.text);
    else if (map_get (ks->specs, s->name))
        kernelspec_free (s);
    else
        map_set (ks->specs, s->name, s);
}

void kernelspecs_refresh (struct kernelspecs *ks)
{
    uint64_t h = 14695981039346656037u;

    each_dir (ks, fingerprint_one, &h);
    if (h == ks->fingerprint)
        return;
    ks->fingerprint = h;
    map_free (ks->specs);
    ks->specs = map_new ((void (*) (void *))kernelspec_free);
    each_dir (ks, load_one, &h);
}

size_t kernelspecs_count (const struct kernelspecs *ks)
{
    return map_count (ks->specs);
}

const struct kernelspec *kernelspecs_at (const struct kernelspecs *ks, size_t i)
{
    struct map_item *item = map_first (ks->specs);

    while (item && i--)
        item = map_next (item);
    return item ? item->value : NULL;
}

const struct kernelspec *kernelspecs_find (const struct kernelspecs *ks, const char *name)
{
    autofree char *lower = xstrdup (name);

    for (char *p = lower; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p |= 0x20;
    return map_get (ks->specs, lower);
}
