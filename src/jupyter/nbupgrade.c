/* nbupgrade.c - one step per major, each joining the lines in the way of its time
 *
 * Notebooks of these majors are old and small; clarity counts here, not speed.
 */
#include "jupyter/nbupgrade.h"
#include "jupyter/nbformat.h"
#include "jupyter/nblines.h"

#include <string.h>

typedef int (*cell_fn) (struct nbjson_doc *doc, struct nbjson *cell, struct err *err);

static int each_cell (struct nbjson_doc *doc, struct nbjson *nb, cell_fn fn,
                      struct err *err)
{
    struct nbjson *sheets = nbjson_get (nb, "worksheets");
    if (!nbjson_is (sheets, NBJSON_ARRAY))
        return err_set (err, PROBLEM_INVALID, "the notebook has no worksheets");
    for (size_t i = 0; i < sheets->n; i++) {
        struct nbjson *cells = nbjson_get (sheets->items[i], "cells");
        if (!nbjson_is (cells, NBJSON_ARRAY))
            return err_set (err, PROBLEM_INVALID, "worksheet %zu has no cells", i);
        for (size_t k = 0; k < cells->n; k++) {
            struct nbjson *type = nbjson_get (cells->items[k], "cell_type");
            if (!nbjson_is (type, NBJSON_STRING))
                return err_set (err, PROBLEM_INVALID, "cell %zu has no cell_type", k);
            if (nbjson_equals (type, "code") &&
                !nbjson_is (nbjson_get (cells->items[k], "outputs"), NBJSON_ARRAY))
                return err_set (err, PROBLEM_INVALID, "code cell %zu has no outputs", k);
            if (fn (doc, cells->items[k], err) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- lines ----------------------------------------------------------------------- */

/* Lists made by splitlines () lost their newlines, those of splitlines (True) kept them. */
static const char *separator_of (const struct nbjson *list)
{
    if (list->n == 0 || list->items[0]->type != NBJSON_STRING || list->items[0]->n == 0)
        return "\n";
    char last = list->items[0]->s[list->items[0]->n - 1];
    return last == '\n' || last == '\r' ? "" : "\n";
}

static int join_key (struct nbjson_doc *doc, struct nbjson *obj, const char *key,
                     struct err *err)
{
    struct nbjson *list = nbjson_get (obj, key);
    if (!nbjson_is (list, NBJSON_ARRAY))
        return 0;
    struct nbjson *text = nbformat_join_list (doc, list, separator_of (list));
    if (!text)
        return err_set (err, PROBLEM_INVALID, "%s is no list of strings", key);
    nbjson_set (doc, obj, key, text);
    return 0;
}

static int join_cell (struct nbjson_doc *doc, struct nbjson *cell, struct err *err)
{
    static const char *const keys[] = {
        "text", "html", "svg", "latex", "javascript", "json"
    };
    if (!nbjson_equals (nbjson_get (cell, "cell_type"), "code")) {
        if (join_key (doc, cell, "source", err) < 0)
            return -1;
        return join_key (doc, cell, "rendered", err);
    }
    if (join_key (doc, cell, "input", err) < 0)
        return -1;
    struct nbjson *outputs = nbjson_get (cell, "outputs");
    for (size_t i = 0; i < outputs->n; i++)
        for (size_t k = 0; k < ARRAY_SIZE (keys); k++)
            if (join_key (doc, outputs->items[i], keys[k], err) < 0)
                return -1;
    return 0;
}

/* ---- 1 to 2 ---------------------------------------------------------------------- */

static struct nbjson *or_null (struct nbjson_doc *doc, struct nbjson *v)
{
    return v ? v : nbjson_null (doc);
}

static struct nbjson *cell_from_v1 (struct nbjson_doc *doc, struct nbjson *old,
                                    struct err *err)
{
    struct nbjson *cell = nbjson_object (doc), *type = nbjson_get (old, "cell_type");
    struct nbjson *text = nbjson_get (old, "text"), *code = nbjson_get (old, "code");
    struct nbjson *prompt = nbjson_get (old, "prompt_number");
    if (nbjson_equals (type, "code")) {
        nbjson_set (doc, cell, "cell_type", type);
        nbjson_set (doc, cell, "outputs", nbjson_array (doc, 0));
        nbjson_set (doc, cell, "collapsed", nbjson_bool (doc, false));
        if (code)
            nbjson_set (doc, cell, "input", code);
        if (prompt)
            nbjson_set (doc, cell, "prompt_number", prompt);
        return cell;
    }
    if (nbjson_equals (type, "text")) {
        nbjson_set (doc, cell, "cell_type", nbjson_text (doc, "markdown"));
        if (text)
            nbjson_set (doc, cell, "source", text);
        return cell;
    }
    (void)err_set (err, PROBLEM_INVALID, "a cell is neither code nor text");
    return NULL;
}

static int upgrade_v1 (struct nbjson_doc *doc, struct nbjson *nb, struct err *err)
{
    struct nbjson *old = nbjson_get (nb, "cells"), *cells = nbjson_array (doc, 0);
    if (!nbjson_is (old, NBJSON_ARRAY))
        return err_set (err, PROBLEM_INVALID, "the notebook has no cells");
    for (size_t i = 0; i < old->n; i++) {
        struct nbjson *cell = cell_from_v1 (doc, old->items[i], err);
        if (!cell)
            return -1;
        nbjson_append (doc, cells, cell);
    }
    nb->n = 0;
    struct nbjson *sheet = nbjson_object (doc), *sheets = nbjson_array (doc, 1);
    nbjson_set (doc, sheet, "cells", cells);
    nbjson_append (doc, sheets, sheet);
    nbjson_set (doc, nb, "worksheets", sheets);
    nbjson_set (doc, nb, "metadata", nbjson_object (doc));
    return 0;
}

/* ---- 3 to 4 ---------------------------------------------------------------------- */

static const struct {
    const char *alias, *mime;
} aliases[] = {
    { "text", "text/plain" },       { "html", "text/html" },
    { "svg", "image/svg+xml" },     { "png", "image/png" },
    { "jpeg", "image/jpeg" },       { "latex", "text/latex" },
    { "json", "application/json" }, { "javascript", "application/javascript" },
};

static void to_mime_keys (struct nbjson_doc *doc, struct nbjson *bundle)
{
    for (size_t i = 0; i < ARRAY_SIZE (aliases); i++) {
        struct nbjson *v = nbjson_take (bundle, aliases[i].alias);
        if (v)
            nbjson_set (doc, bundle, aliases[i].mime, v);
    }
}

static void ensure_object (struct nbjson_doc *doc, struct nbjson *obj, const char *key)
{
    if (!nbjson_get (obj, key))
        nbjson_set (doc, obj, key, nbjson_object (doc));
}

/* Everything but the type, count and metadata moves into `data`. */
static int move_data (struct nbjson_doc *doc, struct nbjson *output, struct err *err)
{
    struct nbjson *data = nbjson_object (doc), *json;
    size_t kept = 0;
    data->members = nbjson_alloc (doc, (output->n + 8) * sizeof *data->members);
    if (!data->members)
        return err_set (err, PROBLEM_TOO_LARGE, "the notebook is too large");
    data->cap = (uint32_t)output->n + 8;
    for (size_t i = 0; i < output->n; i++) {
        struct nbjson_member *m = &output->members[i];
        if (nbjson_key_is (m, "output_type") || nbjson_key_is (m, "execution_count") ||
            nbjson_key_is (m, "metadata"))
            output->members[kept++] = *m;
        else
            data->members[data->n++] = *m;
    }
    output->n = kept;
    to_mime_keys (doc, data);
    json = nbjson_get (data, "application/json");
    if (nbjson_is (json, NBJSON_STRING)) {
        json = nbjson_parse (doc, json->s, json->n, err);
        if (!json)
            return err_wrap (err, "a json output");
        nbjson_set (doc, data, "application/json", json);
    }
    nbjson_set (doc, output, "data", data);
    return 0;
}

static int upgrade_output (struct nbjson_doc *doc, struct nbjson *output, struct err *err)
{
    struct nbjson *type = nbjson_get (output, "output_type");
    bool result = nbjson_equals (type, "pyout");
    if (!nbjson_is (type, NBJSON_STRING))
        return err_set (err, PROBLEM_INVALID, "an output has no output_type");
    if (nbjson_equals (type, "pyerr")) {
        nbjson_set (doc, output, "output_type", nbjson_text (doc, "error"));
    } else if (nbjson_equals (type, "stream")) {
        struct nbjson *name = nbjson_take (output, "stream");
        nbjson_set (doc, output, "name", name ? name : nbjson_text (doc, "stdout"));
    } else if (result || nbjson_equals (type, "display_data")) {
        ensure_object (doc, output, "metadata");
        if (result) {
            struct nbjson *count = or_null (doc, nbjson_take (output, "prompt_number"));
            nbjson_set (doc, output, "output_type", nbjson_text (doc, "execute_result"));
            nbjson_set (doc, output, "execution_count", count);
        }
        if (move_data (doc, output, err) < 0)
            return -1;
        to_mime_keys (doc, nbjson_get (output, "metadata"));
    }
    return 0;
}

static int upgrade_code (struct nbjson_doc *doc, struct nbjson *cell, struct err *err)
{
    struct nbjson *collapsed = nbjson_take (cell, "collapsed");
    struct nbjson *input = nbjson_take (cell, "input");
    struct nbjson *outputs = nbjson_get (cell, "outputs");
    (void)nbjson_take (cell, "language");
    if (collapsed)
        nbjson_set (doc, nbjson_get (cell, "metadata"), "collapsed", collapsed);
    nbjson_set (doc, cell, "source", input ? input : nbjson_text (doc, ""));
    nbjson_set (doc, cell, "execution_count",
                or_null (doc, nbjson_take (cell, "prompt_number")));
    for (size_t i = 0; i < outputs->n; i++)
        if (upgrade_output (doc, outputs->items[i], err) < 0)
            return -1;
    return 0;
}

static int upgrade_heading (struct nbjson_doc *doc, struct nbjson *cell, struct err *err)
{
    struct nbjson *level = nbjson_take (cell, "level"),
                  *source = nbjson_get (cell, "source");
    int64_t n = nbjson_int_value (level, 1);
    autodone (buf_done) struct buf text;
    size_t part;
    bool usable = !source || source->type == NBJSON_STRING;
    buf_init (&text, source && usable ? source->n + 128 : 128);
    if (!usable)
        return err_set (err, PROBLEM_INVALID, "the source of a heading is no string");
    for (int64_t i = 0; i < n && i < 64; i++)
        (void)buf_addc (&text, '#');
    for (size_t at = 0; source && at < source->n;) {
        size_t line = nblines_next (source->s + at, source->n - at, &part);
        (void)buf_addc (&text, ' ');
        (void)buf_add (&text, source->s + at, part);
        at += line;
    }
    if (!source || source->n == 0)
        (void)buf_addc (&text, ' ');
    char *copy = nbjson_alloc (doc, text.len);
    if (!copy)
        return err_set (err, PROBLEM_TOO_LARGE, "the notebook is too large");
    memcpy (copy, text.data, text.len);
    nbjson_set (doc, cell, "source", nbjson_string (doc, copy, text.len));
    nbjson_set (doc, cell, "cell_type", nbjson_text (doc, "markdown"));
    return 0;
}

static int upgrade_cell (struct nbjson_doc *doc, struct nbjson *cell, struct err *err)
{
    struct nbjson *type = nbjson_get (cell, "cell_type");
    ensure_object (doc, cell, "metadata");
    nbjson_set (doc, cell, "id", nbformat_cell_id (doc));
    if (nbjson_equals (type, "code"))
        return upgrade_code (doc, cell, err);
    if (nbjson_equals (type, "heading"))
        return upgrade_heading (doc, cell, err);
    if (nbjson_equals (type, "html"))
        nbjson_set (doc, cell, "cell_type", nbjson_text (doc, "markdown"));
    return 0;
}

static void flatten (struct nbjson_doc *doc, struct nbjson *nb)
{
    struct nbjson *sheets = nbjson_take (nb, "worksheets"), *all = nbjson_array (doc, 16);
    for (size_t i = 0; i < sheets->n; i++) {
        struct nbjson *cells = nbjson_get (sheets->items[i], "cells");
        for (size_t k = 0; k < cells->n; k++)
            nbjson_append (doc, all, cells->items[k]);
    }
    nbjson_set (doc, nb, "cells", all);
}

int nbupgrade (struct nbjson_doc *doc, struct nbjson *nb, int major, struct err *err)
{
    if (major == 1 && upgrade_v1 (doc, nb, err) < 0)
        return -1;
    struct nbjson *meta = nbjson_get (nb, "metadata");
    if (!nbjson_is (meta, NBJSON_OBJECT))
        return err_set (err, PROBLEM_INVALID, "the notebook has no metadata");
    if (each_cell (doc, nb, join_cell, err) < 0 ||
        each_cell (doc, nb, upgrade_cell, err) < 0)
        return -1;
    struct nbjson *orig = nbjson_take (nb, "orig_nbformat");
    struct nbjson *orig_minor = nbjson_take (nb, "orig_nbformat_minor");
    if (major < 3)
        orig = nbjson_int (doc, 2);
    nbjson_set (doc, meta, "orig_nbformat",
                nbjson_truthy (orig) ? orig : nbjson_int (doc, 3));
    nbjson_set (doc, meta, "orig_nbformat_minor",
                nbjson_truthy (orig_minor) ? orig_minor : nbjson_int (doc, 0));
    nbjson_set (doc, nb, "nbformat", nbjson_int (doc, 4));
    nbjson_set (doc, nb, "nbformat_minor", nbjson_int (doc, 5));
    flatten (doc, nb);
    (void)nbjson_take (meta, "name");
    (void)nbjson_take (meta, "signature");
    return 0;
}
