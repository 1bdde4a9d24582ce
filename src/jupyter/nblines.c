/* nblines.c - line ends are rare among ordinary bytes, which are passed over in long steps */
#include "jupyter/nblines.h"

/* \n \r \r\n \v \f FS GS RS U+0085 U+2028 U+2029 */
size_t nblines_end (const char *s, size_t n)
{
    unsigned char c = (unsigned char)s[0];
    if (c == '\r')
        return n > 1 && s[1] == '\n' ? 2 : 1;
    if ((c >= 0x0a && c <= 0x0c) || (c >= 0x1c && c <= 0x1e))
        return 1;
    if (c == 0xc2 && n > 1 && (unsigned char)s[1] == 0x85)
        return 2;
    if (c == 0xe2 && n > 2 && (unsigned char)s[1] == 0x80 &&
        ((unsigned char)s[2] == 0xa8 || (unsigned char)s[2] == 0xa9))
        return 3;
    return 0;
}

size_t nblines_next (const char *s, size_t n, size_t *ret_text)
{
    size_t i = 0, b = 0;
    while (i < n) {
        i += scan_until (s + i, n - i, NBLINES_STOPS);
        b = i < n ? nblines_end (s + i, n - i) : 0;
        if (b || i >= n)
            break;
        i++;
    }
    if (ret_text)
        *ret_text = i;
    return i + b;
}
