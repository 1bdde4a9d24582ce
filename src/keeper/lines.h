/* lines.h - drain a pipe line by line: what a kernel writes to stdout and stderr
 *
 *     struct lines *l = lines_new (loop, fd, on_line, me);       takes FD
 *     lines_drain (l);   when the writer is gone: what is still in the pipe
 *     lines_tail (l)     the last few lines, for a reason
 *     lines_free (l);
 *
 * A line longer than LINES_MAX is given in pieces; bytes that are no UTF-8 become '?',
 * control characters (but tab) too, so that a line can go into a log.  Loop thread only.
 */
#ifndef KEEPER_LINES_H
#define KEEPER_LINES_H

#include "base/cleanup.h"
#include "loop/loop.h"

#define LINES_MAX 2000
#define LINES_TAIL 2000 /* bytes */

struct lines;
typedef void (*lines_fn) (void *arg, const char *line);
struct lines *lines_new (struct loop *l, int fd, lines_fn line, void *arg);
void lines_free (struct lines *l);
DEFINE_AUTO (struct lines *, lines_free)
void lines_drain (struct lines *l);
const char *
lines_tail (const struct lines *l); /* joined by newlines; "" if it said nothing */

#endif
