/* session_cap.c - how long one session may last: the rule */

#include "hub/session_cap.h"

#include "base/cleanup.h"

#include <stdio.h>

static int64_t lesser (int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void session_cap_decide (int64_t began, int64_t cap, int64_t warned, int64_t now,
                         struct session_cap_decision *ret)
{
    int64_t notice = lesser (SESSION_CAP_NOTICE_S, cap / 3);
    int64_t stop = began + cap, warn = stop - lesser (SESSION_CAP_WARN_S, cap / 3);

    *ret = (struct session_cap_decision){ .act = SESSION_CAP_WAIT, .next = INT64_MAX };
    if (cap <= 0)
        return;
    if (now >= warn && stop < (warned ? warned : now) + notice)
        stop = (warned ? warned : now) + notice;
    ret->stops_at = stop;
    if (now < warn) {
        ret->next = warn;
    } else {
        ret->act = now < stop ? SESSION_CAP_WARN : SESSION_CAP_STOP;
        ret->next = stop;
    }
}

void session_cap_text (int64_t seconds, char ret[40])
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
    size_t i = 0;
    while (i + 1 < ARRAY_SIZE (units) && seconds % units[i].seconds)
        i++;
    int64_t n = seconds / units[i].seconds;
    (void)snprintf (ret, 40, "%lld %s%s", (long long)n, units[i].name, n == 1 ? "" : "s");
}
