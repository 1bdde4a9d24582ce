/* table.c - tables for a terminal */

#include "base/table.h"

#include "base/buf.h"
#include "base/strv.h"
#include "base/utf8.h"

#include <locale.h>
#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#define CELL_MAX 4096

struct table {
    size_t columns;
    bool right[TABLE_COLUMNS];
    struct strv cells; /* row by row, titles first */
};

/* wcwidth asks the locale of the thread, which may be C. */
static int width_of (uint32_t cp)
{
    static locale_t utf8;

    if (!utf8)
        utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!utf8)
        return cp < 0x20 || cp == 0x7f ? -1 : 1;
    locale_t before = uselocale (utf8);
    int n = wcwidth ((wchar_t)cp);
    (void)uselocale (before);
    return n;
}

char *table_clean (const char *s)
{
    struct buf b;
    size_t n = strlen (s);

    buf_init (&b, CELL_MAX);
    while (n) {
        uint32_t cp = 0;
        size_t used = utf8_next (s, n, &cp);
        bool shown = used && width_of (cp) >= 0;
        if ((shown ? buf_add (&b, s, used) : buf_addc (&b, '?')) < 0)
            break;
        s += used ? used : 1;
        n -= used ? used : 1;
    }
    return buf_take (&b, NULL);
}

size_t table_width (const char *s)
{
    size_t n = strlen (s), columns = 0;

    while (n) {
        uint32_t cp = 0;
        size_t used = utf8_next (s, n, &cp);
        int w = used ? width_of (cp) : 1;
        columns += w > 0 ? (size_t)w : 0;
        s += used ? used : 1;
        n -= used ? used : 1;
    }
    return columns;
}

static void add_cells (struct table *t, va_list ap, bool titles)
{
    for (size_t i = 0; i < t->columns; i++) {
        const char *s = va_arg (ap, const char *);

        if (titles && s && *s == '-') {
            t->right[i] = true;
            s++;
        }
        autofree char *clean = table_clean (s ? s : "");
        strv_add (&t->cells, clean);
    }
}

struct table *table_new (size_t n, ...)
{
    struct table *t = xnew (struct table);
    va_list ap;

    t->columns = n < TABLE_COLUMNS ? n : TABLE_COLUMNS;
    va_start (ap, n);
    add_cells (t, ap, true);
    va_end (ap);
    return t;
}

void table_add (struct table *t, ...)
{
    va_list ap;

    va_start (ap, t);
    add_cells (t, ap, false);
    va_end (ap);
}

size_t table_rows (const struct table *t)
{
    return t->cells.n / t->columns - 1;
}

static void pad (struct buf *b, size_t n, char c)
{
    while (n--)
        (void)buf_addc (b, c);
}

static void print_line (FILE *to, struct buf *b)
{
    while (b->len && b->data[b->len - 1] == ' ')
        b->data[--b->len] = '\0';
    (void)fprintf (to, "%s\n", b->data);
    buf_clear (b);
}

static void print_row (const struct table *t, const size_t *widths, size_t row,
                       struct buf *b)
{
    for (size_t i = 0; i < t->columns; i++) {
        const char *cell = t->cells.v[row * t->columns + i];
        size_t room = widths[i] - table_width (cell);

        if (i)
            (void)buf_adds (b, "  ");
        if (t->right[i])
            pad (b, room, ' ');
        (void)buf_adds (b, cell);
        if (!t->right[i])
            pad (b, room, ' ');
    }
}

void table_print (const struct table *t, FILE *to)
{
    size_t widths[TABLE_COLUMNS] = { 0 };
    autodone (buf_done) struct buf b;

    buf_init (&b, 1 << 20);
    for (size_t i = 0; i < t->cells.n; i++) {
        size_t w = table_width (t->cells.v[i]);
        if (w > widths[i % t->columns])
            widths[i % t->columns] = w;
    }
    for (size_t row = 0; row * t->columns < t->cells.n; row++) {
        print_row (t, widths, row, &b);
        print_line (to, &b);
        for (size_t i = 0; row == 0 && i < t->columns; i++) {
            (void)buf_adds (&b, i ? "  " : "");
            pad (&b, widths[i], '-');
        }
        if (row == 0)
            print_line (to, &b);
    }
}

void table_free (struct table *t)
{
    strv_done (&t->cells);
    free (t);
}
