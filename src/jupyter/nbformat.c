/* nbformat.c - reading and writing notebooks of major 4
 *
 * The walkers are forgiving: what has an unexpected type inside a cell is left as it is,
 * and validation tells about it.  Only what the original cannot read or write at all is an
 * error.
 */
#include "jupyter/nbformat.h"
#include "jupyter/nbjson_impl.h"
#include "jupyter/nbupgrade.h"
#include "base/ident.h"
#include "base/map.h"

#include <string.h>

/* ---- joining ---------------------------------------------------------------------- */

struct nbjson *nbformat_join_list (struct nbjson_doc *doc, const struct nbjson *list,
                                   const char *separator)
{
    size_t total = 0, sep = strlen (separator);
    bool plain = *separator != '\n';
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i]->type != NBJSON_STRING)
            return NULL;
        total += list->items[i]->n + (i ? sep : 0);
        plain = plain && list->items[i]->plain;
    }
    char *out = nbjson_alloc (doc, total ? total : 1), *p = out;
    if (!out)
        return NULL;
    for (size_t i = 0; i < list->n; i++) {
        if (i) {
            memcpy (p, separator, sep);
            p += sep;
        }
        memcpy (p, list->items[i]->s, list->items[i]->n);
        p += list->items[i]->n;
    }
    struct nbjson *text = nbjson_string (doc, out, total);
    if (text->type == NBJSON_STRING)
        text->plain = plain && list->n > 0;
    return text;
}

/* The same without a separator and without a copy, for a list as nbjson_parse_used left it:
 * its strings stand in the text one after the other, with nothing else between them. */
static struct nbjson *join_in_text (struct nbjson_doc *doc, const struct nbjson *list)
{
    if (list->n == 0)
        return nbformat_join_list (doc, list, "");
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i]->type != NBJSON_STRING)
            return NULL;
    struct nbjson *text = list->items[0];
    char *to = (char *)text->s + text->n;
    for (size_t i = 1; i < list->n; i++) {
        memmove (to, list->items[i]->s, list->items[i]->n);
        to += list->items[i]->n;
        text->plain = text->plain && list->items[i]->plain;
    }
    text->n = (size_t)(to - text->s);
    return text;
}

/* ---- walking --------------------------------------------------------------------- */

static bool starts_with (const struct nbjson_member *m, const char *prefix)
{
    size_t n = strlen (prefix);
    return m->key_len >= n && !memcmp (m->key, prefix, n);
}

static bool is_json_mime (const struct nbjson_member *m)
{
    return nbjson_key_is (m, "application/json") ||
           (starts_with (m, "application/") && m->key_len >= 5 &&
            !memcmp (m->key + m->key_len - 5, "+json", 5));
}

static bool is_split_mime (const struct nbjson_member *m)
{
    return starts_with (m, "text/") || nbjson_key_is (m, "application/javascript") ||
           nbjson_key_is (m, "image/svg+xml");
}

static void join_bundle (struct nbjson_doc *doc, struct nbjson *bundle)
{
    for (size_t i = 0; nbjson_is (bundle, NBJSON_OBJECT) && i < bundle->n; i++) {
        struct nbjson_member *m = &bundle->members[i];
        if (m->value->type != NBJSON_ARRAY || is_json_mime (m))
            continue;
        struct nbjson *text = join_in_text (doc, m->value);
        if (text)
            m->value = text;
    }
}

/* The text of V, if it is one, is written to files as a list of its lines. */
static void split (struct nbjson *v)
{
    if (nbjson_is (v, NBJSON_STRING))
        v->lines = true;
}

static void split_bundle (struct nbjson_doc *doc, struct nbjson *bundle)
{
    for (size_t i = 0; nbjson_is (bundle, NBJSON_OBJECT) && i < bundle->n; i++)
        if (is_split_mime (&bundle->members[i]))
            split (bundle->members[i].value);
}

static void join_member (struct nbjson_doc *doc, struct nbjson *obj, const char *key)
{
    struct nbjson *list = nbjson_get (obj, key);
    struct nbjson *text = nbjson_is (list, NBJSON_ARRAY) ? join_in_text (doc, list) : NULL;
    if (text)
        nbjson_set (doc, obj, key, text);
}

static bool is_data_output (const struct nbjson *output)
{
    const struct nbjson *type = nbjson_get (output, "output_type");
    return nbjson_equals (type, "execute_result") || nbjson_equals (type, "display_data");
}

