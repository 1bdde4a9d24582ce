/* nbformat.h - notebooks: from the file to the in-memory form and back (contract 3.4.8)
 *
 * In memory, and in HTTP answers, multi-line texts are one string; in files they are lists
 * of lines. Reading upgrades majors 1 to 3 to 4.5 and keeps the minor of major 4; writing
 * never changes the minor, so that a notebook in a repository only differs where a person
 * changed it.
 *
 *     autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
 *     struct nbjson *nb = nbformat_read (doc, text, n, &err);
 *     autofree char *message = nbvalidate (nb);              NULL: valid
 *
 *     nbformat_prepare (doc, nb, &err);                      what a client sent
 *     nbformat_write (doc, nb, &buf);                        the form of files
 *
 * Pure; any thread.
 */
#ifndef JUPYTER_NBFORMAT_H
#define JUPYTER_NBFORMAT_H

#include "jupyter/nbjson.h"

/* The notebook in memory form, or NULL with INVALID (contract: 400 "Unreadable Notebook")
 * or TOO_LARGE. TEXT is used up: strings are decoded and joined where they stand, so it
 * must stay as long as DOC.  Missing and duplicate cell ids are filled in for minors >= 5. */
struct nbjson *nbformat_read (struct nbjson_doc *doc, char *text, size_t n,
                              struct err *err);

/* Make what a client sent writable: INVALID if the writer could not walk it (no nbformat 4,
 * no cells, no metadata, a cell without cell_type, a code cell without outputs); otherwise
 * removes transient metadata (but not `trusted`, which nbtrust_check_cells looks at and
 * removes) and fills in cell ids. */
int nbformat_prepare (struct nbjson_doc *doc, struct nbjson *nb, struct err *err);

/* The normal form with the newline at its end.  Drops `trusted`. */
void nbformat_write (struct nbjson_doc *doc, struct nbjson *nb, struct buf *b);

/* The strings of a list with SEPARATOR between them as one string; NULL if an item is none.
 */
struct nbjson *nbformat_join_list (struct nbjson_doc *doc, const struct nbjson *list,
                                   const char *separator);
/* A new cell id: 8 hexadecimal digits. */
struct nbjson *nbformat_cell_id (struct nbjson_doc *doc);

/* Every code cell: CALL (cell, arg). */
void nbformat_each_code_cell (struct nbjson *nb,
                              void (*call) (struct nbjson *cell, void *arg), void *arg);

#endif
