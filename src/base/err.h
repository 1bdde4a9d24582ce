/* err.h - the error value
 *
 * A function that can fail takes `struct err *err` last and returns 0 or -1 (or NULL).  Success
 * leaves *err alone, failure always fills it; NULL means "I do not care".  Each layer wraps with
 * what it was doing to which object, so that the text grows leftwards as it climbs.  The one who
 * handles the error logs it, nobody else does.  Pure values: any thread, nothing to free.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

enum problem {
    PROBLEM_NONE,
    PROBLEM_INVALID,
    PROBLEM_UNAUTHENTICATED,
    PROBLEM_FORBIDDEN,
    PROBLEM_NOT_FOUND,
    PROBLEM_METHOD,
    PROBLEM_CONFLICT,
    PROBLEM_GONE,
    PROBLEM_TOO_LARGE,
    PROBLEM_LIMIT,
    PROBLEM_BUSY,
    PROBLEM_TIMEOUT,
    PROBLEM_UNAVAILABLE,
    PROBLEM_UNSUPPORTED,
    PROBLEM_NO_SPACE,
    PROBLEM_CANCELLED,
    PROBLEM_INTERNAL,
    PROBLEM_COUNT
};

struct err {
    enum problem problem;
    int sys;         /* errno it began with, or 0 */
    char text[480];  /* a sentence for a person; never a bare strerror; valid UTF-8 */
    char reason[64]; /* "" or a short machine reason ("bad type"): HTTP reason phrase */
};

/* All return -1, so that a failure is one line: return err_set (err, PROBLEM_INVALID, "..."); */
int err_set (struct err *err, enum problem problem, const char *fmt, ...)
    __attribute__ ((format (printf, 3, 4)));
/* Appends ": strerror".  The problem follows from ERRNUM: ENOENT/ENOTDIR/ELOOP/
 * ENAMETOOLONG NOT_FOUND, EACCES/EPERM/EROFS FORBIDDEN, EEXIST/EADDRINUSE CONFLICT, ENOSPC/EDQUOT
 * NO_SPACE, ETIMEDOUT TIMEOUT, others INTERNAL. */
int err_sys (struct err *err, int errnum, const char *fmt, ...)
    __attribute__ ((format (printf, 3, 4)));
/* "FMT: " in front of the text. */
int err_wrap (struct err *err, const char *fmt, ...)
    __attribute__ ((format (printf, 2, 3)));
/* Set the short reason on an error already filled.  Returns -1. */
int err_reason (struct err *err, const char *reason);

struct problem_row {
    const char *slug;
    int http_status;
    int exit_code;
};
extern const struct problem_row problem_table[PROBLEM_COUNT];

#endif
