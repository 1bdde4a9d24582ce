/* scan.h - how far a run of ordinary bytes reaches, sixteen at a time
 *
 * A document of some megabytes is looked through several times on its way, and such runs are nearly all of
 * it: strings until something needs an escape, text until a line ends, bytes until they are not ASCII.
 *
 *     size_t run = scan_until (s, n, SCAN_CONTROL | SCAN_QUOTED);
 *
 * SSE2 where the compiler has it, which is every x86-64; elsewhere words of eight bytes.  Pure.
 */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum scan_stop {
    SCAN_CONTROL = 1 << 0, /* below 0x20 */
    SCAN_QUOTED = 1 << 1,  /* '"' and '\\' */
    SCAN_HIGH = 1 << 2,    /* 0x80 and above */
};

static inline bool scan_is_stop (unsigned char c, unsigned stops)
{
    return ((stops & SCAN_CONTROL) && c < 0x20) ||
           ((stops & SCAN_QUOTED) && (c == '"' || c == '\\')) ||
           ((stops & SCAN_HIGH) && c >= 0x80);
}

/* The lowest byte with its highest bit set in the result is the first stop of the little-endian word W;
 * borrows may set the bits of bytes above it. */
static inline uint64_t scan_word (uint64_t w, unsigned stops)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\'), hit = 0;

    if (stops & SCAN_CONTROL)
        hit |= (w - ones * 0x20) & ~w;
    if (stops & SCAN_QUOTED)
        hit |= ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
    if (stops & SCAN_HIGH)
        hit |= w;
    return hit & tops;
}

#ifdef __SSE2__
/* One bit for each of the sixteen bytes at S. */
static inline unsigned scan_block (const char *s, unsigned stops)
{
    __m128i v = _mm_loadu_si128 ((const __m128i *)s), hit = _mm_setzero_si128 ();

    if (stops & SCAN_CONTROL)
        hit = _mm_cmpeq_epi8 (_mm_min_epu8 (v, _mm_set1_epi8 (0x1f)), v);
    if (stops & SCAN_QUOTED) {
        __m128i quote = _mm_cmpeq_epi8 (v, _mm_set1_epi8 ('"'));
        __m128i slash = _mm_cmpeq_epi8 (v, _mm_set1_epi8 ('\\'));
        hit = _mm_or_si128 (hit, _mm_or_si128 (quote, slash));
    }
    if (stops & SCAN_HIGH) /* the mask is made of highest bits */
        hit = _mm_or_si128 (hit, v);
    return (unsigned)_mm_movemask_epi8 (hit);
}
#endif

/* Index of the first of the N bytes at S that is one of STOPS, a constant; N if there is none. */
static inline __attribute__ ((always_inline)) size_t scan_until (const char *s, size_t n,
                                                                 unsigned stops)
{
    size_t i = 0;

#ifdef __SSE2__
    for (; i + 16 <= n; i += 16) {
        unsigned hit = scan_block (s + i, stops);
        if (hit)
            return i + (size_t)__builtin_ctz (hit);
    }
#endif
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy (&w, s + i, 8);
        uint64_t hit = scan_word (le64toh (w), stops);
        if (hit)
            return i + (size_t)__builtin_ctzll (hit) / 8;
    }
    while (i < n && !scan_is_stop ((unsigned char)s[i], stops))
        i++;
    return i;
}

#endif
