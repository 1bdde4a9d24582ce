/* option_value.c - values of traits: Python-like literals, and what each type accepts
 *
 * The literal parser is a recursive descent over one string with a depth limit; strings
 * know the escapes that people write in shells, not all of Python's.
 */

#include "server/option_value.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/url.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define OPTION_TEXT (1 << 20)

struct literal {
    const char *p;
    int depth;
    struct err *err;
};

static json_t *literal_value (struct literal *l);

static void literal_blank (struct literal *l)
{
    while (*l->p == ' ' || *l->p == '\t' || *l->p == '\n' || *l->p == '\r')
        l->p++;
}

static json_t *literal_bad (struct literal *l, const char *what)
{
    (void)err_set (l->err, PROBLEM_INVALID, "%s at \"%.20s\"", what, l->p);
    return NULL;
}

static const char literal_escapes[][2] = { { 'n', '\n' }, { 't', '\t' },  { 'r', '\r' },
                                           { '0', '\0' }, { '\\', '\\' }, { '\'', '\'' },
                                           { '"', '"' } };

static void literal_escape (struct buf *b, char c)
{
    for (size_t i = 0; i < ARRAY_SIZE (literal_escapes); i++) {
        if (literal_escapes[i][0] == c) {
            (void)buf_addc (b, literal_escapes[i][1]);
            return;
        }
    }
    (void)buf_addc (b, '\\');
    (void)buf_addc (b, c);
}

static json_t *literal_string (struct literal *l)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, OPTION_TEXT);
    char quote = *l->p++;
    for (; *l->p && *l->p != quote; l->p++) {
        if (*l->p == '\\' && l->p[1])
            literal_escape (&b, *++l->p);
        else
            (void)buf_addc (&b, *l->p);
    }
    if (*l->p != quote)
        return literal_bad (l, "unfinished string");
    l->p++;
    if (b.overflow || !utf8_valid (b.data, b.len))
        return literal_bad (l, "unusable string");
    return json_stringn (b.data, b.len);
}

/* After '[' or '('. */
static json_t *literal_list (struct literal *l, char close)
{
    autojson json_t *list = json_array ();
    for (l->p++;;) {
        literal_blank (l);
        if (*l->p == close)
            break;
        json_t *item = literal_value (l);
        if (!item)
            return NULL;
        (void)json_array_append_new (list, item);
        literal_blank (l);
        if (*l->p == ',')
            l->p++;
        else if (*l->p != close)
            return literal_bad (l, "expected ',' or the end of the list");
    }
    l->p++;
    return take_ptr (list);
}

static int literal_pair (struct literal *l, json_t *dict)
{
    if (*l->p != '"' && *l->p != '\'') {
        (void)literal_bad (l, "expected a quoted key");
        return -1;
    }
    autojson json_t *key = literal_string (l);
    if (!key)
        return -1;
    literal_blank (l);
    if (*l->p != ':') {
        (void)literal_bad (l, "expected ':'");
        return -1;
    }
    l->p++;
    json_t *value = literal_value (l);
    if (!value)
        return -1;
    return json_object_setn_new (dict, json_string_value (key), json_string_length (key),
                                 value);
}

static json_t *literal_dict (struct literal *l)
{
    autojson json_t *dict = json_object ();
    for (l->p++;;) {
        literal_blank (l);
        if (*l->p == '}')
            break;
        if (literal_pair (l, dict))
            return NULL;
        literal_blank (l);
        if (*l->p == ',')
            l->p++;
        else if (*l->p != '}')
            return literal_bad (l, "expected ',' or '}'");
    }
    l->p++;
    return take_ptr (dict);
}

static json_t *literal_number (struct literal *l)
{
    char *end_int, *end_real;
    errno = 0;
    long long i = strtoll (l->p, &end_int, 10);
    bool range = errno == ERANGE;
    double d = strtod (l->p, &end_real);
    if (end_int == l->p && end_real == l->p)
        return literal_bad (l, "expected a value");
    bool real = end_real > end_int || range;
    l->p = real ? end_real : end_int;
    json_t *j = real ? json_real (d) : json_integer (i);
    return j ? j : literal_bad (l, "unusable number");
}

static json_t *literal_word (struct literal *l)
{
    static const struct {
        const char *word;
        json_type type;
    } words[] = { { "True", JSON_TRUE }, { "False", JSON_FALSE }, { "None", JSON_NULL },
                  { "true", JSON_TRUE }, { "false", JSON_FALSE }, { "null", JSON_NULL } };
    for (size_t i = 0; i < ARRAY_SIZE (words); i++) {
        size_t n = strlen (words[i].word);
        if (strncmp (l->p, words[i].word, n) || isalnum ((unsigned char)l->p[n]))
            continue;
        l->p += n;
        return words[i].type == JSON_NULL ? json_null ()
                                          : json_boolean (words[i].type == JSON_TRUE);
    }
    return literal_number (l);
}

