/* test_screen.c - a repaint leads to the same screen, whatever was printed
 *
 * Streams are fed to one screen, its repaint to another, and both are compared cell by cell
 * with their cursors and modes; then both get the same further output.  Streams are made at
 * random from what terminals know, and recorded from real programs (tests/fuzz/corpus/screen).
 */

#include "keeper/screen_private.h"

#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* ---- comparing ---- */

static void differ (const struct cell *a, const struct cell *b, unsigned row, unsigned col)
{
    fail_msg (
        "row %u column %u: U+%04x U+%04x width %u and U+%04x U+%04x width %u, pens %d", row,
        col, a->chars[0], a->chars[1], a->width, b->chars[0], b->chars[1], b->width,
        pen_equal (&a->pen, &b->pen));
}

static void same_grid (const struct grid *a, const struct grid *b)
{
    for (unsigned row = 0; row < a->rows; row++)
        for (unsigned col = 0; col < a->cols; col++)
            if (!grid_cell_equal (&grid_row (a, row)->cell[col],
                                  &grid_row (b, row)->cell[col]))
                differ (&grid_row (a, row)->cell[col], &grid_row (b, row)->cell[col], row,
                        col);
}

/* A line that went on in one that is gone by now was painted to its end. */
static size_t trimmed (const struct scrollback_line *l)
{
    size_t n = l->len;

    while (n > 0 && l->text[n - 1] == ' ')
        n--;
    return n;
}

static void same_back (const struct screen *a, const struct screen *b)
{
    assert_int_equal (a->back.n, b->back.n);
    for (size_t i = 0; i < a->back.n; i++) {
        const struct scrollback_line *x = scrollback_line (&a->back, i);
        const struct scrollback_line *y = scrollback_line (&b->back, i);

        assert_int_equal (trimmed (x), trimmed (y));
        assert_memory_equal (x->text, y->text, trimmed (x));
    }
}

static void same_cursor (const struct screen_cursor *a, const struct screen_cursor *b)
{
    assert_int_equal (a->row, b->row);
    assert_int_equal (a->col, b->col);
    assert_true (pen_equal (&a->pen, &b->pen));
    assert_int_equal (a->set ? a->charset : 'B', b->set ? b->charset : 'B');
}

static void same_modes (const struct screen *a, const struct screen *b)
{
    assert_memory_equal (a->flag, b->flag, sizeof (a->flag));
    assert_int_equal (a->mouse, b->mouse);
    assert_int_equal (a->mouse_encoding, b->mouse_encoding);
    assert_int_equal (a->blink, b->blink);
    assert_int_equal (a->cursor_style, b->cursor_style);
    assert_string_equal (screen_title (a), screen_title (b));
    assert_memory_equal (a->region, b->region, sizeof (a->region));
    assert_memory_equal (a->charset, b->charset, sizeof (a->charset));
    assert_int_equal (a->shift, b->shift);
    assert_memory_equal (a->tab, b->tab, a->cols);
    assert_true (pen_equal (&a->pen, &b->pen));
}

static void same_place (const struct screen *a, const struct screen *b)
{
    VTermPos x, y;

    vterm_state_get_cursorpos (a->state, &x);
    vterm_state_get_cursorpos (b->state, &y);
    assert_int_equal (x.row, y.row);
    assert_int_equal (a->phantom ? 0 : x.col, b->phantom ? 0 : y.col);
    assert_int_equal (a->phantom, b->phantom);
}

static void same (struct screen *a, struct screen *b, bool back)
{
    screen_catch_up (a);
    screen_catch_up (b);
    assert_int_equal (screen_in_alt (a), screen_in_alt (b));
    same_grid (a->main, b->main);
    if (a->alt)
        same_grid (a->alt, b->alt);
    if (back)
        same_back (a, b);
    same_modes (a, b);
    same_place (a, b);
    for (int i = 0; i < 2; i++)
        same_cursor (&a->saved[i], &b->saved[i]);
}

static struct screen *repainted (struct screen *a)
{
    static const char junk[] = "\033[5;9r\033[?6h\033[41mjunk\033(0\016\033[?1049hmore";
    autodone (buf_done) struct buf paint;
    struct screen *b = screen_new (a->rows, a->cols);

