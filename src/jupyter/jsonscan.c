/* jsonscan.c - where the members of a JSON object stand */

#include "jupyter/jsonscan.h"

#include "base/utf8.h"

#include <string.h>

enum { AT_START, AFTER_MEMBER, AT_END };

static void skip_space (struct jsonscan *s)
{
    while (s->p < s->end &&
           (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

/* P stands on the opening quote; the position behind the closing one, or NULL. */
static const char *string_end (const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (*p == '"')
            return p + 1;
        else if ((unsigned char)*p < 0x20)
            return NULL;
    }
    return NULL;
}

/* The end of the value at P, or NULL.  Brackets must balance in kind, which a depth of 64 tracks exactly;
 * deeper ones are only counted. */
static const char *value_end (const char *p, const char *end)
{
    char open[64];
    size_t depth = 0;
    const char *start = p;

    while (p < end) {
        char c = *p;
        if (c == '"') {
            if ((depth == 0 && p > start) || !(p = string_end (p, end)))
                return NULL;
            if (depth == 0)
                return p;
            continue;
        }
        if (c == '{' || c == '[') {
            if (depth < sizeof (open))
                open[depth] = c == '{' ? '}' : ']';
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                break;
            if (--depth < sizeof (open) && open[depth] != c)
                return NULL;
            if (depth == 0)
                return p + 1;
        } else if (depth == 0 &&
                   (c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            break;
        }
        p++;
    }
    return depth == 0 && p > start ? p : NULL;
}

void jsonscan_init (struct jsonscan *s, const void *text, size_t n)
{
    *s = (struct jsonscan){ .p = text, .end = (const char *)text + n, .state = AT_START };
}

static bool take (struct jsonscan *s, char c)
{
    skip_space (s);
    if (s->p >= s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static int finish (struct jsonscan *s)
{
    skip_space (s);
    s->state = AT_END;
    return s->p == s->end ? 0 : -1;
}

int jsonscan_next (struct jsonscan *s, struct slice *key, struct slice *value)
{
    const char *end;

    if (s->state == AT_END)
        return 0;
    if (s->state == AT_START) {
        if (!take (s, '{'))
            return -1;
        if (take (s, '}'))
            return finish (s);
    } else if (take (s, '}')) {
        return finish (s);
    } else if (!take (s, ',')) {
        return -1;
    }
    skip_space (s);
    if (s->p >= s->end || *s->p != '"' || !(end = string_end (s->p, s->end)))
        return -1;
    *key = (struct slice){ s->p + 1, (size_t)(end - s->p) - 2 };
    s->p = end;
    if (!take (s, ':'))
        return -1;
    skip_space (s);
    if (!(end = value_end (s->p, s->end)))
        return -1;
    *value = (struct slice){ s->p, (size_t)(end - s->p) };
    s->p = end;
    s->state = AFTER_MEMBER;
    return 1;
}

bool jsonscan_member (struct slice object, const char *key, struct slice *ret)
{
    struct jsonscan s;
    struct slice k, v;
    bool found = false;
    int rc;

    jsonscan_init (&s, object.data, object.len);
    while ((rc = jsonscan_next (&s, &k, &v)) > 0)
        if (k.len == strlen (key) && !memcmp (k.data, key, k.len)) {
            *ret = v;
            found = true;
        }
    return rc == 0 && found;
}

bool jsonscan_is_object (struct slice text)
{
    struct jsonscan s;
    struct slice k, v;
    int rc;

    jsonscan_init (&s, text.data, text.len);
    while ((rc = jsonscan_next (&s, &k, &v)) > 0)
        ;
    return rc == 0;
}

/* ---- strict JSON ---- */

static bool digits (struct jsonscan *s)
{
    const char *from = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    return s->p > from;
}

static bool strict_number (struct jsonscan *s)
{
    if (*s->p == '-')
        s->p++;
    if (s->p < s->end && *s->p == '0')
        s->p++;
    else if (!digits (s))
        return false;
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!digits (s))
            return false;
    }
    if (s->p >= s->end || (*s->p | 0x20) != 'e')
        return true;
    s->p++;
    if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
        s->p++;
    return digits (s);
}

static bool strict_escape (struct jsonscan *s)
{
    if (++s->p >= s->end)
        return false;
    if (*s->p != 'u')
        return *s->p && strchr ("\"\\/bfnrt", *s->p++);
    s->p++;
    for (int i = 0; i < 4; i++, s->p++)
        if (s->p >= s->end || !*s->p || !strchr ("0123456789abcdefABCDEF", *s->p))
            return false;
    return true;
}

/* P stands on the opening quote. */
static bool strict_string (struct jsonscan *s)
{
    uint32_t cp;
    s->p++;
    while (s->p < s->end) {
        s->p += utf8_ascii_run (s->p, (size_t)(s->end - s->p), true);
        if (s->p >= s->end)
            return false;
        if (*s->p == '"') {
            s->p++;
            return true;
        }
        size_t n = *s->p == '\\' ? 0 : utf8_next (s->p, (size_t)(s->end - s->p), &cp);
        if (*s->p == '\\' ? !strict_escape (s) : !n || cp < 0x20)
            return false;
        s->p += n;
    }
    return false;
}

static bool strict_word (struct jsonscan *s, const char *word)
{
    size_t n = strlen (word);
    if ((size_t)(s->end - s->p) < n || memcmp (s->p, word, n))
        return false;
    s->p += n;
    return true;
}

static bool strict_scalar (struct jsonscan *s)
{
    switch (*s->p) {
    case '"': return strict_string (s);
    case 't': return strict_word (s, "true");
    case 'f': return strict_word (s, "false");
    case 'n': return strict_word (s, "null");
    default: return strict_number (s);
    }
}

static bool strict_key (struct jsonscan *s)
{
    skip_space (s);
    return s->p < s->end && *s->p == '"' && strict_string (s) && take (s, ':');
}

/* Behind a value: closes what ends here and goes to where the next value begins.  *DEPTH 0: all is closed. */
static bool strict_next (struct jsonscan *s, const char *open, size_t *depth)
{
    while (*depth) {
        if (take (s, ','))
            return open[*depth - 1] == ']' || strict_key (s);
        if (!take (s, open[*depth - 1]))
            return false;
        (*depth)--;
    }
    return true;
}

bool jsonscan_valid (struct slice text)
{
    char open[JSONSCAN_DEPTH];
    struct jsonscan s;
    size_t depth = 0;

    jsonscan_init (&s, text.data, text.len);
    do {
        skip_space (&s);
        if (s.p >= s.end)
            return false;
        char c = *s.p;
        if (c == '{' || c == '[') {
            if (depth == JSONSCAN_DEPTH)
                return false;
            open[depth++] = c == '{' ? '}' : ']';
            s.p++;
            if (take (&s, open[depth - 1]))
                depth--;
            else if (c == '[' || strict_key (&s))
                continue;
            else
                return false;
        } else if (!strict_scalar (&s)) {
            return false;
        }
        if (!strict_next (&s, open, &depth))
            return false;
    } while (depth);
    skip_space (&s);
    return s.p == s.end;
}
