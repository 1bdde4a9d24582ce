/* nbjson_real.c - reals as Python's repr writes them
 *
 * The shortest decimal that reads back as the same double; fixed notation for exponents -4 to 15.
 * Decimals of up to 15 significant digits are their own shortest form (two of them never share a
 * double), which spares most numbers the conversion.  For the others printf is asked for 15, 16 and 17
 * digits until one reads back; below the normal range shorter forms are possible and all are tried.
 */
#include "jupyter/nbjson.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* value = 0.DIGITS * 10^POINT; no zeros at either end; n = 0 for zero. */
struct decimal {
    bool negative;
    char digits[20];
    int n;
    int point;
};

#define EXACT_DIGITS 15

/* False if the text has more significant digits than can be shown to be exact, or an exponent near the
 * limits of the normal range. */
static bool short_decimal (const char *s, size_t n, struct decimal *d)
{
    size_t i = 0;
    bool seen_point = false;
    int zeros = 0; /* not yet known whether at the end */
    *d = (struct decimal) { 0 };
    if (i < n && s[i] == '-') {
        d->negative = true;
        i++;
    }
    for (; i < n && (s[i] | 32) != 'e'; i++) {
        if (s[i] == '.') {
            seen_point = true;
            continue;
        }
        if (!seen_point && (d->n || zeros || s[i] != '0'))
            d->point++;
        if (s[i] == '0') {
            if (d->n)
                zeros++;
            else if (seen_point)
                d->point--;
            continue;
        }
        if (d->n + zeros + 1 > EXACT_DIGITS)
            return false;
        for (; zeros; zeros--)
            d->digits[d->n++] = '0';
        d->digits[d->n++] = s[i];
    }
    if (i < n) {
        if (n - i > 5)
            return false;
        bool minus = s[i + 1] == '-';
        int e = 0;
        for (size_t k = i + 1 + (minus || s[i + 1] == '+'); k < n; k++)
            e = e * 10 + (s[k] - '0');
        d->point += minus ? -e : e;
    }
    return d->n == 0 || (d->point > -290 && d->point < 290);
}

/* Of the output of "%.*e". */
static void scientific (const char *text, struct decimal *d)
{
    *d = (struct decimal) { 0 };
    if (*text == '-') {
        d->negative = true;
        text++;
    }
    for (; *text && *text != 'e'; text++)
        if (*text != '.' && d->n < (int) sizeof d->digits)
            d->digits[d->n++] = *text;
    d->point = (int) strtol (text + 1, NULL, 10) + 1;
    while (d->n > 0 && d->digits[d->n - 1] == '0')
        d->n--;
}

static void shortest (double x, struct decimal *d)
{
    char text[40];
    for (int digits = fabs (x) < DBL_MIN ? 1 : EXACT_DIGITS; digits <= 17; digits++) {
        snprintf (text, sizeof text, "%.*e", digits - 1, x);
        if (digits == 17 || strtod (text, NULL) == x)
            break;
    }
    scientific (text, d);
}

static size_t print_fixed (const struct decimal *d, char *to)
{
    char *p = to;
    if (d->point <= 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = d->point; i < 0; i++)
            *p++ = '0';
        memcpy (p, d->digits, (size_t) d->n);
        return (size_t) (p + d->n - to);
    }
    for (int i = 0; i < d->point; i++)
        *p++ = i < d->n ? d->digits[i] : '0';
    *p++ = '.';
    if (d->n <= d->point)
        *p++ = '0';
    for (int i = d->point; i < d->n; i++)
        *p++ = d->digits[i];
    return (size_t) (p - to);
}

static size_t print_decimal (const struct decimal *d, char ret[NBJSON_REAL_TEXT])
{
    char *p = ret;
    if (d->negative)
        *p++ = '-';
    if (d->n == 0) {
        memcpy (p, "0.0", 3);
        return (size_t) (p + 3 - ret);
    }
    int exponent = d->point - 1;
    if (exponent >= -4 && exponent < 16)
        return (size_t) (p - ret) + print_fixed (d, p);
    *p++ = d->digits[0];
    if (d->n > 1) {
        *p++ = '.';
        memcpy (p, d->digits + 1, (size_t) d->n - 1);
        p += d->n - 1;
    }
    p += snprintf (p, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs (exponent));
    return (size_t) (p - ret);
}

size_t nbjson_real_text (const char *s, size_t n, char ret[NBJSON_REAL_TEXT])
{
    struct decimal d;
    if (!short_decimal (s, n, &d)) {
        char stack[128];
        autofree char *heap = n < sizeof stack ? NULL : xstrndup (s, n);
        char *text = heap ? heap : stack;
        if (!heap) {
            memcpy (stack, s, n);
            stack[n] = 0;
        }
        double x = strtod (text, NULL);
        if (isinf (x)) {
            const char *word = x < 0 ? "-Infinity" : "Infinity";
            memcpy (ret, word, strlen (word));
            return strlen (word);
        }
        if (x == 0)
            d = (struct decimal) { .negative = *s == '-' };
        else
            shortest (x, &d);
    }
    return print_decimal (&d, ret);
}
