/* report.c - what the shell tells the kernel over its private pipe */

#include "bash/report.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELDS 5

void report_init (struct report *r)
{
    buf_init (&r->record, REPORT_MAX);
    r->field = 0;
    r->skip = false;
}

void report_done (struct report *r)
{
    buf_done (&r->record);
}

static bool number (const char *s, uint64_t max, uint64_t *ret)
{
    char *end;

    if (*s < '0' || *s > '9')
        return false;
    errno = 0;
    *ret = strtoull (s, &end, 10);
    return !*end && errno == 0 && *ret <= max;
}

static bool parse (char *const *field, size_t n, struct report_record *ret)
{
    uint64_t status;

    if (n == 2 && !strcmp (field[0], "started")) {
        *ret = (struct report_record){ .kind = REPORT_STARTED };
        return number (field[1], UINT64_MAX, &ret->turn);
    }
    if (n != 5 || strcmp (field[0], "prompt") || !number (field[2], 255, &status))
        return false;
    *ret = (struct report_record){ .kind = REPORT_PROMPT,
                                   .status = (int)status,
                                   .cwd = field[3],
                                   .version = field[4] };
    return number (field[1], UINT64_MAX, &ret->turn);
}

static void record_end (struct report *r,
                        void (*fn) (void *arg, const struct report_record *rec), void *arg)
{
    struct report_record rec;
    char *field[MAX_FIELDS];
    size_t n = 0;

    for (size_t at = 0; at < r->field; at += strlen (r->record.data + at) + 1) {
        if (n == MAX_FIELDS)
            return;
        field[n++] = r->record.data + at;
    }
    if (parse (field, n, &rec))
        fn (arg, &rec);
}

/* The field that ends here may be the mark of the record's end. */
static void field_end (struct report *r,
                       void (*fn) (void *arg, const struct report_record *rec), void *arg)
{
    const char *field = r->record.data + r->field;

    if (field[0] != '\n' || field[1] != '\0') {
        r->field = r->record.len;
        return;
    }
    if (!r->skip)
        record_end (r, fn, arg);
    buf_clear (&r->record);
    r->field = 0;
    r->skip = false;
}

void report_feed (struct report *r, const char *data, size_t n,
                  void (*fn) (void *arg, const struct report_record *rec), void *arg)
{
    for (size_t i = 0; i < n; i++) {
        if (buf_addc (&r->record, data[i]) < 0) {
            buf_clear (&r->record);
            r->skip = true;
            r->field = 0;
            (void)buf_addc (&r->record, data[i]);
        }
        if (data[i] == '\0')
            field_end (r, fn, arg);
    }
}
