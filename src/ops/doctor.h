/* doctor.h - verb `labwright doctor`: what is wrong with an installation, and what mends it
 *
 * A table of checks; each looks at one thing, changes nothing, and says what to type when it is broken.
 * "bad" is what stops people from working (exit 1), "weak" what is less than it could be.  As root it sees
 * more: what cannot be seen is told as weak.
 *
 * A new check: a function and a row in doctor_state.c, doctor_config.c or doctor_host.c, and a test in
 * tests/blackbox/test_doctor.py that breaks it.
 */
#ifndef OPS_DOCTOR_H
#define OPS_DOCTOR_H

#include "base/buf.h"
#include "model/machine_host.h"
#include <stdbool.h>
#include <stddef.h>

enum doctor_verdict { DOCTOR_FINE, DOCTOR_WEAK, DOCTOR_BAD };

struct doctor {
    const char *state; /* absolute */
    const char *root;  /* "/": where /proc, /sys and /etc are looked for */
    struct machine_host host;
    char text[512]; /* what is there, or what is wrong */
    char mend[512]; /* what to do, "" for nothing */
};

struct doctor_check {
    const char *name;
    enum doctor_verdict (*look) (struct doctor *d);
};

struct doctor_table {
    const struct doctor_check *checks;
    size_t n;
};
extern const struct doctor_table
    doctor_state; /* doctor_state.c: files of the state directory */
extern const struct doctor_table
    doctor_config;                            /* doctor_config.c: machines, environments */
extern const struct doctor_table doctor_host; /* doctor_host.c: the kernel and programs */

/* Fill text and mend. */
enum doctor_verdict doctor_say (struct doctor *d, enum doctor_verdict v, const char *mend,
                                const char *fmt, ...)
    __attribute__ ((format (printf, 4, 5)));
/* Path of NAME below root or state; malloc'ed. */
char *doctor_in_root (const struct doctor *d, const char *name);
char *doctor_in_state (const struct doctor *d, const char *name);
/* Text of a small file below root, "" if it is not there. */
void doctor_read (const struct doctor *d, const char *name, char *ret, size_t size);
bool doctor_program (const char *name); /* is in PATH */

int doctor_main (int argc, char **argv);

#endif
