/* map.h - string-keyed map that keeps insertion order and can own its values
 *
 *     struct map *m = map_new (free);
 *     map_set (m, "k", xstrdup ("v"));
 *     for (struct map_item *i = map_first (m); i; i = map_next (i))  ... i->key, i->value
 *
 * Deleting the item one stands on during iteration is allowed if map_next was called before.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/cleanup.h"
#include <stddef.h>

struct map;
struct map_item {
    char *key;
    void *value;
    struct map_item *next, *prev; /* insertion order; private, use map_next */
    struct map_item *chain;       /* private */
    unsigned hash;
};

struct map *map_new (void (*free_value) (void *));
void map_free (struct map *m);
DEFINE_AUTO (struct map *, map_free)
void *map_get (const struct map *m, const char *key); /* borrowed or NULL */
void map_set (struct map *m, const char *key,
              void *value);                       /* takes VALUE; replaces, keeps order */
void *map_steal (struct map *m, const char *key); /* removes without freeing */
void map_del (struct map *m, const char *key);
size_t map_count (const struct map *m);
struct map_item *map_first (const struct map *m);
struct map_item *map_next (const struct map_item *i);

#endif
