/* yamlx.c - one YAML document as JSON, with ceilings and line numbers
 *
 * libyaml tells events; a stack of open containers turns them into a tree.  Ceilings are checked at each
 * event, before anything grows: an alias is refused rather than followed, so that the tree is never larger
 * than the text.
 */

#include "model/yamlx.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct yamlx_mark {
    const json_t *value;
    unsigned line;
};

struct level {
    json_t *container;
    char key[YAMLX_KEY + 1]; /* of a mapping, when has_key */
    bool has_key;
};

struct build {
    struct yamlx *y;
    struct err *err;
    unsigned line; /* of the event */
    struct level levels[YAMLX_DEPTH];
    size_t depth;
    unsigned documents;
};

static int fail (const struct build *b, enum problem problem, const char *text)
{
    return err_set (b->err, problem, "%s:%u: %s", b->y->name, b->line, text);
}

/* ---- plain words ---- */

static bool is_one_of (const char *s, const char *const words[3])
{
    for (int i = 0; i < 3; i++)
        if (!strcmp (s, words[i]))
            return true;
    return false;
}

static json_t *integer_of (const char *s)
{
    const char *digits = s + (*s == '-' || *s == '+');
    char *end;

    if (!*digits || strlen (digits) > 18 ||
        strspn (digits, "0123456789") != strlen (digits))
        return NULL;
    long long n = strtoll (s, &end, 10);
    return *end ? NULL : json_integer (n);
}

/* 1.5, .5, 1e3: no hexadecimals, no infinities (strtod takes both). */
static json_t *real_of (const char *s)
{
    char *end;

    if (!strpbrk (s, "0123456789") || strspn (s, "+-.0123456789eE") != strlen (s) ||
        !strpbrk (s, ".eE"))
        return NULL;
    double d = strtod (s, &end);
    return *end || !isfinite (d) ? NULL : json_real (d);
}

static json_t *plain_value (const char *s)
{
    static const char *const nulls[] = { "null", "Null", "NULL" };
    static const char *const trues[] = { "true", "True", "TRUE" };
    static const char *const falses[] = { "false", "False", "FALSE" };

    if (!*s || !strcmp (s, "~") || is_one_of (s, nulls))
        return json_null ();
    if (is_one_of (s, trues))
        return json_true ();
    if (is_one_of (s, falses))
        return json_false ();
    json_t *j = integer_of (s);
    if (!j)
        j = real_of (s);
    return j ? j : json_string (s);
}

/* ---- the tree ---- */

static void mark (struct build *b, const json_t *value)
{
    if (json_is_null (value) || json_is_boolean (value))
        return;
    b->y->marks = xrealloc (b->y->marks, b->y->n_marks + 1, sizeof *b->y->marks);
    b->y->marks[b->y->n_marks++] = (struct yamlx_mark){ value, b->line };
}

/* Takes the reference. */
static int put (struct build *b, json_t *value)
{
    struct level *top = b->depth ? &b->levels[b->depth - 1] : NULL;

    mark (b, value);
    if (!top) {
        b->y->root = value;
        return 0;
    }
    if (json_is_array (top->container))
        return json_array_append_new (top->container, value);
    top->has_key = false;
    return json_object_set_new (top->container, top->key, value);
}

static bool wants_key (const struct build *b)
{
    return b->depth && json_is_object (b->levels[b->depth - 1].container) &&
           !b->levels[b->depth - 1].has_key;
}

static int take_key (struct build *b, const char *s, size_t n)
{
    struct level *top = &b->levels[b->depth - 1];

    if (n > YAMLX_KEY)
        return fail (b, PROBLEM_TOO_LARGE, "a key is too long");
    if (json_object_get (top->container, s))
        return err_set (b->err, PROBLEM_INVALID, "%s:%u: '%.64s' is here for the 2nd time",
                        b->y->name, b->line, s);
    memcpy (top->key, s, n + 1);
    top->has_key = true;
    return 0;
}

static int on_scalar (struct build *b, const yaml_event_t *event)
{
    const char *s = (const char *)event->data.scalar.value;
    size_t n = event->data.scalar.length;

    if (strlen (s) != n)
        return fail (b, PROBLEM_INVALID, "a text holds NUL");
    if (wants_key (b))
        return take_key (b, s, n);
    return put (b, event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain_value (s)
                                                                       : json_string (s));
}

static int on_open (struct build *b, json_t *container)
{
    if (wants_key (b) || b->depth == YAMLX_DEPTH) {
        json_decref (container);
        return wants_key (b) ? fail (b, PROBLEM_INVALID, "a key must be text")
                             : fail (b, PROBLEM_TOO_LARGE, "nested too deeply");
    }
    if (put (b, container) < 0)
        return fail (b, PROBLEM_INTERNAL, "out of memory");
    b->levels[b->depth++] = (struct level){ .container = container };
    return 0;
}

