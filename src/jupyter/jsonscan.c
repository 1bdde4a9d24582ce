/* jsonscan.c - where the members of a JSON object stand */

#include "jupyter/jsonscan.h"

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
