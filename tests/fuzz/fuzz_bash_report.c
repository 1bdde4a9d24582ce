/* fuzz_bash_report.c - what comes through the shell's pipe, whole and byte by byte, gives the same records */

#include "base/cleanup.h"
#include "bash/report.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void count (void *arg, const struct report_record *rec)
{
    *(uint64_t *)arg = *(uint64_t *)arg * 31 + rec->turn + (uint64_t)rec->kind + 1;
    if (rec->status < 0 || rec->status > 255)
        abort ();
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    uint64_t whole = 0, single = 0;
    struct report a, b;

    report_init (&a);
    report_init (&b);
    report_feed (&a, (const char *)data, size, count, &whole);
    for (size_t i = 0; i < size; i++)
        report_feed (&b, (const char *)data + i, 1, count, &single);
    if (whole != single)
        abort ();
    report_done (&a);
    report_done (&b);
    return 0;
}
