/* scrollback.h - the lines that have left the top of a terminal's screen
 *
 * A ring of lines as text that paints them; SCROLLBACK_LINES and SCROLLBACK_BYTES bound it,
 * and the oldest goes first.  A line that CONTINUES the one before it is the next row of the
 * same logical line; OPEN: the last one was painted to its end for that.
 */
#ifndef KEEPER_SCROLLBACK_H
#define KEEPER_SCROLLBACK_H

#include <stdbool.h>
#include <stddef.h>

#define SCROLLBACK_LINES 1000
#define SCROLLBACK_BYTES (768u << 10)

struct scrollback_line {
    char *text;
    size_t len;
    bool continues;
};

struct scrollback {
    struct scrollback_line line[SCROLLBACK_LINES];
    size_t first, n, bytes;
    bool open;
};

/* TEXT is copied.  SB begins as zeros. */
void scrollback_push (struct scrollback *sb, const char *text, size_t len, bool continues,
                      bool open);
void scrollback_clear (struct scrollback *sb);
/* Line I, counted from the oldest. */
const struct scrollback_line *scrollback_line (const struct scrollback *sb, size_t i);

#endif
