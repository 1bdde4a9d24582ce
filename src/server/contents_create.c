/* contents_create.c - POST: new files with names of our choice, and copies (contract 3.4.3)
 *
 * Two requests for one directory are put in order by the caller, so the first free name
 * stays free.
 */
#include "server/contents_impl.h"
#include "server/tree.h"
#include "base/path.h"
#include "jupyter/nbformat.h"
#include "jupyter/nbtrust.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NUMBERS_MAX 1000000

/* ---- names ----------------------------------------------------------------------- */

/* Where the number goes: before the last dot of a notebook, before the first dot of others.
 */
static size_t stem_length (const char *name)
{
    const char *dot = strrchr (name, '.');
    if (!dot || strcmp (dot, ".ipynb"))
        dot = strchr (name, '.');
    return dot ? (size_t)(dot - name) : strlen (name);
}

/* The first free of NAME, <stem><insert>1<suffix>, <stem><insert>2<suffix>, ... in DIR. */
static int free_place (const struct contents *c, const struct place *dir, const char *name,
                       const char *insert, struct place *ret, struct err *err)
{
    size_t stem = stem_length (name);
    for (int i = 0; i < NUMBERS_MAX; i++) {
        autofree char *candidate =
            i ? xasprintf ("%.*s%s%d%s", (int)stem, name, insert, i, name + stem)
              : xstrdup (name);
        struct place p = { 0 };
        if (place_child (c, dir, candidate, &p, err) < 0)
            return -1;
        if (!place_lexists (&p)) {
            *ret = p;
            return 0;
        }
        place_done (&p);
    }
    return err_set (err, PROBLEM_LIMIT, "no free name for %s", name);
}

/* Every "-Copy<digits>" that stands before a dot is dropped. */
static char *without_copy (const char *name)
{
    char *out = xcalloc (strlen (name) + 1, 1), *to = out;
    while (*name) {
        const char *end = name + 5;
        if (!strncmp (name, "-Copy", 5)) {
            while (isdigit ((unsigned char)*end))
                end++;
            if (*end == '.') {
                name = end;
                continue;
            }
        }
        *to++ = *name++;
    }
    return out;
}

/* ---- untitled -------------------------------------------------------------------- */

static int save_new (const struct contents *c, const struct place *p,
                     enum contents_type type, struct err *err)
{
    autofree char *message = NULL;
    if (type == CONTENTS_DIRECTORY)
        return save_directory (c, p, err);
    if (type == CONTENTS_FILE)
        return save_bytes (c, p, "", 0, err);
    static const char empty[] =
        "{\"cells\":[],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":5}";
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    struct nbjson *nb = nbjson_parse (doc, empty, sizeof empty - 1, err);
    return nb ? save_notebook (c, p, doc, nb, &message, err) : -1;
}

static enum contents_type wanted_type (const struct nbjson *model, const char *ext)
{
    const struct nbjson *type = nbjson_get (model, "type");
    if (!nbjson_truthy (type))
        return ext && !strcmp (ext, ".ipynb") ? CONTENTS_NOTEBOOK : CONTENTS_FILE;
    if (nbjson_equals (type, "notebook"))
        return CONTENTS_NOTEBOOK;
    return nbjson_equals (type, "directory") ? CONTENTS_DIRECTORY : CONTENTS_FILE;
}

int create_untitled (const struct contents *c, const struct place *dir,
                     const struct nbjson *model, struct contents_answer *a, struct err *err)
{
    struct place p = { 0 };
    autofree char *given = contents_string (model, "ext");
    enum contents_type type = wanted_type (model, given);
    const char *ext = type == CONTENTS_NOTEBOOK ? ".ipynb" : given ? given : "";
    const char *base = type == CONTENTS_NOTEBOOK    ? c->untitled_notebook
                       : type == CONTENTS_DIRECTORY ? c->untitled_directory
                                                    : c->untitled_file;
    if (place_is_file (dir))
        return err_set (err, PROBLEM_INVALID, "Cannot POST to files, use PUT instead.");
    if (!place_is_dir (dir))
        return err_set (err, PROBLEM_NOT_FOUND, "No such directory: %s", dir->api);
    autofree char *name = xasprintf ("%s%s", base, ext);
    if (free_place (c, dir, name, type == CONTENTS_DIRECTORY ? " " : "", &p, err) < 0)
        return -1;
    int rc = place_hidden (c, &p) ? err_set (err, PROBLEM_INVALID,
                                             "Cannot create file or directory '%s'", p.api)
                                  : save_new (c, &p, type, err);
    if (rc == 0)
        rc = model_answer (c, &p, NULL, a, err);
    a->created = true;
    place_done (&p);
    return rc;
}

/* ---- copies ---------------------------------------------------------------------- */

