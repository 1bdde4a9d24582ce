/* environments.c - what is installed in a workspace: the files, and finding one
 *
 * Each file is read for itself, so that one with a mistake takes nobody else's environment away; names are
 * settled when all are read (settle).
 */

#include "model/environments.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "model/conf_dir.h"
#include "model/fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROBLEMS 64
#define SUFFIX ".yml"

const char *const env_kind_names[] = { "host", "prefix", "root" };
_Static_assert(ARRAY_SIZE (env_kind_names) == ENV_KIND_COUNT, "");

struct reading {
    struct environment *e;
    struct env_variant *v; /* that a nested mapping fills */
    const char *state;
    bool given[2]; /* the file has cpu, gpu */
    bool has_kind;
};

static struct reading *reading_of (const struct fields *f)
{
    return f->to;
}

/* ---- one variant ---- */

static int set_path (struct fields *f, const json_t *v, enum env_kind kind)
{
    struct reading *r = reading_of (f);
    autofree char *text = NULL;

    if (r->has_kind)
        return fields_fail (f, v, "prefix or root, not both");
    if (fields_text (f, v, 1024, &text) < 0)
        return -1;
    autofree char *joined = *text == '/' ? xstrdup (text) : path_join (r->state, text);
    autofree char *normal = path_absolute (joined);
    size_t n = strlen (r->state);
    if (!field_is_path (normal) ||
        (*text != '/' && (strncmp (normal, r->state, n) != 0 || normal[n] != '/')))
        return fields_fail (f, v, "must be a directory: absolute, or below the state");
    free (r->v->path);
    r->v->path = take_ptr (normal);
    r->v->kind = kind;
    r->has_kind = true;
    return 0;
}

static int read_prefix (struct fields *f, const json_t *v)
{
    return set_path (f, v, ENV_PREFIX);
}

static int read_root (struct fields *f, const json_t *v)
{
    return set_path (f, v, ENV_ROOT);
}

static int read_kernels (struct fields *f, const json_t *v)
{
    return fields_list (f, v, 64, field_is_alias, "is no name of a kernel",
                        &reading_of (f)->v->kernels);
}

static int read_digest (struct fields *f, const json_t *v)
{
    return fields_text (f, v, 128, &reading_of (f)->v->digest);
}

static const struct field variant_fields[] = {
    { "prefix", read_prefix },
    { "root", read_root },
    { "kernels", read_kernels },
    { "digest", read_digest },
};

static int read_variant (struct fields *f, const json_t *v, bool gpu)
{
    struct reading *r = reading_of (f);
    const char *word = json_string_value (v);
    struct fields inner = { f->y, v, f->key, r, f->err, NULL };

    r->given[gpu] = true;
    r->v = &r->e->variants[gpu];
    r->has_kind = false;
    if (word && !strcmp (word, "host"))
        return 0;
    if (!json_is_object (v))
        return fields_fail (f, v, "must be host, or a mapping with prefix or root");
    if (fields_read (&inner, variant_fields, ARRAY_SIZE (variant_fields)) < 0)
        return -1;
    return 0;
}

/* ---- one file ---- */

static int read_title (struct fields *f, const json_t *v)
{
    return fields_text (f, v, 80, &reading_of (f)->e->title);
}

static int read_description (struct fields *f, const json_t *v)
{
    return fields_text (f, v, 400, &reading_of (f)->e->description);
}

static int read_aliases (struct fields *f, const json_t *v)
{
    return fields_list (f, v, ENVIRONMENT_ALIASES, field_is_alias, "is no name",
                        &reading_of (f)->e->aliases);
}

static int read_cpu (struct fields *f, const json_t *v)
{
    return read_variant (f, v, false);
}

static int read_gpu (struct fields *f, const json_t *v)
{
    return read_variant (f, v, true);
}

static const struct field environment_fields[] = {
    { "title", read_title },     { "description", read_description },
    { "aliases", read_aliases }, { "cpu", read_cpu },
    { "gpu", read_gpu },
};

static void variant_init (struct env_variant *v)
{
    *v = (struct env_variant){ .path = xstrdup (""), .digest = xstrdup ("") };
}

static void variant_done (struct env_variant *v)
{
    free (v->path);
    free (v->digest);
    strv_done (&v->kernels);
}

