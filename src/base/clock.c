/* clock.c - times */

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

int64_t clock_mono_us (void)
{
    struct timespec ts;

    (void)clock_gettime (CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * CLOCK_S + ts.tv_nsec / 1000;
}

int64_t clock_wall_us (void)
{
    struct timespec ts;

    (void)clock_gettime (CLOCK_REALTIME, &ts);
    return ts.tv_sec * CLOCK_S + ts.tv_nsec / 1000;
}

int64_t clock_timespec_us (struct timespec ts)
{
    return ts.tv_sec * CLOCK_S + (ts.tv_nsec + 500) / 1000;
}

#define DAY 86400
#define DAYS_400 146097     /* days of 400 years */
#define DAYS_TO_1970 719468 /* from the first of March of the year 0 */

/* What gmtime_r does without its lock, for years from 1 on.  Years that begin in March have their odd day at the
 * end, and the lengths of their months repeat every five. */
static void to_utc (int64_t s, struct tm *ret)
{
    int64_t days = s / DAY - (s % DAY < 0), since = days + DAYS_TO_1970;
    int rest = (int)(s - days * DAY), in_400 = (int)(since % DAYS_400);
    int years = (in_400 - in_400 / 1460 + in_400 / 36524 - in_400 / (DAYS_400 - 1)) / 365;
    int day = in_400 - (365 * years + years / 4 - years / 100);
    int month = (5 * day + 2) / 153; /* from March */

    *ret = (struct tm){ .tm_hour = rest / 3600,
                        .tm_min = rest / 60 % 60,
                        .tm_sec = rest % 60,
                        .tm_mday = day - (153 * month + 2) / 5 + 1,
                        .tm_mon = (month + 2) % 12,
                        .tm_wday = (int)((since + 3) % 7) };
    ret->tm_year = (int)(since / DAYS_400 * 400) + years + (ret->tm_mon < 2) - 1900;
}

/* Broken-down UTC and the microseconds; the epoch when the year has not four digits. */
static int split (int64_t wall_us, struct tm *ret)
{
    int64_t s = wall_us / CLOCK_S, us = wall_us % CLOCK_S;

    if (us < 0) {
        us += CLOCK_S;
        s--;
    }
    if (s < -62135596800LL || s > 253402300799LL)
        s = us = 0;
    to_utc (s, ret);
    return (int)us;
}

/* N digits of VALUE and then the character AFTER (0: none); returns the end. */
static char *put_digits (char *to, int value, int n, char after)
{
    for (int i = n - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    to += n;
    if (after)
        *to++ = after;
    return to;
}

/* By hand: a listing of 100,000 files has 200,000 of these, and printf would be half of its time. */
static const char *iso (int64_t wall_us, const char *zone, char ret[CLOCK_TEXT])
{
    struct tm tm;
    int us = split (wall_us, &tm);
    char *p = put_digits (ret, tm.tm_year + 1900, 4, '-');

    p = put_digits (p, tm.tm_mon + 1, 2, '-');
    p = put_digits (p, tm.tm_mday, 2, 'T');
    p = put_digits (p, tm.tm_hour, 2, ':');
    p = put_digits (p, tm.tm_min, 2, ':');
    p = put_digits (p, tm.tm_sec, 2, us > 0 ? '.' : 0);
    if (us > 0)
        p = put_digits (p, us, 6, 0);
    memcpy (p, zone, strlen (zone) + 1);
    return ret;
}

const char *clock_iso_z (int64_t wall_us, char ret[CLOCK_TEXT])
{
    return iso (wall_us, "Z", ret);
}

const char *clock_iso_offset (int64_t wall_us, char ret[CLOCK_TEXT])
{
    return iso (wall_us, "+00:00", ret);
}

/* Not strftime: its names follow the locale. */
static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

const char *clock_http (int64_t wall_us, char ret[CLOCK_TEXT])
{
    struct tm tm;

    (void)split (wall_us, &tm);
    (void)snprintf (ret, CLOCK_TEXT, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                    tm.tm_hour, tm.tm_min, tm.tm_sec);
    return ret;
}

static int month_of (const char *name)
{
    for (int i = 0; i < 12; i++)
        if (strcmp (name, months[i]) == 0)
            return i;
    return -1;
}

/* The three forms of RFC 9110 5.6.7: IMF-fixdate, RFC 850, asctime. */
int64_t clock_parse_http (const char *s)
{
    struct tm tm = { 0 };
    char month[4], zone[4];
    int end = 0;
    const char *comma = strchr (s, ',');

    if (comma &&
        sscanf (comma + 1, " %2d %3s %4d %2d:%2d:%2d %3s%n", &tm.tm_mday, month,
                &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &end) == 7) {
        if (strcmp (zone, "GMT") != 0 || comma[1 + end] != '\0')
            return -1;
    } else if (comma &&
               sscanf (comma + 1, " %2d-%3s-%2d %2d:%2d:%2d GMT%n", &tm.tm_mday, month,
                       &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) == 6 &&
               end > 0) {
        tm.tm_year += tm.tm_year < 70 ? 2000 : 1900;
    } else if (comma ||
               sscanf (s, "%*3s %3s %2d %2d:%2d:%2d %4d%n", month, &tm.tm_mday, &tm.tm_hour,
                       &tm.tm_min, &tm.tm_sec, &tm.tm_year, &end) != 6)
        return -1;

    tm.tm_mon = month_of (month);
    tm.tm_year -= 1900;
    if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_year < 70 ||
        tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 ||
        tm.tm_sec < 0 || tm.tm_sec > 60)
        return -1;
    return (int64_t)timegm (&tm) * CLOCK_S;
}
