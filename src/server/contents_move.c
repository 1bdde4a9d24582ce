/* contents_move.c - PATCH and DELETE (contract 3.4.5, 3.4.6) */
#include "server/checkpoint.h"
#include "server/contents_history.h"
#include "server/contents_impl.h"
#include "server/trash.h"
#include "server/tree.h"
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- renaming -------------------------------------------------------------------- */

static bool same_file (const struct place *a, const struct place *b)
{
    struct stat x, y;
    return stat (a->os, &x) == 0 && stat (b->os, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static int move_error (const struct place *from, const struct err *why, struct err *err)
{
    if (is_permission (why->sys))
        return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", from->api);
    if (why->sys == ENOENT)
        return err_set (err, PROBLEM_NOT_FOUND, "File or directory does not exist: %s",
                        from->api);
    return err_set (err, PROBLEM_INTERNAL, "Unknown error renaming file: %s %s", from->api,
                    why->text);
}

static int rename_place (const struct contents *c, const struct place *from,
                         const struct place *to, struct err *err)
{
    struct err why;
    bool onto_itself = same_file (from, to);
    if (place_hidden (c, from) || place_hidden (c, to))
        return err_set (err, PROBLEM_INVALID, "Cannot rename file or directory '%s'",
                        from->api);
    if (!*from->api || !*to->api)
        return err_set (err, PROBLEM_INVALID, "Cannot rename the root");
    if (!place_lexists (from))
        return err_set (err, PROBLEM_NOT_FOUND, "File or directory does not exist: %s",
                        from->api);
    if (place_lexists (to) && !onto_itself)
        return err_set (err, PROBLEM_CONFLICT, "File already exists: %s", to->api);
    if (onto_itself) {
        if (rename (from->os, to->os) < 0) {
            (void)err_sys (&why, errno, "%s", to->os);
            return move_error (from, &why, err);
        }
        return 0;
    }
    if (tree_move (from->os, to->os, &why) < 0) {
        if (why.sys == EEXIST)
            return err_set (err, PROBLEM_CONFLICT, "File already exists: %s", to->api);
        return move_error (from, &why, err);
    }
    return 0;
}

static int patch (const struct contents *c, const struct place *from, const char *new_path,
                  size_t n, struct contents_answer *a, struct err *err)
{
    struct place to = { 0 };
    if (place_init (c, new_path, n, &to, err) < 0)
        return -1;
    int rc = 0;
    bool moved = strcmp (from->api, to.api) != 0;
    if (moved)
        history_rescue (c, from);
    if (moved)
        rc = rename_place (c, from, &to, err);
    else if (!place_lexists (from) || place_hidden (c, from))
        rc = err_set (err, PROBLEM_NOT_FOUND, "file or directory '%s' does not exist",
                      from->api);
    if (rc == 0 && moved)
        checkpoint_moved (c, from, &to);
    if (rc == 0 && moved && model_is_notebook_name (from->api))
        history_moved (c, from, &to);
    if (rc == 0)
        rc = model_answer (c, &to, NULL, a, err);
    place_done (&to);
    return rc;
}

int contents_patch (const struct contents *c, const struct contents_request *r,
                    struct contents_answer *a, struct err *err)
{
    struct place from = { 0 };
    struct nbjson *model = NULL;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    if (place_init (c, r->path, r->path_len, &from, err) < 0)
        return -1;
    int rc = contents_body (doc, r, &model, err);
    size_t i = strspn (r->body ? r->body : "", " \t\r\n");
    if (rc == 0 && i >= r->body_len)
        rc = err_set (err, PROBLEM_INVALID, "JSON body missing");
    const struct nbjson *path = nbjson_get (model, "path");
    if (rc == 0 && path && path->type != NBJSON_STRING)
        rc = err_set (err, PROBLEM_INVALID, "path is no string");
    if (rc == 0) {
        const char *given = path ? path->s : from.api;
        autofree char *to = xstrndup (given, path ? path->n : strlen (given));
        rc = patch (c, &from, to, path ? path->n : strlen (given), a, err);
    }
    place_done (&from);
    return rc;
}

static char *string_of_body (const struct contents_request *r, const char *key)
{
    struct nbjson *model = NULL;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    if (r->body_len > 64 * 1024 || contents_body (doc, r, &model, NULL) < 0)
        return NULL;
    return contents_string (model, key);
}

char *contents_patch_target (const struct contents_request *r)
{
    return string_of_body (r, "path");
}

char *contents_copy_source (const struct contents_request *r)
{
    autofree char *from = string_of_body (r, "copy_from");
    return from && *from ? take_ptr (from) : NULL;
}

/* ---- deleting -------------------------------------------------------------------- */

static bool is_link (const struct place *p)
{
    struct stat st;
    return lstat (p->os, &st) == 0 && S_ISLNK (st.st_mode);
}

/* A directory that holds nothing but checkpoints counts as empty. */
static bool is_empty (const struct contents *c, const struct place *p)
{
    bool empty = true;
    DIR *d = opendir (p->os);
    for (struct dirent *e; d && empty && (e = readdir (d));)
        empty = !strcmp (e->d_name, ".") || !strcmp (e->d_name, "..") ||
                !strcmp (e->d_name, c->checkpoint_dir);
    if (d)
        (void)closedir (d);
    return empty;
}

static int to_trash (const struct contents *c, const struct place *p, struct err *err)
{
    struct err why;
    if (!is_link (p) && access (p->os, W_OK) < 0)
        return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", p->api);
    if (trash_put (p->os, c->home, &why) < 0)
        return err_set (err, PROBLEM_INVALID, "send2trash failed: %s", why.text);
    return 0;
}

static int remove_place (const struct contents *c, const struct place *p, struct err *err)
{
    struct err why;
    bool dir = !is_link (p) && place_is_dir (p);
    if (c->delete_to_trash)
        return to_trash (c, p, err);
    if (dir && !c->always_delete_dir && !is_empty (c, p))
        return err_set (err, PROBLEM_INVALID, "Directory %s not empty", p->os);
    if (dir ? fd_remove_tree (p->os, &why) == 0 : unlink (p->os) == 0)
        return 0;
    if (!dir)
        (void)err_sys (&why, errno, "%s", p->api);
    if (is_permission (why.sys))
        return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", p->api);
    return err_set (err, PROBLEM_INTERNAL, "Cannot delete %s", why.text);
}

static int delete_place (const struct contents *c, const struct place *p, struct err *err)
{
    if (place_hidden (c, p))
        return err_set (err, PROBLEM_INVALID, "Cannot delete file or directory '%s'",
                        p->api);
    if (!*p->api)
        return err_set (err, PROBLEM_INVALID, "Can't delete root");
    if (!place_lexists (p))
        return err_set (err, PROBLEM_NOT_FOUND, "File or directory does not exist: %s",
                        p->os);
    bool file = place_is_file (p);
    if (remove_place (c, p, err) < 0)
        return -1;
    if (file)
        checkpoint_forget (c, p);
    if (file && model_is_notebook_name (p->api))
        history_forget (c, p);
    return 0;
}

int contents_delete (const struct contents *c, const struct contents_request *r,
                     struct err *err)
{
    struct place p = { 0 };
    if (place_init (c, r->path, r->path_len, &p, err) < 0)
        return -1;
    int rc = delete_place (c, &p, err);
    place_done (&p);
    return rc;
}
