/* utf8.c - strict UTF-8, one sequence at a time */
#include "base/utf8.h"
#include "base/scan.h"

size_t utf8_next (const char *s, size_t n, uint32_t *ret_cp)
{
    const uint8_t *p = (const uint8_t *)s;
    size_t len;
    uint32_t cp, min;

    if (p[0] < 0x80)
        len = 1, cp = p[0], min = 0;
    else if ((p[0] & 0xe0) == 0xc0)
        len = 2, cp = p[0] & 0x1f, min = 0x80;
    else if ((p[0] & 0xf0) == 0xe0)
        len = 3, cp = p[0] & 0x0f, min = 0x800;
    else if ((p[0] & 0xf8) == 0xf0)
        len = 4, cp = p[0] & 0x07, min = 0x10000;
    else
        return 0;
    if (len > n)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        cp = cp << 6 | (p[i] & 0x3f);
    }
    if (cp < min || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        return 0;
    *ret_cp = cp;
    return len;
}

size_t utf8_ascii_run (const char *s, size_t n, bool plain)
{
    return plain ? scan_until (s, n, SCAN_CONTROL | SCAN_QUOTED | SCAN_HIGH)
                 : scan_until (s, n, SCAN_HIGH);
}

bool utf8_valid (const char *s, size_t n)
{
    uint32_t cp;

    while (n > 0) {
        size_t run = utf8_ascii_run (s, n, false);
        s += run;
        n -= run;
        if (n == 0)
            break;
        size_t len = utf8_next (s, n, &cp);
        if (len == 0)
            return false;
        s += len;
        n -= len;
    }
    return true;
}

size_t utf8_put (uint32_t cp, char ret[4])
{
    if (cp < 0x80) {
        ret[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        ret[0] = (char)(0xc0 | cp >> 6);
        ret[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        ret[0] = (char)(0xe0 | cp >> 12);
        ret[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        ret[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    ret[0] = (char)(0xf0 | cp >> 18);
    ret[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    ret[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    ret[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

size_t utf8_count (const char *s, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += ((uint8_t)s[i] & 0xc0) != 0x80;
    return count;
}
