/* screen_private.h - what the files of a screen share: screen.c, screen_run.c, screen_text.c,
 * screen_mode.c, screen_vterm.c, repaint.c */
#ifndef KEEPER_SCREEN_PRIVATE_H
#define KEEPER_SCREEN_PRIVATE_H

#include "keeper/grid.h"
#include "keeper/scrollback.h"
#include "keeper/screen.h"
#include "keeper/vt_token.h"

#include <vterm.h>

/* Modes of which only the value is kept (CSI ? number h and l). */
enum screen_flag {
    FLAG_CURSOR_KEYS,  /* 1 */
    FLAG_ORIGIN,       /* 6 */
    FLAG_WRAP,         /* 7 */
    FLAG_VISIBLE,      /* 25 */
    FLAG_REVERSE_WRAP, /* 45 */
    FLAG_KEYPAD,       /* 66, ESC = and ESC > */
    FLAG_FOCUS,        /* 1004 */
    FLAG_PASTE,        /* 2004 */
    FLAG_INSERT,       /* 4, without ? */
    FLAG_NEWLINE,      /* 20, without ? */
    FLAG_COUNT
};
struct screen_flag_row {
    unsigned number;
    bool ansi, standard; /* ANSI: without ?; STANDARD: after a reset */
};
extern const struct screen_flag_row screen_flags[FLAG_COUNT];

struct screen_cursor {
    unsigned row, col;
    struct pen pen;
    uint8_t charset; /* of G0 */
    bool set;
};

struct screen_region {
    unsigned top, bottom; /* BOTTOM is outside */
};

struct screen {
    unsigned rows, cols;
    VTerm *vt;
    VTermState *state;
    struct grid *main, *alt, *on; /* ALT: NULL while ON is MAIN */
    struct scrollback back;
    struct pen pen;
    bool flag[FLAG_COUNT];
    unsigned mouse, mouse_encoding; /* numbers of the modes, or 0 */
    int blink;                      /* mode 12: -1 never said */
    unsigned cursor_style;          /* of CSI SP q */
    char *title;
    struct screen_cursor saved[2]; /* of MAIN and ALT */
    struct screen_region region[2];
    uint8_t charset[4], shift;   /* final bytes of G0 to G3; SHIFT: which is GL */
    uint8_t *tab;                /* of each column */
    bool phantom;                /* the last column was printed, the next character wraps */
    bool may_scroll_off;         /* what runs now is text or a line feed */
    uint32_t last_char;          /* for REP */
    unsigned last_row, last_end; /* where it was: a combining character may join it */
    uint8_t swallow;             /* type of a string whose end is awaited */
    bool stuck;                  /* characters come that move nothing */
    screen_answer_fn answer;
    void *answer_arg;
    struct buf lag;  /* not yet interpreted: plain tokens and the beginning of one */
    size_t scanned;  /* of LAG, whole tokens */
    size_t newlines; /* in the scanned part */
};

/* ---- screen.c ---- */
static inline bool screen_in_alt (const struct screen *s)
{
    return s->on == s->alt;
}
/* Interpret everything that is whole. */
void screen_catch_up (struct screen *s);
void screen_reset (struct screen *s);

/* ---- screen_run.c ---- */
void screen_run (struct screen *s, const struct vt_token *t);
/* It only changes the current line, or nothing that is seen: what it does is gone when the
 * line has scrolled away. */
bool screen_is_plain (const struct vt_token *t);
/* The part of a plain token that lasts: pens, modes, titles. */
void screen_run_lasting (struct screen *s, const struct vt_token *t);

/* ---- screen_text.c ---- */
void screen_text (struct screen *s, const uint8_t *p, size_t n);
void screen_repeat (struct screen *s, unsigned count);
void screen_control (struct screen *s, uint8_t c);

/* ---- screen_mode.c ---- */
void screen_modes (struct screen *s, const struct vt_token *t); /* SM, RM */
void screen_soft_reset (struct screen *s);
void screen_save_cursor (struct screen *s);
void screen_restore_cursor (struct screen *s);
/* SET, its final byte, becomes G0 to G3. */
void screen_designate (struct screen *s, unsigned g, uint8_t set);

/* ---- screen_vterm.c ---- */
/* A new libvterm of the screen's size, as after a reset. */
void screen_make_vterm (struct screen *s);
/* FMT with up to two numbers, at most 31 bytes in all. */
void screen_tell (struct screen *s, const char *fmt, unsigned a, unsigned b);
VTermPos screen_at (const struct screen *s); /* where the cursor is */
/* ROW of the whole screen, in origin mode too. */
void screen_go_to (struct screen *s, unsigned row, unsigned col);
void screen_settle (struct screen *s);
struct screen_region *screen_region (struct screen *s); /* of the screen that is shown */
void screen_tell_region (struct screen *s);

/* ---- repaint.c ---- */
/* Whether the next row is of the same line. */
bool repaint_goes_on (const struct grid *g, unsigned row);
/* What shows of a row, beginning and ending with the default pen.  If it GOES_ON in the next
 * one, it is painted to its end; if it goes on from another, at least to its beginning. */
void repaint_row (struct buf *out, const struct grid *g, unsigned row, bool goes_on);
/* A repaint in two parts, for a screen that has got another size: the scrollback and the main
 * screen with EXTRA empty rows more or less at its end, then all the rest, with rows of the main
 * screen moved by SHIFT. */
struct repaint_fit {
    int extra, shift;
};
void repaint_lines (struct buf *out, const struct screen *s, int extra);
void repaint_rest (struct buf *out, const struct screen *s, struct repaint_fit fit);

#endif