static json_t *literal_value (struct literal *l)
{
    literal_blank (l);
    if (l->depth >= OPTION_DEPTH)
        return literal_bad (l, "nested too deeply");
    l->depth++;
    json_t *j;
    switch (*l->p) {
    case '[': j = literal_list (l, ']'); break;
    case '(': j = literal_list (l, ')'); break;
    case '{': j = literal_dict (l); break;
    case '"':
    case '\'': j = literal_string (l); break;
    default: j = literal_word (l); break;
    }
    l->depth--;
    return j;
}

json_t *option_literal (const char *s, struct err *err)
{
    struct literal l = { s, 0, err };
    autojson json_t *j = literal_value (&l);
    if (!j)
        return NULL;
    literal_blank (&l);
    return *l.p ? literal_bad (&l, "unexpected text") : take_ptr (j);
}

/* "'x'" and "\"x\"" lose their quotes. */
static json_t *parse_text (const char *text)
{
    size_t n = strlen (text);
    if (n >= 2 && (*text == '"' || *text == '\'') && text[n - 1] == *text) {
        text++;
        n -= 2;
    }
    return json_stringn (text, n);
}

static json_t *parse_bool (const char *text, struct err *err)
{
    if (!strcasecmp (text, "true") || !strcmp (text, "1"))
        return json_true ();
    if (!strcasecmp (text, "false") || !strcmp (text, "0"))
        return json_false ();
    (void)err_set (err, PROBLEM_INVALID, "\"%.80s\" is not True or False", text);
    return NULL;
}

static json_t *parse_list (const char *text, const json_t *previous, struct err *err)
{
    if (*text == '[' || *text == '(')
        return option_literal (text, err);
    json_t *list = previous && json_is_array (previous) ? json_copy ((json_t *)previous)
                                                        : json_array ();
    if (*text)
        (void)json_array_append_new (list, parse_text (text));
    return list;
}

static json_t *parse_dict (const char *text, const json_t *previous, struct err *err)
{
    if (*text == '{')
        return option_literal (text, err);
    const char *eq = strchr (text, '=');
    if (!eq || eq == text) {
        (void)err_set (err, PROBLEM_INVALID, "\"%.80s\" is not KEY=VALUE or {...}", text);
        return NULL;
    }
    json_t *dict = previous && json_is_object (previous) ? json_copy ((json_t *)previous)
                                                         : json_object ();
    (void)json_object_setn_new (dict, text, (size_t)(eq - text), parse_text (eq + 1));
    return dict;
}

json_t *option_value_parse (const struct option_trait *t, const char *text,
                            const json_t *previous, struct err *err)
{
    autojson json_t *j = NULL;
    if (!utf8_valid (text, strlen (text))) {
        (void)err_set (err, PROBLEM_INVALID, "%s.%s: not UTF-8", t->class, t->name);
        return NULL;
    }
    if (!strcmp (text, "None") && (t->type != OPTION_STR || !t->dflt))
        return json_null ();
    switch (t->type) {
    case OPTION_BOOL: j = parse_bool (text, err); break;
    case OPTION_INT:
    case OPTION_REAL: j = option_literal (text, err); break;
    case OPTION_STR: j = parse_text (text); break;
    case OPTION_LIST: j = parse_list (text, previous, err); break;
    case OPTION_DICT: j = parse_dict (text, previous, err); break;
    }
    if (!j) {
        (void)err_wrap (err, "%s.%s", t->class, t->name);
        return NULL;
    }
    return option_value_check (t, j, err);
}

static const char *const type_names[] = {
    [OPTION_BOOL] = "a boolean", [OPTION_INT] = "an int",  [OPTION_REAL] = "a float",
    [OPTION_STR] = "a string",   [OPTION_LIST] = "a list", [OPTION_DICT] = "a dict",
};

static bool type_fits (enum option_type type, const json_t *j)
{
    switch (type) {
    case OPTION_BOOL: return json_is_boolean (j);
    case OPTION_INT: return json_is_integer (j);
    case OPTION_REAL: return json_is_number (j);
    case OPTION_STR: return json_is_string (j);
    case OPTION_LIST: return json_is_array (j);
    case OPTION_DICT: return json_is_object (j);
    }
    return false;
}

json_t *option_value_check (const struct option_trait *t, json_t *value, struct err *err)
{
    if (json_is_null (value) || type_fits (t->type, value))
        return json_incref (value);
    /* log_level = 10 and the like */
    if (t->type == OPTION_STR && json_is_integer (value))
        return json_sprintf ("%" JSON_INTEGER_FORMAT, json_integer_value (value));
    autofree char *text = jsonx_dump_string (value, 0, false);
    (void)err_set (err, PROBLEM_INVALID, "The '%s' trait of %s expected %s, not %.80s",
                   t->name, t->class, type_names[t->type], text ? text : "?");
    return NULL;
}

json_t *option_value_default (const struct option_trait *t)
{
    if (!t->dflt)
        return NULL;
    if (t->type == OPTION_STR)
        return json_string (t->dflt);
    return option_literal (t->dflt, NULL);
}