static int copy_notebook (const struct contents *c, const struct place *from,
                          const struct place *to, char **ret_message, struct err *err)
{
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf bytes;
    buf_init (&bytes, CONTENTS_READ_MAX);
    struct nbjson *nb = read_notebook (c, from, doc, &bytes, NULL, err);
    if (!nb)
        return -1;
    nbtrust_mark (doc, nb, nbtrust_check (c->trust, nb));
    return save_notebook (c, to, doc, nb, ret_message, err);
}

static int copy_file (const struct contents *c, const struct place *from,
                      const struct place *to, struct contents_answer *a, struct err *err)
{
    autofree char *message = NULL;
    autodone (buf_done) struct buf bytes;
    buf_init (&bytes, CONTENTS_READ_MAX);
    if (place_hidden (c, to))
        return err_set (err, PROBLEM_INVALID, "Cannot copy file or directory '%s'",
                        to->api);
    if (model_is_notebook_name (from->api)) {
        if (copy_notebook (c, from, to, &message, err) < 0)
            return -1;
    } else if (read_bytes (from, &bytes, err) < 0 ||
               save_bytes (c, to, bytes.data, bytes.len, err) < 0) {
        return -1;
    }
    return model_answer (c, to, message, a, err);
}

static void human_size (int64_t n, char *to, size_t room)
{
    static const char *const units[] = { "bytes", "KB", "MB", "GB", "TB" };
    size_t u = 0;
    double size = (double)n;
    for (; size >= 1024 && u + 1 < ARRAY_SIZE (units); u++)
        size /= 1024;
    (void)snprintf (to, room, "%.2f %s", size, units[u]);
}

static int copy_directory (const struct contents *c, const struct place *from,
                           const struct place *dir, const struct place *to,
                           struct contents_answer *a, struct err *err)
{
    char text[32];
    int64_t max = c->max_copy_mb << 20, size = tree_size (from->os, INT64_MAX / 2);
    if (size > max) {
        human_size (size, text, sizeof text);
        return err_set (err, PROBLEM_INVALID,
                        "Can't copy folders larger than %dMB, \"%s\" is %s",
                        (int)c->max_copy_mb, from->api, text);
    }
    if (tree_copy (from->os, to->os, true, 4 * max, NULL) < 0)
        return err_set (err, PROBLEM_INVALID, "Can't copy '%s' into read-only Folder '%s'",
                        from->api, dir->api);
    return model_answer (c, to, NULL, a, err);
}

/* What DIR, the path of the URL, means for a copy of NAME: a directory to number it in, or,
 * if its parent exists, the new file itself. */
static int destination (const struct contents *c, const struct place *dir, const char *name,
                        struct place *ret, struct err *err)
{
    autofree char *plain = without_copy (name);
    if (place_is_dir (dir))
        return free_place (c, dir, plain, "-Copy", ret, err);
    autofree char *parent_os = path_dirname (dir->os);
    autofree char *parent = path_dirname (dir->api);
    struct stat st;
    if (stat (*parent_os ? parent_os : "/", &st) < 0 || !S_ISDIR (st.st_mode))
        return err_set (err, PROBLEM_NOT_FOUND,
                        "No such parent directory: %s to copy file in", parent);
    return place_init (c, dir->api, strlen (dir->api), ret, err);
}

static int copy (const struct contents *c, const struct place *dir, const char *from_path,
                 struct contents_answer *a, struct err *err)
{
    struct place from = { 0 }, to = { 0 };
    int rc = place_init (c, from_path, strlen (from_path), &from, err);
    if (rc == 0 && (place_hidden (c, dir) || place_hidden (c, &from)))
        rc = err_set (err, PROBLEM_INVALID, "Cannot copy file or directory '%s'", dir->api);
    if (rc == 0 && (!place_lexists (&from) || !*from.api))
        rc = err_set (err, PROBLEM_NOT_FOUND, "file or directory '%s' does not exist",
                      from.api);
    if (rc == 0)
        rc = destination (c, dir, place_name (&from), &to, err);
    if (rc == 0)
        rc = place_is_dir (&from) ? copy_directory (c, &from, dir, &to, a, err)
                                  : copy_file (c, &from, &to, a, err);
    a->created = true;
    place_done (&from);
    place_done (&to);
    return rc;
}

int contents_post (const struct contents *c, const struct contents_request *r,
                   struct contents_answer *a, struct err *err)
{
    struct place dir = { 0 };
    struct nbjson *model = NULL;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    int rc = place_init (c, r->path, r->path_len, &dir, err);
    if (rc == 0 && place_is_file (&dir))
        rc = err_set (err, PROBLEM_INVALID, "Cannot POST to files, use PUT instead.");
    if (rc == 0)
        rc = contents_body (doc, r, &model, err);
    if (rc == 0 && nbjson_truthy (nbjson_get (model, "copy_from"))) {
        autofree char *from = contents_string (model, "copy_from");
        rc = from ? copy (c, &dir, from, a, err)
                  : err_set (err, PROBLEM_INVALID, "copy_from is no path");
    } else if (rc == 0) {
        rc = create_untitled (c, &dir, model, a, err);
    }
    place_done (&dir);
    return rc;
}
