/* sum.c - four lanes that multiply and fold
 *
 * Each step is a bijection of its lane for a given word, so two inputs that differ in one word never meet; the
 * multiplication spreads a bit upwards, the fold brings it down again.  The lanes do not wait for each other.
 */

#include "base/sum.h"

#include <endian.h>
#include <string.h>

/* Odd, and with about as many ones as zeros. */
static const uint64_t factors[SUM_LANES] = { 0xe0de4186414ea9c9u, 0xc9055e80ffed5c6du,
                                             0xc362bdf8581bdd95u, 0xb4fc49e432cf5435u };

static uint64_t step (uint64_t lane, uint64_t word, uint64_t factor)
{
    lane = (lane ^ word) * factor;
    return lane ^ lane >> 32;
}

static void add_blocks (struct sum *s, const unsigned char *p, size_t blocks)
{
    uint64_t a = s->lanes[0], b = s->lanes[1], c = s->lanes[2], d = s->lanes[3];

    for (; blocks > 0; blocks--, p += SUM_BLOCK) {
        uint64_t w[SUM_LANES];
        memcpy (w, p, SUM_BLOCK);
        a = step (a, le64toh (w[0]), factors[0]);
        b = step (b, le64toh (w[1]), factors[1]);
        c = step (c, le64toh (w[2]), factors[2]);
        d = step (d, le64toh (w[3]), factors[3]);
    }
    s->lanes[0] = a;
    s->lanes[1] = b;
    s->lanes[2] = c;
    s->lanes[3] = d;
}

void sum_init (struct sum *s)
{
    memset (s, 0, sizeof (*s));
    for (size_t i = 0; i < SUM_LANES; i++)
        s->lanes[i] = factors[SUM_LANES - 1 - i];
}

void sum_add (struct sum *s, const void *data, size_t n)
{
    const unsigned char *p = data;
    size_t have = s->n % SUM_BLOCK;

    s->n += n;
    if (have > 0) {
        size_t k = n < SUM_BLOCK - have ? n : SUM_BLOCK - have;
        memcpy (s->rest + have, p, k);
        p += k;
        n -= k;
        if (have + k < SUM_BLOCK)
            return;
        add_blocks (s, s->rest, 1);
    }
    add_blocks (s, p, n / SUM_BLOCK);
    if (n % SUM_BLOCK)
        memcpy (s->rest, p + n / SUM_BLOCK * SUM_BLOCK, n % SUM_BLOCK);
}

uint64_t sum_value (const struct sum *s)
{
    struct sum end = *s;
    uint64_t v = s->n;

    memset (end.rest + s->n % SUM_BLOCK, 0, SUM_BLOCK - s->n % SUM_BLOCK);
    add_blocks (&end, end.rest, 1);
    for (size_t i = 0; i < SUM_LANES; i++)
        v = step (v, end.lanes[i], factors[i]);
    return step (v, 0, factors[0]);
}

uint64_t sum_of (const void *data, size_t n)
{
    struct sum s;

    sum_init (&s);
    sum_add (&s, data, n);
    return sum_value (&s);
}
