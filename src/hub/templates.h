/* templates.h - a repository that somebody wants to begin with: what its floyd.yml asks for (floyd-contract 5.13)
 *
 * GET /api/v1/templates/inspect?git_url=&git_branch=. The repository is fetched by `labwright worker gitinspect`, a
 * child that has given up the file system, in a directory of its own below STATE/hub/tmp, which is
 * removed again; at most TEMPLATES_AT_ONCE of them, then BUSY. Nothing is kept.
 *
 *     h->templates = git_templates_new (h);       also removes what a hub that was killed has left
 *     git_templates_free (h->templates);          what is under way is answered with CANCELLED
 *
 * Loop thread only.
 */
#ifndef HUB_TEMPLATES_H
#define HUB_TEMPLATES_H

#include "hub/hub.h"

#define TEMPLATES_AT_ONCE 4

struct git_templates;

struct git_templates *git_templates_new (struct hub *h);
void git_templates_free (struct git_templates *t);

#endif