static void each_bundle (struct nbjson_doc *doc, struct nbjson *cell,
                         void (*fn) (struct nbjson_doc *, struct nbjson *))
{
    struct nbjson *att = nbjson_get (cell, "attachments");
    for (size_t i = 0; nbjson_is (att, NBJSON_OBJECT) && i < att->n; i++)
        fn (doc, att->members[i].value);
}

static void join_output (struct nbjson_doc *doc, struct nbjson *output)
{
    const struct nbjson *type = nbjson_get (output, "output_type");
    if (is_data_output (output))
        join_bundle (doc, nbjson_get (output, "data"));
    else if (nbjson_truthy (type))
        join_member (doc, output, "text");
}

static void split_output (struct nbjson_doc *doc, struct nbjson *output)
{
    if (is_data_output (output))
        split_bundle (doc, nbjson_get (output, "data"));
    else if (nbjson_equals (nbjson_get (output, "output_type"), "stream"))
        split (nbjson_get (output, "text"));
}

static struct nbjson *cells_of (const struct nbjson *nb)
{
    struct nbjson *cells = nbjson_get (nb, "cells");
    return nbjson_is (cells, NBJSON_ARRAY) ? cells : NULL;
}

static bool is_code (const struct nbjson *cell)
{
    return nbjson_equals (nbjson_get (cell, "cell_type"), "code");
}

static void each_output (struct nbjson_doc *doc, struct nbjson *cell,
                         void (*fn) (struct nbjson_doc *, struct nbjson *))
{
    struct nbjson *outputs = is_code (cell) ? nbjson_get (cell, "outputs") : NULL;
    for (size_t i = 0; nbjson_is (outputs, NBJSON_ARRAY) && i < outputs->n; i++)
        fn (doc, outputs->items[i]);
}

static void join (struct nbjson_doc *doc, struct nbjson *nb)
{
    struct nbjson *cells = cells_of (nb);
    for (size_t i = 0; cells && i < cells->n; i++) {
        join_member (doc, cells->items[i], "source");
        each_bundle (doc, cells->items[i], join_bundle);
        each_output (doc, cells->items[i], join_output);
    }
}

static void split_cells (struct nbjson_doc *doc, struct nbjson *nb)
{
    struct nbjson *cells = cells_of (nb);
    for (size_t i = 0; cells && i < cells->n; i++) {
        split (nbjson_get (cells->items[i], "source"));
        each_bundle (doc, cells->items[i], split_bundle);
        each_output (doc, cells->items[i], split_output);
    }
}

void nbformat_each_code_cell (struct nbjson *nb,
                              void (*call) (struct nbjson *cell, void *arg), void *arg)
{
    struct nbjson *cells = cells_of (nb);
    for (size_t i = 0; cells && i < cells->n; i++)
        if (is_code (cells->items[i]))
            call (cells->items[i], arg);
}

/* ---- transient metadata and ids -------------------------------------------------- */

static void strip_notebook (struct nbjson *nb)
{
    struct nbjson *meta = nbjson_get (nb, "metadata");
    (void)nbjson_take (meta, "orig_nbformat");
    (void)nbjson_take (meta, "orig_nbformat_minor");
    (void)nbjson_take (meta, "signature");
}

static void strip_trusted (struct nbjson *nb)
{
    struct nbjson *cells = cells_of (nb);
    for (size_t i = 0; cells && i < cells->n; i++)
        (void)nbjson_take (nbjson_get (cells->items[i], "metadata"), "trusted");
}

struct nbjson *nbformat_cell_id (struct nbjson_doc *doc)
{
    unsigned char random[4];
    char text[9];
    ident_random (random, sizeof random);
    ident_to_hex (random, sizeof random, text);
    return nbjson_text (doc, text);
}

/* The first holder of an id keeps it. */
static void fill_ids (struct nbjson_doc *doc, struct nbjson *nb)
{
    static char present[] = "";
    struct nbjson *cells = cells_of (nb);
    autocleanup (map_free) struct map *seen = map_new (NULL);
    for (size_t i = 0; cells && i < cells->n; i++) {
        struct nbjson *id = nbjson_get (cells->items[i], "id");
        if (id && (id->type != NBJSON_STRING || id->n > 256 || memchr (id->s, 0, id->n)))
            continue;
        autofree char *key = id ? xstrndup (id->s, id->n) : NULL;
        if (id && !map_get (seen, key)) {
            map_set (seen, key, present);
            continue;
        }
        nbjson_set (doc, cells->items[i], "id", nbformat_cell_id (doc));
    }
}

/* ---- reading --------------------------------------------------------------------- */

