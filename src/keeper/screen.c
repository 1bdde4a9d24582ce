/* screen.c - what a terminal shows: its life, its size, and output nobody has looked at yet
 *
 * Interpreting costs some 60 ns a character, so a flood of plain lines is not interpreted as
 * it comes.  It gathers in `lag`; when that is full, all but the last lines are dropped: after
 * SCROLLBACK_LINES + 2 * rows line feeds in a scroll region that is the whole screen, nothing
 * of what was on the screen or in the scrollback before them is left, wherever the cursor was.
 * Of what is dropped, pens, titles and modes are carried out.  Any token that is not plain
 * (screen_is_plain) has everything before it interpreted at once.
 */

#include "keeper/screen_private.h"

#include <string.h>

#define SWALLOW (64u << 10) /* a string longer than this is not kept */
#define KEEP_RUN (64u << 10)
#define BLOCK 64

static void reset_tabs (struct screen *s)
{
    for (unsigned i = 0; i < s->cols; i++)
        s->tab[i] = i % 8 == 0;
}

static struct screen_region whole (const struct screen *s)
{
    return (struct screen_region){ 0, s->rows };
}

/* As ESC c leaves it.  The cells must be erased by the caller if there are any. */
static void reset_state (struct screen *s)
{
    s->pen = (struct pen){ 0 };
    for (int i = 0; i < FLAG_COUNT; i++)
        s->flag[i] = screen_flags[i].standard;
    s->mouse = s->mouse_encoding = 0;
    s->blink = -1;
    s->cursor_style = 0;
    memset (s->saved, 0, sizeof (s->saved));
    s->region[0] = s->region[1] = whole (s);
    memset (s->charset, 'B', sizeof (s->charset));
    s->shift = 0;
    s->phantom = false;
    s->last_char = s->last_end = 0;
    reset_tabs (s);
}

void screen_reset (struct screen *s)
{
    struct pen pen = { 0 };

    grid_free (s->main);
    grid_free (s->alt);
    s->alt = NULL;
    s->on = s->main = grid_new (s->rows, s->cols, &pen);
    scrollback_clear (&s->back);
    reset_state (s);
    screen_make_vterm (s);
}

/* S is zeros. */
static void init (struct screen *s, unsigned rows, unsigned cols)
{
    buf_init (&s->lag, 2 * SCREEN_LAG + 4096);
    s->rows = rows < 1 ? 1 : rows > SCREEN_ROWS ? SCREEN_ROWS : rows;
    s->cols = cols < 2 ? 2 : cols > SCREEN_COLS ? SCREEN_COLS : cols;
    s->tab = xcalloc (s->cols, 1);
    screen_reset (s);
}

static void done (struct screen *s)
{
    vterm_free (s->vt);
    grid_free (s->main);
    grid_free (s->alt);
    scrollback_clear (&s->back);
    buf_done (&s->lag);
    free (s->title);
    free (s->tab);
}

struct screen *screen_new (unsigned rows, unsigned cols)
{
    struct screen *s = xnew (struct screen);

    init (s, rows, cols);
    return s;
}

void screen_free (struct screen *s)
{
    if (!s)
        return;
    done (s);
    free (s);
}

const char *screen_title (const struct screen *s)
{
    return s->title ? s->title : "";
}

void screen_set_answer (struct screen *s, screen_answer_fn answer, void *arg)
{
    s->answer = answer;
    s->answer_arg = arg;
}

/* ---- dropping what scrolled far away ---- */

static const uint8_t *lag_data (const struct screen *s)
{
    return (const uint8_t *)s->lag.data;
}

/* N bytes at the front of the lag are gone. */
static void lag_used (struct screen *s, size_t n)
{
    for (const char *p = s->lag.data, *end = p + (n < s->scanned ? n : s->scanned);
         (p = memchr (p, '\n', (size_t)(end - p))); p++)
        s->newlines--;
    buf_consume (&s->lag, n);
    s->scanned -= n < s->scanned ? n : s->scanned;
}

