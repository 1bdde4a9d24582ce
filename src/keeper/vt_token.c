/* vt_token.c - what a program writes to its terminal, cut into tokens
 *
 * C1 controls count when they are encoded in UTF-8 (C2 80 to C2 9F), because that is what a
 * browser's terminal sees; as single bytes they are invalid text.
 */

#include "keeper/vt_token.h"

#include <string.h>

#define ESC 0x1b
#define MAX_VALUE 99999

uint32_t vt_param (const struct vt_token *t, unsigned i, uint32_t otherwise)
{
    return i < t->nparams && t->param[i].value != VT_MISSING ? t->param[i].value
                                                             : otherwise;
}

static bool is_c1 (const uint8_t *p, size_t n)
{
    return n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;
}

static bool is_text (uint8_t c)
{
    return c >= 0x20 && c != 0x7f;
}

/* Bytes of the character that C begins. */
static size_t char_length (uint8_t c)
{
    return c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;
}

/* Length of P without the beginning of a character at its end. */
static size_t whole_chars (const uint8_t *p, size_t n)
{
    size_t back = 1;

    while (back < n && back < 4 && (p[n - back] & 0xc0) == 0x80)
        back++;
    return n && char_length (p[n - back]) > back ? n - back : n;
}

static bool take_text (const uint8_t *p, size_t n, struct vt_token *t)
{
    size_t i = 0;

    while (i < n && is_text (p[i]) && !is_c1 (p + i, n - i))
        i++;
    t->kind = VT_TEXT;
    t->len = i < n ? i : whole_chars (p, i);
    return t->len > 0;
}

static bool nothing (struct vt_token *t, size_t len)
{
    t->kind = VT_NOTHING;
    t->len = len;
    return true;
}

/* C inside a sequence.  True: the sequence goes on. */
static bool goes_on (struct vt_token *t, uint8_t c)
{
    if (c >= 0x20 || c == ESC || c == 0x18 || c == 0x1a)
        return c == 0x7f;
    if (t->ninner < sizeof (t->inner))
        t->inner[t->ninner++] = c;
    return true;
}

/* C at I ended a sequence before its time: CAN and SUB belong to it. */
static bool broken (struct vt_token *t, uint8_t c, size_t i)
{
    return nothing (t, c == 0x18 || c == 0x1a ? i + 1 : i);
}

static void digit (struct vt_token *t, uint8_t c)
{
    struct vt_param *p = &t->param[t->nparams ? t->nparams - 1 : 0];

    if (!t->nparams)
        t->param[t->nparams++] = (struct vt_param){ VT_MISSING, false };
    if (p->value == VT_MISSING)
        p->value = 0;
    p->value = p->value * 10 + (uint32_t)(c - '0');
    if (p->value > MAX_VALUE)
        p->value = MAX_VALUE;
}

/* False: more parameters than anybody means. */
static bool separator (struct vt_token *t, bool sub)
{
    if (!t->nparams)
        t->param[t->nparams++] = (struct vt_param){ VT_MISSING, false };
    if (t->nparams == VT_PARAMS)
        return false;
    t->param[t->nparams++] = (struct vt_param){ VT_MISSING, sub };
    return true;
}

/* What follows ESC [, from I on. */
static bool take_csi (const uint8_t *p, size_t n, size_t i, struct vt_token *t)
{
    size_t begin = i;
    bool valid = true;

    t->kind = VT_CSI;
    for (; i < n && i < VT_MAX_SEQUENCE; i++) {
        uint8_t c = p[i];

        if (c >= 0x40 && c <= 0x7e) {
            t->final = c;
            t->len = i + 1;
            return valid || nothing (t, i + 1);
        }
        if (c >= '0' && c <= '9' && !t->inter)
            digit (t, c);
        else if ((c == ';' || c == ':') && !t->inter)
            valid = separator (t, c == ':') && valid;
        else if (c >= 0x3c && c <= 0x3f && i == begin)
            t->leader = c;
        else if (c >= 0x20 && c <= 0x2f)
            t->inter = t->inter ? 0xff : c;
        else if (c >= 0x30 && c <= 0x3f)
            valid = false;
        else if (!goes_on (t, c))
            return broken (t, c, i);
    }
    return i < n && nothing (t, i);
}

