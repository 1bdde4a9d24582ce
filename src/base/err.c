/* err.c - the error value: filling, wrapping, and the one table at the edge */

#include "base/err.h"
#include "base/cleanup.h"

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

/* Cuts a text that was truncated inside a UTF-8 sequence back to its last whole character. */
static void trim_utf8 (char *s)
{
    size_t n = strlen (s), back = 0;

    while (back < 3 && back < n && ((unsigned char) s[n - 1 - back] & 0xc0) == 0x80)
        back++;
    if (back == n)
        return;
    unsigned char lead = (unsigned char) s[n - 1 - back];
    size_t want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (want > back)
        s[n - 1 - back] = '\0';
}

static void vformat (struct err *err, const char *fmt, va_list ap)
{
    (void) vsnprintf (err->text, sizeof (err->text), fmt, ap);
    trim_utf8 (err->text);
}

int err_set (struct err *err, enum problem problem, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        err->problem = problem;
        err->sys = 0;
        err->reason[0] = '\0';
        va_start (ap, fmt);
        vformat (err, fmt, ap);
        va_end (ap);
    }
    return -1;
}

static enum problem problem_of (int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR: return PROBLEM_NOT_FOUND;
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

int err_sys (struct err *err, int errnum, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        char number[64];
        err->problem = problem_of (errnum);
        err->sys = errnum;
        err->reason[0] = '\0';
        va_start (ap, fmt);
        vformat (err, fmt, ap);
        va_end (ap);
        size_t n = strlen (err->text);
        (void) snprintf (err->text + n, sizeof (err->text) - n, ": %s",
                         strerror_r (errnum, number, sizeof (number)));
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
        size_t n = strlen (err->text);
        (void) snprintf (err->text + n, sizeof (err->text) - n, ": %s", old);
        trim_utf8 (err->text);
    }
    return -1;
}

int err_reason (struct err *err, const char *reason)
{
    if (err)
        (void) snprintf (err->reason, sizeof (err->reason), "%s", reason);
    return -1;
}
