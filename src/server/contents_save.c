/* contents_save.c - PUT: saving and uploading (contract 3.4.4, 3.4.8 write)
 *
 * The body is parsed here, in the pool: it is as large as the document.  A notebook's
 * content is written from the parsed body without another copy.
 */
#include "server/checkpoint.h"
#include "server/contents_base.h"
#include "server/contents_history.h"
#include "server/contents_impl.h"
#include "server/contents_write.h"
#include "server/recorded.h"
#include "base/crypto.h"
#include "base/log.h"
#include "jupyter/nbformat.h"
#include "jupyter/nbtrust.h"
#include "jupyter/nbvalidate.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* ---- what is written ------------------------------------------------------------- */

int save_error (const struct place *p, const struct err *why, struct err *err)
{
    if (is_permission (why->sys))
        return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", p->api);
    if (!why->sys)
        return err_set (err, PROBLEM_INVALID, "Unexpected error while saving file: %s %s",
                        p->api, why->text);
    return err_set (err, PROBLEM_INTERNAL,
                    "Unexpected error while saving file: %s [Errno %d] %s: '%s'", p->api,
                    why->sys, strerrordesc_np (why->sys), p->os);
}

/* KEEP as in struct contents_source. */
static int save_keeping (const struct contents *c, const struct place *p, const void *data,
                         size_t n, const char *keep, struct err *err)
{
    struct err why;
    struct contents_source source = { .data = data, .n = n, .fd = -1, .keep = keep };
    if (contents_write (c->notes, p->os, &source, c->atomic_writing, &why) < 0)
        return save_error (p, &why, err);
    return 0;
}

int save_bytes (const struct contents *c, const struct place *p, const void *data, size_t n,
                struct err *err)
{
    return save_keeping (c, p, data, n, NULL, err);
}

int save_directory (const struct contents *c, const struct place *p, struct err *err)
{
    struct err why;
    if (place_is_dir (p))
        return 0;
    if (mkdir (p->os, 0777) == 0)
        return 0;
    if (errno == EEXIST)
        return err_set (err, PROBLEM_INVALID, "Not a directory: %s", p->os);
    (void)err_sys (&why, errno, "%s", p->os);
    return save_error (p, &why, err);
}

int save_notebook (const struct contents *c, const struct place *p, struct nbjson_doc *doc,
                   struct nbjson *nb, char **ret_message, struct err *err)
{
    struct err why;
    autodone (buf_done) struct buf text;
    buf_init (&text, CONTENTS_ANSWER_MAX);
    if (nbformat_prepare (doc, nb, &why) < 0)
        return err_set (err, why.problem, "Unexpected error while saving file: %s %s",
                        p->api, why.text);
    autofree char *message = nbvalidate (nb);
    if (nbtrust_check_cells (nb))
        nbtrust_sign (c->trust, nb);
    else
        log_debug ("contents", "not trusted: %s", p->api);
    nbformat_write (doc, nb, &text);
    if (text.overflow || nbjson_exhausted (doc))
        return err_set (err, PROBLEM_TOO_LARGE, "%s is too large to be saved", p->api);
    autofree char *keep = history_place (c, p, text.data, text.len);
    if (save_keeping (c, p, text.data, text.len, keep, err) < 0)
        return -1;
    if (keep)
        history_prune (c, p);
    if (checkpoint_ensure (c, p, &why) < 0)
        log_warning ("contents", "no checkpoint of %s: %s", p->api, why.text);
    *ret_message = take_ptr (message);
    return 0;
}

/* ---- the content of a file ------------------------------------------------------- */

