/* table.h - tables for a terminal: columns joined by two spaces, aligned whatever the script
 *
 *     struct table *t = table_new (3, "NAME", "STATE", "-SIZE");     '-' in front: aligned to the right
 *     table_add (t, "mnist", "running", "12 MiB");
 *     table_print (t, stdout);
 *     table_free (t);
 *
 * Widths are those of a terminal: a Chinese character takes two columns, an accent none.  What would
 * steer a terminal (control characters, bytes that are no UTF-8) is printed as '?'.  As "simple" of
 * floyd-contract 3: header, dashes, rows, no blanks at the ends.  Any thread.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/cleanup.h"
#include <stdbool.h>
#include <stdio.h>

#define TABLE_COLUMNS 12

struct table;

/* N titles (const char *) follow. */
struct table *table_new (size_t n, ...);
/* As many cells (const char *, NULL is ""). */
void table_add (struct table *t, ...);
size_t table_rows (const struct table *t);
void table_print (const struct table *t, FILE *to);
void table_free (struct table *t);
DEFINE_AUTO (struct table *, table_free)

/* S as it may be shown on a terminal: one line, printable, UTF-8; malloc'ed. */
char *table_clean (const char *s);
/* Columns that S takes. */
size_t table_width (const char *s);

#endif
