/* grid.h - the cells of a terminal's screen
 *
 *     struct grid *g = grid_new (rows, cols);
 *     grid_put (g, row, col, chars, width, &pen);
 *     grid_scroll (g, rect, downward, rightward, &fill);
 *     grid_row (g, row)->cell[col]
 *     grid_free (g);
 *
 * Positions outside are ignored; a wide character that loses a half loses the other too.
 * Rows are pointers: scrolling moves no cells.
 */
#ifndef KEEPER_GRID_H
#define KEEPER_GRID_H

#include "keeper/pen.h"

#define GRID_CHARS 3 /* a character and what combines with it; more is dropped */

struct cell {
    uint32_t chars[GRID_CHARS]; /* 0: nothing */
    uint8_t width;              /* 1; 2: wide; 0: the right half of a wide one */
    struct pen pen;
};

struct grid_row {
    bool wrapped; /* continues the row above, which was full */
    struct cell cell[];
};

struct grid {
    unsigned rows, cols;
    struct grid_row **row;
};

struct grid_rect {
    unsigned top, bottom, left, right; /* the ends are outside */
};

struct grid *grid_new (unsigned rows, unsigned cols, const struct pen *fill);
void grid_free (struct grid *g);
static inline struct grid_row *grid_row (const struct grid *g, unsigned row)
{
    return g->row[row];
}
/* CHARS ends with 0. */
void grid_put (struct grid *g, unsigned row, unsigned col, const uint32_t *chars,
               unsigned width, const struct pen *pen);
void grid_erase (struct grid *g, struct grid_rect r, const struct pen *fill);
/* Move the content of R up by DOWNWARD rows and left by RIGHTWARD columns (negative: the
 * other way) and fill what is left behind. */
void grid_scroll (struct grid *g, struct grid_rect r, int downward, int rightward,
                  const struct pen *fill);
/* Columns of a row up to the last one that shows something. */
unsigned grid_used (const struct grid *g, unsigned row);
bool grid_cell_equal (const struct cell *a, const struct cell *b);

#endif