static void variant_copy (struct env_variant *to, const struct env_variant *from)
{
    variant_done (to);
    *to = (struct env_variant){ .kind = from->kind,
                                .path = xstrdup (from->path),
                                .digest = xstrdup (from->digest) };
    strv_copy (&to->kernels, &from->kernels);
}

static void init (struct environment *e, const char *name)
{
    *e = (struct environment){ .title = xstrdup (""),
                               .description = xstrdup (""),
                               .file = xstrdup ("") };
    (void)snprintf (e->name, sizeof e->name, "%s", name);
    variant_init (&e->variants[0]);
    variant_init (&e->variants[1]);
}

void environment_done (struct environment *e)
{
    strv_done (&e->aliases);
    free (e->title);
    free (e->description);
    free (e->file);
    variant_done (&e->variants[0]);
    variant_done (&e->variants[1]);
    *e = (struct environment){ .name = "" };
}

static int read_fields (const struct yamlx *y, const char *name, const char *state,
                        struct environment *e, struct err *err)
{
    struct reading r = { .e = e, .state = state };
    struct fields f = { y, y->root, name, &r, err, NULL };

    if (fields_read (&f, environment_fields, ARRAY_SIZE (environment_fields)) < 0)
        return -1;
    if (!r.given[0] && !r.given[1])
        return yamlx_fail (y, y->root, NULL, err, "%s: neither cpu nor gpu is said", name);
    if (r.given[0] != r.given[1])
        variant_copy (&e->variants[r.given[0]], &e->variants[r.given[1]]);
    if (!*e->title) {
        free (e->title);
        e->title = xstrdup (name);
    }
    return 0;
}

int environment_parse (const char *text, size_t n, const char *name, const char *state,
                       struct environment *ret, struct err *err)
{
    autofree char *file = xasprintf ("%.100s" SUFFIX, name);
    autofree char *base = path_absolute (state);
    struct yamlx y;

    *ret = (struct environment){ .name = "" };
    if (environment_check_name (name, err) < 0 || yamlx_parse (text, n, file, &y, err) < 0)
        return -1;
    init (ret, name);
    int rc = read_fields (&y, name, base, ret, err);
    yamlx_done (&y);
    if (rc < 0)
        environment_done (ret);
    return rc;
}

int environment_check_name (const char *name, struct err *err)
{
    if (field_is_name (name))
        return 0;
    return err_set (err, PROBLEM_INVALID,
                    "'%.64s' cannot be the name of an environment: letters, digits, '-', "
                    "'_' and '.', at most 64 of them",
                    name);
}

/* ---- all of them ---- */

static void note (struct environments *es, const struct err *err)
{
    if (es->problems.n < PROBLEMS)
        strv_add (&es->problems, err->text);
}

static bool known (const struct environments *es, const char *name)
{
    for (size_t i = 0; i < es->n; i++)
        if (!strcmp (es->v[i].name, name))
            return true;
    return false;
}

static int load_file (struct environments *es, const char *path, const char *state,
                      bool own, struct err *err)
{
    struct environment e;
    autodone (buf_done) struct buf b;
    const char *base = path_basename (path);
    autofree char *name = xstrndup (base, strlen (base) - strlen (SUFFIX));

    buf_init (&b, YAMLX_BYTES);
    if (known (es, name))
        return 0;
    if ((own && conf_dir_check_owner (path, err) < 0) || fd_read_file (path, &b, err) < 0 ||
        environment_parse (b.data, b.len, name, state, &e, err) < 0)
        return -1;
    free (e.file);
    e.file = xstrdup (path);
    e.shipped = !own;
    es->v = xrealloc (es->v, es->n + 1, sizeof *es->v);
    es->v[es->n++] = e;
    return 0;
}

static int load_dir (struct environments *es, const char *dir, const char *state, bool own,
                     struct err *err)
{
    struct strv names = { 0 };
    int rc = 0;

