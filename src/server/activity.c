/* activity.c - when the server was last used */

#include "server/activity.h"

#include "base/cleanup.h"
#include "server/server.h"

struct activity {
    int64_t last_us;
};

struct activity *activity_new (struct server *s)
{
    struct activity *a = xnew (struct activity);
    a->last_us = s->started_us;
    return a;
}

void activity_free (struct activity *a)
{
    free (a);
}

void activity_touch (struct activity *a, int64_t wall_us)
{
    if (wall_us > a->last_us)
        a->last_us = wall_us;
}

int64_t activity_last_us (const struct activity *a)
{
    return a->last_us;
}
