/* kernel_route.c - whose reply is it */

#include "keeper/kernel_route.h"
#include "base/map.h"

#include <string.h>

struct kernel_route {
    struct map *ids;      /* msg_id: target, as a pointer-sized number */
    struct map *sessions; /* session: target */
};

struct kernel_route *kernel_route_new (void)
{
    struct kernel_route *r = xnew (struct kernel_route);

    r->ids = map_new (NULL);
    r->sessions = map_new (NULL);
    return r;
}

void kernel_route_free (struct kernel_route *r)
{
    if (!r)
        return;
    map_free (r->ids);
    map_free (r->sessions);
    free (r);
}

static bool text_of (struct slice s, char ret[KERNEL_ROUTE_TEXT])
{
    if (!s.len || s.len >= KERNEL_ROUTE_TEXT || memchr (s.data, 0, s.len))
        return false;
    memcpy (ret, s.data, s.len);
    ret[s.len] = '\0';
    return true;
}

static void remember (struct map *m, struct slice key, uint32_t target, size_t most)
{
    char text[KERNEL_ROUTE_TEXT];

    if (!text_of (key, text))
        return;
    map_set (m, text, (void *)(uintptr_t)target);
    if (map_count (m) > most)
        map_del (m, map_first (m)->key);
}

static uint32_t look_up (const struct map *m, struct slice key)
{
    char text[KERNEL_ROUTE_TEXT];

    return text_of (key, text) ? (uint32_t)(uintptr_t)map_get (m, text) : 0;
}

void kernel_route_sent (struct kernel_route *r, struct slice header, uint32_t target)
{
    struct jhead h;

    jhead_scan (header, &h);
    remember (r->ids, h.msg_id, target, KERNEL_ROUTE_IDS);
    remember (r->sessions, h.session, target, KERNEL_ROUTE_SESSIONS);
}

uint32_t kernel_route_find (const struct kernel_route *r, const struct jhead *parent)
{
    uint32_t target = look_up (r->ids, parent->msg_id);

    return target ? target : look_up (r->sessions, parent->session);
}
