/* sum.h - 64 bits that tell whether bytes are the same, at the speed of memory
 *
 *     struct sum s;
 *     sum_init (&s);
 *     sum_add (&s, data, n);       in pieces of any size
 *     uint64_t v = sum_value (&s);
 *
 * For accidents, not against enemies: what was written in part, what changed since.  Whoever can choose the
 * bytes can make two with one sum; where that matters, take a digest (crypto.h).  The same on every machine.
 * Pure.
 */
#ifndef BASE_SUM_H
#define BASE_SUM_H

#include <stddef.h>
#include <stdint.h>

#define SUM_LANES 4
#define SUM_BLOCK (8 * SUM_LANES)

struct sum {
    uint64_t lanes[SUM_LANES];
    uint64_t n;                    /* bytes so far */
    unsigned char rest[SUM_BLOCK]; /* the last n % SUM_BLOCK of them */
};

void sum_init (struct sum *s);
void sum_add (struct sum *s, const void *data, size_t n);
uint64_t sum_value (const struct sum *s);
uint64_t sum_of (const void *data, size_t n);

#endif
