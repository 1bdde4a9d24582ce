/* recorded.c - cells are found and get their outputs; pure but for the views */

#include "server/recorded.h"

#include <string.h>

#define TEXT_MAX ((size_t)512 << 20)

struct recorded *recorded_new (void)
{
    return xnew (struct recorded);
}

struct recorded_cell *recorded_add (struct recorded *r)
{
    r->cells = xrealloc (r->cells, r->n + 1, sizeof (*r->cells));
    struct recorded_cell *c = &r->cells[r->n++];
    *c = (struct recorded_cell){ .count = -1 };
    return c;
}

void recorded_patch (struct recorded_cell *c, size_t index, struct blk *json)
{
    c->patches = xrealloc (c->patches, c->npatches + 1, sizeof (*c->patches));
    c->patches[c->npatches++] = (struct recorded_patch){ index, blk_ref (json) };
}

void recorded_free (struct recorded *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++) {
        struct recorded_cell *c = &r->cells[i];
        outputs_view_free (c->outputs);
        for (size_t p = 0; p < c->npatches; p++)
            blk_unref (c->patches[p].json);
        free (c->patches);
        buf_done (&c->text);
        free (c->msg_id);
        free (c->id);
        free (c->code);
    }
    free (r->cells);
    free (r);
}

/* ---- finding ---- */

static bool is_code (const struct nbjson *cell)
{
    return nbjson_equals (nbjson_get (cell, "cell_type"), "code") &&
           nbjson_is (nbjson_get (cell, "outputs"), NBJSON_ARRAY);
}

static struct nbjson *find_id (const struct nbjson *cells, const char *id)
{
    for (size_t i = 0; i < cells->n; i++)
        if (nbjson_equals (nbjson_get (cells->items[i], "id"), id))
            return is_code (cells->items[i]) ? cells->items[i] : NULL;
    return NULL;
}

static bool has_source (const struct nbjson *cell, const struct nbjson *code)
{
    const struct nbjson *source = nbjson_get (cell, "source");
    return nbjson_is (source, NBJSON_STRING) && source->n == code->n &&
           !memcmp (source->s, code->s, code->n);
}

/* The only cell with that code. */
static struct nbjson *find_code (const struct nbjson *cells, const struct nbjson *code)
{
    struct nbjson *found = NULL;
    for (size_t i = 0; i < cells->n; i++) {
        if (!is_code (cells->items[i]) || !has_source (cells->items[i], code))
            continue;
        if (found)
            return NULL;
        found = cells->items[i];
    }
    return found;
}

static struct nbjson *find (struct nbjson_doc *doc, const struct nbjson *nb,
                            const struct recorded_cell *c)
{
    const struct nbjson *cells = nbjson_get (nb, "cells");
    struct nbjson *code =
        c->code ? nbjson_parse (doc, c->code, strlen (c->code), NULL) : NULL;
    if (!nbjson_is (cells, NBJSON_ARRAY))
        return NULL;
    struct nbjson *cell = find_id (cells, c->id);
    if (!nbjson_is (code, NBJSON_STRING))
        return c->same_code ? NULL : cell;
    if (cell && c->same_code && !has_source (cell, code))
        return NULL;
    if (!cell && nbjson_int_value (nbjson_get (nb, "nbformat_minor"), 0) < 5)
        cell = find_code (cells, code);
    return cell;
}

/* ---- changing ---- */

static bool same (const struct nbjson *a, const struct nbjson *b)
{
    autodone (buf_done) struct buf x, y;
    buf_init (&x, TEXT_MAX);
    buf_init (&y, TEXT_MAX);
    if (!a || !b)
        return !a && !b;
    nbjson_write (a, &x, NBJSON_COMPACT);
    nbjson_write (b, &y, NBJSON_COMPACT);
    return !x.overflow && x.len == y.len && !memcmp (x.data, y.data, x.len);
}

/* The outputs of C as a value; NULL if they cannot be. */
static struct nbjson *parse_outputs (struct nbjson_doc *doc, struct recorded_cell *c)
{
    if (!c->text.data) {
        buf_init (&c->text, TEXT_MAX);
        outputs_view_write (c->outputs, &c->text);
    }
    return c->text.overflow ? NULL : nbjson_parse (doc, c->text.data, c->text.len, NULL);
}

static bool patch_one (struct nbjson_doc *doc, struct nbjson *outputs,
                       const struct recorded_patch *p)
{
    struct nbjson *new =
        nbjson_parse (doc, (const char *)p->json->data, p->json->len, NULL);
    struct nbjson **old = p->index < outputs->n ? &outputs->items[p->index] : NULL;
    if (!new || !old || !nbjson_equals (nbjson_get (*old, "output_type"), "display_data") ||
        same (*old, new))
        return false;
    *old = new;
    return true;
}

static enum recorded_result patch (struct nbjson_doc *doc, struct nbjson *cell,
                                   const struct recorded_cell *c)
{
    struct nbjson *outputs = nbjson_get (cell, "outputs");
    bool changed = false;
    if (!nbjson_is (outputs, NBJSON_ARRAY) || outputs->n != c->noutputs ||
        nbjson_int_value (nbjson_get (cell, "execution_count"), -1) != c->count)
        return RECORDED_MISSING;
    for (size_t i = 0; i < c->npatches; i++)
        changed = patch_one (doc, outputs, &c->patches[i]) || changed;
    return changed ? RECORDED_PUT : RECORDED_SAME;
}

static enum recorded_result put (struct nbjson_doc *doc, struct nbjson *cell,
                                 struct recorded_cell *c)
{
    if (!c->outputs)
        return patch (doc, cell, c);
    struct nbjson *outputs = parse_outputs (doc, c);
    struct nbjson *count =
        c->done && c->count >= 0 ? nbjson_int (doc, c->count) : nbjson_null (doc);
    if (!outputs)
        return RECORDED_NOTHING;
    if (same (nbjson_get (cell, "execution_count"), count) &&
        same (nbjson_get (cell, "outputs"), outputs))
        return RECORDED_SAME;
    nbjson_set (doc, cell, "execution_count", count);
    nbjson_set (doc, cell, "outputs", outputs);
    return RECORDED_PUT;
}

bool recorded_record (struct nbjson_doc *doc, struct nbjson *nb, struct recorded *r)
{
    bool changed = false;
    for (size_t i = 0; i < r->n; i++) {
        struct recorded_cell *c = &r->cells[i];
        struct nbjson *cell = find (doc, nb, c);
        c->result = cell ? put (doc, cell, c) : RECORDED_MISSING;
        changed = changed || c->result == RECORDED_PUT;
    }
    return changed;
}

/* The page has this very execution in it. */
static bool carries (const struct nbjson *cell, const struct recorded_cell *c)
{
    const struct nbjson *count = nbjson_get (cell, "execution_count");
    return c->done && nbjson_int_value (count, -1) == c->count;
}

static enum recorded_result merge (struct nbjson_doc *doc, struct nbjson *cell,
                                   struct recorded_cell *c)
{
    if (carries (cell, c))
        return RECORDED_SAME;
    return c->obey ? RECORDED_OBEYED : put (doc, cell, c);
}

bool recorded_merge (struct nbjson_doc *doc, struct nbjson *nb, struct recorded *r)
{
    bool changed = false;
    for (size_t i = 0; i < r->n; i++) {
        struct recorded_cell *c = &r->cells[i];
        struct nbjson *cell = find (doc, nb, c);
        c->result = cell ? merge (doc, cell, c) : RECORDED_MISSING;
        changed = changed || c->result == RECORDED_PUT;
    }
    return changed;
}