/* The bytes that `content` and `format` mean: *RET points into the body or into DECODED. */
static int decode (const struct place *p, const struct nbjson *model, struct buf *decoded,
                   struct slice *ret, struct err *err)
{
    struct err why;
    const struct nbjson *content = nbjson_get (model, "content");
    const struct nbjson *format = nbjson_get (model, "format");
    bool text = nbjson_equals (format, "text");
    if (!text && !nbjson_equals (format, "base64"))
        return err_set (err, PROBLEM_INVALID,
                        "Must specify format of file contents as 'text' or 'base64'");
    if (!nbjson_is (content, NBJSON_STRING))
        return err_set (err, PROBLEM_INVALID,
                        "Encoding error saving %s: content is no string", p->api);
    *ret = (struct slice){ .data = content->s, .len = content->n };
    if (text)
        return 0;
    if (base64_decode (decoded, content->s, content->n, &why) < 0)
        return err_set (err, PROBLEM_INVALID, "Encoding error saving %s: %s", p->api,
                        why.text);
    *ret = (struct slice){ .data = decoded->data, .len = decoded->len };
    return 0;
}

static int save_file (const struct contents *c, const struct place *p,
                      const struct nbjson *model, bool append, struct err *err)
{
    struct err why;
    struct slice bytes = { 0 };
    const struct nbjson *content = nbjson_get (model, "content");
    autodone (buf_done) struct buf decoded;
    buf_init (&decoded, content ? content->n + 4 : 4);
    if (decode (p, model, &decoded, &bytes, err) < 0)
        return -1;
    if (!append)
        return save_bytes (c, p, bytes.data, bytes.len, err);
    if (contents_append (p->os, bytes.data, bytes.len, &why) < 0)
        return save_error (p, &why, err);
    return 0;
}

/* ---- PUT ------------------------------------------------------------------------- */

struct save {
    const struct contents *c;
    const struct place *p;
    struct nbjson_doc *doc;
    struct nbjson *model;
    struct recorded *recorded; /* may be NULL */
    bool exists;               /* as a regular file */
    char *message;
};

/* What a new file is when its model does not say. */
static void fill_in (struct save *s)
{
    struct nbjson *model = s->model;
    bool notebook = model_is_notebook_name (s->p->api);
    if (!nbjson_get (model, "type"))
        nbjson_set (s->doc, model, "type",
                    nbjson_text (s->doc, notebook ? "notebook" : "file"));
    const struct nbjson *type = nbjson_get (model, "type");
    if (nbjson_get (model, "content") || nbjson_equals (type, "directory"))
        return;
    if (nbjson_equals (type, "notebook")) {
        struct nbjson *nb = nbjson_object (s->doc);
        nbjson_set (s->doc, nb, "cells", nbjson_array (s->doc, 0));
        nbjson_set (s->doc, nb, "metadata", nbjson_object (s->doc));
        nbjson_set (s->doc, nb, "nbformat", nbjson_int (s->doc, 4));
        nbjson_set (s->doc, nb, "nbformat_minor", nbjson_int (s->doc, 5));
        nbjson_set (s->doc, model, "content", nb);
    } else {
        nbjson_set (s->doc, model, "content", nbjson_text (s->doc, ""));
        nbjson_set (s->doc, model, "type", nbjson_text (s->doc, "file"));
        nbjson_set (s->doc, model, "format", nbjson_text (s->doc, "text"));
    }
}

/* Unknown types mean a file. */
static void settle_type (struct save *s)
{
    static const char *const known[] = { "", "directory", "file", "notebook" };
    const struct nbjson *type = nbjson_get (s->model, "type");
    if (!type || type->type == NBJSON_NULL)
        return;
    for (size_t i = 0; i < ARRAY_SIZE (known); i++)
        if (nbjson_equals (type, known[i]))
            return;
    nbjson_set (s->doc, s->model, "type", nbjson_text (s->doc, "file"));
}

static int save_chunk (struct save *s, const struct nbjson *chunk, struct err *err)
{
    const struct nbjson *type = nbjson_get (s->model, "type");
    if (chunk->type != NBJSON_INT)
        return err_set (err, PROBLEM_INVALID, "chunk is no integer");
    if (!nbjson_equals (type, "file"))
        return err_set (err, PROBLEM_INVALID,
                        "File type \"%.*s\" is not supported for large file transfer",
                        nbjson_is (type, NBJSON_STRING) ? (int)type->n : 4,
                        nbjson_is (type, NBJSON_STRING) ? type->s : "None");
    return save_file (s->c, s->p, s->model, nbjson_int_value (chunk, 0) != 1, err);
}

