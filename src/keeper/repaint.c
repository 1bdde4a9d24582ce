/* repaint.c - the text that brings a viewer to where a screen is
 *
 * It begins with a full reset (ESC c).  The lines of the scrollback and all rows of the main
 * screen follow each other as they were printed, so that they scroll away at the viewer as
 * they did here; a row that continued the one before it is left to wrap by itself, so that the
 * viewer knows it as one line.  The other screen is painted by positions.  Modes come after
 * what they would disturb.
 *
 * Characters whose width viewers do not agree about are followed by a move to where the next
 * one belongs.
 */

#include "keeper/screen_private.h"

#include <string.h>

/* ---- cells ---- */

static void add_char (struct buf *out, uint32_t c)
{
    char b[4] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
                  (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)) };

    if (c < 0x80) {
        (void)buf_addc (out, (char)c);
    } else if (c < 0x800) {
        b[2] = (char)(0xc0 | c >> 6);
        (void)buf_add (out, b + 2, 2);
    } else if (c < 0x10000) {
        b[1] = (char)(0xe0 | c >> 12);
        (void)buf_add (out, b + 1, 3);
    } else {
        (void)buf_add (out, b, 4);
    }
}

/* Latin, Greek, Cyrillic ..., punctuation, signs of money, arrows, boxes, Braille: one column
 * everywhere. */
static bool width_is_sure (uint32_t c)
{
    return c < 0x300 || (c >= 0x370 && c < 0x590) || (c >= 0x1e00 && c < 0x2000) ||
           (c >= 0x2010 && c < 0x2028) || (c >= 0x20a0 && c < 0x20d0) ||
           (c >= 0x2100 && c < 0x231a) || (c >= 0x2500 && c < 0x25a0) ||
           (c >= 0x2800 && c < 0x2900) || c == 0xfffd;
}

static void add_cell (struct buf *out, const struct cell *c)
{
    if (!c->chars[0])
        (void)buf_addc (out, ' ');
    for (int i = 0; i < GRID_CHARS && c->chars[i]; i++)
        add_char (out, c->chars[i]);
}

static void paint_cells (struct buf *out, const struct cell *cells, unsigned n)
{
    struct pen plain = { 0 }, pen = plain;

    for (unsigned i = 0; i < n; i++) {
        const struct cell *c = &cells[i];

        if (c->width == 0)
            continue;
        if (!pen_equal (&pen, &c->pen)) {
            pen = c->pen;
            pen_text (out, &pen);
        }
        add_cell (out, c);
        if ((c->chars[1] || !width_is_sure (c->chars[0])) && i + c->width < n &&
            (c->width == 1 || cells[i + 2].width != 2))
            (void)buf_addf (out, "\033[%uG", i + c->width + 1);
    }
    if (!pen_equal (&pen, &plain))
        pen_text (out, &plain);
}

bool repaint_goes_on (const struct grid *g, unsigned row)
{
    return row + 1 < g->rows && grid_row (g, row + 1)->wrapped;
}

void repaint_row (struct buf *out, const struct grid *g, unsigned row, bool goes_on)
{
    const struct grid_row *r = grid_row (g, row);
    unsigned n = goes_on ? g->cols : grid_used (g, row);

    paint_cells (out, r->cell, n || !r->wrapped ? n : 1);
}

/* ---- the main screen ---- */

static void paint_back (struct buf *out, const struct screen *s)
{
    for (size_t i = 0; i < s->back.n; i++) {
        const struct scrollback_line *l = scrollback_line (&s->back, i);

        if (i > 0 && !l->continues)
            (void)buf_adds (out, "\r\n");
        (void)buf_add (out, l->text, l->len);
    }
}

/* Rows of the main screen, and EXTRA more or less at its end, which are empty. */
static void paint_main (struct buf *out, const struct screen *s, int extra)
{
    const struct grid *g = s->main;
    unsigned end = (unsigned)((int)g->rows + extra);

    paint_back (out, s);
    for (unsigned row = 0; row < end; row++) {
        bool joined =
            row < g->rows && grid_row (g, row)->wrapped && (row > 0 || s->back.open);

        if ((row > 0 || s->back.n > 0) && !joined)
            (void)buf_adds (out, "\r\n");
        if (row < g->rows)
            repaint_row (out, g, row, repaint_goes_on (g, row));
    }
}

static void paint_alt (struct buf *out, const struct screen *s)
{
    (void)buf_adds (out, "\033[2J"); /* the saved pen may have a background */
    for (unsigned row = 0; row < s->rows; row++) {
        unsigned used = grid_used (s->alt, row);

        if (used)
            (void)buf_addf (out, "\033[%uH", row + 1);
        paint_cells (out, grid_row (s->alt, row)->cell, used);
    }
}

/* ---- cursors, regions, tab stops ---- */

static void add_charset (struct buf *out, unsigned g, uint8_t set)
{
    (void)buf_addf (out, "\033%c%c", "()*+"[g], set);
}

static unsigned shifted (unsigned row, int shift)
{
    return shift < 0 && row < (unsigned)-shift ? 0 : (unsigned)((int)row + shift);
}

static void paint_saved (struct buf *out, const struct screen_cursor *c, int shift,
                         const char *save)
{
    struct pen plain = { 0 };

    (void)buf_addf (out, "\033[%u;%uH", shifted (c->row, shift) + 1, c->col + 1);
    pen_text (out, &c->pen);
    if (c->set && c->charset != 'B')
        add_charset (out, 0, c->charset);
    (void)buf_adds (out, save);
    pen_text (out, &plain);
    if (c->set && c->charset != 'B')
        add_charset (out, 0, 'B');
}

