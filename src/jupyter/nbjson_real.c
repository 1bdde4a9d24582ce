/* nbjson_real.c - reals as Python's repr writes them
 *
 * The shortest decimal that reads back as the same double; fixed notation for exponents -4
 * to 15. Decimals of up to 15 significant digits are their own shortest form (two of them
 * never share a double), which spares most numbers the conversion.  The others are first
 * tried in long double, whose 64 bits place them among the 17-digit decimals to within
 * MARGIN of a unit: that decides all but a few in a thousand, and whatever comes closer to
 * a border than MARGIN is left to strtod and printf, which is asked for 15, 16 and 17
 * digits until one reads back (below the normal range, where shorter forms are possible,
 * from 1 digit on).
 */
#include "jupyter/nbjson.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
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

/* False if the text has more significant digits than can be shown to be exact, or an
 * exponent near the limits of the normal range. */
static bool short_decimal (const char *s, size_t n, struct decimal *d)
{
    size_t i = 0;
    bool seen_point = false;
    int zeros = 0; /* not yet known whether at the end */
    *d = (struct decimal){ 0 };
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
    *d = (struct decimal){ 0 };
    if (*text == '-') {
        d->negative = true;
        text++;
    }
    for (; *text && *text != 'e'; text++)
        if (*text != '.' && d->n < (int)sizeof d->digits)
            d->digits[d->n++] = *text;
    d->point = (int)strtol (text + 1, NULL, 10) + 1;
    while (d->n > 0 && d->digits[d->n - 1] == '0')
        d->n--;
}

/* The last digit of "d.ddde+xx" one up, unless it is a 9. */
static void step_up (char *text)
{
    char *last = strchr (text, 'e') - 1;
    if (*last != '9')
        ++*last;
}

/* Above a power of two the doubles are further apart than below, so that the decimal next
 * to the nearest one may read back where the nearest does not. */
static void shortest (double x, struct decimal *d)
{
    char text[40];
    int binary;
    bool power = fabs (frexp (x, &binary)) == 0.5;
    for (int digits = fabs (x) < DBL_MIN ? 1 : EXACT_DIGITS; digits <= 17; digits++) {
        (void)snprintf (text, sizeof text, "%.*e", digits - 1, x);
        if (digits == 17 || strtod (text, NULL) == x)
            break;
        if (power) {
            step_up (text);
            if (strtod (text, NULL) == x)
                break;
        }
    }
    scientific (text, d);
}

/* ---- the quick way --------------------------------------------------------------- */

#if LDBL_MANT_DIG >= 64
#define POWER_MAX 300
#define QUICK_MAX                                                                          \
    270 /* of the exponent: what is computed stays far from the limits of both types */
#define MARGIN 0.02L /* two roundings of 2^-64 each are 0.011 of a unit at 17 digits */

static long double powers[POWER_MAX + 1];
static pthread_once_t powers_once = PTHREAD_ONCE_INIT;

static void make_powers (void)
{
    char text[16];
    for (int i = 0; i <= POWER_MAX; i++) {
        (void)snprintf (text, sizeof text, "1e%d", i);
        powers[i] = strtold (text, NULL);
    }
}

static long double scaled (long double x, int power)
{
    return power >= 0 ? x * powers[power] : x / powers[-power];
}

/* The text as a double, if its long double is not close to the middle between two doubles.
 */
static bool quick_read (const char *s, size_t n, double *ret)
{
    uint64_t digits = 0;
    int count = 0, power = 0;
    bool after_point = false;
    size_t i = *s == '-';
    for (; i < n && (s[i] | 32) != 'e'; i++) {
        if (s[i] == '.') {
            after_point = true;
            continue;
        }
        count += count || s[i] != '0';
        digits = digits * 10 + (uint64_t)(s[i] - '0');
        power -= after_point;
        if (count > 18)
            return false;
    }
    if (n - i > 5)
        return false;
    if (i < n)
        power += (int)strtol (s + i + 1, NULL, 10);
    if (digits == 0 || power < -QUICK_MAX || power > QUICK_MAX - 20)
        return false;
    long double x = scaled ((long double)digits, power);
    double d = (double)x;
    long double off = fabsl (x - (long double)d);
    long double half = (long double)(nextafter (d, INFINITY) - d) / 2;
    if (off > half * 0.99L)
        return false;
    *ret = *s == '-' ? -d : d;
    return true;
}