static void drop_front (struct screen *s, size_t n)
{
    const uint8_t *p = lag_data (s), *end = p + n;
    struct vt_token t;

    while ((p = memchr (p, '\033', (size_t)(end - p))) &&
           vt_next (p, (size_t)(end - p), &t)) {
        screen_run_lasting (s, &t);
        p += t.len;
    }
    lag_used (s, n);
}

static bool scrolls_whole (const struct screen *s)
{
    const struct screen_region *r = &s->region[screen_in_alt (s)];

    return r->top == 0 && r->bottom == s->rows;
}

/* Drop the lines that leave no trace. */
static void shorten (struct screen *s)
{
    size_t need = SCROLLBACK_LINES + 2 * s->rows;
    const uint8_t *p = lag_data (s), *at;

    if (s->newlines <= need || !scrolls_whole (s))
        return;
    at = p + s->scanned;
    for (size_t i = 0; i <= need; i++)
        at = memrchr (p, '\n', (size_t)(at - p));
    /* A line feed keeps the column; only behind a return it is known. */
    while (at && (at == p || at[-1] != '\r'))
        at = at == p ? NULL : memrchr (p, '\n', (size_t)(at - p));
    if (!at)
        return;
    drop_front (s, (size_t)(at - p) + 1);
    screen_run (s, &(struct vt_token){ .kind = VT_CONTROL, .final = '\r' });
}

static size_t plain_ascii (const uint8_t *p, size_t n)
{
    size_t i = 0;

    while (i < n && p[i] >= 0x20 && p[i] < 0x7f)
        i++;
    return i;
}

/* One endless line of printable characters: a multiple of the columns less of them leaves the
 * cursor where it would be.  The scrollback is shorter then. */
static bool shorten_run (struct screen *s)
{
    size_t run = plain_ascii (lag_data (s), s->lag.len);
    size_t keep = 2 * (size_t)s->rows * s->cols, n;

    keep = (keep < KEEP_RUN ? KEEP_RUN : keep) + s->cols;
    if (run < 2 * keep || !scrolls_whole (s))
        return false;
    n = (run - keep) / s->cols * s->cols;
    memmove (s->lag.data + s->cols, s->lag.data + s->cols + n, s->lag.len - s->cols - n);
    s->lag.len -= n;
    s->scanned -= n < s->scanned ? n : s->scanned;
    return true;
}

/* ---- interpreting ---- */

/* Interpret what was scanned, but for a character whose end is not there. */
static void run_scanned (struct screen *s)
{
    const uint8_t *p = lag_data (s);
    struct vt_token t;
    size_t at = 0;

    while (at < s->scanned && vt_next (p + at, s->scanned - at, &t)) {
        screen_run (s, &t);
        at += t.len;
    }
    buf_consume (&s->lag, at);
    s->scanned = s->newlines = 0;
}

void screen_catch_up (struct screen *s)
{
    shorten (s);
    run_scanned (s);
}

/* All of it is printable, or ends or moves within a line. */
static bool block_is_plain (const uint8_t *p)
{
    unsigned odd = 0;

    for (int i = 0; i < BLOCK; i++)
        odd |= ((p[i] < 0x20) & (p[i] != '\n') & (p[i] != '\r') & (p[i] != '\t') &
                (p[i] != '\b')) |
               (p[i] == 0x7f) | (p[i] == 0xc2);
    return !odd;
}

static unsigned block_newlines (const uint8_t *p)
{
    uint8_t count = 0;

    for (int i = 0; i < BLOCK; i++)
        count = (uint8_t)(count + (p[i] == '\n'));
    return count;
}

/* Look at what came; interpret up to the last token that is not plain. */
static void scan (struct screen *s)
{
    struct vt_token t;

    for (;;) {
        const uint8_t *p = lag_data (s) + s->scanned;
        size_t n = s->lag.len - s->scanned, step = 0;

        for (; n - step >= BLOCK && block_is_plain (p + step); step += BLOCK)
            s->newlines += block_newlines (p + step);
        s->scanned += step;
        if (!vt_next (p + step, n - step, &t))
            return;
        if (screen_is_plain (&t)) {
            s->newlines += t.kind == VT_CONTROL && t.final == '\n';
            s->scanned += t.len;
            continue;
        }
        screen_catch_up (s);
        if (vt_next (lag_data (s), s->lag.len, &t))
            screen_run (s, &t);
        buf_consume (&s->lag, t.len);
    }
}

