/* gitclone.h - step `labwright worker gitclone`: a repository becomes the home of a new workspace
 *
 *     labwright worker gitclone --into DIR --url URL [--branch B] [--allow-private] [--then ARGV...]
 *
 * Runs in a workspace, before its keeper.  A DIR that holds anything that is not hidden, or a repository, stays as it is.  Otherwise the
 * repository is cloned beside it and moved in, so that a start that was interrupted leaves DIR empty, and the
 * next one tries again.  Whatever comes of it, ARGV is executed in the place of this process: a workspace
 * opens also when its repository does not, and GIT-CLONE-FAILED.txt says why; a later success removes that.
 *
 * Prints JSON lines: {"progress": "receiving", "percent": 45}, at the end {"cloned": true|false} or
 * {"error", "problem"}.  LABWRIGHT_GIT_PRIVATE=1 is as --allow-private.  Ceilings: 10 minutes, 5 GB.
 *
 * Exit without --then: 0, or that of the problem.  With: as ARGV, 127 if that cannot be executed.
 *
 * Worker `gitinspect`: {"git_url", "git_branch", "dir", "allow_private"} -> {"name", "found", "presets": {...} or
 * null, "problem": text or null}: what floyd.yml (or floydhub.yml) of a repository says, fetched below DIR and
 * removed again (60 s, 500 MB).
 */
#ifndef WORKER_GITCLONE_H
#define WORKER_GITCLONE_H

#include "base/err.h"
#include <jansson.h>

int worker_gitclone (int argc, char **argv);
json_t *worker_gitinspect (const json_t *in, struct err *err);

#endif
