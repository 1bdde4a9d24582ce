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
    SCAN_BREAK = 1 << 3,   /* 0xc2 and 0xe2: U+0085, U+2028 and U+2029 begin with them */
};

static inline bool scan_is_stop (unsigned char c, unsigned stops)
{
    return ((stops & SCAN_CONTROL) && c < 0x20) ||
           ((stops & SCAN_QUOTED) && (c == '"' || c == '\\')) ||
           ((stops & SCAN_HIGH) && c >= 0x80) ||
           ((stops & SCAN_BREAK) && (c == 0xc2 || c == 0xe2));
}

/* The lowest byte with its highest bit set in the result is the first stop of the little-endian word W;
 * borrows may set the bits of bytes above it. */
static inline uint64_t scan_word (uint64_t w, unsigned stops)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\'), hit = 0;
    uint64_t c2 = w ^ (ones * 0xc2), e2 = w ^ (ones * 0xe2);

    if (stops & SCAN_CONTROL)
        hit |= (w - ones * 0x20) & ~w;
    if (stops & SCAN_QUOTED)
        hit |= ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
    if (stops & SCAN_HIGH)
        hit |= w;
    if (stops & SCAN_BREAK)
        hit |= ((c2 - ones) & ~c2) | ((e2 - ones) & ~e2);
    return hit & tops;
}

#ifdef __SSE2__
/* One bit for each of the sixteen bytes of V. */
static inline unsigned scan_block (__m128i v, unsigned stops)
{
    __m128i hit = _mm_setzero_si128 ();

    if (stops & SCAN_CONTROL)
        hit = _mm_cmpeq_epi8 (_mm_min_epu8 (v, _mm_set1_epi8 (0x1f)), v);
    if (stops & SCAN_QUOTED) {
        __m128i quote = _mm_cmpeq_epi8 (v, _mm_set1_epi8 ('"'));
        __m128i slash = _mm_cmpeq_epi8 (v, _mm_set1_epi8 ('\\'));
        hit = _mm_or_si128 (hit, _mm_or_si128 (quote, slash));
    }
    if (stops & SCAN_BREAK) { /* the two differ in one bit */
        __m128i both = _mm_or_si128 (v, _mm_set1_epi8 (0x20));
        hit = _mm_or_si128 (hit, _mm_cmpeq_epi8 (both, _mm_set1_epi8 ((char)0xe2)));
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
        unsigned hit = scan_block (_mm_loadu_si128 ((const __m128i *)(s + i)), stops);
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

/* The same, and the run is copied to TO.  It has room for N bytes, and is elsewhere or SCAN_GAP below S. */
#define SCAN_GAP 16
static inline __attribute__ ((always_inline)) size_t scan_copy (char *to, const char *s,
                                                                size_t n, unsigned stops)
{
    size_t i = 0;

#ifdef __SSE2__
    for (; i + 16 <= n; i += 16) {
        __m128i v = _mm_loadu_si128 ((const __m128i *)(s + i));
        unsigned hit = scan_block (v, stops);
        _mm_storeu_si128 ((__m128i *)(to + i), v);
        if (hit)
            return i + (size_t)__builtin_ctz (hit);
    }
#endif
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy (&w, s + i, 8);
        memcpy (to + i, &w, 8);
        uint64_t hit = scan_word (le64toh (w), stops);
        if (hit)
            return i + (size_t)__builtin_ctzll (hit) / 8;
    }
    for (; i < n && !scan_is_stop ((unsigned char)s[i], stops); i++)
        to[i] = s[i];
    return i;
}

#endif
