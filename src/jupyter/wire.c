/* wire.c - sign and check the ZeroMQ messages of one kernel
 *
 * Replays are found with two generations of a small hash set of the first 64 bits of each
 * signature: when the younger is full it becomes the older, and the older is forgotten.
 * Both are made on first need, so a kernel without a key costs nothing.
 */

#include "jupyter/wire.h"
#include "jupyter/wsv1.h"

#include <string.h>

#define SET_SLOTS (2 * WIRE_HISTORY)

struct seen {
    uint64_t slot[SET_SLOTS]; /* 0: free */
    unsigned count;
};

struct wire {
    struct hmac *hmac; /* NULL: empty key */
    struct seen *now, *before;
    uint64_t dropped;
};

struct wire *wire_new (const char *scheme, const char *key, struct err *err)
{
    struct wire *w = xnew (struct wire);

    if (!*key)
        return w;
    if (strncmp (scheme, "hmac-", 5)) {
        err_set (err, PROBLEM_UNSUPPORTED, "signature scheme \"%s\" is not known", scheme);
        wire_free (w);
        return NULL;
    }
    w->hmac = hmac_new (scheme + 5, key, strlen (key), err);
    if (!w->hmac) {
        wire_free (w);
        return NULL;
    }
    return w;
}

void wire_free (struct wire *w)
{
    if (!w)
        return;
    hmac_free (w->hmac);
    free (w->now);
    free (w->before);
    free (w);
}

/* The slot that holds V, or the free one where it belongs. */
static uint64_t *seen_find (struct seen *s, uint64_t v)
{
    size_t i = v % SET_SLOTS;

    while (s->slot[i] && s->slot[i] != v)
        i = (i + 1) % SET_SLOTS;
    return &s->slot[i];
}

/* True if the signature was there already; remembers it. */
static bool replayed (struct wire *w, const char *signature)
{
    uint64_t v = 0, *slot;

    for (int i = 0; i < 16; i++)
        v = v << 4 | (uint64_t)((signature[i] & 15) + (signature[i] > '9' ? 9 : 0));
    if (!v)
        v = 1;
    if (w->before && *seen_find (w->before, v))
        return true;
    if (!w->now)
        w->now = xnew (struct seen);
    slot = seen_find (w->now, v);
    if (*slot)
        return true;
    *slot = v;
    if (++w->now->count >= WIRE_HISTORY) {
        free (w->before);
        w->before = take_ptr (w->now);
    }
    return false;
}

size_t wire_sign (struct wire *w, const struct slice *parts, char ret[CRYPTO_HEX])
{
    *ret = '\0';
    if (w->hmac)
        hmac_hex (w->hmac, parts, 4, ret);
    return strlen (ret);
}

static int check_signature (struct wire *w, struct slice given, const struct slice *parts,
                            struct err *err)
{
    char expected[CRYPTO_HEX];
    size_t n;

    if (!w->hmac)
        return 0;
    n = wire_sign (w, parts, expected);
    if (given.len != n || !crypto_equal (given.data, expected, n))
        return err_set (err, PROBLEM_FORBIDDEN, "kernel message with a wrong signature");
    if (replayed (w, expected))
        return err_set (err, PROBLEM_CONFLICT, "kernel message with a replayed signature");
    return 0;
}

static int accept_frames (struct wire *w, const struct slice *frames, size_t n,
                          size_t *ret_first, struct err *err)
{
    struct slice delimiter = { WIRE_DELIMITER, sizeof (WIRE_DELIMITER) - 1 };
    size_t i = 0;

    while (i < n && i < WIRE_MAX_IDENTITIES &&
           (frames[i].len != delimiter.len ||
            memcmp (frames[i].data, delimiter.data, delimiter.len)))
        i++;
    if (i == n || i == WIRE_MAX_IDENTITIES)
        return err_set (err, PROBLEM_INVALID, "kernel message without a delimiter");
    i += 2;
    if (n < i + WSV1_BUFFERS || n - i > WSV1_MAX_PARTS)
        return err_set (err, PROBLEM_INVALID, "kernel message of %zu frames", n);
    if (check_signature (w, frames[i - 1], frames + i, err) < 0)
        return -1;
    *ret_first = i;
    return 0;
}

int wire_accept (struct wire *w, const struct slice *frames, size_t n, size_t *ret_first,
                 struct err *err)
{
    if (accept_frames (w, frames, n, ret_first, err) == 0)
        return 0;
    w->dropped++;
    return -1;
}

uint64_t wire_dropped (const struct wire *w)
{
    return w->dropped;
}
