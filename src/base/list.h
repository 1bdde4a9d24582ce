/* list.h - intrusive doubly linked list; an element is a struct list inside its owner */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/cleanup.h"
#include <stdbool.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init (struct list *l)
{
    l->next = l->prev = l;
}
static inline bool list_empty (const struct list *l)
{
    return l->next == l;
}
static inline void list_append (struct list *head, struct list *e)
{
    e->prev = head->prev;
    e->next = head;
    head->prev->next = e;
    head->prev = e;
}
static inline void list_prepend (struct list *head, struct list *e)
{
    list_append (head->next, e);
}
/* Fine on an element that is in no list but was initialised; leaves it initialised. */
static inline void list_remove (struct list *e)
{
    e->prev->next = e->next;
    e->next->prev = e->prev;
    list_init (e);
}
#define list_entry(e, type, member) container_of (e, type, member)
/* Safe against removal of the current element. */
#define list_foreach(pos, head, type, member)                                              \
    for (type *pos = list_entry ((head)->next, type, member),                              \
              *pos##_n = list_entry (pos->member.next, type, member);                      \
         &pos->member != (head);                                                           \
         pos = pos##_n, pos##_n = list_entry (pos->member.next, type, member))

#endif
