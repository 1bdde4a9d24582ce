/* err.c - the error value: filling, wrapping, and the one table at the edge */

#include "base/err.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* 401 is never sent: Jupyter answers 403 to strangers (contract 2.2).  A full disk is 500 on a save
 * (contract 3.4.4). */
const struct problem_row problem_table[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = { "none", 200, 0 },
    [PROBLEM_INVALID] = { "invalid", 400, 2 },
    [PROBLEM_UNAUTHENTICATED] = { "unauthenticated", 403, 3 },
    [PROBLEM_FORBIDDEN] = { "forbidden", 403, 3 },
    [PROBLEM_NOT_FOUND] = { "not-found", 404, 4 },
    [PROBLEM_METHOD] = { "method", 405, 2 },
    [PROBLEM_CONFLICT] = { "conflict", 409, 5 },
    [PROBLEM_GONE] = { "gone", 410, 4 },
    [PROBLEM_TOO_LARGE] = { "too-large", 413, 6 },
    [PROBLEM_LIMIT] = { "limit", 429, 6 },
    [PROBLEM_BUSY] = { "busy", 503, 7 },
    [PROBLEM_TIMEOUT] = { "timeout", 504, 8 },
    [PROBLEM_UNAVAILABLE] = { "unavailable", 503, 7 },
    [PROBLEM_UNSUPPORTED] = { "unsupported", 501, 2 },
    [PROBLEM_NO_SPACE] = { "no-space", 500, 9 },
    [PROBLEM_CANCELLED] = { "cancelled", 500, 10 },
    [PROBLEM_INTERNAL] = { "internal", 500, 1 },
};

/* Texts may quote what a stranger sent, and end up in JSON: a character that was cut goes, bytes that are
 * no UTF-8 become '?'. */
static void make_valid (char *s, bool cut)
{
    size_t n = strlen (s), i = 0;
    uint32_t cp;

    while (i < n) {
        size_t len = utf8_next (s + i, n - i, &cp);
        if (len == 0 && cut && n - i < 4 && (unsigned char)s[i] >= 0xc0) {
            s[i] = '\0';
            return;
        }
        if (len == 0)
            s[i] = '?';
        i += len ? len : 1;
    }
}

/* Not straight into err->text: the arguments may point there. */
static void vformat (struct err *err, const char *fmt, va_list ap)
{
    char text[sizeof (err->text)];
    int n = vsnprintf (text, sizeof (text), fmt, ap);

    if (n < 0)
        text[0] = '\0';
    make_valid (text, n >= (int)sizeof (text));
    memcpy (err->text, text, sizeof (text));
}

int err_set (struct err *err, enum problem problem, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start (ap, fmt);
        vformat (err, fmt, ap);
        va_end (ap);
        err->problem = problem;
        err->sys = 0;
        err->reason[0] = '\0';
    }
    return -1;
}

static enum problem problem_of (int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG: return PROBLEM_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return PROBLEM_FORBIDDEN;
    case EEXIST:
    case EADDRINUSE: return PROBLEM_CONFLICT;
    case ENOSPC:
    case EDQUOT: return PROBLEM_NO_SPACE;
    case ETIMEDOUT: return PROBLEM_TIMEOUT;
    default: return PROBLEM_INTERNAL;
    }
}

/* Appends ": TAIL" to the text, cutting the text rather than all of the tail. */
static void append (struct err *err, const char *tail)
{
    char text[sizeof (err->text)];
    size_t room = sizeof (text) / 2, n = strlen (tail);
    size_t keep = n < room ? sizeof (text) - 3 - n : room;

    (void)snprintf (text, sizeof (text), "%.*s: %s", (int)keep, err->text, tail);
    make_valid (text, strlen (text) == sizeof (text) - 1);
    memcpy (err->text, text, sizeof (text));
}

int err_sys (struct err *err, int errnum, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        char number[64];
        va_start (ap, fmt);
        vformat (err, fmt, ap);
        va_end (ap);
        err->problem = problem_of (errnum);
        err->sys = errnum;
        err->reason[0] = '\0';
        append (err, strerror_r (errnum, number, sizeof (number)));
    }
    return -1;
}

int err_wrap (struct err *err, const char *fmt, ...)
{
    if (err) {
        char old[sizeof (err->text)];
        va_list ap;
        memcpy (old, err->text, sizeof (old));
        va_start (ap, fmt);
        vformat (err, fmt, ap);
        va_end (ap);
        append (err, old);
    }
    return -1;
}

int err_reason (struct err *err, const char *reason)
{
    if (err)
        (void)snprintf (err->reason, sizeof (err->reason), "%s", reason);
    return -1;
}
