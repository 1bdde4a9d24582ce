/* term_size.c - the size of a terminal that several people look at */

#include "server/term_size.h"

static bool read_number (const json_t *value, unsigned *ret)
{
    if (json_is_null (value))
        return true;
    if (!json_is_number (value))
        return false;
    double v = json_number_value (value);
    *ret = v < 1 ? 1 : v > TERM_SIZE_MAX ? TERM_SIZE_MAX : (unsigned)v;
    return true;
}

bool term_size_read (const json_t *message, struct term_size *ret)
{
    struct term_size size = *ret;
    if (!read_number (json_array_get (message, 1), &size.rows) ||
        !read_number (json_array_get (message, 2), &size.cols))
        return false;
    *ret = size;
    return true;
}

static void fit (unsigned *all, unsigned one)
{
    if (one && (!*all || one < *all))
        *all = one;
}

void term_size_fit (struct term_size *all, const struct term_size *one)
{
    fit (&all->rows, one->rows);
    fit (&all->cols, one->cols);
}