static bool paint_region (struct buf *out, const struct screen *s, int which)
{
    const struct screen_region *r = &s->region[which];

    if (r->top == 0 && r->bottom == s->rows)
        return false;
    (void)buf_addf (out, "\033[%u;%ur", r->top + 1, r->bottom);
    return true;
}

static void paint_tabs (struct buf *out, const struct screen *s)
{
    bool usual = true;

    for (unsigned i = 0; i < s->cols; i++)
        usual = usual && s->tab[i] == (i % 8 == 0);
    if (usual)
        return;
    (void)buf_adds (out, "\033[3g");
    for (unsigned i = 0; i < s->cols; i++)
        if (s->tab[i])
            (void)buf_addf (out, "\033[%uG\033H", i + 1);
    (void)buf_addc (out, '\r');
}

/* Where the cursor is; MOVED: not at the end of the last row of the main screen.  If the last
 * character is right before it, that is printed again: the next one may wrap, or join it. */
static void paint_cursor (struct buf *out, const struct screen *s, struct repaint_fit fit,
                          bool moved)
{
    const struct grid *g = s->on;
    unsigned row, col, up;
    VTermPos pos;
    bool again, alt = screen_in_alt (s);

    pos = screen_at (s);
    row = (unsigned)pos.row;
    col = (unsigned)pos.col;
    again = s->phantom || (col > 0 && s->last_row == row && s->last_end == col);
    if (again)
        col = s->phantom ? s->cols - 1 : col - 1;
    if (again && col > 0 && grid_row (g, row)->cell[col].width == 0)
        col--;
    if (moved) {
        up = s->flag[FLAG_ORIGIN] ? s->region[screen_in_alt (s)].top : 0;
        (void)buf_addf (out, "\033[%u;%uH",
                        shifted (row - (up < row ? up : row), alt ? 0 : fit.shift) + 1,
                        col + 1);
    } else {
        /* From below, because a viewer with more rows has them above. */
        (void)buf_addc (out, '\r');
        up = (unsigned)((int)s->rows + fit.extra) - 1 - row;
        if (up)
            (void)buf_addf (out, "\033[%uA", up);
        if (col)
            (void)buf_addf (out, "\033[%uC", col);
    }
    if (again) {
        pen_text (out, &grid_row (g, row)->cell[col].pen);
        add_cell (out, &grid_row (g, row)->cell[col]);
    }
}

/* ---- modes ---- */

static void paint_flag (struct buf *out, const struct screen *s, enum screen_flag f)
{
    const struct screen_flag_row *r = &screen_flags[f];

    if (s->flag[f] != r->standard)
        (void)buf_addf (out, "\033[%s%u%c", r->ansi ? "" : "?", r->number,
                        s->flag[f] ? 'h' : 'l');
}

static void paint_modes (struct buf *out, const struct screen *s)
{
    for (int f = 0; f < FLAG_COUNT; f++)
        if (f != FLAG_ORIGIN)
            paint_flag (out, s, (enum screen_flag)f);
    if (s->mouse)
        (void)buf_addf (out, "\033[?%uh", s->mouse);
    if (s->mouse_encoding)
        (void)buf_addf (out, "\033[?%uh", s->mouse_encoding);
    if (s->cursor_style)
        (void)buf_addf (out, "\033[%u q", s->cursor_style);
    if (s->blink >= 0)
        (void)buf_addf (out, "\033[?12%c", s->blink ? 'h' : 'l');
    for (unsigned g = 0; g < 4; g++)
        if (s->charset[g] != 'B')
            add_charset (out, g, s->charset[g]);
    if (s->shift)
        (void)buf_addc (out, 0x0e);
}

static void paint_rest (struct buf *out, const struct screen *s)
{
    if (s->swallow == ']')
        (void)buf_adds (out, "\033]9999;"); /* nothing knows it; its end is to come */
    else if (s->swallow)
        (void)buf_adds (out, "\033_");
    (void)buf_add (out, s->lag.data + s->scanned, s->lag.len - s->scanned);
}

void repaint_lines (struct buf *out, const struct screen *s, int extra)
{
    (void)buf_adds (out, "\033c");
    if (s->title)
        (void)buf_addf (out, "\033]0;%s\a", s->title);
    paint_tabs (out, s);
    paint_main (out, s, extra);
}

void repaint_rest (struct buf *out, const struct screen *s, struct repaint_fit fit)
{
    bool alt = screen_in_alt (s), moved = paint_region (out, s, 0);

    if (s->saved[0].set || alt) {
        paint_saved (out, &s->saved[0], fit.shift, alt ? "\033[?1049h" : "\0337");
        moved = true;
    }
    if (alt) {
        paint_alt (out, s);
        (void)paint_region (out, s, 1);
        if (s->saved[1].set)
            paint_saved (out, &s->saved[1], 0, "\0337");
    }
    paint_flag (out, s, FLAG_ORIGIN);
    paint_cursor (out, s, fit, moved || s->flag[FLAG_ORIGIN]);
    paint_modes (out, s);
    pen_text (out, &s->pen);
    paint_rest (out, s);
}

void screen_repaint (struct screen *s, struct buf *out)
{
    screen_catch_up (s);
    repaint_lines (out, s, 0);
    repaint_rest (out, s, (struct repaint_fit){ 0, 0 });
}
