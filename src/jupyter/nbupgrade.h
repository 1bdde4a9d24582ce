/* nbupgrade.h - notebooks of the majors 1, 2 and 3 become 4.5 (contract 3.4.8, read step
 * 2).  Pure. */
#ifndef JUPYTER_NBUPGRADE_H
#define JUPYTER_NBUPGRADE_H

#include "jupyter/nbjson.h"

/* Changes NB, an object of that MAJOR as it was parsed, in place; the result is in memory
 * form (lines joined).  INVALID names what is missing. */
int nbupgrade (struct nbjson_doc *doc, struct nbjson *nb, int major, struct err *err);

#endif