static int refuse_extras (const struct build *b, const yaml_event_t *e)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    if (e->type == YAML_SCALAR_EVENT) {
        anchor = e->data.scalar.anchor;
        tag = e->data.scalar.tag;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        anchor = e->data.sequence_start.anchor;
        tag = e->data.sequence_start.tag;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        anchor = e->data.mapping_start.anchor;
        tag = e->data.mapping_start.tag;
    }
    if (anchor || e->type == YAML_ALIAS_EVENT)
        return fail (b, PROBLEM_INVALID, "anchors and aliases (& and *) are not read here");
    return tag ? fail (b, PROBLEM_INVALID, "tags (!) are not read here") : 0;
}

static int on_event (struct build *b, const yaml_event_t *e)
{
    b->line = (unsigned)e->start_mark.line + 1;
    if (refuse_extras (b, e) < 0)
        return -1;
    if (b->y->n_marks >= YAMLX_NODES)
        return fail (b, PROBLEM_TOO_LARGE, "holds too much");
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        return b->documents++ ? fail (b, PROBLEM_INVALID, "a 2nd document begins") : 0;
    case YAML_SCALAR_EVENT: return on_scalar (b, e);
    case YAML_SEQUENCE_START_EVENT: return on_open (b, json_array ());
    case YAML_MAPPING_START_EVENT: return on_open (b, json_object ());
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: b->depth--; return 0;
    default: return 0;
    }
}

/* libyaml's words: "did not find expected ',' or ']'", and lines that it counts from 0. */
static int fail_parser (struct build *b, const yaml_parser_t *p)
{
    b->line = (unsigned)p->problem_mark.line + 1;
    if (p->error == YAML_MEMORY_ERROR)
        return fail (b, PROBLEM_INTERNAL, "out of memory");
    return fail (b, PROBLEM_INVALID, p->problem ? p->problem : "is no YAML");
}

static int read_events (yaml_parser_t *p, struct build *b)
{
    /* Ceiling for values without marks (null, true): no event is free. */
    for (unsigned events = 0; events < 4 * YAMLX_NODES; events++) {
        yaml_event_t e;

        if (!yaml_parser_parse (p, &e))
            return fail_parser (b, p);
        bool end = e.type == YAML_STREAM_END_EVENT;
        int rc = on_event (b, &e);
        yaml_event_delete (&e);
        if (rc < 0 || end)
            return rc;
    }
    return fail (b, PROBLEM_TOO_LARGE, "holds too much");
}

int yamlx_parse (const char *text, size_t n, const char *name, struct yamlx *ret,
                 struct err *err)
{
    struct build b = { .y = ret, .err = err };
    yaml_parser_t p;

    *ret = (struct yamlx){ .root = NULL };
    (void)snprintf (ret->name, sizeof ret->name, "%s", name);
    if (n > YAMLX_BYTES)
        return err_set (err, PROBLEM_TOO_LARGE, "%s: larger than %u KiB", ret->name,
                        YAMLX_BYTES >> 10);
    if (!yaml_parser_initialize (&p))
        return err_set (err, PROBLEM_INTERNAL, "%s: out of memory", ret->name);
    yaml_parser_set_encoding (&p, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string (&p, (const unsigned char *)text, n);
    int rc = read_events (&p, &b);
    yaml_parser_delete (&p);
    if (rc < 0)
        yamlx_done (ret);
    else if (!ret->root)
        ret->root = json_null ();
    return rc;
}

int yamlx_read_file (const char *path, struct yamlx *ret, struct err *err)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, YAMLX_BYTES);
    *ret = (struct yamlx){ .root = NULL };
    if (fd_read_file (path, &b, err) < 0)
        return -1;
    return yamlx_parse (b.data, b.len, path_basename (path), ret, err);
}

void yamlx_done (struct yamlx *y)
{
    json_decref (y->root);
    free (y->marks);
    y->root = NULL;
    y->marks = NULL;
    y->n_marks = 0;
}

unsigned yamlx_line (const struct yamlx *y, const json_t *value)
{
    for (size_t i = 0; value && i < y->n_marks; i++)
        if (y->marks[i].value == value)
            return y->marks[i].line;
    return 0;
}

int yamlx_fail (const struct yamlx *y, const json_t *value, const json_t *inside,
                struct err *err, const char *fmt, ...)
{
    char text[320];
    unsigned line = yamlx_line (y, value);
    va_list ap;

    va_start (ap, fmt);
    (void)vsnprintf (text, sizeof text, fmt, ap);
    va_end (ap);
    if (!line)
        line = yamlx_line (y, inside);
    return err_set (err, PROBLEM_INVALID, "%s:%u: %s", y->name, line ? line : 1, text);
}
