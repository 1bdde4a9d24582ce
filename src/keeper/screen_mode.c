/* screen_mode.c - modes, saved cursors, and the alternate screen */

#include "keeper/screen_private.h"

const struct screen_flag_row screen_flags[FLAG_COUNT] = {
    [FLAG_CURSOR_KEYS] = { 1, false, false },   [FLAG_ORIGIN] = { 6, false, false },
    [FLAG_WRAP] = { 7, false, true },           [FLAG_VISIBLE] = { 25, false, true },
    [FLAG_REVERSE_WRAP] = { 45, false, false }, [FLAG_KEYPAD] = { 66, false, false },
    [FLAG_FOCUS] = { 1004, false, false },      [FLAG_PASTE] = { 2004, false, false },
    [FLAG_INSERT] = { 4, true, false },         [FLAG_NEWLINE] = { 20, true, false },
};

static void set_flag (struct screen *s, enum screen_flag f, bool on)
{
    const struct screen_flag_row *r = &screen_flags[f];

    s->flag[f] = on;
    if (f == FLAG_ORIGIN || f == FLAG_WRAP)
        screen_settle (s);
    if (f == FLAG_ORIGIN || f == FLAG_WRAP || r->ansi)
        screen_tell (s, r->ansi ? "\033[%u%c" : "\033[?%u%c", r->number, on ? 'h' : 'l');
}

/* ---- cursors and screens ---- */

void screen_save_cursor (struct screen *s)
{
    VTermPos pos = screen_at (s);

    s->saved[screen_in_alt (s)] =
        (struct screen_cursor){ (unsigned)pos.row, (unsigned)pos.col, s->pen, s->charset[0],
                                true };
}

void screen_designate (struct screen *s, unsigned g, uint8_t set)
{
    if (set != '0' && set != 'A')
        set = 'B';
    s->charset[g] = set;
    screen_tell (s, "\033%c%c", (unsigned)"()*+"[g], set);
}

void screen_restore_cursor (struct screen *s)
{
    const struct screen_cursor *c = &s->saved[screen_in_alt (s)];

    screen_go_to (s, c->row < s->rows ? c->row : s->rows - 1,
                  c->col < s->cols ? c->col : s->cols - 1);
    s->pen = c->pen;
    screen_designate (s, 0, c->set ? c->charset : 'B');
}

static void show_alt (struct screen *s, bool on)
{
    struct pen fill = pen_erased (&s->pen);

    if (on == screen_in_alt (s))
        return;
    grid_free (s->alt);
    s->alt = on ? grid_new (s->rows, s->cols, &fill) : NULL;
    s->on = on ? s->alt : s->main;
    s->region[1] = (struct screen_region){ 0, s->rows };
    s->saved[1] = (struct screen_cursor){ 0 };
    screen_tell_region (s);
}

/* ---- modes ---- */

static void set_dec_mode (struct screen *s, unsigned number, bool on)
{
    for (int f = 0; f < FLAG_COUNT; f++)
        if (!screen_flags[f].ansi && screen_flags[f].number == number)
            set_flag (s, (enum screen_flag)f, on);
    switch (number) {
    case 9:
    case 1000:
    case 1002:
    case 1003: s->mouse = on ? number : 0; break;
    case 1006:
    case 1016: s->mouse_encoding = on ? number : 0; break;
    case 12: s->blink = on; break;
    case 47:
    case 1047: show_alt (s, on); break;
    case 1048:
    case 1049:
        if (on)
            screen_save_cursor (s);
        if (number == 1049)
            show_alt (s, on);
        if (!on)
            screen_restore_cursor (s);
        break;
    default: break;
    }
}

void screen_modes (struct screen *s, const struct vt_token *t)
{
    bool on = t->final == 'h';

    for (unsigned i = 0; i < t->nparams; i++) {
        unsigned number = vt_param (t, i, 0);

        if (t->leader == '?')
            set_dec_mode (s, number, on);
        else if (!t->leader && (number == 4 || number == 20))
            set_flag (s, number == 4 ? FLAG_INSERT : FLAG_NEWLINE, on);
    }
}

void screen_soft_reset (struct screen *s)
{
    for (int f = 0; f < FLAG_COUNT; f++)
        if (f != FLAG_NEWLINE && f != FLAG_ORIGIN)
            set_flag (s, (enum screen_flag)f, screen_flags[f].standard);
    if (s->flag[FLAG_ORIGIN]) {
        VTermPos pos = screen_at (s);

        set_flag (s, FLAG_ORIGIN, false);
        screen_go_to (s, (unsigned)pos.row, (unsigned)pos.col);
    }
    *screen_region (s) = (struct screen_region){ 0, s->rows };
    screen_tell_region (s);
    s->pen = (struct pen){ 0 };
    s->saved[screen_in_alt (s)] = (struct screen_cursor){ 0 };
    for (unsigned g = 0; g < 4; g++)
        screen_designate (s, g, 'B');
    screen_control (s, 0x0f);
}
