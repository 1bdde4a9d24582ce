/* contents.c - configuration, and paths in their two spellings
 *
 * An API path is confined lexically (contract 1.7); whether it is hidden is asked by each
 * operation, because reading answers 404 and writing 400.
 */
#include "server/contents_impl.h"
#include "base/path.h"
#include "base/jsonx.h"
#include "base/url.h"
#include "http/files.h"
#include "jupyter/jpaths.h"
#include "jupyter/nbtrust.h"
#include "server/options.h"
#include "server/pathq.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

#define NOTES_DIR "labwright/notes" /* in the data directory */

struct contents *contents_new (const struct contents_config *config)
{
    const char *type, *encoding;
    struct contents *c = xnew (struct contents);
    c->root_dir = xstrdup (config->root_dir);
    c->home = config->home ? xstrdup (config->home) : NULL;
    c->untitled_notebook = xstrdup (config->untitled_notebook);
    c->untitled_file = xstrdup (config->untitled_file);
    c->untitled_directory = xstrdup (config->untitled_directory);
    c->hash_algorithm = xstrdup (config->hash_algorithm);
    c->checkpoint_dir = xstrdup (config->checkpoint_dir);
    strv_init (&c->hide_globs);
    if (config->hide_globs)
        strv_copy (&c->hide_globs, config->hide_globs);
    c->allow_hidden = config->allow_hidden;
    c->delete_to_trash = config->delete_to_trash;
    c->always_delete_dir = config->always_delete_dir;
    c->atomic_writing = config->atomic_writing;
    c->max_copy_mb = config->max_copy_mb;
    c->trust = nbtrust_new (&config->trust);
    c->notes = config->notes_dir ? contents_notes_new (config->notes_dir) : NULL;
    c->refs = 1;
    files_guess_type ("", &type, &encoding); /* loads its tables: the pool may use it now */
    return c;
}

static struct nbtrust_config trust_from_options (const struct server *s)
{
    const struct options *o = s->options;
    const char *dir = options_str (o, "NotebookNotary.data_dir");
    return (struct nbtrust_config){
        .data_dir = *dir ? dir : s->jpaths->data_dir,
        .db_file = options_str (o, "NotebookNotary.db_file"),
        .algorithm = options_str (o, "NotebookNotary.algorithm"),
        .secret = options_str (o, "NotebookNotary.secret"),
        .secret_file = options_str (o, "NotebookNotary.secret_file"),
        .cache_size = options_int (o, "SQLiteSignatureStore.cache_size"),
    };
}

struct contents *contents_from_options (struct server *s)
{
    const struct options *o = s->options;
    autofree char *notes_dir = path_join (s->jpaths->data_dir, NOTES_DIR);
    struct strv globs;
    size_t i;
    json_t *glob;
    strv_init (&globs);
    json_array_foreach (options_json (o, "ContentsManager.hide_globs"), i, glob)
    {
        if (json_is_string (glob))
            strv_add (&globs, json_string_value (glob));
    }
    struct contents_config config = {
        .root_dir = s->root_dir,
        .home = s->jpaths->home,
        .untitled_notebook = options_str (o, "ContentsManager.untitled_notebook"),
        .untitled_file = options_str (o, "ContentsManager.untitled_file"),
        .untitled_directory = options_str (o, "ContentsManager.untitled_directory"),
        .hash_algorithm = options_str (o, "ContentsManager.hash_algorithm"),
        .checkpoint_dir = options_str (o, "FileCheckpoints.checkpoint_dir"),
        .notes_dir = notes_dir,
        .hide_globs = &globs,
        .allow_hidden = options_bool (o, "ContentsManager.allow_hidden"),
        .delete_to_trash = options_bool (o, "ContentsManager.delete_to_trash"),
        .always_delete_dir = options_bool (o, "ContentsManager.always_delete_dir"),
        .atomic_writing = options_bool (o, "ContentsManager.use_atomic_writing"),
        .max_copy_mb = options_int (o, "ContentsManager.max_copy_folder_size_mb"),
        .trust = trust_from_options (s),
    };
    struct contents *c = contents_new (&config);
    c->queue = pathq_new (loop_pool (s->loop));
    strv_done (&globs);
    return c;
}

void contents_free (struct contents *c)
{
    if (!c)
        return;
    pathq_free (take_ptr (c->queue));
    contents_unref (c);
}

struct pathq *contents_queue (const struct contents *c)
{
    return c->queue;
}

