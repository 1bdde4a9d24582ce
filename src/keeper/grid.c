/* grid.c - the cells of a terminal's screen */

#include "keeper/grid.h"

#include "base/cleanup.h"

#include <string.h>

static void blank (struct cell *c, const struct pen *fill)
{
    *c = (struct cell){ .width = 1, .pen = *fill };
}

static struct grid_row *row_new (unsigned cols, const struct pen *fill)
{
    struct grid_row *r = xcalloc (1, sizeof (*r) + cols * sizeof (r->cell[0]));

    for (unsigned i = 0; i < cols; i++)
        blank (&r->cell[i], fill);
    return r;
}

struct grid *grid_new (unsigned rows, unsigned cols, const struct pen *fill)
{
    struct grid *g = xnew (struct grid);

    g->rows = rows;
    g->cols = cols;
    g->row = xcalloc (rows, sizeof (struct grid_row *));
    for (unsigned i = 0; i < rows; i++)
        g->row[i] = row_new (cols, fill);
    return g;
}

void grid_free (struct grid *g)
{
    if (!g)
        return;
    for (unsigned i = 0; i < g->rows; i++)
        free (g->row[i]);
    free (g->row);
    free (g);
}

/* Columns LEFT to RIGHT are about to change: a wide character across an edge goes. */
static void split (struct grid *g, struct grid_row *r, unsigned left, unsigned right)
{
    if (left > 0 && left < g->cols && r->cell[left].width == 0) {
        struct pen pen = r->cell[left - 1].pen;

        blank (&r->cell[left - 1], &pen);
        blank (&r->cell[left], &pen);
    }
    if (right > 0 && right < g->cols && r->cell[right].width == 0) {
        struct pen pen = r->cell[right].pen;

        blank (&r->cell[right], &pen);
        blank (&r->cell[right - 1], &pen);
    }
}

void grid_put (struct grid *g, unsigned row, unsigned col, const uint32_t *chars,
               unsigned width, const struct pen *pen)
{
    bool fits = width < 2 || col + 1 < g->cols;
    struct grid_row *r;
    struct cell *c;

    if (row >= g->rows || col >= g->cols || width == 0)
        return;
    width = fits ? width : 1;
    r = g->row[row];
    split (g, r, col, col + (width > 1 ? 2 : 1));
    c = &r->cell[col];
    *c = (struct cell){ .width = width > 1 ? 2 : 1, .pen = *pen };
    for (int i = 0; fits && i < GRID_CHARS && chars[i]; i++)
        c->chars[i] = chars[i];
    if (width > 1)
        c[1] = (struct cell){ .width = 0, .pen = *pen };
}

static struct grid_rect clip (const struct grid *g, struct grid_rect r)
{
    r.bottom = r.bottom < g->rows ? r.bottom : g->rows;
    r.right = r.right < g->cols ? r.right : g->cols;
    return r;
}

void grid_erase (struct grid *g, struct grid_rect r, const struct pen *fill)
{
    r = clip (g, r);
    for (unsigned row = r.top; row < r.bottom; row++) {
        split (g, g->row[row], r.left, r.right);
        for (unsigned col = r.left; col < r.right; col++)
            blank (&g->row[row]->cell[col], fill);
        if (r.left == 0 && r.right > 0)
            g->row[row]->wrapped = false;
    }
}

/* Whole rows: the ones that leave become the new ones. */
static void scroll_rows (struct grid *g, struct grid_rect r, int downward,
                         const struct pen *fill)
{
    unsigned height = r.bottom - r.top;
    unsigned n = (unsigned)(downward < 0 ? -downward : downward);

    for (n = n < height ? n : height; n > 0; n--) {
        unsigned from = downward > 0 ? r.top : r.bottom - 1;
        unsigned to = downward > 0 ? r.bottom - 1 : r.top;
        struct grid_row *moved = g->row[from];

        if (downward > 0)
            memmove (g->row + from, g->row + from + 1, (height - 1) * sizeof (moved));
        else
            memmove (g->row + to + 1, g->row + to, (height - 1) * sizeof (moved));
        g->row[to] = moved;
        moved->wrapped = false;
        for (unsigned col = 0; col < g->cols; col++)
            blank (&moved->cell[col], fill);
    }
}

static void scroll_cells (struct grid *g, struct grid_rect r, int rightward,
                          const struct pen *fill)
{
    unsigned width = r.right - r.left;
    unsigned n = (unsigned)(rightward < 0 ? -rightward : rightward);

    n = n < width ? n : width;
    for (unsigned row = r.top; row < r.bottom; row++) {
        struct grid_row *line = g->row[row];
        struct cell *c = line->cell + r.left;

        split (g, line, r.left, r.right);
        /* The edge of what stays. */
        split (g, line, rightward > 0 ? r.left + n : r.right - n, g->cols);
        if (rightward > 0)
            memmove (c, c + n, (width - n) * sizeof (*c));
        else
            memmove (c + n, c, (width - n) * sizeof (*c));
        for (unsigned i = 0; i < n; i++)
            blank (rightward > 0 ? c + width - n + i : c + i, fill);
    }
}

void grid_scroll (struct grid *g, struct grid_rect r, int downward, int rightward,
                  const struct pen *fill)
{
    r = clip (g, r);
    if (r.top >= r.bottom || r.left >= r.right)
        return;
    if (downward && r.left == 0 && r.right == g->cols)
        scroll_rows (g, r, downward, fill);
    if (rightward)
        scroll_cells (g, r, rightward, fill);
}

bool grid_cell_equal (const struct cell *a, const struct cell *b)
{
    for (int i = 0; i < GRID_CHARS; i++) {
        uint32_t x = i == 0 && a->chars[0] == ' ' ? 0 : a->chars[i];
        uint32_t y = i == 0 && b->chars[0] == ' ' ? 0 : b->chars[i];

        if (x != y)
            return false;
    }
    return a->width == b->width && pen_equal (&a->pen, &b->pen);
}

unsigned grid_used (const struct grid *g, unsigned row)
{
    static const struct cell empty = { .width = 1 };
    unsigned n = g->cols;

    while (n > 0 && grid_cell_equal (&g->row[row]->cell[n - 1], &empty))
        n--;
    return n;
}
