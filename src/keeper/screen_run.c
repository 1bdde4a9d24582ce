/* screen_run.c - one token carried out
 *
 * Each token that is known here is checked, its numbers are bounded, and what it means is told
 * to libvterm (screen_vterm.c) or kept beside it.  What is not known is dropped.
 *
 * Where terminals differ, this does what xterm.js does, because that is what the viewers have.
 */

#include "keeper/screen_private.h"

#include <stdio.h>
#include <string.h>

#define MOST 9999u

/* ---- sequences that move and change ---- */

static void set_region (struct screen *s, const struct vt_token *t)
{
    unsigned top = vt_param (t, 0, 1), bottom = vt_param (t, 1, s->rows);

    top = top ? top : 1;
    bottom = bottom && bottom <= s->rows ? bottom : s->rows;
    if (top >= bottom)
        return;
    *screen_region (s) = (struct screen_region){ top - 1, bottom };
    screen_tell (s, "\033[%u;%ur", top, bottom);
    s->phantom = false;
}

/* Up and down stop at the edges of the scroll region when they begin within. */
static unsigned bounded_rows (struct screen *s, uint8_t final, unsigned n)
{
    unsigned row = (unsigned)screen_at (s).row, top = screen_region (s)->top;
    unsigned bottom = screen_region (s)->bottom, room;

    if (final == 'A' || final == 'F')
        room = row >= top ? row - top : row;
    else
        room = row < bottom ? bottom - 1 - row : s->rows - 1 - row;
    return n < room ? n : room;
}

static void run_move (struct screen *s, const struct vt_token *t)
{
    unsigned n = vt_param (t, 0, 1), m = vt_param (t, 1, 1);

    n = n == 0 ? 1 : n > MOST ? MOST : n;
    m = m == 0 ? 1 : m > MOST ? MOST : m;
    screen_settle (s);
    if (strchr ("ABEFe", t->final)) {
        if (t->final == 'E' || t->final == 'F')
            screen_tell (s, "\r", 0, 0);
        n = bounded_rows (s, t->final, n);
        if (n)
            screen_tell (s, strchr ("AF", t->final) ? "\033[%uA" : "\033[%uB", n, 0);
        else
            screen_tell (s, "\033[%uG", (unsigned)screen_at (s).col + 1, 0);
    } else if (t->final == 'H' || t->final == 'f') {
        screen_tell (s, "\033[%u;%uH", n, m);
    } else {
        char fmt[] = "\033[%u?";

        fmt[4] = (char)t->final;
        screen_tell (s, fmt, n, 0);
    }
}

static void run_erase (struct screen *s, const struct vt_token *t)
{
    unsigned what = vt_param (t, 0, 0);

    if (t->final == 'J' && what == 3 && !t->leader)
        scrollback_clear (&s->back);
    if (what > 2)
        return;
    /* Behind a full row there is nothing to erase, though libvterm's cursor is on its last
     * character. */
    if (s->phantom && what == 0) {
        struct grid_rect below = { (unsigned)screen_at (s).row + 1, s->rows, 0, s->cols };
        struct pen fill = pen_erased (&s->pen);

        if (t->final == 'J')
            grid_erase (s->on, below, &fill);
        return;
    }
    screen_tell (s, t->final == 'J' ? "\033[%uJ" : "\033[%uK", what, 0);
}

static void run_shift (struct screen *s, const struct vt_token *t)
{
    unsigned n = vt_param (t, 0, 1), row = (unsigned)screen_at (s).row;
    char fmt[] = "\033[%u?";

    n = n == 0 ? 1 : n > MOST ? MOST : n;
    fmt[4] = (char)t->final;
    if (!strchr ("ST", t->final))
        screen_settle (s);
    screen_tell (s, fmt, n, 0);
    if ((t->final == 'L' || t->final == 'M') && row >= screen_region (s)->top &&
        row < screen_region (s)->bottom)
        screen_tell (s, "\r", 0, 0);
}

static void clear_tabs (struct screen *s, unsigned what)
{
    if (what == 0)
        s->tab[screen_at (s).col] = 0;
    else if (what == 3)
        memset (s->tab, 0, s->cols);
    else
        return;
    screen_tell (s, "\033[%ug", what, 0);
}

static void answer (struct screen *s, const struct vt_token *t)
{
    VTermPos pos = screen_at (s);
    unsigned what = vt_param (t, 0, 0);
    char text[32];
    int n = 0;

    if (!s->answer)
        return;
    if (t->final == 'c' && what == 0 && t->leader != '=')
        n = snprintf (text, sizeof (text),
                      t->leader == '>' ? "\033[>0;276;0c" : "\033[?1;2c");
    else if (t->final == 'n' && what == 5 && !t->leader)
        n = snprintf (text, sizeof (text), "\033[0n");
    else if (t->final == 'n' && what == 6)
        n = snprintf (text, sizeof (text), "\033[%s%d;%dR", t->leader ? "?" : "",
                      pos.row + 1, pos.col + 1);
    if (n > 0)
        s->answer (s->answer_arg, text, (size_t)n);
}

