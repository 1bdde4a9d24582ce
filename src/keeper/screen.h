/* screen.h - what a terminal shows: cells, modes, title and the last lines that scrolled away
 *
 *     struct screen *s = screen_new (24, 80);
 *     screen_feed (s, bytes, n);            everything that the program prints, in order
 *     screen_resize (s, 40, 100);           at this point of it
 *     screen_repaint (s, &out);             the text that brings a new viewer to this point
 *     screen_free (s);
 *
 * libvterm places the characters; what it does not tell (modes, pens, the other screen) and
 * what it must not be given (see screen_vterm.c) is kept here.  A repaint resets the viewer, so
 * it may come at any time, also to one who fell behind.  It asks the viewer nothing.  Bytes
 * that come after it follow without a seam, even in the middle of a character or a sequence.
 *
 * Plain output is not interpreted while it floods in: it waits, at most SCREEN_LAG bytes of
 * it, and of what scrolled far away only the colours count.
 *
 * Any thread; not shared.  Never blocks.  Takes untrusted bytes.
 */
#ifndef KEEPER_SCREEN_H
#define KEEPER_SCREEN_H

#include "base/buf.h"
#include "base/cleanup.h"

#define SCREEN_LAG (256u << 10)
#define SCREEN_REPAINT (4u << 20) /* a repaint is smaller */
#define SCREEN_TITLE 1024         /* bytes; more is cut off */
#define SCREEN_ROWS 1000          /* a larger terminal is taken for one of this size; */
#define SCREEN_COLS 1000          /* one of less than two columns for one of two */

struct screen;
struct screen *screen_new (unsigned rows, unsigned cols);
void screen_free (struct screen *s);
DEFINE_AUTO (struct screen *, screen_free)

void screen_feed (struct screen *s, const void *data, size_t n);
void screen_resize (struct screen *s, unsigned rows, unsigned cols);
void screen_repaint (struct screen *s, struct buf *out);
const char *screen_title (const struct screen *s); /* "" if none was set */

/* A program asks what terminal this is, or where the cursor is, and ANSWER is set: the answer
 * is to be typed in.  Set it only while nobody looks, because every viewer answers itself. */
typedef void (*screen_answer_fn) (void *arg, const char *text, size_t n);
void screen_set_answer (struct screen *s, screen_answer_fn answer, void *arg);

#endif
