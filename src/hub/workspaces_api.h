/* workspaces_api.h - handlers of workspaces, for the hub's rows and for those of the labs origin
 *
 * Each takes the capture {id} and caller_of (req); both origins' gates have set them.  docs/API.md.
 *
 * Loop thread only.
 */
#ifndef HUB_WORKSPACES_API_H
#define HUB_WORKSPACES_API_H

#include "http/http.h"
#include "model/workspace_model.h"

#define WORKSPACES_API_BODY (64 * 1024)

void workspace_get (struct http_req *req);
void workspace_start (struct http_req *req);
void workspace_stop (struct http_req *req);
void workspace_restart (struct http_req *req);
void workspace_keepalive (struct http_req *req);
void workspace_settings_get (struct http_req *req);
void workspace_settings_put (struct http_req *req);
void workspace_config_get (struct http_req *req);
void workspace_metrics_get (struct http_req *req);

/* The workspace that REQ names, if the caller is its owner or an admin: fills *RET (workspace_model_done).
 * NOT_FOUND for everybody else. */
int workspace_of (struct http_req *req, struct workspace_model *ret, struct err *err);

#endif