static void run_plain_csi (struct screen *s, const struct vt_token *t)
{
    switch (t->final) {
    case 'm': pen_apply (&s->pen, t); break;
    case 'h':
    case 'l': screen_modes (s, t); break;
    case 'J':
    case 'K': run_erase (s, t); break;
    case '@':
    case 'L':
    case 'M':
    case 'P':
    case 'S':
    case 'T':
    case 'X': run_shift (s, t); break;
    case 'b': screen_repeat (s, vt_param (t, 0, 1)); break;
    case 'r': set_region (s, t); break;
    case 's': screen_save_cursor (s); break;
    case 'u': screen_restore_cursor (s); break;
    case 'g': clear_tabs (s, vt_param (t, 0, 0)); break;
    case 'c':
    case 'n': answer (s, t); break;
    default:
        if (strchr ("ABCDEFGHIZ`adef", t->final))
            run_move (s, t);
        break;
    }
}

static void run_csi (struct screen *s, const struct vt_token *t)
{
    if (!t->leader && !t->inter)
        run_plain_csi (s, t);
    else if (t->leader == '?' && !t->inter && (t->final == 'h' || t->final == 'l'))
        screen_modes (s, t);
    else if (t->leader == '?' && !t->inter && (t->final == 'J' || t->final == 'K'))
        run_erase (s, t);
    else if (!t->inter && (t->final == 'c' || t->final == 'n'))
        answer (s, t);
    else if (t->inter == '!' && t->final == 'p' && !t->leader)
        screen_soft_reset (s);
    else if (t->inter == ' ' && t->final == 'q' && !t->leader && vt_param (t, 0, 1) <= 6)
        s->cursor_style = vt_param (t, 0, 1);
}

static void run_escape (struct screen *s, const struct vt_token *t)
{
    static const char sets[] = "()*+";
    const char *g = t->inter ? strchr (sets, t->inter) : NULL;

    if (g && *g) {
        screen_designate (s, (unsigned)(g - sets), t->final);
        return;
    }
    if (t->inter)
        return;
    switch (t->final) {
    case '7': screen_save_cursor (s); break;
    case '8': screen_restore_cursor (s); break;
    case '=': s->flag[FLAG_KEYPAD] = true; break;
    case '>': s->flag[FLAG_KEYPAD] = false; break;
    case 'c': screen_reset (s); break;
    case 'D': screen_control (s, 0x0b); break;
    case 'E':
        screen_control (s, 0x0b);
        screen_tell (s, "\r", 0, 0);
        break;
    case 'H':
        s->tab[screen_at (s).col] = 1;
        screen_tell (s, "\033H", 0, 0);
        break;
    case 'M':
        s->phantom = false;
        screen_tell (s, "\033M", 0, 0);
        break;
    default: break;
    }
}

/* OSC 0 and 2: the title. */
static void run_string (struct screen *s, const struct vt_token *t)
{
    const char *p = t->body.data;
    size_t n = t->body.len, to = 0;

    if (t->final != ']' || n < 2 || (p[0] != '0' && p[0] != '2') || p[1] != ';')
        return;
    free (s->title);
    s->title = xcalloc (1, SCREEN_TITLE + 1);
    for (size_t i = 2; i < n && to < SCREEN_TITLE; i++)
        if ((uint8_t)p[i] >= 0x20 && p[i] != 0x7f)
            s->title[to++] = p[i];
    /* Not within a character. */
    while (to == SCREEN_TITLE && to > 0 && (s->title[to - 1] & 0x80))
        s->title[--to] = 0;
}

void screen_run (struct screen *s, const struct vt_token *t)
{
    for (unsigned i = 0; i < t->ninner; i++)
        screen_control (s, t->inner[i]);
    s->may_scroll_off = t->kind == VT_TEXT || t->kind == VT_CONTROL ||
                        (t->kind == VT_ESC && (t->final == 'D' || t->final == 'E')) ||
                        (t->kind == VT_CSI && t->final == 'b');
    if (t->kind != VT_TEXT)
        s->stuck = false;
    switch (t->kind) {
    case VT_TEXT: screen_text (s, t->data, t->len); break;
    case VT_CONTROL: screen_control (s, t->final); break;
    case VT_ESC: run_escape (s, t); break;
    case VT_CSI: run_csi (s, t); break;
    case VT_STRING: run_string (s, t); break;
    case VT_NOTHING: break;
    }
}

/* ---- plain tokens ---- */

/* Only modes that neither screen nor libvterm hear of. */
static bool modes_are_plain (const struct vt_token *t)
{
    for (unsigned i = 0; i < t->nparams; i++) {
        unsigned n = vt_param (t, i, 0);

        if (t->leader != '?' || n == 6 || n == 7 || n == 47 || (n >= 1047 && n <= 1049))
            return false;
    }
    return true;
}

bool screen_is_plain (const struct vt_token *t)
{
    if (t->ninner)
        return false;
    if (t->kind == VT_CONTROL)
        return t->final < 0x0b || t->final == '\r' || t->final > 0x0f;
    if (t->kind == VT_CSI && t->data[0] == 0x1b && !t->inter)
        return t->final == 'm' ||
               (!t->leader && t->final && strchr ("KCDGP@X", t->final)) ||
               ((t->final == 'h' || t->final == 'l') && modes_are_plain (t));
    if (t->kind == VT_STRING)
        return t->data[0] == 0x1b && !memchr (t->data, '\n', t->len);
    return t->kind == VT_TEXT || t->kind == VT_NOTHING;
}

void screen_run_lasting (struct screen *s, const struct vt_token *t)
{
    if (t->kind == VT_STRING ||
        (t->kind == VT_CSI && (t->final == 'm' || t->final == 'h' || t->final == 'l')))
        screen_run (s, t);
}