struct contents *contents_ref (struct contents *c)
{
    c->refs++;
    return c;
}

void contents_unref (struct contents *c)
{
    if (--c->refs)
        return;
    nbtrust_free (c->trust);
    contents_notes_free (c->notes);
    strv_done (&c->hide_globs);
    free (c->root_dir);
    free (c->home);
    free (c->untitled_notebook);
    free (c->untitled_file);
    free (c->untitled_directory);
    free (c->hash_algorithm);
    free (c->checkpoint_dir);
    free (c);
}

struct nbtrust *contents_trust_store (const struct contents *c)
{
    return c->trust;
}

void contents_answer_init (struct contents_answer *a)
{
    *a = (struct contents_answer){ .modified_us = -1 };
    buf_init (&a->body, CONTENTS_ANSWER_MAX);
    strv_init (&a->children);
}

void contents_answer_done (struct contents_answer *a)
{
    buf_done (&a->body);
    strv_done (&a->children);
    contents_listing_free (take_ptr (a->rest));
    free (a->path);
    a->path = NULL;
}

/* ---- places ---------------------------------------------------------------------- */

int place_init (const struct contents *c, const char *api, size_t n, struct place *ret,
                struct err *err)
{
    char *os = path_to_os (c->root_dir, api, n, err);
    if (!os)
        return -1;
    ret->os = os;
    ret->api = path_api_normal (api);
    return 0;
}

void place_done (struct place *p)
{
    free (p->api);
    free (p->os);
    *p = (struct place){ 0 };
}

int place_child (const struct contents *c, const struct place *dir, const char *name,
                 struct place *ret, struct err *err)
{
    autofree char *api = *dir->api ? xasprintf ("%s/%s", dir->api, name) : xstrdup (name);
    if (strchr (name, '/') || !*name)
        return err_set (err, PROBLEM_INVALID, "'%s' is no file name", name);
    return place_init (c, api, strlen (api), ret, err);
}

bool place_hidden (const struct contents *c, const struct place *p)
{
    return !c->allow_hidden && path_is_hidden (c->root_dir, p->os);
}

bool place_lexists (const struct place *p)
{
    struct stat st;
    return lstat (p->os, &st) == 0;
}

bool place_is_dir (const struct place *p)
{
    struct stat st;
    return stat (p->os, &st) == 0 && S_ISDIR (st.st_mode);
}

bool place_is_file (const struct place *p)
{
    struct stat st;
    return stat (p->os, &st) == 0 && S_ISREG (st.st_mode);
}

const char *place_name (const struct place *p)
{
    return path_basename (p->api);
}

bool is_permission (int errnum)
{
    return errnum == EACCES || errnum == EPERM || errnum == EROFS;
}

/* ---- bodies ---------------------------------------------------------------------- */

static int parse_body (struct nbjson_doc *doc, const struct contents_request *r, bool used,
                       struct nbjson **ret, struct err *err)
{
    struct err why;
    size_t i = 0;
    while (i < r->body_len && strchr (" \t\r\n\v\f", r->body[i]))
        i++;
    *ret = NULL;
    if (i == r->body_len)
        return 0;
    struct nbjson *v = used ? nbjson_parse_used (doc, r->body, r->body_len, &why)
                            : nbjson_parse (doc, r->body, r->body_len, &why);
    if (!v)
        return err_set (err, why.problem, "%s",
                        why.problem == PROBLEM_INVALID ? "Invalid JSON in body of request"
                                                       : why.text);
    if (v->type != NBJSON_OBJECT && nbjson_truthy (v))
        return err_set (err, PROBLEM_INVALID, "the body must be a JSON object");
    *ret = nbjson_truthy (v) ? v : NULL;
    return 0;
}

int contents_body (struct nbjson_doc *doc, const struct contents_request *r,
                   struct nbjson **ret, struct err *err)
{
    return parse_body (doc, r, false, ret, err);
}

int contents_body_used (struct nbjson_doc *doc, const struct contents_request *r,
                        struct nbjson **ret, struct err *err)
{
    return parse_body (doc, r, true, ret, err);
}

char *contents_string (const struct nbjson *model, const char *key)
{
    const struct nbjson *v = nbjson_get (model, key);
    if (!nbjson_is (v, NBJSON_STRING) || memchr (v->s, 0, v->n))
        return NULL;
    return xstrndup (v->s, v->n);
}