/* A string that is too long to be kept goes, up to its end. */
static void begin_swallowing (struct screen *s)
{
    size_t n = s->lag.len - s->scanned;
    uint8_t type = vt_open_string (lag_data (s) + s->scanned, n);

    if (n <= SWALLOW || !type)
        return;
    s->swallow = type;
    /* An ESC at the very end may begin its end. */
    if (lag_data (s)[s->lag.len - 1] == 0x1b) {
        s->lag.data[s->scanned] = 0x1b;
        s->lag.len = s->scanned + 1;
    } else {
        s->lag.len = s->scanned;
    }
}

/* Bytes of P that still belong to a string that is swallowed. */
static size_t swallow (struct screen *s, const uint8_t *p, size_t n)
{
    size_t end;

    if (s->lag.len > s->scanned) { /* the ESC that was kept */
        s->lag.len = s->scanned;
        s->swallow = 0;
        if (n && p[0] == '\\')
            return 1;
        (void)buf_addc (&s->lag, 0x1b);
        return 0;
    }
    if (n >= 2 && p[0] == 0x1b && p[1] != '\\')
        end = 0;
    else if ((end = vt_string_end (s->swallow, p, n)) == 0) {
        if (n && p[n - 1] == 0x1b)
            (void)buf_addc (&s->lag, 0x1b);
        return n;
    }
    s->swallow = 0;
    return end;
}

static void feed_some (struct screen *s, const uint8_t *p, size_t n)
{
    (void)buf_add (&s->lag, p, n);
    scan (s);
    begin_swallowing (s);
    if (s->lag.len <= SCREEN_LAG)
        return;
    shorten (s);
    if (s->lag.len > SCREEN_LAG / 2 && !shorten_run (s))
        run_scanned (s);
}

void screen_feed (struct screen *s, const void *data, size_t n)
{
    const uint8_t *p = data;

    while (n > 0) {
        size_t used = s->swallow ? swallow (s, p, n) : 0;
        size_t some = n - used < SCREEN_LAG / 4 ? n - used : SCREEN_LAG / 4;

        if (some && !s->swallow)
            feed_some (s, p + used, some);
        else
            some = 0;
        p += used + some;
        n -= used + some;
    }
}

/* ---- another size ---- */

/* Empty rows at the end of the main screen, below the cursor. */
static int empty_below (const struct screen *s)
{
    unsigned last = screen_in_alt (s) ? s->saved[0].row : (unsigned)screen_at (s).row;
    unsigned row = s->rows;

    while (row > last + 1 && !grid_used (s->main, row - 1))
        row--;
    return (int)(s->rows - row);
}

/* The content is painted again, at the new size: long lines wrap, nothing is cut off that was
 * not on the other screen.  As with xterm.js, rows come and go below the cursor if there are
 * empty ones, else at the top; scroll regions end. */
void screen_resize (struct screen *s, unsigned rows, unsigned cols)
{
    autodone (buf_done) struct buf paint;
    struct repaint_fit fit = { 0, 0 };
    struct screen was;
    int empty;

    buf_init (&paint, SCREEN_REPAINT);
    if (rows == s->rows && cols == s->cols)
        return;
    screen_catch_up (s);
    s->region[0] = s->region[1] = whole (s);
    was = *s;
    *s = (struct screen){ 0 };
    init (s, rows, cols);
    empty = empty_below (&was);
    if (empty)
        fit.extra = (int)s->rows - (int)was.rows;
    if (fit.extra < -empty)
        fit.extra = -empty;
    repaint_lines (&paint, &was, fit.extra);
    screen_feed (s, paint.data, paint.len);
    screen_catch_up (s);
    fit.shift = screen_at (s).row + 1 - ((int)was.rows + fit.extra);
    buf_clear (&paint);
    repaint_rest (&paint, &was, fit);
    screen_feed (s, paint.data, paint.len);
    s->answer = was.answer;
    s->answer_arg = was.answer_arg;
    done (&was);
}