static int save_model (struct save *s, struct err *err)
{
    const struct nbjson *type = nbjson_get (s->model, "type");
    const struct nbjson *chunk = nbjson_get (s->model, "chunk");
    if (!type)
        return err_set (err, PROBLEM_INVALID, "No file type provided");
    if (!nbjson_get (s->model, "content") && !nbjson_equals (type, "directory"))
        return err_set (err, PROBLEM_INVALID, "No file content provided");
    if (chunk && chunk->type != NBJSON_NULL)
        return save_chunk (s, chunk, err);
    if (nbjson_equals (type, "file"))
        return save_file (s->c, s->p, s->model, false, err);
    if (nbjson_equals (type, "directory"))
        return save_directory (s->c, s->p, err);
    if (nbjson_equals (type, "notebook")) {
        struct nbjson *nb = nbjson_get (s->model, "content");
        if (s->recorded)
            (void)recorded_merge (s->doc, nb, s->recorded);
        return save_notebook (s->c, s->p, s->doc, nb, &s->message, err);
    }
    return err_set (err, PROBLEM_INVALID, "Unhandled contents type: %s",
                    type->type == NBJSON_NULL ? "None" : "");
}

static int check_hidden (const struct save *s, struct err *err)
{
    struct place named = { 0 };
    autofree char *path = contents_string (s->model, "path");
    bool hidden = place_hidden (s->c, s->p);
    if (path && *path) {
        if (place_init (s->c, path, strlen (path), &named, err) < 0)
            return -1;
        hidden = hidden || place_hidden (s->c, &named);
        place_done (&named);
    }
    if (!hidden)
        return 0;
    return err_set (err, PROBLEM_INVALID, "Cannot create file or directory '%s'",
                    s->p->api);
}

static int put (struct save *s, struct contents_answer *a, struct err *err)
{
    if (!s->model)
        return create_untitled (s->c, s->p, NULL, a, err);
    if (nbjson_truthy (nbjson_get (s->model, "copy_from")))
        return err_set (err, PROBLEM_INVALID, "Cannot copy with PUT, only POST");
    if (check_hidden (s, err) < 0)
        return -1;
    s->exists = place_is_file (s->p);
    settle_type (s);
    if (!s->exists)
        fill_in (s);
    if (save_model (s, err) < 0)
        return -1;
    if (s->exists)
        contents_base_forget (s->c->notes, s->p->os);
    a->created = !s->exists;
    return model_answer (s->c, s->p, s->message, a, err);
}

int contents_body_notebook (const struct contents_request *r, char **ret_name,
                            struct buf *b, struct err *err)
{
    struct nbjson *model = NULL;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    if (contents_body_used (doc, r, &model, err) < 0)
        return -1;
    struct nbjson *nb = nbjson_get (model, "content");
    if (!nb)
        return err_set (err, PROBLEM_INVALID, "No file content provided");
    if (nbformat_prepare (doc, nb, err) < 0)
        return -1;
    nbformat_write (doc, nb, b);
    if (b->overflow)
        return err_set (err, PROBLEM_TOO_LARGE, "the notebook is too large");
    char *name = contents_string (model, "name");
    bool usable = name && model_is_notebook_name (name) && !strchr (name, '/') &&
                  name[0] != '.' && name[0] != '-' && strlen (name) <= NAME_MAX;
    if (!usable) {
        free (name);
        name = xstrdup ("notebook.ipynb");
    }
    *ret_name = name;
    return 0;
}

int contents_put (const struct contents *c, const struct contents_request *r,
                  struct contents_answer *a, struct err *err)
{
    struct place p = { 0 };
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct save s = { .c = c, .p = &p, .doc = doc, .recorded = r->recorded };
    int rc = place_init (c, r->path, r->path_len, &p, err);
    if (rc == 0)
        rc = contents_body_used (doc, r, &s.model, err);
    if (rc == 0)
        history_rescue (c, &p);
    if (rc == 0)
        rc = put (&s, a, err);
    free (s.message);
    place_done (&p);
    return rc;
}