    if (access (dir, F_OK) < 0)
        return 0;
    if (fd_list_dir (dir, SUFFIX, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n && rc == 0; i++) {
        autofree char *path = path_join (dir, names.v[i]);
        struct err bad;

        if (es->n == ENVIRONMENTS_MAX)
            rc = err_set (err, PROBLEM_TOO_LARGE, "%s: more than %d environments", dir,
                          ENVIRONMENTS_MAX);
        else if (load_file (es, path, state, own, &bad) < 0)
            note (es, &bad);
    }
    strv_done (&names);
    return rc;
}

static int by_rank (const void *a, const void *b)
{
    const struct environment *x = a, *y = b;

    return x->shipped != y->shipped ? x->shipped - y->shipped : strcmp (x->name, y->name);
}

/* An alias that another has too goes to the first.  That an environment of this host takes one over from
 * those that are shipped is no problem. */
static void drop_doubles (struct environments *es, struct environment *e)
{
    for (size_t a = e->aliases.n; a-- > 0;) {
        const struct environment *owner = environments_find (es, e->aliases.v[a]);
        struct err err;

        if (owner == e)
            continue;
        (void)err_set (&err, PROBLEM_CONFLICT, "%s" SUFFIX ":1: '%s' already means %s",
                       e->name, e->aliases.v[a], owner->name);
        if (!e->shipped)
            note (es, &err);
        strv_remove (&e->aliases, a);
    }
}

static void settle (struct environments *es)
{
    if (es->n == 0)
        return;
    qsort (es->v, es->n, sizeof *es->v, by_rank);
    for (size_t i = 0; i < es->n; i++)
        drop_doubles (es, &es->v[i]);
    es->dflt = 0;
    const struct environment *e = environments_find (es, "default");
    if (!e)
        e = environments_find (es, "python3");
    if (e)
        es->dflt = (size_t)(e - es->v);
}

int environments_open (const char *state, struct environments *ret, struct err *err)
{
    autofree char *own = path_join (state, "environments");
    autofree char *shipped = conf_dir_file ("environments");

    *ret = (struct environments){ .v = NULL };
    if (load_dir (ret, own, state, true, err) < 0 ||
        load_dir (ret, shipped, state, false, err) < 0) {
        environments_done (ret);
        return -1;
    }
    settle (ret);
    return 0;
}

void environments_done (struct environments *es)
{
    for (size_t i = 0; i < es->n; i++)
        environment_done (&es->v[i]);
    free (es->v);
    strv_done (&es->problems);
    *es = (struct environments){ .v = NULL };
}

/* ---- use ---- */

const struct environment *environments_find (const struct environments *es,
                                             const char *name)
{
    if (!*name)
        return es->n ? &es->v[es->dflt] : NULL;
    for (size_t i = 0; i < es->n; i++)
        if (!strcmp (es->v[i].name, name))
            return &es->v[i];
    for (size_t i = 0; i < es->n; i++)
        if (strv_has (&es->v[i].aliases, name))
            return &es->v[i];
    return NULL;
}

const struct env_variant *environment_for (const struct environment *e, bool gpu)
{
    return &e->variants[gpu];
}

static json_t *images_json (const struct environments *es)
{
    json_t *j = json_object ();

    for (size_t i = 0; i < es->n; i++) {
        const struct environment *e = &es->v[i];

        jsonx_set_str (j, e->name, e->name);
        for (size_t a = 0; a < e->aliases.n; a++)
            jsonx_set_str (j, e->aliases.v[a], e->name);
    }
    jsonx_set_str (j, "default", es->n ? es->v[es->dflt].name : "none");
    return j;
}

json_t *environments_arch_json (const struct environments *es)
{
    return json_pack ("{s:o, s:o, s:o}", "cpu", images_json (es), "gpu", images_json (es),
                      "gpu2", images_json (es));
}

static json_t *strings_json (const struct strv *v)
{
    json_t *a = json_array ();

    for (size_t i = 0; i < v->n; i++)
        (void)json_array_append_new (a, json_string (v->v[i]));
    return a;
}

static json_t *variant_json (const struct env_variant *v)
{
    return json_pack ("{s:s, s:o, s:s?}", "kind", env_kind_names[v->kind], "kernels",
                      strings_json (&v->kernels), "digest", *v->digest ? v->digest : NULL);
}

json_t *environment_json (const struct environments *es, const struct environment *e)
{
    return json_pack (
        "{s:s, s:s, s:s, s:o, s:b, s:o, s:o}", "name", e->name, "title", e->title,
        "description", e->description, "aliases", strings_json (&e->aliases), "default",
        e == environments_find (es, ""), "cpu", variant_json (&e->variants[0]), "gpu",
        variant_json (&e->variants[1]));
}
