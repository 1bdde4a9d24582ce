/* report.h - what the shell tells the kernel over its private pipe
 *
 * A record is a series of fields, each ended by a NUL byte, and ends with the field "\n":
 *
 *     started NUL 17 NUL \n NUL                                 the shell took the line of turn 17
 *     prompt NUL 17 NUL 0 NUL /home/a NUL 5.2.15(1) NUL \n NUL  its prompt is back: status, directory, version
 *
 * A record that is too long or has the wrong fields is dropped, and reading goes on behind its end.  Whatever
 * comes in is treated as coming from a stranger, because a program in a cell can open the pipe, too.
 *
 *     struct report r;
 *     report_init (&r);
 *     report_feed (&r, bytes, n, on_record, me);
 *     report_done (&r);
 *
 * Pure; any thread.
 */
#ifndef BASH_REPORT_H
#define BASH_REPORT_H

#include "base/buf.h"
#include <stdint.h>

#define REPORT_MAX 16384 /* bytes of a record */

enum report_kind { REPORT_STARTED, REPORT_PROMPT };

struct report_record {
    enum report_kind kind;
    uint64_t turn;
    int status;                /* prompt only, as the next two; 0 to 255 */
    const char *cwd, *version; /* borrowed */
};

struct report {
    struct buf record;
    size_t field; /* where the field that is being read begins */
    bool skip;    /* too long: wait for the end */
};

void report_init (struct report *r);
void report_done (struct report *r);
void report_feed (struct report *r, const char *data, size_t n,
                  void (*fn) (void *arg, const struct report_record *rec), void *arg);

#endif
