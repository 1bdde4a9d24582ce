/* nbjson_impl.h - what the files of nbjson share with each other and with nbformat.c */
#ifndef JUPYTER_NBJSON_IMPL_H
#define JUPYTER_NBJSON_IMPL_H

#include "jupyter/nbjson.h"
#include <endian.h>
#include <string.h>

int nbjson_key_compare (const char *a, size_t an, const char *b, size_t bn);
void nbjson_note_nan (struct nbjson_doc *doc);

/* Which byte of a little-endian word is the first with its highest bit in TOPS (not 0). */
static inline size_t nbjson_first_top (uint64_t tops)
{
    return (size_t)__builtin_ctzll (tops) / 8;
}

/* Index of the first byte of the N at S that a JSON string may not hold as it is ('"',
 * '\\', below 0x20), or N.  Eight bytes at a time: a byte with bit 7 set in HIT is one of
 * them or lies above one that is, so the first such byte of a little-endian word is exact. */
static inline size_t nbjson_plain_run (const char *s, size_t n)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy (&w, s + i, 8);
        w = le64toh (w);
        uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');
        uint64_t hit = ((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) |
                       ((slash - ones) & ~slash);
        if (hit & tops)
            return i + nbjson_first_top (hit & tops);
    }
    for (; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x20 || c == '"' || c == '\\')
            break;
    }
    return i;
}

#endif