size_t vt_string_end (uint8_t final, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == 0x18 || p[i] == 0x1a || (p[i] == 0x07 && final == ']'))
            return i + 1;
        if (p[i] == 0xc2 && i + 1 < n && p[i + 1] == 0x9c)
            return i + 2;
        if (p[i] == ESC && i + 1 < n)
            return p[i + 1] == '\\' ? i + 2 : i;
    }
    return 0;
}

static bool take_string (const uint8_t *p, size_t n, size_t i, uint8_t final,
                         struct vt_token *t)
{
    size_t end = vt_string_end (final, p + i, n - i), mark = 0;

    /* An ESC that ends a string at its first byte leaves an empty one. */
    if (!end && !(n - i >= 2 && p[i] == ESC))
        return false;
    t->kind = VT_STRING;
    t->final = final;
    t->len = i + end;
    if (end && (p[i + end - 1] == 0x07 || p[i + end - 1] == 0x18 || p[i + end - 1] == 0x1a))
        mark = 1;
    else if (end >= 2 && (p[i + end - 1] == 0x9c || p[i + end - 2] == ESC))
        mark = 2;
    if (mark == 1 && p[i + end - 1] != 0x07)
        return nothing (t, t->len);
    t->body = (struct slice){ p + i, end - mark };
    return true;
}

static bool is_string (uint8_t c)
{
    return c == 'P' || c == ']' || c == 'X' || c == '^' || c == '_';
}

static bool take_escape (const uint8_t *p, size_t n, struct vt_token *t)
{
    t->kind = VT_ESC;
    if (n >= 2 && p[1] == '[')
        return take_csi (p, n, 2, t);
    if (n >= 2 && is_string (p[1]))
        return take_string (p, n, 2, p[1], t);
    for (size_t i = 1; i < n; i++) {
        uint8_t c = p[i];

        if (i == VT_MAX_SEQUENCE)
            return nothing (t, i);
        if (c >= 0x20 && c <= 0x2f)
            t->inter = t->inter ? 0xff : c;
        else if (c >= 0x30 && c <= 0x7e) {
            t->final = c;
            t->len = i + 1;
            return true;
        } else if (!goes_on (t, c))
            return broken (t, c, i);
    }
    return false;
}

static bool take_c1 (const uint8_t *p, size_t n, struct vt_token *t)
{
    uint8_t final = (uint8_t)(p[1] - 0x40);

    if (final == '[')
        return take_csi (p, n, 2, t);
    if (is_string (final))
        return take_string (p, n, 2, final, t);
    t->kind = VT_ESC;
    t->final = final;
    t->len = 2;
    return true;
}

bool vt_next (const uint8_t *p, size_t n, struct vt_token *t)
{
    memset (t, 0, offsetof (struct vt_token, param));
    t->body = (struct slice){ NULL, 0 };
    t->ninner = 0;
    t->data = p;
    if (n == 0)
        return false;
    if (is_text (p[0]) && !is_c1 (p, n))
        return take_text (p, n, t);
    if (p[0] == ESC)
        return take_escape (p, n, t);
    if (p[0] == 0xc2)
        return take_c1 (p, n, t);
    t->kind = VT_CONTROL;
    t->final = p[0];
    t->len = 1;
    return true;
}

uint8_t vt_open_string (const uint8_t *p, size_t n)
{
    struct vt_token t;
    uint8_t final;

    if (n < 2 || (p[0] != ESC && !is_c1 (p, n)))
        return 0;
    final = p[0] == ESC ? p[1] : (uint8_t)(p[1] - 0x40);
    return is_string (final) && !vt_next (p, n, &t) ? final : 0;
}
