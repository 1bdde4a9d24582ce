/* pass.h - the right to go into one workspace: a one-time token, and the cookie that it is exchanged for
 *
 * The labs origin never sees the cookie of the hub.  A person who is logged in at the hub gets a token for one
 * workspace; the browser takes it across in a redirect and gets a cookie that is bound to that workspace's path:
 *
 *     hub    GET /api/v1/workspaces/ID/url     -> pass_token (passes, ID, caller)
 *     labs   GET /notebooks/ID/_enter?token=   -> pass_take (passes, ID, token, &pass), pass_set_cookie
 *     labs   GET /notebooks/ID/...             -> pass_of_request (req, ID, &pass), pass_stands
 *
 * A token is 32 random bytes, works once within 30 seconds, and is kept as its SHA-256, in memory.  The cookie
 * says whose it is and on which login or key of the hub it hangs, under the installation's secret; so it
 * outlives a hub that was killed, and ends with that login: when the person logs out, changes the password or
 * is disabled, when the key is deleted, and when the workspace is.
 *
 * Loop thread only.
 */
#ifndef HUB_PASS_H
#define HUB_PASS_H

#include "hub/caller.h"
#include "model/workspace_model.h"

#define PASS_TOKEN_S 30
#define PASS_COOKIE "labwright-ws-" /* and the workspace's id */

struct passes;

struct pass {
    char user[IDENT_SHORT + 1];
    char proof[KEY_PROOF];
    int64_t expires; /* seconds since 1970 */
};

struct passes *passes_new (void);
void passes_free (struct passes *p);

/* A token for who C is; malloc'ed. */
char *pass_token (struct passes *p, const char *workspace, const struct caller *c);
/* Uses TOKEN up.  FORBIDDEN: it is none of that workspace, or was used, or is too old. */
int pass_take (struct passes *p, const char *workspace, const char *token, struct pass *ret,
               struct err *err);

void pass_set_cookie (struct http_req *req, const char *workspace, const struct pass *pass);
/* What REQ's cookie says; false if there is none that we made, or it has expired. */
bool pass_of_request (struct http_req *req, const char *workspace, struct pass *ret);
/* Is it still so?  Three statements by key. */
bool pass_stands (struct hub *h, const char *workspace, const struct pass *pass);

/* The path that TEXT (a stranger's, or NULL) means inside W: below /notebooks/<id>/, also where it says the id of
 * W's task instance; /notebooks/<id>/lab if it means none.  malloc'ed.  Pure. */
char *pass_next (const struct workspace_model *w, const char *text);

#endif
