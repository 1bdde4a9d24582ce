/* pen.h - how a character is drawn: colours and attributes (SGR)
 *
 *     struct pen pen = { 0 };              the default
 *     pen_apply (&pen, &token);            CSI ... m
 *     pen_text (&out, &pen);               what makes any pen this one
 *
 * Plain values.
 */
#ifndef KEEPER_PEN_H
#define KEEPER_PEN_H

#include "base/buf.h"
#include "keeper/vt_token.h"

/* Colours: 0 the default, PEN_INDEX | 0 to 255, PEN_RGB | 0xrrggbb. */
#define PEN_INDEX (1u << 24)
#define PEN_RGB (2u << 24)

enum pen_attribute {
    PEN_BOLD = 1,
    PEN_DIM = 2,
    PEN_ITALIC = 4,
    PEN_BLINK = 8,
    PEN_REVERSE = 16,
    PEN_HIDDEN = 32,
    PEN_STRIKE = 64,
    PEN_OVERLINE = 128,
};

struct pen {
    uint32_t fg, bg, line; /* LINE: colour of the underline */
    uint16_t attributes;
    uint16_t underline; /* 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed */
};

void pen_apply (struct pen *pen, const struct vt_token *t);
/* Always begins with a reset. */
void pen_text (struct buf *out, const struct pen *pen);
bool pen_equal (const struct pen *a, const struct pen *b);
/* What an erased cell has: only the background. */
struct pen pen_erased (const struct pen *pen);

#endif