static int check_cells (const struct nbjson *nb, struct err *err)
{
    const struct nbjson *cells = cells_of (nb);
    if (!cells)
        return err_set (err, PROBLEM_INVALID, "the notebook has no list of cells");
    if (!nbjson_is (nbjson_get (nb, "metadata"), NBJSON_OBJECT))
        return err_set (err, PROBLEM_INVALID, "the notebook has no metadata");
    for (size_t i = 0; i < cells->n; i++) {
        if (cells->items[i]->type != NBJSON_OBJECT)
            return err_set (err, PROBLEM_INVALID, "cell %zu is no object", i);
        if (!nbjson_is (nbjson_get (cells->items[i], "metadata"), NBJSON_OBJECT))
            return err_set (err, PROBLEM_INVALID, "cell %zu has no metadata", i);
    }
    return 0;
}

/* *ret_major 1 to 4. */
static int check_version (const struct nbjson *nb, int *ret_major, struct err *err)
{
    const struct nbjson *major = nbjson_get (nb, "nbformat"), *minor;
    if (!nbjson_is (nb, NBJSON_OBJECT))
        return err_set (err, PROBLEM_INVALID, "the notebook is no JSON object");
    if (major && major->type != NBJSON_INT)
        return err_set (err, PROBLEM_INVALID, "nbformat is no integer");
    *ret_major = (int)nbjson_int_value (major, major ? 0 : 1);
    if (*ret_major < 1 || *ret_major > 4)
        return err_set (err, PROBLEM_INVALID, "Unsupported nbformat version %.*s",
                        major && major->n < 40 ? (int)major->n : 0, major ? major->s : "");
    minor = nbjson_get (nb, "nbformat_minor");
    if (minor && minor->type != NBJSON_INT)
        return err_set (err, PROBLEM_INVALID, "nbformat_minor is no integer");
    return 0;
}

static bool has_ids (const struct nbjson *nb)
{
    return nbjson_int_value (nbjson_get (nb, "nbformat_minor"), 0) >= 5;
}

static int check_whole (const struct nbjson_doc *doc, struct err *err)
{
    if (nbjson_exhausted (doc))
        return err_set (err, PROBLEM_TOO_LARGE, "the notebook is too large");
    if (nbjson_has_nan (doc))
        return err_set (err, PROBLEM_INVALID, "the notebook holds NaN, which is no JSON");
    return 0;
}

struct nbjson *nbformat_read (struct nbjson_doc *doc, char *text, size_t n, struct err *err)
{
    int major;
    struct nbjson *nb = nbjson_parse_used (doc, text, n, err);
    if (!nb || check_version (nb, &major, err) < 0)
        return NULL;
    if (major < 4) {
        if (nbupgrade (doc, nb, major, err) < 0 || check_cells (nb, err) < 0)
            return NULL;
    } else {
        if (check_cells (nb, err) < 0)
            return NULL;
        join (doc, nb);
        strip_notebook (nb);
        strip_trusted (nb);
    }
    if (has_ids (nb))
        fill_ids (doc, nb);
    return check_whole (doc, err) < 0 ? NULL : nb;
}

/* ---- writing --------------------------------------------------------------------- */

int nbformat_prepare (struct nbjson_doc *doc, struct nbjson *nb, struct err *err)
{
    int major;
    if (check_version (nb, &major, err) < 0 || check_cells (nb, err) < 0)
        return -1;
    if (major != 4 || !nbjson_get (nb, "nbformat"))
        return err_set (err, PROBLEM_INVALID,
                        "only notebooks of nbformat 4 are saved, this one is %d", major);
    const struct nbjson *cells = cells_of (nb);
    for (size_t i = 0; i < cells->n; i++) {
        const struct nbjson *cell = cells->items[i];
        if (!nbjson_is (nbjson_get (cell, "cell_type"), NBJSON_STRING))
            return err_set (err, PROBLEM_INVALID, "cell %zu has no cell_type", i);
        if (is_code (cell) && !nbjson_is (nbjson_get (cell, "outputs"), NBJSON_ARRAY))
            return err_set (err, PROBLEM_INVALID, "code cell %zu has no outputs", i);
    }
    strip_notebook (nb);
    if (has_ids (nb))
        fill_ids (doc, nb);
    return check_whole (doc, err);
}

void nbformat_write (struct nbjson_doc *doc, struct nbjson *nb, struct buf *b)
{
    strip_trusted (nb);
    split_cells (doc, nb);
    nbjson_write (nb, b, NBJSON_FILE);
    (void)buf_addc (b, '\n');
}
