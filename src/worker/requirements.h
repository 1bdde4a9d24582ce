/* requirements.h - task `labwright worker requirements`: what a workspace's owner wants installed
 *
 *     labwright worker requirements [--file FILE] [--log FILE] [--then ARGV...]
 *
 * Runs in a workspace, before its keeper: every start installs floyd_requirements.txt again
 * (floyd-contract 4.3), which is quick when everything is there.  `python -m pip install -r FILE` writes to
 * the log; whatever comes of it, ARGV is executed in the place of this process, because a workspace with a
 * mistake in a file must still open, or nobody could mend it.  What happened is the last line of the log.
 *
 * Defaults: /floyd/home/floyd_requirements.txt, /floyd/home/.labwright/requirements.log.  Without the file
 * nothing is run and no log is made.  pip is ended after 30 minutes.
 *
 * Exit without --then: 0, or 1 if it failed.  With: as ARGV, 127 if that cannot be executed.
 */
#ifndef WORKER_REQUIREMENTS_H
#define WORKER_REQUIREMENTS_H

int worker_requirements (int argc, char **argv);

#endif
