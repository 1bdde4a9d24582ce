/* screen_vterm.c - libvterm, told and heard
 *
 * libvterm 0.1.4, which Debian 12 has, can be made to write past its arrays, to loop and to
 * grow without end by what a program prints (more than 16 parameters, REP, endless combining
 * characters, double-width lines, margins).  So it never sees the program's sequences.  It is
 * given sequences of our own, with bounded numbers; it moves its cursor, and calls us back for
 * every cell.  Pens, modes, saved cursors and the other screen never reach it.
 */

#include "keeper/screen_private.h"

#include <stdio.h>

/* ---- what libvterm tells ---- */

static int on_glyph (VTermGlyphInfo *info, VTermPos pos, void *arg)
{
    struct screen *s = arg;
    unsigned row = (unsigned)pos.row, col = (unsigned)pos.col;
    unsigned width = info->width > 2 ? 2 : (unsigned)info->width;

    if (s->phantom && col == 0 && row < s->rows)
        grid_row (s->on, row)->wrapped = true;
    grid_put (s->on, row, col, info->chars, width, &s->pen);
    s->phantom = s->flag[FLAG_WRAP] && col + width >= s->cols;
    s->last_char = info->chars[0];
    s->last_row = row;
    s->last_end = col + width;
    return 1;
}

static struct grid_rect rect_of (VTermRect r)
{
    return (struct grid_rect){ (unsigned)r.start_row, (unsigned)r.end_row,
                               (unsigned)r.start_col, (unsigned)r.end_col };
}

static void scroll_off (struct screen *s, unsigned row, bool wraps)
{
    autodone (buf_done) struct buf line;
    bool open = wraps || repaint_goes_on (s->on, row);

    buf_init (&line, SCROLLBACK_BYTES);
    repaint_row (&line, s->on, row, open);
    scrollback_push (&s->back, line.data, line.len, grid_row (s->on, row)->wrapped, open);
}

static int on_scroll (VTermRect rect, int downward, int rightward, void *arg)
{
    struct screen *s = arg;
    struct pen fill = pen_erased (&s->pen);
    struct grid_rect r = rect_of (rect);

    if (s->may_scroll_off && r.top == 0 && downward > 0 && !screen_in_alt (s))
        for (unsigned i = 0; i < (unsigned)downward && i < r.bottom; i++)
            scroll_off (s, i, s->phantom && i + 1 == r.bottom);
    grid_scroll (s->on, r, downward, rightward, &fill);
    return 1;
}

static int on_erase (VTermRect rect, int selective, void *arg)
{
    struct screen *s = arg;
    struct pen fill = pen_erased (&s->pen);

    grid_erase (s->on, rect_of (rect), &fill);
    return 1;
}

static const VTermStateCallbacks callbacks = {
    .putglyph = on_glyph,
    .scrollrect = on_scroll,
    .erase = on_erase,
};

void screen_make_vterm (struct screen *s)
{
    if (s->vt)
        vterm_free (s->vt);
    s->vt = vterm_new ((int)s->rows, (int)s->cols);
    vterm_set_utf8 (s->vt, 1);
    s->state = vterm_obtain_state (s->vt);
    vterm_state_set_callbacks (s->state, &callbacks, s);
    vterm_state_reset (s->state, 1);
}

/* ---- what libvterm is told ---- */

void screen_tell (struct screen *s, const char *fmt, unsigned a, unsigned b)
{
    char text[32];
    int n = snprintf (text, sizeof (text), fmt, a, b);

    (void)vterm_input_write (s->vt, text, (size_t)n);
}

VTermPos screen_at (const struct screen *s)
{
    VTermPos pos;

    vterm_state_get_cursorpos (s->state, &pos);
    return pos;
}

struct screen_region *screen_region (struct screen *s)
{
    return &s->region[screen_in_alt (s)];
}

void screen_go_to (struct screen *s, unsigned row, unsigned col)
{
    if (s->flag[FLAG_ORIGIN])
        row -= row < screen_region (s)->top ? row : screen_region (s)->top;
    screen_tell (s, "\033[%u;%uH", row + 1, col + 1);
    s->phantom = false;
}

/* libvterm homes the cursor; so does xterm.js, but not where this is called. */
void screen_tell_region (struct screen *s)
{
    VTermPos pos = screen_at (s);

    screen_tell (s, "\033[%u;%ur", screen_region (s)->top + 1, screen_region (s)->bottom);
    screen_go_to (s, (unsigned)pos.row, (unsigned)pos.col);
}

/* Behind a full row the cursor goes back to the last column.  libvterm forgets that it was
 * there only when it moves. */
void screen_settle (struct screen *s)
{
    if (s->phantom)
        screen_tell (s, "\033[%uG", s->cols, 0);
    s->phantom = false;
}
