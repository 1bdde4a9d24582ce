/* journal.c - everything an object said, numbered, on disk, within a budget
 *
 * A record is a header of RECORD bytes and the pieces.  Small records gather in the
 * journal's `tail` and are written when a reader comes (readers flush) or the tail is full;
 * the tail stays after that, so that live forwarding reads no file.  Large records are
 * written from where they lie.
 *
 * Memory holds, for each segment, its first and last number and a mark every 64 KiB: a
 * gigabyte of history costs a quarter of a megabyte.  A reader walks the headers from the
 * nearest mark.
 *
 * When a write fails, whole records that did not reach the file move into a segment in
 * memory, which follows the broken one; the next segment tries the disk again after
 * JOURNAL_RETRY_US.
 */

#include "keeper/journal.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "keeper/journal_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TAIL (64u << 10)        /* bytes of small records kept in memory */
#define TAIL_RECORD (24u << 10) /* a larger one is written at once */
#define MEMORY_SEGMENT (1u << 20)

/* ---- all journals ---- */

static void remove_leftovers (struct journals *js)
{
    DIR *d = opendir (js->dir);
    struct dirent *e;

    if (!d)
        return;
    while ((e = readdir (d))) {
        autofree char *path = NULL;

        if (strncmp (e->d_name, "journal-", 8))
            continue;
        path = xasprintf ("%s/%s", js->dir, e->d_name);
        (void)fd_remove_tree (path, NULL);
    }
    (void)closedir (d);
}

struct journals *journals_new (const char *dir, uint64_t total_budget, struct pool *pool,
                               struct err *err)
{
    struct journals *js;
    int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        err_sys (err, errno, "journals in %s", dir);
        return NULL;
    }
    js = xnew (struct journals);
    js->dir = xstrdup (dir);
    js->dirfd = fd;
    js->pool = pool;
    js->budget = total_budget;
    list_init (&js->segments);
    remove_leftovers (js);
    return js;
}

void journals_free (struct journals *js)
{
    if (!js)
        return;
    journal_segment_unref (js->reading);
    (void)close (js->dirfd);
    free (js->cache);
    free (js->dir);
    free (js);
}

uint64_t journals_bytes (const struct journals *js)
{
    return js->bytes;
}

static void complain (struct journal *j, const char *what)
{
    j->failed_us = clock_mono_us ();
    if (j->js->complained)
        return;
    j->js->complained = true;
    log_warning ("journal", "%s failed: %s; keeping the last %u MiB in memory object=%u",
                 what, strerror (errno), JOURNAL_MEMORY >> 20, j->object);
}

/* ---- segments of one journal ---- */

struct journal_segment *journal_last_segment (const struct journal *j)
{
    return j->n ? j->seg[j->n - 1] : NULL;
}

static void account (struct journal *j, const struct journal_segment *s, int64_t n)
{
    j->bytes += (uint64_t)n;
    j->js->bytes += (uint64_t)n;
    if (s->mem)
        j->memory_bytes += (uint64_t)n;
}

static void detach_segment (struct journal *j, struct journal_segment *s)
{
    account (j, s, -(int64_t)s->size);
    list_remove (&s->all);
    s->j = NULL;
    if (j->js->reading == s) {
        j->js->reading = NULL;
        j->js->cache_len = 0;
        journal_segment_unref (s);
    }
    /* An unlinked file stays readable for those who still refer to it. */
    if (s->refs > 1)
        (void)journal_segment_fd (s);
    segment_unlink (s);
    journal_segment_unref (s);
}

static void drop_first (struct journal *j)
{
    struct journal_segment *s = j->seg[0];

    j->dropped = s->last;
    j->dropped_id = s->id;
    j->dropped_size = s->size;
    j->n--;
    memmove (j->seg, j->seg + 1, j->n * sizeof (*j->seg));
    detach_segment (j, s);
}

static bool first_is_reserved (const struct journal *j)
{
    return j->read && j->seg[0]->last > j->read (j->read_arg);
}

/* The last segment of a journal is never dropped: its writer stands in it. */
static void trim_all (struct journals *js, bool reserved_too)
{
    list_foreach (s, &js->segments, struct journal_segment, all) {
        if (js->bytes <= js->budget)
            return;
        if (s->j->n > 1 && s->j->seg[0] == s && (reserved_too || !first_is_reserved (s->j)))
            drop_first (s->j);
    }
}