    buf_init (&paint, SCREEN_REPAINT);
    /* The viewer had something else before. */
    screen_feed (b, junk, sizeof (junk) - 1);
    screen_repaint (a, &paint);
    assert_false (paint.overflow);
    screen_feed (b, paint.data, paint.len);
    return b;
}

/* Feed N bytes, repaint at AT, go on. */
static void check (const char *p, size_t n, size_t at, unsigned rows, unsigned cols)
{
    autocleanup (screen_free) struct screen *a = screen_new (rows, cols);

    screen_feed (a, p, at);
    autocleanup (screen_free) struct screen *b = repainted (a);
    same (a, b, true);
    screen_feed (a, p + at, n - at);
    screen_feed (b, p + at, n - at);
    same (a, b, true);
}

/* ---- random streams ---- */

static uint32_t seed;

static unsigned rnd (unsigned n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static const char *const texts[] = {
    "hello",
    "x",
    " ",
    "\r\n",
    "\n",
    "\r",
    "\t",
    "\b",
    "äöü",
    "日本語",
    "é́",
    "a\xcc\x81",
    "😀",
    "────┐",
    "\xe2\x80\x8b",
    "\xff\xc3",
    "\033[m",
    "\033[1;31m",
    "\033[44m",
    "\033[38;5;200;48;2;1;2;3m",
    "\033[4:3;58:5:9m",
    "\033[7;9;3;2;8;53m",
    "\033[K",
    "\033[1K",
    "\033[J",
    "\033[1J",
    "\033[2J",
    "\033[H",
    "\033[?7l",
    "\033[?7h",
    "\033[?6h",
    "\033[?6l",
    "\033[4h",
    "\033[4l",
    "\0337",
    "\0338",
    "\033[s",
    "\033[u",
    "\033[?1049h",
    "\033[?1049l",
    "\033[?47h",
    "\033[?1047l",
    "\033(0",
    "\033(B",
    "\033)0",
    "\016",
    "\017",
    "\033[r",
    "\033H",
    "\033[g",
    "\033[3g",
    "\033M",
    "\033D",
    "\033E",
    "\033[!p",
    "\033[?25l",
    "\033[?2004h",
    "\033[?1h\033=",
    "\033[?1000;1006h",
    "\033[?1003l",
    "\033[?1004h",
    "\033[?12h",
    "\033[4 q",
    "\033]0;title ä\a",
    "\033]2;other\033\\",
    "\033P$q\033\\",
    "\033[6n",
    "\033[c",
    "\033[3J",
    "\033[20h",
    "\033[20l",
    "\033[1;2\n3m",
    "\033[12\030",
    "\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15m",
    "\033[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;H",
    "\xc2\x9b"
    "5C",
    "\033#8",
    "the quick brown fox jumps over the lazy dog and goes on and on until the line "
    "ends",
};
static const char finals[] = "ABCDEFGHIJKLMPSTXZ@`abdefr";

static void add_random (struct buf *b)
{
    switch (rnd (4)) {
    case 0:
        (void)buf_addf (b, "\033[%u;%u%c", rnd (30), rnd (90),
                        finals[rnd (sizeof (finals) - 1)]);
        break;
    case 1: (void)buf_adds (b, texts[rnd (20)]); break;
    case 2: (void)buf_addf (b, "%u text", rnd (1000)); break;
    default: (void)buf_adds (b, texts[rnd (ARRAY_SIZE (texts))]); break;
    }
}

static void test_random (void **state)
{
    for (unsigned round = 0; round < 400; round++) {
        autodone (buf_done) struct buf b;
        unsigned n = 5 + round % 200, rows = 1 + round % 25, cols = 2 + round % 83;

        seed = round;
        buf_init (&b, 1 << 20);
        for (unsigned i = 0; i < n; i++)
            add_random (&b);
        check (b.data, b.len, rnd ((unsigned)b.len), rows, cols);
    }
}

/* ---- a flood that is not interpreted ---- */

static void flood (struct buf *b, unsigned lines)
{
    for (unsigned i = 0; i < lines; i++) {
        unsigned kind = rnd (12);

        if (kind == 0)
            (void)buf_addf (b, "\033[%um", 30 + rnd (20));
        if (kind == 1)
            (void)buf_addf (b, "\033]0;%u\a", i);
        if (kind == 2)
            (void)buf_adds (b, "äöü 日本\033[K");
        if (kind == 3)
            (void)buf_adds (b, "\033[?2004h progress\rPROG\b\b");
        (void)buf_addf (b, "line %u of many that go by%s", i, kind == 4 ? "\n" : "\r\n");
    }
}

static void test_flood (void **state)
{
    for (unsigned round = 0; round < 3; round++) {
        autodone (buf_done) struct buf b;
        autocleanup (screen_free) struct screen *a = screen_new (24, 80);
        autocleanup (screen_free) struct screen *slow = screen_new (24, 80);

        seed = round;
        buf_init (&b, 16 << 20);
        (void)buf_adds (&b, "\033[10;20Hsomewhere\033[43m");
        flood (&b, 30000);
        for (size_t at = 0, n; at < b.len; at += n) {
            n = 1 + rnd (60000);
            n = n < b.len - at ? n : b.len - at;
            screen_feed (a, b.data + at, n);
        }
        for (size_t at = 0, n; at < b.len; at += n) {
            n = b.len - at < 5000 ? b.len - at : 5000;
            screen_feed (slow, b.data + at, n);
            screen_catch_up (slow);
        }
        same (a, slow, true);
        assert_int_equal (a->back.n, SCROLLBACK_LINES);
        autocleanup (screen_free) struct screen *again = repainted (a);
        same (a, again, true);
    }
}

static void test_endless_line (void **state)
{
    autocleanup (screen_free) struct screen *a = screen_new (24, 77);
    autocleanup (screen_free) struct screen *slow = screen_new (24, 77);
    autodone (buf_done) struct buf b;

    buf_init (&b, 16 << 20);
    for (unsigned i = 0; b.len < 3000000; i++)
        (void)buf_addf (&b, "%c", 'a' + i % 7);
    screen_feed (a, b.data, b.len);
    for (size_t at = 0; at < b.len; at += 1000)
        screen_feed (slow, b.data + at, 1000), screen_catch_up (slow);
    screen_catch_up (a);
    same_place (a, slow);
    assert_true (a->lag.cap <= 4 * SCREEN_LAG);
}

/* ---- what is special ---- */

static void expect_paint (const char *text, size_t n, const char *needle, bool there)
{
    autocleanup (screen_free) struct screen *s = screen_new (24, 80);
    autodone (buf_done) struct buf paint;

    buf_init (&paint, SCREEN_REPAINT);
    screen_feed (s, text, n);
    screen_repaint (s, &paint);
    assert_int_equal (strstr (paint.data, needle) != NULL, there);
}

static void test_no_questions (void **state)
{
    static const char asks[] =
        "a\033[c\033[>c\033[6n\033[5n\033[?6n\033]10;?\a\033]11;?\033\\"
        "\033P+q544e\033\\\033[?2004$p\033[18t\033[>q\033[?u\005";
    static const char *const never[] = { "\033[c",  "\033[>",  "\033[6n", "\033[5n",
                                         "\033]10", "\033]11", "\033P",   "$p",
                                         "\033[18", "\005" };

    for (size_t i = 0; i < ARRAY_SIZE (never); i++)
        expect_paint (asks, sizeof (asks) - 1, never[i], false);
}

static void test_seams (void **state)
{
    static const char text[] =
        "a\033[1;31mb€\033]0;a title\033\\😀\033[?1049h\033[3;4Hx\r\nend";

    for (size_t at = 0; at <= sizeof (text) - 1; at++)
        check (text, sizeof (text) - 1, at, 24, 80);
}

static void test_long_string (void **state)
{
    autodone (buf_done) struct buf b;

    for (int kind = 0; kind < 4; kind++) {
        buf_init (&b, 4 << 20);
        (void)buf_adds (&b, kind & 1 ? "x\033P" : "x\033]1337;");
        size_t begin = b.len;
        while (b.len < 1000000)
            (void)buf_adds (&b, "picture\n");
        (void)buf_adds (&b, kind & 2 ? "\033\\" : kind & 1 ? "\033[5C" : "\a");
        (void)buf_adds (&b, "after\033[31m");
        for (size_t at = begin; at < b.len; at += 99991)
            check (b.data, b.len, at, 24, 80);
        for (size_t at = b.len - 14; at < b.len; at++)
            check (b.data, b.len, at, 24, 80);
        autocleanup (screen_free) struct screen *s = screen_new (24, 80);
        screen_feed (s, b.data, b.len);
        screen_catch_up (s);
        assert_int_equal (grid_row (s->main, 0)->cell[0].chars[0], 'x');
        assert_int_equal (grid_row (s->main, 0)->cell[kind == 1 ? 6 : 1].chars[0], 'a');
        buf_done (&b);
    }
}

static void test_resize (void **state)
{
    autocleanup (screen_free) struct screen *s = screen_new (5, 20);
    autodone (buf_done) struct buf paint;

    buf_init (&paint, SCREEN_REPAINT);
    for (int i = 0; i < 12; i++) {
        char line[64];
        int n = snprintf (line, sizeof (line), "line %d is long enough to wrap\r\n", i);

        screen_feed (s, line, (size_t)n);
    }
    screen_feed (s, "$ ls", 4);
    screen_resize (s, 10, 60);
    screen_catch_up (s);
    assert_int_equal (grid_used (s->main, 8), 30);
    assert_int_equal (grid_used (s->main, 9), 4);
    screen_resize (s, 3, 12);
    screen_resize (s, 10, 60);
    screen_repaint (s, &paint);
    for (int i = 0; i < 12; i++) {
        char line[64];

        (void)snprintf (line, sizeof (line), "line %d is long enough to wrap\r\n", i);
        assert_non_null (strstr (paint.data, line));
    }
    VTermPos pos;
    vterm_state_get_cursorpos (s->state, &pos);
    assert_int_equal (pos.row, 9);
    assert_int_equal (pos.col, 4);
}

static void shows_at (const struct screen *s, unsigned row, const char *text)
{
    for (unsigned col = 0; text[col]; col++)
        assert_int_equal (grid_row (s->on, row)->cell[col].chars[0],
                          (unsigned char)text[col]);
}

static void feed (struct screen *s, const char *text)
{
    screen_feed (s, text, strlen (text));
    screen_catch_up (s);
}

/* Empty rows below the cursor go first, and come back first. */
static void test_resize_with_room_below (void **state)
{
    autocleanup (screen_free) struct screen *s = screen_new (10, 20);

    feed (s, "old\r\n\033[H\033[2J$ ls\r\na b\r\n$ ");
    screen_resize (s, 4, 20);
    feed (s, "x");
    shows_at (s, 0, "$ ls");
    shows_at (s, 2, "$ x");
    screen_resize (s, 2, 20);
    shows_at (s, 1, "$ x");
    assert_int_equal (s->back.n, 1);
    screen_resize (s, 10, 20);
    feed (s, "y");
    shows_at (s, 0, "$ ls");
    shows_at (s, 2, "$ xy");
    assert_int_equal (grid_used (s->main, 3), 0);
}

/* Where the cursor goes back to behind an editor that was resized. */
static void test_resize_on_the_other_screen (void **state)
{
    static const unsigned rows[] = { 20, 4, 30, 6 };
    autocleanup (screen_free) struct screen *s = screen_new (6, 20);

    feed (s, "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n$ "
             "vi\033[?1049h\033[2;5r\033[3;3Htext");
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        screen_resize (s, rows[i], 20);
    shows_at (s, 2, "  text");
    feed (s, "\033[?1049l\r\n$ ");
    shows_at (s, 3, "9");
    shows_at (s, 4, "$ vi");
    shows_at (s, 5, "$ ");
    assert_int_equal (screen_at (s).row, 5);
    screen_resize (s, 20, 20);
    feed (s, "x");
    shows_at (s, 10, "$ x");
}

static void test_resize_anything (void **state)
{
    for (unsigned round = 0; round < 60; round++) {
        autocleanup (screen_free) struct screen *s = screen_new (24, 80);
        autodone (buf_done) struct buf b;

        seed = round;
        buf_init (&b, 1 << 20);
        for (unsigned i = 0; i < 100; i++)
            add_random (&b);
        for (size_t at = 0; at < b.len; at += 100) {
            screen_feed (s, b.data + at, b.len - at < 100 ? b.len - at : 100);
            screen_resize (s, 1 + rnd (60), 1 + rnd (200));
        }
        autocleanup (screen_free) struct screen *again = repainted (s);
        same (s, again, true);
    }
}

static void on_answer (void *arg, const char *text, size_t n)
{
    (void)buf_add (arg, text, n);
}

static void test_answers (void **state)
{
    static const char asks[] = "\033[5;7Habc\033[6n\033[c\033[>c\033[5n";
    autocleanup (screen_free) struct screen *s = screen_new (24, 80);
    autodone (buf_done) struct buf got;

    buf_init (&got, 1000);
    screen_feed (s, "\033[c", 3);
    screen_set_answer (s, on_answer, &got);
    screen_feed (s, asks, sizeof (asks) - 1);
    assert_string_equal (got.data, "\033[5;10R\033[?1;2c\033[>0;276;0c\033[0n");
}

static void test_alternate_screen_left (void **state)
{
    static const char text[] = "before\r\n$ vi\033[?1049h\033[2J\033[3;1Htilde\033[?25l"
                               "\033[?1049l\033[?25h after";
    autocleanup (screen_free) struct screen *s = screen_new (24, 80);

    screen_feed (s, text, sizeof (text) - 1);
    screen_catch_up (s);
    assert_false (screen_in_alt (s));
    assert_int_equal (grid_used (s->main, 1), 10);
    assert_int_equal (grid_used (s->main, 2), 0);
}

/* What made libvterm crash, loop or grow. */
static void test_hostile (void **state)
{
    static const char *const bad[] = {
        "\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1H",
        "\033[99999999999999999999999C\033[4294967295B\033[2147483648A",
        "\033[999999b",
        "\033#6\033#3wide",
        "\033[?69h\033[5;3s\033[1;1r",
        "\033[999999L\033[999999@",
        "日\033[1G日\033[99999S\033[99999T",
        "\033[38;5m\033[38;2m\033[48m\033[38:2:1m",
    };

    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        for (unsigned size = 1; size < 30; size += 7)
            check (bad[i], strlen (bad[i]), strlen (bad[i]), size, size);
    autocleanup (screen_free) struct screen *s = screen_new (2, 2);
    screen_feed (s, "a", 1);
    for (int i = 0; i < 200000; i++)
        screen_feed (s, "\xcc\x81", 2);
    screen_feed (s, "b", 1);
    screen_catch_up (s);
    assert_int_equal (grid_row (s->main, 0)->cell[1].chars[0], 'b');
}

/* ---- recordings ---- */

static void check_recording (const char *path)
{
    autodone (buf_done) struct buf b;
    ssize_t n;
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC);

    buf_init (&b, 8 << 20);
    assert_true (fd >= 0);
    while ((n = read (fd, buf_reserve (&b, 65536), 65536)) > 0)
        b.len += (size_t)n;
    for (size_t at = 0; at <= b.len; at += 1 + b.len / 40) {
        check (b.data, b.len, at, 24, 80);
        check (b.data, b.len, at, 11, 43);
    }
}

