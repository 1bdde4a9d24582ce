/* usage_span.c - the days that a question about usage means */

#include "hub/usage_span.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY 86400

static int two (const char *s)
{
    return s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9'
               ? -1
               : (s[0] - '0') * 10 + s[1] - '0';
}

/* Midnight of "YYYY-MM-DD". */
static int parse_day (const char *text, int64_t *ret)
{
    struct tm tm = { .tm_mday = 0 };
    char again[16];
    if (strlen (text) != 10 || text[4] != '-' || text[7] != '-' || two (text) < 19 ||
        two (text + 2) < 0 || two (text + 5) < 1 || two (text + 8) < 1)
        return -1;
    tm.tm_year = two (text) * 100 + two (text + 2) - 1900;
    tm.tm_mon = two (text + 5) - 1;
    tm.tm_mday = two (text + 8);
    *ret = timegm (&tm);
    /* What does not come back as it was is no day: the 31st of February. */
    return strftime (again, sizeof (again), "%Y-%m-%d", &tm) && !strcmp (again, text) ? 0
                                                                                      : -1;
}

static int64_t first_of_month (int64_t now)
{
    time_t t = (time_t)now;
    struct tm tm;
    gmtime_r (&t, &tm);
    return now - now % DAY - (int64_t)(tm.tm_mday - 1) * DAY;
}

int usage_span (const char *from, const char *to, int64_t now, int64_t *ret_from,
                int64_t *ret_to, struct err *err)
{
    int64_t first = first_of_month (now), last = now - now % DAY;
    if (from && *from && parse_day (from, &first))
        return err_set (err, PROBLEM_INVALID, "from: expected a day, as 2026-11-23");
    if (to && *to && parse_day (to, &last))
        return err_set (err, PROBLEM_INVALID, "to: expected a day, as 2026-11-23");
    if (last < first)
        return err_set (err, PROBLEM_INVALID, "to: is before from");
    *ret_from = first;
    *ret_to = last + DAY;
    return 0;
}