static void trim (struct journal *j)
{
    while (j->n > 1 && (j->memory_bytes > JOURNAL_MEMORY ||
                        (j->bytes > j->budget && !first_is_reserved (j))))
        drop_first (j);
    trim_all (j->js, false);
    trim_all (j->js, true);
}

static void add_segment (struct journal *j, struct journal_segment *s)
{
    if (j->n == j->cap) {
        j->cap = j->cap ? 2 * j->cap : 4;
        j->seg = xrealloc (j->seg, j->cap, sizeof (*j->seg));
    }
    j->seg[j->n++] = s;
    s->j = j;
    list_append (&j->js->segments, &s->all);
    j->next_id = s->id + 1;
    j->tail_offset = j->tail_len = j->tail_flushed = 0;
    j->flushed_seq = j->last;
}

static struct journal_segment *new_on_disk (struct journal *j)
{
    struct journal_segment *s = NULL;
    char name[32];

    if (j->failed_us && clock_mono_us () - j->failed_us < JOURNAL_RETRY_US)
        return NULL;
    (void)snprintf (name, sizeof (name), "journal-%u", j->object);
    if (j->has_dir || mkdirat (j->js->dirfd, name, 0700) == 0 || errno == EEXIST)
        s = segment_new_disk (j->js->dirfd, j->object, j->next_id);
    if (s)
        j->has_dir = true;
    else
        complain (j, "making a journal");
    return s;
}

static struct journal_segment *start_memory (struct journal *j)
{
    struct journal_segment *s = segment_new_memory (j->object, j->next_id);

    add_segment (j, s);
    return s;
}

/* ---- writing ---- */

/* What the file did not take goes on in memory.  A segment that has nothing at all gives
 * its id to the one in memory, so that cursors which stand at its beginning stay right. */
static void rescue_tail (struct journal *j)
{
    struct journal_segment *broken = journal_last_segment (j), *s;
    size_t n = j->tail_len - j->tail_flushed;
    size_t at = 0;

    account (j, broken, -(int64_t)n);
    segment_cut (broken, j->tail_offset + j->tail_flushed, j->flushed_seq);
    broken->sealed = true;
    if (!broken->size) {
        j->n--;
        j->next_id = broken->id;
        detach_segment (j, broken);
    }
    s = segment_new_memory (j->object, j->next_id);
    if (segment_grow (s, n)) {
        memcpy (s->mem, j->tail + j->tail_flushed, n);
        while (at < n) {
            struct record_header h;

            memcpy (&h, s->mem + at, RECORD);
            segment_added (s, h.seq, RECORD + h.len);
            at += RECORD + h.len;
        }
    }
    add_segment (j, s);
    account (j, s, (int64_t)s->size);
}

static void disk_works (struct journal *j)
{
    j->failed_us = 0;
    if (j->js->complained)
        log_info ("journal", "the disk takes journals again");
    j->js->complained = false;
}

void journal_flush (struct journal *j)
{
    struct journal_segment *s = journal_last_segment (j);
    struct slice rest = { j->tail + j->tail_flushed, j->tail_len - j->tail_flushed };

    if (!rest.len)
        return;
    if (segment_write (s, j->tail_offset + j->tail_flushed, &rest, 1) < 0) {
        complain (j, "writing a journal");
        rescue_tail (j);
        return;
    }
    if (j->failed_us)
        disk_works (j);
    j->tail_flushed = j->tail_len;
    j->flushed_seq = s->last;
}

static uint64_t segment_limit (const struct journal *j, const struct journal_segment *s)
{
    uint64_t limit = j->budget / 8;

    if (s->mem)
        return MEMORY_SEGMENT;
    if (limit < TAIL)
        return TAIL;
    return limit < JOURNAL_SEGMENT ? limit : JOURNAL_SEGMENT;
}

/* The segment that takes N more bytes. */
static struct journal_segment *room_for (struct journal *j, uint64_t n)
{
    struct journal_segment *s = journal_last_segment (j);

    if (s && s->size + n > segment_limit (j, s)) {
        journal_flush (j);
        s = journal_last_segment (j);
    }
    if (s && !s->sealed && (!s->size || s->size + n <= segment_limit (j, s)))
        return s;
    if (s) {
        s->sealed = true;
        segment_rest (s);
    }
    s = new_on_disk (j);
    if (!s)
        return start_memory (j);
    add_segment (j, s);
    return s;
}

