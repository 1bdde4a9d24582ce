/* clock.c - times */

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

int64_t clock_mono_us (void)
{
    struct timespec ts;

    (void) clock_gettime (CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * CLOCK_S + ts.tv_nsec / 1000;
}

int64_t clock_wall_us (void)
{
    struct timespec ts;

    (void) clock_gettime (CLOCK_REALTIME, &ts);
    return ts.tv_sec * CLOCK_S + ts.tv_nsec / 1000;
}

int64_t clock_timespec_us (struct timespec ts)
{
    return ts.tv_sec * CLOCK_S + (ts.tv_nsec + 500) / 1000;
}

static const char *iso (int64_t us, char ret[CLOCK_TEXT], const char *zone)
{
    struct tm tm;
    time_t s = (time_t) (us >= 0 ? us / CLOCK_S : (us - (CLOCK_S - 1)) / CLOCK_S);
    long frac = (long) (us - s * CLOCK_S);

    if (!gmtime_r (&s, &tm) || tm.tm_year < -1899 || tm.tm_year > 8099) {
        s = 0;
        frac = 0;
        (void) gmtime_r (&s, &tm);
    }
    int n = snprintf (ret, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
                      tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (frac)
        n += snprintf (ret + n, (size_t) (CLOCK_TEXT - n), ".%06ld", frac);
    (void) snprintf (ret + n, (size_t) (CLOCK_TEXT - n), "%s", zone);
    return ret;
}

const char *clock_iso_z (int64_t wall_us, char ret[CLOCK_TEXT])
{
    return iso (wall_us, ret, "Z");
}

const char *clock_iso_offset (int64_t wall_us, char ret[CLOCK_TEXT])
{
    return iso (wall_us, ret, "+00:00");
}

/* Not strftime: its names follow the locale. */
static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

const char *clock_http (int64_t wall_us, char ret[CLOCK_TEXT])
{
    struct tm tm = { 0 };
    time_t s = (time_t) (wall_us / CLOCK_S);

    if (!gmtime_r (&s, &tm) || tm.tm_year < -1899 || tm.tm_year > 8099) {
        s = 0;
        (void) gmtime_r (&s, &tm);
    }
    (void) snprintf (ret, CLOCK_TEXT, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
                     tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                     tm.tm_sec);
    return ret;
}

int64_t clock_parse_http (const char *s)
{
    char month[4];
    struct tm tm = { 0 };

    if (sscanf (s, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT", &tm.tm_mday, month, &tm.tm_year,
                &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
        return -1;
    for (tm.tm_mon = 0; tm.tm_mon < 12; tm.tm_mon++)
        if (!strcmp (month, months[tm.tm_mon]))
            break;
    if (tm.tm_mon == 12 || tm.tm_year < 1900)
        return -1;
    tm.tm_year -= 1900;
    time_t t = timegm (&tm);
    return t < 0 ? -1 : (int64_t) t * CLOCK_S;
}
