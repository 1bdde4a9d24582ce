/* nbvalidate.h - is a notebook what its minor version promises? (contract 3.4.8, read step
 * 5)
 *
 * Hand-written rules of nbformat 4.0 to 4.5; a greater minor is checked leniently, as the
 * original does: unknown keys, cell types and output types are fine.  Pure; any thread.
 */
#ifndef JUPYTER_NBVALIDATE_H
#define JUPYTER_NBVALIDATE_H

#include "jupyter/nbjson.h"

/* For a notebook in memory form.  NULL if it is valid, else the malloc'ed `message` of the
 * model: "Notebook validation failed: <what>:\n<the offending JSON>". */
char *nbvalidate (const struct nbjson *nb);

#endif
