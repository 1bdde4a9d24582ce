/* lines.c - drain a pipe line by line */

#include "keeper/lines.h"
#include "base/fd.h"
#include "base/url.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TURN 16 /* reads in one turn of the loop */

struct lines {
    struct loop *loop;
    int fd;
    struct loop_io *io;
    lines_fn line;
    void *arg;
    char text[LINES_MAX + 1];
    size_t len;
    char tail[LINES_TAIL + 1];
    size_t tail_len;
};

static void add_to_tail (struct lines *l, size_t n)
{
    size_t excess = l->tail_len + n + 1 > LINES_TAIL ? l->tail_len + n + 1 - LINES_TAIL : 0;
    char *cut;

    if (n + 1 > LINES_TAIL)
        return;
    if (excess) {
        cut = memchr (l->tail + excess - 1, '\n', l->tail_len - (excess - 1));
        excess = cut ? (size_t)(cut + 1 - l->tail) : l->tail_len;
        memmove (l->tail, l->tail + excess, l->tail_len - excess);
        l->tail_len -= excess;
    }
    memcpy (l->tail + l->tail_len, l->text, n);
    l->tail_len += n;
    l->tail[l->tail_len++] = '\n';
    l->tail[l->tail_len] = '\0';
}

static void give_line (struct lines *l)
{
    bool valid = utf8_valid (l->text, l->len);

    for (size_t i = 0; i < l->len; i++) {
        unsigned char c = (unsigned char)l->text[i];

        if ((c < 32 && c != '\t') || c == 127 || (c > 127 && !valid))
            l->text[i] = '?';
    }
    l->text[l->len] = '\0';
    if (l->len) {
        add_to_tail (l, l->len);
        l->line (l->arg, l->text);
    }
    l->len = 0;
}

static void take (struct lines *l, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n' || l->len == LINES_MAX)
            give_line (l);
        if (p[i] != '\n' && p[i] != '\r')
            l->text[l->len++] = p[i];
    }
}

/* One read; false: nothing there now, or never again. */
static bool read_some (struct lines *l)
{
    char part[8192];
    ssize_t n = read (l->fd, part, sizeof (part));

    if (n < 0 && errno == EINTR)
        return true;
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        loop_unwatch (l->io);
        l->io = NULL;
        give_line (l);
        return false;
    }
    take (l, part, (size_t)n);
    return true;
}

static void on_readable (void *arg, unsigned events)
{
    struct lines *l = arg;

    for (int i = 0; i < TURN && read_some (l); i++)
        continue;
}

struct lines *lines_new (struct loop *loop, int fd, lines_fn line, void *arg)
{
    struct lines *l = xnew (struct lines);

    l->loop = loop;
    l->fd = fd;
    l->line = line;
    l->arg = arg;
    (void)fd_set_nonblock (fd, true);
    l->io = loop_watch (loop, fd, LOOP_READ, on_readable, l);
    return l;
}

void lines_drain (struct lines *l)
{
    while (l->io && read_some (l))
        continue;
    give_line (l);
}

void lines_free (struct lines *l)
{
    if (!l)
        return;
    loop_unwatch (l->io);
    (void)close (l->fd);
    free (l);
}

const char *lines_tail (const struct lines *l)
{
    return l->tail;
}
