/* amount.c - sizes, numbers of cores and lengths of time as people write them */

#include "model/amount.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (1ull << 50)
#define MOST_SECONDS (3650.0 * 86400)

/* A number at the start of S that is plainly decimal; *REST is what follows, without spaces. */
static bool number_of (const char *s, double *ret, const char **rest)
{
    size_t n = strspn (s, "0123456789.");
    char *end;

    if (n == 0 || n > 24 || *s == '.')
        return false;
    *ret = strtod (s, &end);
    if (end != s + n)
        return false;
    *rest = end + strspn (end, " ");
    return true;
}

static bool share_of (const json_t *v, double *ret)
{
    const char *s = json_string_value (v), *rest;

    if (!s || !number_of (s, ret, &rest) || strcmp (rest, "%") != 0)
        return false;
    *ret /= 100;
    return *ret > 0 && *ret <= 1;
}

static double unit_of (const char *s)
{
    static const char units[] = "KMGT";
    const char *u = *s ? strchr (units, *s) : NULL;

    if (!*s || !strcmp (s, "B"))
        return 1;
    if (!u || (s[1] && strcmp (s + 1, "B") != 0 && strcmp (s + 1, "iB") != 0))
        return 0;
    return ldexp (1, 10 * (int)(u - units + 1));
}

static bool bytes_of (const json_t *v, double *ret)
{
    const char *s = json_string_value (v), *rest;

    if (json_is_number (v)) {
        *ret = json_number_value (v);
        return true;
    }
    if (!s || !number_of (s, ret, &rest))
        return false;
    *ret *= unit_of (rest);
    return true;
}

int amount_bytes (const json_t *v, uint64_t whole, uint64_t automatic, uint64_t *ret)
{
    const char *s = json_string_value (v);
    double d;

    if (s && !strcmp (s, "auto"))
        d = (double)automatic;
    else if (share_of (v, &d))
        d *= (double)whole;
    else if (!bytes_of (v, &d))
        return -1;
    if (!(d >= 1) || d > (double)MOST_BYTES)
        return -1;
    *ret = (uint64_t)d;
    return 0;
}

int amount_cores (const json_t *v, double whole, double *ret)
{
    const char *s = json_string_value (v), *rest;
    double d;

    if (s && !strcmp (s, "auto"))
        d = whole;
    else if (share_of (v, &d))
        d = fmax (d * whole, fmin (1, whole));
    else if (json_is_number (v))
        d = json_number_value (v);
    else if (!s || !number_of (s, &d, &rest) || *rest)
        return -1;
    if (!(d >= 0.1) || d > 4096)
        return -1;
    *ret = d;
    return 0;
}

int amount_seconds (const json_t *v, int64_t *ret)
{
    static const struct {
        char letter;
        int seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    const char *s = json_string_value (v), *rest = "s";
    double d = json_number_value (v);

    if (s && !strcmp (s, "off")) {
        *ret = 0;
        return 0;
    }
    if (!json_is_number (v) && (!s || !number_of (s, &d, &rest)))
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (*rest == units[i].letter && !rest[1]) {
            d *= units[i].seconds;
            if (!(d >= 1) || d > MOST_SECONDS || d != floor (d))
                return -1;
            *ret = (int64_t)d;
            return 0;
        }
    return -1;
}

void amount_print_bytes (uint64_t n, char ret[16])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    double d = (double)n;
    size_t i = 0;

    while (d >= 1023.95 && i + 1 < sizeof units / sizeof units[0]) {
        d /= 1024;
        i++;
    }
    (void)snprintf (ret, 16, i && d != floor (d) ? "%.1f %s" : "%.0f %s", d, units[i]);
}
