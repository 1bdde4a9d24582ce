/* workspaces_api_private.h - what the handlers of workspaces share
 *
 *     workspaces_api.c            which there are; making, renaming and deleting them; the rows
 *     workspaces_run_api.c        start, stop, restart
 *     workspaces_settings_api.c   settings, configuration, what it uses
 */
#ifndef HUB_WORKSPACES_API_PRIVATE_H
#define HUB_WORKSPACES_API_PRIVATE_H

#include "hub/caller.h"
#include "hub/workspaces_api.h"
#include <jansson.h>

/* workspace_of; false: REQ has its answer. */
bool workspace_meant (struct http_req *req, struct workspace_model *ret);
/* Answers with ID's item as it is now. */
void workspace_reply (struct http_req *req, const char *id, int status);
/* WHAT ("workspace.update") into the audit log and to the pages. */
void workspace_note (struct http_req *req, const struct workspace_model *w,
                     const char *what);
/* W's machine and environment from BODY's `instance_type` and `env`; "" is the default. */
int workspace_take_place (struct hub *h, const json_t *body, struct workspace_model *w,
                          struct err *err);

#endif
