/* buf.h - growable bytes with a ceiling
 *
 *     autodone (buf_done) struct buf b;
 *     buf_init (&b, 1 << 20);
 *     buf_addf (&b, "hello %s", name);
 *     if (b.overflow) ...
 *
 * There is no way to make one without a ceiling.  An addition that would pass it adds nothing,
 * sets the sticky `overflow` and returns -1; so a series of additions can be checked once.
 * data is always NUL-terminated (the NUL is not counted).  Any thread; not shared.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* never NULL after buf_init */
    size_t len, cap, max;
    bool overflow;
};

void buf_init (struct buf *b, size_t max);
void buf_done (struct buf *b);  /* also fine on a zeroed struct, and twice */
void buf_clear (struct buf *b); /* empty, keeps the memory, resets overflow */

int buf_add (struct buf *b, const void *data, size_t n);
int buf_adds (struct buf *b, const char *s);
int buf_addc (struct buf *b, char c);
int buf_addu (struct buf *b,
              uint64_t n); /* decimal; what buf_addf does, in a tenth of the time */
int buf_addf (struct buf *b, const char *fmt, ...) __attribute__ ((format (printf, 2, 3)));
int buf_vaddf (struct buf *b, const char *fmt, va_list ap);
/* Room for N more bytes at data + len; the caller adds to len what it used.  NULL: too large. */
char *buf_reserve (struct buf *b, size_t n);
/* A JSON string literal with quotes; S is N bytes of UTF-8 (invalid bytes become U+FFFD). */
int buf_add_json_string (struct buf *b, const char *s, size_t n);
/* HTML text with & < > " ' escaped. */
int buf_add_html (struct buf *b, const char *s, size_t n);
/* Drop N bytes at the front. */
void buf_consume (struct buf *b, size_t n);
/* The content as a malloc'ed, NUL-terminated block that the caller frees; B is empty after. */
char *buf_take (struct buf *b, size_t *ret_len);

#endif
