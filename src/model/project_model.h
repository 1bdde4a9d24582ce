/* project_model.h - a project: what groups workspaces and jobs (floyd-contract 1.1, 2.5)
 *
 * Values; any process.
 */
#ifndef MODEL_PROJECT_MODEL_H
#define MODEL_PROJECT_MODEL_H

#include "base/cleanup.h"
#include "base/ident.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct project_model {
    char id[IDENT_SHORT + 1];
    char *namespace, *name;
    char *description, *notes; /* NOTES is Markdown */
    json_t *tags;              /* an array of strings */
    bool public;
    int64_t created, updated; /* seconds since 1970 */
};

void project_model_done (struct project_model *p);
/* id, name (namespace/projects/name), description, notes, tags, public, created, updated,
 * latest_experiment_name (null). */
json_t *project_model_json (const struct project_model *p);

#endif