/* The nearest multiple of UNIT; false if two are about as near. */
static bool nearest (long double v, uint64_t unit, uint64_t *ret)
{
    long double q = v / (long double)unit;
    uint64_t whole = (uint64_t)q;
    long double part = q - (long double)whole;
    if (fabsl (part - 0.5L) * (long double)unit < MARGIN)
        return false;
    *ret = (whole + (part > 0.5L)) * unit;
    return true;
}

static void set_digits (struct decimal *d, uint64_t digits, int exponent, bool negative)
{
    char text[24], *p = text + sizeof text;
    for (; digits; digits /= 10)
        *--p = (char)('0' + digits % 10);
    d->negative = negative;
    d->n = (int)(text + sizeof text - p);
    d->point = d->n + exponent;
    memcpy (d->digits, p, (size_t)d->n);
    while (d->n > 0 && d->digits[d->n - 1] == '0')
        d->n--;
}

/* V is |X| among the decimals of 17 digits, HALF what may be added to it or taken away. */
static bool quick_shortest (double x, struct decimal *d)
{
    int binary;
    double fraction = frexp (fabs (x), &binary);
    int exponent =
        (int)floor ((binary - 1) * 0.30102999566398120); /* of ten; may be one too small */
    if (fraction == 0.5 || exponent < -QUICK_MAX || exponent > QUICK_MAX)
        return false; /* below a power of two the doubles are closer together */
    long double v = scaled (fabsl ((long double)x), 16 - exponent);
    if (v >= 1e17L)
        v = scaled (fabsl ((long double)x), 16 - ++exponent);
    long double half = scaled (ldexpl (0.5L, binary - 53), 16 - exponent);
    for (uint64_t unit = 100; unit; unit /= 10) {
        uint64_t near;
        if (!nearest (v, unit, &near))
            return false;
        long double off = fabsl ((long double)near - v);
        if (off > half + MARGIN)
            continue;
        if (off > half - MARGIN)
            return false;
        set_digits (d, near, exponent - 16, x < 0);
        return true;
    }
    return false;
}
#else
static void make_powers (void) {}
static pthread_once_t powers_once = PTHREAD_ONCE_INIT;
static bool quick_read (const char *s, size_t n, double *ret)
{
    return false;
}
static bool quick_shortest (double x, struct decimal *d)
{
    return false;
}
#endif

/* ---- printing -------------------------------------------------------------------- */

static size_t print_fixed (const struct decimal *d, char *to)
{
    char *p = to;
    if (d->point <= 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = d->point; i < 0; i++)
            *p++ = '0';
        memcpy (p, d->digits, (size_t)d->n);
        return (size_t)(p + d->n - to);
    }
    for (int i = 0; i < d->point; i++)
        *p++ = i < d->n ? d->digits[i] : '0';
    *p++ = '.';
    if (d->n <= d->point)
        *p++ = '0';
    for (int i = d->point; i < d->n; i++)
        *p++ = d->digits[i];
    return (size_t)(p - to);
}

static size_t print_decimal (const struct decimal *d, char ret[NBJSON_REAL_TEXT])
{
    char *p = ret;
    if (d->negative)
        *p++ = '-';
    if (d->n == 0) {
        memcpy (p, "0.0", 3);
        return (size_t)(p + 3 - ret);
    }
    int exponent = d->point - 1;
    if (exponent >= -4 && exponent < 16)
        return (size_t)(p - ret) + print_fixed (d, p);
    *p++ = d->digits[0];
    if (d->n > 1) {
        *p++ = '.';
        memcpy (p, d->digits + 1, (size_t)d->n - 1);
        p += d->n - 1;
    }
    p += snprintf (p, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs (exponent));
    return (size_t)(p - ret);
}

size_t nbjson_real_text (const char *s, size_t n, char ret[NBJSON_REAL_TEXT])
{
    struct decimal d;
    if (!short_decimal (s, n, &d)) {
        double x;
        (void)pthread_once (&powers_once, make_powers);
        char small[64];
        autofree char *large = n < sizeof small ? NULL : xstrndup (s, n);
        char *text = large ? large : memcpy (small, s, n);
        text[n] = 0;
        if (!quick_read (text, n, &x))
            x = strtod (text, NULL);
        if (isinf (x)) {
            const char *word = x < 0 ? "-Infinity" : "Infinity";
            memcpy (ret, word, strlen (word));
            return strlen (word);
        }
        if (x == 0)
            d = (struct decimal){ .negative = *s == '-' };
        else if (!quick_shortest (x, &d))
            shortest (x, &d);
    }
    return print_decimal (&d, ret);
}
