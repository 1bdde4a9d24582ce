/* access.c - who may see and who may change what belongs to a namespace */

#include "hub/access.h"

#include "store/project_store.h"
#include "store/user_store.h"

bool access_namespace (struct hub *h, const struct caller *c, const char *namespace)
{
    return c && (c->user.admin || user_store_belongs (h->db, c->user.id, namespace));
}

static int find (struct hub *h, const char *ns, const char *name, struct project_model *ret,
                 struct err *err)
{
    return ns ? project_store_find (h->db, ns, name, ret, err)
              : project_store_get (h->db, name, ret, err);
}

static int load (struct hub *h, const struct caller *c, const char *ns, const char *name,
                 bool change, struct project_model *ret, struct err *err)
{
    if (find (h, ns, name, ret, err))
        return -1;
    bool mine = access_namespace (h, c, ret->namespace);
    if (mine || (ret->public && !change))
        return 0;
    int rc = ret->public ? err_set (err, PROBLEM_FORBIDDEN,
                                    "The project %s/%s is not yours to change",
                                    ret->namespace, ret->name)
                         : err_set (err, PROBLEM_NOT_FOUND, "there is no such project");
    project_model_done (ret);
    return rc;
}

int access_see_project (struct hub *h, const struct caller *c, const char *ns,
                        const char *name, struct project_model *ret, struct err *err)
{
    return load (h, c, ns, name, false, ret, err);
}

int access_change_project (struct hub *h, const struct caller *c, const char *ns,
                           const char *name, struct project_model *ret, struct err *err)
{
    return load (h, c, ns, name, true, ret, err);
}
