/* pen.c - how a character is drawn: colours and attributes (SGR) */

#include "keeper/pen.h"

#include "base/cleanup.h"

#include <string.h>

/* Which attribute a parameter sets or clears. */
static const struct sgr_row {
    uint8_t on, off;
    uint16_t attribute;
} rows[] = {
    { 1, 22, PEN_BOLD },   { 2, 22, PEN_DIM },       { 3, 23, PEN_ITALIC },
    { 5, 25, PEN_BLINK },  { 7, 27, PEN_REVERSE },   { 8, 28, PEN_HIDDEN },
    { 9, 29, PEN_STRIKE }, { 53, 55, PEN_OVERLINE },
};

bool pen_equal (const struct pen *a, const struct pen *b)
{
    return a->fg == b->fg && a->bg == b->bg && a->line == b->line &&
           a->attributes == b->attributes && a->underline == b->underline;
}

struct pen pen_erased (const struct pen *pen)
{
    return (struct pen){ .bg = pen->bg };
}

/* Parameters I and after of the group that begins with a colour's selector (38, 48, 58), in
 * either notation: 38;5;N  38;2;R;G;B  38:5:N  38:2:R:G:B  38:2:SPACE:R:G:B.  Returns the
 * index after the group. */
static unsigned colour (const struct vt_token *t, unsigned i, uint32_t *ret)
{
    unsigned end = ++i, kind;
    bool sub = i < t->nparams && t->param[i].sub;

    while (end < t->nparams && t->param[end].sub)
        end++;
    kind = vt_param (t, i++, 0);
    if (kind == 2 && sub && end - i > 3)
        i++;
    if (!sub)
        end = i + (kind == 2 ? 3 : kind == 5 ? 1 : 0);
    if (kind == 5)
        *ret = PEN_INDEX | (vt_param (t, i, 0) & 0xff);
    else if (kind == 2)
        *ret = PEN_RGB | (vt_param (t, i, 0) & 0xff) << 16 |
               (vt_param (t, i + 1, 0) & 0xff) << 8 | (vt_param (t, i + 2, 0) & 0xff);
    return end;
}

static void attribute (struct pen *pen, unsigned value)
{
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        if (value == rows[i].on)
            pen->attributes |= rows[i].attribute;
        else if (value == rows[i].off)
            pen->attributes &= (uint16_t)~rows[i].attribute;
    }
}

/* One parameter that stands alone. */
static void simple (struct pen *pen, unsigned v)
{
    if (v == 0)
        *pen = (struct pen){ 0 };
    else if (v >= 30 && v <= 37)
        pen->fg = PEN_INDEX | (v - 30);
    else if (v >= 40 && v <= 47)
        pen->bg = PEN_INDEX | (v - 40);
    else if (v >= 90 && v <= 97)
        pen->fg = PEN_INDEX | (v - 90 + 8);
    else if (v >= 100 && v <= 107)
        pen->bg = PEN_INDEX | (v - 100 + 8);
    else if (v == 39)
        pen->fg = 0;
    else if (v == 49)
        pen->bg = 0;
    else if (v == 59)
        pen->line = 0;
    else if (v == 4 || v == 21)
        pen->underline = v == 4 ? 1 : 2;
    else if (v == 24)
        pen->underline = 0;
    else
        attribute (pen, v);
}

void pen_apply (struct pen *pen, const struct vt_token *t)
{
    unsigned i = 0;

    if (t->nparams == 0)
        *pen = (struct pen){ 0 };
    while (i < t->nparams) {
        unsigned v = vt_param (t, i, 0);

        if (v == 38 || v == 48 || v == 58) {
            i = colour (t, i, v == 38 ? &pen->fg : v == 48 ? &pen->bg : &pen->line);
            continue;
        }
        if (v == 4 && i + 1 < t->nparams && t->param[i + 1].sub) {
            unsigned style = vt_param (t, i + 1, 1);

            pen->underline = (uint16_t)(style <= 5 ? style : 1);
        } else {
            simple (pen, v);
        }
        for (i++; i < t->nparams && t->param[i].sub;)
            i++;
    }
}

static void add_colour (struct buf *out, uint32_t c, unsigned base)
{
    unsigned v = c & 0xffffff;

    if (c == 0)
        return;
    if ((c & PEN_RGB) && base == 58)
        (void)buf_addf (out, ";58:2::%u:%u:%u", v >> 16, v >> 8 & 0xff, v & 0xff);
    else if (c & PEN_RGB)
        (void)buf_addf (out, ";%u;2;%u;%u;%u", base, v >> 16, v >> 8 & 0xff, v & 0xff);
    else if (base == 58)
        (void)buf_addf (out, ";58:5:%u", v);
    else if (v < 16)
        (void)buf_addf (out, ";%u", v < 8 ? base - 8 + v : base - 8 + 60 + v - 8);
    else
        (void)buf_addf (out, ";%u;5;%u", base, v);
}

void pen_text (struct buf *out, const struct pen *pen)
{
    (void)buf_adds (out, "\033[0");
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        if (pen->attributes & rows[i].attribute)
            (void)buf_addf (out, ";%u", rows[i].on);
    if (pen->underline == 1)
        (void)buf_adds (out, ";4");
    else if (pen->underline)
        (void)buf_addf (out, ";4:%u", pen->underline);
    add_colour (out, pen->fg, 38);
    add_colour (out, pen->bg, 48);
    add_colour (out, pen->line, 58);
    (void)buf_addc (out, 'm');
}
