/* floyd_yml.h - floyd.yml of a repository, as far as a new workspace can use it (floyd-contract 3.6, 5.13)
 *
 *     struct floyd_yml f;
 *     if (floyd_yml_parse (text, n, &f, &err) == 0) ...        f.machine, f.env: "" if it does not say
 *     floyd_yml_done (&f);
 *
 * Written by strangers for several services: what is unknown is left aside, and what is wrong of what we
 * use is an error with its line.  `data` is `input` by its old name; the two together hold at most
 * FLOYD_YML_INPUTS.  An input is {source, destination} or "source:destination".  Pure; any process.
 */
#ifndef MODEL_FLOYD_YML_H
#define MODEL_FLOYD_YML_H

#include "base/err.h"
#include <jansson.h>

#define FLOYD_YML_INPUTS 5
#define FLOYD_YML_TEXT 2000 /* bytes of the description that are kept */

struct floyd_yml {
    char machine[65], env[65];
    char *description; /* one line, never NULL */
    json_t *inputs;    /* [{"source", "destination"}]; destination "" if not said */
};

/* RET is initialised by this and, on failure, done.  INVALID, TOO_LARGE. */
int floyd_yml_parse (const char *text, size_t n, struct floyd_yml *ret, struct err *err);
void floyd_yml_done (struct floyd_yml *f);
/* {"machine", "env", "description", "input"}; new reference. */
json_t *floyd_yml_json (const struct floyd_yml *f);

#endif
