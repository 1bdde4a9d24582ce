/* map.c - string-keyed map: chained hash table plus a list in insertion order */

#include "base/map.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

struct map {
    struct map_item **buckets;
    size_t n_buckets, count;
    struct map_item *first, *last;
    void (*free_value) (void *);
    unsigned seed;
};

/* FNV-1a from a start of its own per map: chains of a hostile set stay correct, only slower, and nobody
 * can prepare such a set in advance. */
static unsigned hash_of (const struct map *m, const char *s)
{
    unsigned h = m->seed;

    for (; *s; s++) {
        h = (h ^ (unsigned char)*s) * 16777619u;
        h ^= h >> 15;
    }
    return h;
}

struct map *map_new (void (*free_value) (void *))
{
    struct map *m = xnew (struct map);

    m->n_buckets = 16;
    m->buckets = xcalloc (m->n_buckets, sizeof (*m->buckets));
    m->free_value = free_value;
    if (getrandom (&m->seed, sizeof (m->seed), GRND_NONBLOCK) != sizeof (m->seed))
        m->seed = (unsigned)(uintptr_t)m;
    return m;
}

void map_free (struct map *m)
{
    if (!m)
        return;
    for (struct map_item *i = m->first, *next; i; i = next) {
        next = i->next;
        if (m->free_value)
            m->free_value (i->value);
        free (i->key);
        free (i);
    }
    free (m->buckets);
    free (m);
}

static struct map_item **slot_of (const struct map *m, const char *key, unsigned h)
{
    struct map_item **p = &m->buckets[h & (m->n_buckets - 1)];

    while (*p && ((*p)->hash != h || strcmp ((*p)->key, key)))
        p = &(*p)->chain;
    return p;
}

static void rehash (struct map *m)
{
    free (m->buckets);
    m->n_buckets *= 2;
    m->buckets = xcalloc (m->n_buckets, sizeof (*m->buckets));
    for (struct map_item *i = m->first; i; i = i->next) {
        struct map_item **b = &m->buckets[i->hash & (m->n_buckets - 1)];
        i->chain = *b;
        *b = i;
    }
}

void *map_get (const struct map *m, const char *key)
{
    struct map_item *i = *slot_of (m, key, hash_of (m, key));

    return i ? i->value : NULL;
}

void map_set (struct map *m, const char *key, void *value)
{
    unsigned h = hash_of (m, key);
    struct map_item **p = slot_of (m, key, h);

    if (*p) {
        void *old = (*p)->value;
        (*p)->value = value;
        if (m->free_value && old != value)
            m->free_value (old);
        return;
    }
    struct map_item *i = xnew (struct map_item);
    *i = (struct map_item){ .key = xstrdup (key),
                            .value = value,
                            .hash = h,
                            .prev = m->last };
    *p = i;
    if (m->last)
        m->last->next = i;
    else
        m->first = i;
    m->last = i;
    if (++m->count > m->n_buckets)
        rehash (m);
}

void *map_steal (struct map *m, const char *key)
{
    struct map_item **p = slot_of (m, key, hash_of (m, key)), *i = *p;

    if (!i)
        return NULL;
    *p = i->chain;
    *(i->prev ? &i->prev->next : &m->first) = i->next;
    *(i->next ? &i->next->prev : &m->last) = i->prev;
    m->count--;
    void *value = i->value;
    free (i->key);
    free (i);
    return value;
}

void map_del (struct map *m, const char *key)
{
    struct map_item *i = *slot_of (m, key, hash_of (m, key));

    if (!i)
        return;
    void *value = map_steal (m, key);
    if (m->free_value)
        m->free_value (value);
}

size_t map_count (const struct map *m)
{
    return m->count;
}
struct map_item *map_first (const struct map *m)
{
    return m->first;
}
struct map_item *map_next (const struct map_item *i)
{
    return i->next;
}
