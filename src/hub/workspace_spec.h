/* workspace_spec.h - a workspace as the spawner is asked for it: the spec of its sandbox
 *
 * Pure; hub process.
 */
#ifndef HUB_WORKSPACE_SPEC_H
#define HUB_WORKSPACE_SPEC_H

#include "model/sandbox_spec.h"
#include "model/user_model.h"
#include "model/workspace_model.h"

/* Fills RET, which is initialised by this (sandbox_spec_done), from W and its owner: the keeper as first
 * process, the server on demand, below /notebooks/ID/ (docs/PROTOCOL.md).  What W->git_url names is cloned
 * first, into a home that is empty.  HUB_URL: for links of the page.  GIT_PRIVATE: also from a private
 * network. */
void workspace_spec_fill (struct sandbox_spec *ret, const struct workspace_model *w,
                          const struct user_model *owner, const char *hub_url,
                          bool git_private);

#endif
