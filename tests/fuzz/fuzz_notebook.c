/* fuzz_notebook.c - notebooks from outside: read, checked, written, and read again */

#include "jupyter/nbformat.h"
#include "jupyter/nbtrust.h"
#include "jupyter/nbvalidate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void rewrite (const struct buf *file, struct buf *again)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    buf_init (again, 64 << 20);
    autofree char *text = xcalloc (1, file->len + 1); /* it is used up */
    memcpy (text, file->data, file->len);
    struct nbjson *nb = nbformat_read (doc, text, file->len, NULL);
    if (!nb || nbformat_prepare (doc, nb, NULL) < 0)
        abort ();
    nbformat_write (doc, nb, again);
}

/* What we wrote is a notebook again, and once lists that are no lines were joined by a
 * first reading, writing it again changes nothing. */
static void check_stable (const struct buf *file)
{
    autodone (buf_done) struct buf once, twice;
    rewrite (file, &once);
    rewrite (&once, &twice);
    if (once.len != twice.len || memcmp (once.data, twice.data, once.len))
        abort ();
}

/* The text, decoded in place, is the same document, or the same error. */
static void check_used (const struct nbjson *v, const struct err *err, const char *text,
                        size_t n)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf a, b;
    autofree char *copy = xcalloc (1, n + 1);
    struct err why;
    buf_init (&a, 64 << 20);
    buf_init (&b, 64 << 20);
    memcpy (copy, text, n);
    struct nbjson *w = nbjson_parse_used (doc, copy, n, &why);
    if (!v != !w || (!v && strcmp (err->text, why.text)))
        abort ();
    if (!v)
        return;
    nbjson_write (v, &a, NBJSON_COMPACT);
    nbjson_write (w, &b, NBJSON_COMPACT);
    if (a.len != b.len || memcmp (a.data, b.data, a.len))
        abort ();
}

static void check_json (const char *text, size_t n)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf out;
    struct err err;
    buf_init (&out, 64 << 20);
    struct nbjson *v = nbjson_parse (doc, text, n, &err);
    check_used (v, &err, text, n);
    if (!v)
        return;
    nbjson_write (v, &out, NBJSON_FILE);
    if (!out.overflow && !nbjson_parse (doc, out.data, out.len, NULL))
        abort ();
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf out;
    buf_init (&out, 64 << 20);
    check_json ((const char *)data, size);
    autofree char *text = xcalloc (1, size + 1);
    memcpy (text, data, size);
    struct nbjson *nb = nbformat_read (doc, text, size, NULL);
    if (!nb)
        return 0;
    autofree char *message = nbvalidate (nb);
    nbtrust_mark (doc, nb, size % 2);
    nbjson_write (nb, &out, NBJSON_COMPACT);
    buf_clear (&out);
    (void)nbtrust_check_cells (nb);
    if (nbformat_prepare (doc, nb, NULL) < 0)
        return 0;
    nbformat_write (doc, nb, &out);
    if (!out.overflow)
        check_stable (&out);
    return 0;
}