static void reset_tail (struct journal *j)
{
    journal_flush (j);
    j->tail_offset = journal_last_segment (j)->size;
    j->tail_len = j->tail_flushed = 0;
}

static void add_to_tail (struct journal *j, const struct slice *pieces, size_t n)
{
    if (!j->tail)
        j->tail = xcalloc (1, TAIL);
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].len)
            memcpy (j->tail + j->tail_len, pieces[i].data, pieces[i].len);
        j->tail_len += pieces[i].len;
    }
}

static bool add_to_memory (struct journal_segment *s, const struct slice *pieces, size_t n,
                           size_t total)
{
    size_t at = s->size;

    if (!segment_grow (s, total))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].len)
            memcpy (s->mem + at, pieces[i].data, pieces[i].len);
        at += pieces[i].len;
    }
    return true;
}

/* Put the joined PIECES at the end; the segment that has them, or NULL if there is no
 * memory either. */
static struct journal_segment *put (struct journal *j, struct slice *pieces, size_t n,
                                    size_t total)
{
    struct journal_segment *s = room_for (j, total);

    if (!s->mem && total <= TAIL_RECORD) {
        if (j->tail_len + total > TAIL)
            reset_tail (j);
        s = journal_last_segment (j);
    }
    if (!s->mem && total <= TAIL_RECORD) {
        add_to_tail (j, pieces, n);
        return s;
    }
    if (!s->mem) {
        reset_tail (j);
        s = journal_last_segment (j);
    }
    if (!s->mem) {
        if (segment_write (s, s->size, pieces, n) == 0) {
            if (j->failed_us)
                disk_works (j);
            j->tail_offset = s->size + total;
            return s;
        }
        complain (j, "writing a journal");
        s->sealed = true;
        s = start_memory (j);
    }
    return add_to_memory (s, pieces, n, total) ? s : NULL;
}

void journal_append (struct journal *j, uint64_t seq, unsigned channel, uint32_t target,
                     const struct slice *pieces, size_t n)
{
    struct record_header h = { .seq = seq, .channel = channel, .target = target };
    struct slice few[16],
        *all = n + 1 <= ARRAY_SIZE (few) ? few : xcalloc (n + 1, sizeof (*all));
    struct journal_segment *s;
    size_t total = RECORD;

    for (size_t i = 0; i < n; i++) {
        all[i + 1] = pieces[i];
        total += pieces[i].len;
    }
    h.len = (uint32_t)(total - RECORD);
    all[0] = (struct slice){ &h, RECORD };
    s = put (j, all, n + 1, total);
    if (s) {
        segment_added (s, seq, total);
        account (j, s, (int64_t)total);
    } else {
        log_error ("journal", "no memory for a record of %zu bytes object=%u", total,
                   j->object);
    }
    j->last = seq;
    if (!s || j->tail_flushed == j->tail_len)
        j->flushed_seq = seq;
    trim (j);
    if (all != few)
        free (all);
}

/* ---- one journal ---- */

struct journal *journal_new (struct journals *js, uint32_t object, uint64_t budget)
{
    struct journal *j = xnew (struct journal);

    j->js = js;
    j->object = object;
    j->budget = budget;
    j->next_id = 1;
    return j;
}

void journal_reserve (struct journal *j, journal_read_fn read, void *arg)
{
    j->read = read;
    j->read_arg = arg;
}

static void remove_work (void *path)
{
    (void)fd_remove_tree (path, NULL);
}

void journal_free (struct journal *j)
{
    autofree char *path = NULL;

    if (!j)
        return;
    while (j->n) {
        struct journal_segment *s = j->seg[--j->n];

        detach_segment (j, s);
    }
    path = xasprintf ("%s/journal-%u", j->js->dir, j->object);
    if (j->has_dir && j->js->pool &&
        pool_submit (j->js->pool, remove_work, free, path, NULL) == 0)
        path = NULL;
    else if (j->has_dir)
        remove_work (path);
    free (j->seg);
    free (j->tail);
    free (j);
}

uint64_t journal_first (const struct journal *j)
{
    return j->n ? j->seg[0]->first : 0;
}
uint64_t journal_last (const struct journal *j)
{
    return j->last;
}
uint64_t journal_bytes (const struct journal *j)
{
    return j->bytes;
}
uint64_t journal_dropped (const struct journal *j)
{
    return j->dropped;
}
