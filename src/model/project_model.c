/* project_model.c - a project: what groups workspaces and jobs */

#include "model/project_model.h"
#include "base/clock.h"

void project_model_done (struct project_model *p)
{
    free (p->namespace);
    free (p->name);
    free (p->description);
    free (p->notes);
    json_decref (p->tags);
    *p = (struct project_model){ .id = "" };
}

json_t *project_model_json (const struct project_model *p)
{
    char created[CLOCK_TEXT], updated[CLOCK_TEXT];
    autofree char *full = xasprintf ("%s/projects/%s", p->namespace, p->name);

    (void)clock_iso_z (p->created * CLOCK_S, created);
    (void)clock_iso_z (p->updated * CLOCK_S, updated);
    return json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:b, s:s, s:s, s:n}", "id",
                      p->id, "name", full, "namespace", p->namespace, "short_name", p->name,
                      "description", p->description, "notes", p->notes, "tags", p->tags,
                      "public", p->public, "created", created, "updated", updated,
                      "latest_experiment_name");
}
