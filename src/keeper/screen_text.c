/* screen_text.c - printable characters and C0 controls carried out
 *
 * libvterm is given valid UTF-8 only, in pieces that fit its arrays.
 */

#include "keeper/screen_private.h"

#define TEXT_PIECE 512u /* bytes at once; libvterm has arrays of this size on its stack */

/* ---- text ---- */

/* Endless combining characters make libvterm's buffer grow and its work quadratic. */
static bool moves_nothing (struct screen *s, VTermPos before, const uint8_t *p, size_t n)
{
    VTermPos after = screen_at (s);

    return p[0] >= 0x80 && n >= TEXT_PIECE / 2 && before.row == after.row &&
           before.col == after.col;
}

/* Length of the character at P, which is not ASCII; INVALID: it is none, and this much of it
 * becomes one U+FFFD (as the server and browsers count). */
static size_t char_at (const uint8_t *p, size_t n, bool *invalid)
{
    size_t want = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4, i = 1;
    uint8_t low = 0x80, high = 0xbf;

    *invalid = true;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 1;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    for (; i < want && i < n && p[i] >= low && p[i] <= high; i++) {
        low = 0x80;
        high = 0xbf;
    }
    *invalid = i < want;
    return i;
}

/* The next piece: characters of one kind, because libvterm chooses between the character set
 * and UTF-8 by the first byte, or something that is none. */
static size_t piece_at (const uint8_t *p, size_t n, bool *invalid)
{
    size_t i = 0;

    *invalid = false;
    if (p[0] < 0x80) {
        while (i < n && i < TEXT_PIECE && p[i] < 0x80)
            i++;
        return i;
    }
    while (i < n && i < TEXT_PIECE && p[i] >= 0x80) {
        size_t len = char_at (p + i, n - i, invalid);

        if (*invalid && i == 0)
            return len;
        if (*invalid)
            break;
        i += len;
    }
    *invalid = false;
    return i;
}

void screen_text (struct screen *s, const uint8_t *p, size_t n)
{
    static const char replacement[] = "\xef\xbf\xbd";

    while (n > 0) {
        VTermPos before = screen_at (s);
        bool invalid;
        size_t some = piece_at (p, n, &invalid);

        if (p[0] < 0x80)
            s->stuck = false;
        if (invalid)
            (void)vterm_input_write (s->vt, replacement, 3);
        else if (!s->stuck)
            (void)vterm_input_write (s->vt, (const char *)p, some);
        if (!s->stuck)
            s->stuck = moves_nothing (s, before, p, some);
        p += some;
        n -= some;
    }
}

static size_t utf8 (uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
    return n;
}

void screen_repeat (struct screen *s, unsigned count)
{
    uint8_t text[4];
    size_t n = utf8 (s->last_char, text);

    if (s->last_char < 0x20)
        return;
    for (unsigned i = 0; i < count && i < s->cols; i++)
        (void)vterm_input_write (s->vt, (const char *)text, n);
}

/* ---- controls ---- */

void screen_control (struct screen *s, uint8_t c)
{
    char text = (char)c;

    s->stuck = false;
    if (c < 0x08 || c > 0x0f)
        return;
    if (c == 0x0e || c == 0x0f)
        s->shift = c == 0x0e;
    else if (s->phantom && c == '\t')
        return;
    else
        screen_settle (s);
    (void)vterm_input_write (s->vt, &text, 1);
}
