/* file_cache.c - parsed files, kept until they change
 *
 * A map from path to {identity, value} under one mutex.  Two threads that miss the same
 * file at the same time both parse it and the later one's value stays: harmless, and nobody
 * waits for a parser.
 */
#include "server/file_cache.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/map.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

struct identity_of_file {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime, ctime;
};

struct entry {
    struct identity_of_file id;
    json_t *value;
};

struct file_cache {
    pthread_mutex_t lock;
    struct map *entries;
    size_t misses;
};

static void entry_free (void *p)
{
    struct entry *e = p;
    json_decref (e->value);
    free (e);
}

struct file_cache *file_cache_new (void)
{
    struct file_cache *c = xnew (struct file_cache);
    pthread_mutex_init (&c->lock, NULL);
    c->entries = map_new (entry_free);
    return c;
}

void file_cache_free (struct file_cache *c)
{
    if (!c)
        return;
    map_free (c->entries);
    pthread_mutex_destroy (&c->lock);
    free (c);
}

static bool same_time (struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_file (const struct identity_of_file *a, const struct identity_of_file *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           same_time (a->mtime, b->mtime) && same_time (a->ctime, b->ctime);
}

static int identify (const char *path, struct identity_of_file *ret, struct err *err)
{
    struct stat st;
    if (stat (path, &st) < 0)
        return err_sys (err, errno, "%s", path);
    if (!S_ISREG (st.st_mode))
        return err_set (err, PROBLEM_NOT_FOUND, "%s is no regular file", path);
    *ret = (struct identity_of_file){ st.st_dev, st.st_ino, st.st_size, st.st_mtim,
                                      st.st_ctim };
    return 0;
}

static json_t *lookup (struct file_cache *c, const char *path,
                       const struct identity_of_file *id)
{
    json_t *found = NULL;
    pthread_mutex_lock (&c->lock);
    const struct entry *e = map_get (c->entries, path);
    if (e && same_file (&e->id, id))
        found = json_incref (e->value);
    pthread_mutex_unlock (&c->lock);
    return found;
}

static void keep (struct file_cache *c, const char *path, const struct identity_of_file *id,
                  json_t *value)
{
    struct entry *e = xnew (struct entry);
    e->id = *id;
    e->value = json_incref (value);
    struct map *dropped = NULL;
    pthread_mutex_lock (&c->lock);
    if (map_count (c->entries) >= FILE_CACHE_ENTRIES) {
        dropped = c->entries;
        c->entries = map_new (entry_free);
    }
    map_set (c->entries, path, e);
    pthread_mutex_unlock (&c->lock);
    map_free (dropped);
}

static bool racy (const struct identity_of_file *id)
{
    int64_t age = clock_wall_us () - clock_timespec_us (id->ctime);
    return age < FILE_CACHE_RACY_US;
}

json_t *file_cache_get (struct file_cache *c, const char *path, file_cache_parse parse,
                        struct err *err)
{
    struct identity_of_file id;
    if (identify (path, &id, err) < 0)
        return NULL;
    json_t *value = lookup (c, path, &id);
    if (value)
        return value;

    autodone (buf_done) struct buf b;
    buf_init (&b, FILE_CACHE_MAX_FILE);
    if (fd_read_file (path, &b, err) < 0)
        return NULL;
    value = parse (b.data, b.len, err);
    if (!value) {
        (void)err_wrap (err, "%s", path);
        return NULL;
    }
    __atomic_add_fetch (&c->misses, 1, __ATOMIC_RELAXED);
    if (!racy (&id) && (size_t)id.size == b.len)
        keep (c, path, &id, value);
    return value;
}

size_t file_cache_misses (struct file_cache *c)
{
    return __atomic_load_n (&c->misses, __ATOMIC_RELAXED);
}
