/* range.c - conditional and partial requests for a file */

#include "http/range.h"

#include "base/clock.h"

#include <string.h>
#include <strings.h>

bool range_etag_matches (const char *list, const char *etag)
{
    size_t n = strlen (etag);

    while (list && *list) {
        list += strspn (list, " \t,");
        if (*list == '*')
            return true;
        if (!strncmp (list, "W/", 2))
            list += 2;
        if (!strncmp (list, etag, n))
            return true;
        list += *list == '"';
        list += strcspn (list, "\"");
        list += *list == '"';
        list += strcspn (list, ",");
    }
    return false;
}

bool range_not_modified (const char *if_none_match, const char *if_modified_since,
                         const char *etag, int64_t mtime_s)
{
    int64_t since;

    if (if_none_match)
        return etag && range_etag_matches (if_none_match, etag);
    since = if_modified_since ? clock_parse_http (if_modified_since) : -1;
    return since >= 0 && since / CLOCK_S >= mtime_s;
}

/* Digits at *S, at most 18; false if there are none or too many. */
static bool number (const char **s, uint64_t *ret)
{
    size_t n = strspn (*s, "0123456789");

    *ret = 0;
    for (size_t i = 0; i < n && i < 18; i++)
        *ret = *ret * 10 + (uint64_t)((*s)[i] - '0');
    *s += n;
    return n > 0 && n <= 18;
}

enum range_outcome range_parse (const char *header, uint64_t size, uint64_t *ret_from,
                                uint64_t *ret_len)
{
    uint64_t from = 0, to = size; /* TO is not in the range any more */
    const char *s = header;
    bool has_from;

    *ret_from = 0;
    *ret_len = size;
    if (!s || strncasecmp (s, "bytes=", 6))
        return RANGE_WHOLE;
    s += 6;
    has_from = number (&s, &from);
    if (*s++ != '-')
        return RANGE_WHOLE;
    if (!has_from) { /* the last bytes */
        if (!number (&s, &to) || *s)
            return RANGE_WHOLE;
        from = to < size ? size - to : 0;
        to = size;
    } else if (*s) {
        if (!number (&s, &to) || *s || to < from)
            return RANGE_WHOLE;
        to = to < size ? to + 1 : size;
    }
    if (from >= size)
        return RANGE_UNSATISFIABLE;
    *ret_from = from;
    *ret_len = to - from;
    return to - from == size ? RANGE_WHOLE : RANGE_PART;
}
