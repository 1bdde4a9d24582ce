/* jmsg.c - scan the top level of a JSON object for string members
 *
 * Not a validator: it only has to find the members of well-formed objects and to stay
 * within bounds on anything else.  It walks without recursion; depth is a counter and
 * strings are skipped with their escapes.
 */

#include "jupyter/jmsg.h"
#include "base/cleanup.h"

#include <string.h>

bool slice_equal (struct slice a, struct slice b)
{
    return a.len == b.len && (!a.len || !memcmp (a.data, b.data, a.len));
}

bool slice_is (struct slice s, const char *text)
{
    return slice_equal (s, (struct slice){ text, strlen (text) });
}

char *slice_dup (struct slice s)
{
    return s.len ? xstrndup (s.data, s.len) : xstrdup ("");
}

struct scan {
    const char *p, *end;
};

static void skip_space (struct scan *s)
{
    while (s->p < s->end &&
           (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
        s->p++;
}

static bool eat (struct scan *s, char c)
{
    skip_space (s);
    if (s->p >= s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

/* A string whose opening quote was eaten. */
static bool string_rest (struct scan *s, struct slice *ret)
{
    const char *from = s->p;

    while (s->p < s->end && *s->p != '"')
        s->p += *s->p == '\\' && s->end - s->p > 1 ? 2 : 1;
    if (s->p >= s->end)
        return false;
    *ret = (struct slice){ from, (size_t)(s->p - from) };
    s->p++;
    return true;
}

/* Any value that is no string, up to the ',' or '}' that ends it. */
static bool skip_value (struct scan *s)
{
    unsigned depth = 0;
    struct slice text;

    for (; s->p < s->end; s->p++) {
        switch (*s->p) {
        case '"':
            s->p++;
            if (!string_rest (s, &text))
                return false;
            s->p--;
            break;
        case '{':
        case '[': depth++; break;
        case '}':
        case ']':
            if (!depth)
                return true;
            depth--;
            break;
        case ',':
            if (!depth)
                return true;
            break;
        }
    }
    return false;
}

/* The next member: 1 with KEY and, for a string, VALUE (data NULL otherwise); 0 at the end.
 */
static int next_member (struct scan *s, struct slice *key, struct slice *value)
{
    *value = (struct slice){ NULL, 0 };
    if (!eat (s, '"') || !string_rest (s, key) || !eat (s, ':'))
        return 0;
    if (eat (s, '"')) {
        if (!string_rest (s, value))
            return 0;
    } else if (!skip_value (s)) {
        return 0;
    }
    (void)eat (s, ',');
    return 1;
}

static bool begin (struct slice json, struct scan *s)
{
    *s = (struct scan){ json.data, (const char *)json.data + json.len };
    return json.len <= JMSG_MAX_SCAN && json.len && eat (s, '{');
}

void jhead_scan (struct slice json, struct jhead *ret)
{
    struct slice key, value;
    struct scan s;

    memset (ret, 0, sizeof (*ret));
    if (!begin (json, &s))
        return;
    while (next_member (&s, &key, &value)) {
        if (!value.data)
            continue;
        if (slice_is (key, "msg_id"))
            ret->msg_id = value;
        else if (slice_is (key, "msg_type"))
            ret->msg_type = value;
        else if (slice_is (key, "session"))
            ret->session = value;
    }
}

bool jmsg_string (struct slice json, const char *key, struct slice *ret)
{
    struct slice name, value;
    bool found = false;
    struct scan s;

    if (!begin (json, &s))
        return false;
    while (next_member (&s, &name, &value)) {
        if (value.data && slice_is (name, key)) {
            *ret = value;
            found = true;
        }
    }
    return found;
}
