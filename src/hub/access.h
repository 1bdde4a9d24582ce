/* access.h - who may see and who may change what belongs to a namespace (floyd-contract 1.6)
 *
 * Public: anyone may read.  Private: the owner, or the members of the owning team.  An admin may see and
 * change everything.  What somebody may not see does not exist for him: NOT_FOUND, as the original said.
 *
 * Loop thread only.
 */
#ifndef HUB_ACCESS_H
#define HUB_ACCESS_H

#include "hub/caller.h"
#include "model/project_model.h"

/* C (NULL: nobody) belongs to NAMESPACE, or is an admin. */
bool access_namespace (struct hub *h, const struct caller *c, const char *namespace);

/* The project that NS/NAME, or with NS NULL the id NAME, names: fills *RET (project_model_done).
 * NOT_FOUND if C may not see it. */
int access_see_project (struct hub *h, const struct caller *c, const char *ns,
                        const char *name, struct project_model *ret, struct err *err);
/* The same for one who changes it: FORBIDDEN if C may only see it. */
int access_change_project (struct hub *h, const struct caller *c, const char *ns,
                           const char *name, struct project_model *ret, struct err *err);

#endif
