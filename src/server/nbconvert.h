/* nbconvert.h - notebooks in other formats, by the program `jupyter-nbconvert`
 * (contract 3.2)
 *
 * It is looked for in the environment's prefix and on PATH at each use; its formats are
 * asked for once by each server, and known from the last one until then.  Conversions run in child processes,
 * NBCONVERT_RUNNING at a time. Loop thread only.
 */
#ifndef SERVER_NBCONVERT_H
#define SERVER_NBCONVERT_H

#include "base/err.h"
#include <jansson.h>
#include <stdbool.h>

#define NBCONVERT_RUNNING 4
#define NBCONVERT_OUTPUT_MAX ((size_t)512 << 20)

struct nbconvert;
struct server;

struct nbconvert *nbconvert_new (struct server *s);
/* Kills what runs; every callback that is still to come is called now, with an error. */
void nbconvert_free (struct nbconvert *n);

/* DONE once, perhaps before the call returns: FORMATS (borrowed) as GET /api/nbconvert
 * answers them; the empty object when nbconvert is not installed. */
void nbconvert_formats (struct nbconvert *n,
                        void (*done) (void *arg, const json_t *formats), void *arg);

struct nbconvert_job {
    const char *format;   /* one of the formats */
    const char *notebook; /* OS path */
    const char *outdir;   /* empty directory for the results */
    const char *sanitize; /* "True", "False" or NULL */
};
/* DONE once, later: ERR NULL or why it failed.  BUSY if too many run. */
int nbconvert_run (struct nbconvert *n, const struct nbconvert_job *job,
                   void (*done) (void *arg, const struct err *why), void *arg,
                   struct err *err);

#endif
