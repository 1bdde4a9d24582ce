/* streamtext.h - what a stream looks like after its carriage returns and backspaces
 *
 * The rules are JupyterLab's, so that a document that we write is the one that a browser would have
 * saved: "\r" goes back to the beginning of the line, "\b" takes away the character before (and the one
 * under the cursor), "\n" always goes to the end, everything else overwrites what is under the cursor.
 * Columns are counted in UTF-16 units, as a browser counts them.
 *
 *     struct streamtext t = { 0 };
 *     streamtext_add (&t, raw, n, max);              RAW: a JSON string without its quotes
 *     streamtext_view (&t, &v);                      for another thread, while T goes on
 *     streamtext_view_write (&v, &buf);              as a JSON string with its quotes
 *     streamtext_view_done (&v);
 *     streamtext_done (&t);
 *
 * A line that is written over and over costs its length and not its history.  Lines that have ended never
 * change; they lie in counted chunks, so that a view costs a reference for each 64 KiB and a copy of the
 * last line.  Texts that are no valid Unicode are kept as far as JSON can say them.
 *
 * A text and its views are one thread's, but streamtext_view_write may run in any other.
 */
#ifndef JUPYTER_STREAMTEXT_H
#define JUPYTER_STREAMTEXT_H

#include "base/buf.h"
#include <stddef.h>

#define STREAMTEXT_CHUNK (64u << 10)

struct streamtext_chunk;
struct streamtext {
    struct streamtext_chunk **chunks; /* lines that have ended */
    size_t nchunks, cap_chunks;
    size_t len;               /* bytes in all */
    char *line;               /* the last one: UTF-8; lone surrogates as three bytes */
    size_t line_len, cap, at; /* AT: the cursor in it */
};

void streamtext_done (struct streamtext *t);
/* Takes at most about MAX bytes of RAW; how many it took. */
size_t streamtext_add (struct streamtext *t, const char *raw, size_t n, size_t max);
/* Forget about N bytes at the front, whole lines where there are any; how many they were. */
size_t streamtext_trim (struct streamtext *t, size_t n);

struct streamtext_view {
    struct streamtext_chunk **chunks;
    size_t nchunks, last; /* bytes of the last chunk */
    char *line;
    size_t line_len, at;
};
void streamtext_view (const struct streamtext *t, struct streamtext_view *ret);
void streamtext_view_write (const struct streamtext_view *v, struct buf *b);
/* So that whoever applies the same rules has the cursor too: back to the beginning of the line and over
 * what is before the cursor, unless that is at the end anyway. */
void streamtext_view_write_cursor (const struct streamtext_view *v, struct buf *b);
void streamtext_view_done (struct streamtext_view *v);

#endif
