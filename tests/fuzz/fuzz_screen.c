/* fuzz_screen.c - what programs print: a repaint at any point must lead to the same screen */

#include "keeper/screen_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void compare (const struct grid *a, const struct grid *b)
{
    for (unsigned row = 0; row < a->rows; row++)
        for (unsigned col = 0; col < a->cols; col++)
            if (!grid_cell_equal (&grid_row (a, row)->cell[col],
                                  &grid_row (b, row)->cell[col]))
                abort ();
}

/* The first bytes say the size, where the repaint is, and whether the size changes there. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autocleanup (screen_free) struct screen *a = NULL;
    autocleanup (screen_free) struct screen *b = NULL;
    autodone (buf_done) struct buf paint;
    size_t at;

    buf_init (&paint, SCREEN_REPAINT);
    if (size < 4)
        return 0;
    a = screen_new (1 + data[0] % 40, 1 + data[1] % 120);
    at = 4 + (size - 4) * data[2] / 256;
    screen_feed (a, data + 4, at - 4);
    if (data[3] & 1)
        screen_resize (a, 1 + data[3] % 40, 1 + data[0] % 120);
    screen_repaint (a, &paint);
    if (paint.overflow)
        abort ();
    b = screen_new (a->rows, a->cols);
    screen_feed (b, paint.data, paint.len);
    screen_feed (a, data + at, size - at);
    screen_feed (b, data + at, size - at);
    screen_catch_up (a);
    screen_catch_up (b);
    if (screen_in_alt (a) != screen_in_alt (b) ||
        memcmp (a->flag, b->flag, sizeof (a->flag)))
        abort ();
    compare (a->main, b->main);
    if (a->alt)
        compare (a->alt, b->alt);
    return 0;
}