static void test_recordings (void **state)
{
    const char *src = getenv ("srcdir");
    autofree char *dir = xasprintf ("%s/tests/fuzz/corpus/screen", src ? src : ".");
    DIR *d = opendir (dir);
    struct dirent *e;
    unsigned n = 0;

    assert_non_null (d);
    while ((e = readdir (d))) {
        autofree char *path = xasprintf ("%s/%s", dir, e->d_name);

        if (e->d_name[0] == '.')
            continue;
        check_recording (path);
        n++;
    }
    (void)closedir (d);
    assert_true (n >= 5);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_seams),
        cmocka_unit_test (test_no_questions),
        cmocka_unit_test (test_hostile),
        cmocka_unit_test (test_random),
        cmocka_unit_test (test_flood),
        cmocka_unit_test (test_endless_line),
        cmocka_unit_test (test_long_string),
        cmocka_unit_test (test_resize),
        cmocka_unit_test (test_resize_with_room_below),
        cmocka_unit_test (test_resize_on_the_other_screen),
        cmocka_unit_test (test_resize_anything),
        cmocka_unit_test (test_answers),
        cmocka_unit_test (test_alternate_screen_left),
        cmocka_unit_test (test_recordings),
    };

    return cmocka_run_group_tests_name ("screen", tests, NULL, NULL);
}
