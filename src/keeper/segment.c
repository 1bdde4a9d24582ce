/* segment.c - one file of a journal, or its stand-in in memory */

#include "keeper/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#define PATH_ROOM 64
#define IOV_BATCH 256
#define MEMORY_FIRST (64u << 10)

static void segment_path (const struct journal_segment *s, char ret[PATH_ROOM])
{
    (void)snprintf (ret, PATH_ROOM, "journal-%u/%010llu", s->object,
                    (unsigned long long)s->id);
}

static struct journal_segment *segment_new (int dirfd, uint32_t object, uint64_t id)
{
    struct journal_segment *s = xnew (struct journal_segment);

    s->refs = 1;
    s->dirfd = dirfd;
    s->object = object;
    s->id = id;
    s->fd = -1;
    list_init (&s->all);
    return s;
}

struct journal_segment *segment_new_memory (uint32_t object, uint64_t id)
{
    struct journal_segment *s = segment_new (-1, object, id);

    s->mem_cap = MEMORY_FIRST;
    s->mem = xcalloc (1, s->mem_cap);
    return s;
}

struct journal_segment *segment_new_disk (int dirfd, uint32_t object, uint64_t id)
{
    struct journal_segment *s = segment_new (dirfd, object, id);
    char path[PATH_ROOM];

    segment_path (s, path);
    s->fd = openat (dirfd, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->fd < 0) {
        int saved = errno;

        journal_segment_unref (s);
        errno = saved;
        return NULL;
    }
    return s;
}

bool segment_grow (struct journal_segment *s, size_t n)
{
    size_t cap = s->mem_cap;
    uint8_t *bigger;

    if (s->size + n <= cap)
        return true;
    while (cap < s->size + n)
        cap *= 2;
    bigger = realloc (s->mem, cap);
    if (!bigger)
        return false;
    s->mem = bigger;
    s->mem_cap = cap;
    return true;
}

static int write_batch (int fd, uint64_t offset, struct iovec *iov, int n)
{
    while (n > 0) {
        ssize_t done = pwritev (fd, iov, n, (off_t)offset);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return -1;
        offset += (uint64_t)done;
        while (n > 0 && (size_t)done >= iov->iov_len) {
            done -= (ssize_t)iov->iov_len;
            iov++;
            n--;
        }
        if (n > 0) {
            iov->iov_base = (char *)iov->iov_base + done;
            iov->iov_len -= (size_t)done;
        }
    }
    return 0;
}

int segment_write (struct journal_segment *s, uint64_t offset, struct slice *pieces,
                   size_t n)
{
    struct iovec iov[IOV_BATCH];

    while (n > 0) {
        size_t batch = n < IOV_BATCH ? n : IOV_BATCH;
        uint64_t bytes = 0;

        for (size_t i = 0; i < batch; i++) {
            iov[i] = (struct iovec){ (void *)pieces[i].data, pieces[i].len };
            bytes += pieces[i].len;
        }
        if (bytes && write_batch (s->fd, offset, iov, (int)batch) < 0)
            return -1;
        offset += bytes;
        pieces += batch;
        n -= batch;
    }
    return 0;
}

void segment_added (struct journal_segment *s, uint64_t seq, uint64_t n)
{
    uint64_t marked = s->nmarks ? s->marks[s->nmarks - 1].offset : 0;

    if (!s->first)
        s->first = seq;
    s->last = seq;
    if (s->size - marked >= SEGMENT_MARK) {
        if (!(s->nmarks & (s->nmarks - 1)))
            s->marks =
                xrealloc (s->marks, s->nmarks ? 2 * s->nmarks : 1, sizeof (*s->marks));
        s->marks[s->nmarks++] = (struct segment_mark){ seq, s->size };
    }
    s->size += n;
}

void segment_cut (struct journal_segment *s, uint64_t size, uint64_t last)
{
    s->size = size;
    s->last = last;
    while (s->nmarks && s->marks[s->nmarks - 1].offset >= size)
        s->nmarks--;
    if (!size)
        s->first = 0;
}

uint64_t segment_mark_before (const struct journal_segment *s, uint64_t after)
{
    uint64_t offset = 0;

    for (size_t i = 0; i < s->nmarks && s->marks[i].seq <= after; i++)
        offset = s->marks[i].offset;
    return offset;
}

void segment_rest (struct journal_segment *s)
{
    if (s->fd < 0 || !s->sealed || s->refs > 1 || !s->j)
        return;
    (void)close (s->fd);
    s->fd = -1;
}

void segment_unlink (struct journal_segment *s)
{
    char path[PATH_ROOM];

    if (s->mem)
        return;
    segment_path (s, path);
    (void)unlinkat (s->dirfd, path, 0);
}

struct journal_segment *journal_segment_ref (struct journal_segment *s)
{
    s->refs++;
    return s;
}

void journal_segment_unref (struct journal_segment *s)
{
    if (!s)
        return;
    if (--s->refs > 0) {
        segment_rest (s);
        return;
    }
    if (s->fd >= 0)
        (void)close (s->fd);
    free (s->mem);
    free (s->marks);
    free (s);
}

int journal_segment_fd (struct journal_segment *s)
{
    char path[PATH_ROOM];

    if (s->fd < 0 && !s->mem) {
        segment_path (s, path);
        s->fd = openat (s->dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    return s->fd;
}

ssize_t journal_segment_read (struct journal_segment *s, uint64_t offset, void *into,
                              size_t n)
{
    ssize_t got;
    int fd;

    if (offset >= s->size)
        return 0;
    if (n > s->size - offset)
        n = (size_t)(s->size - offset);
    if (s->mem) {
        memcpy (into, s->mem + offset, n);
        return (ssize_t)n;
    }
    fd = journal_segment_fd (s);
    if (fd < 0)
        return -1;
    do
        got = pread (fd, into, n, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got;
}
