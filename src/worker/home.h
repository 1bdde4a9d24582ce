/* home.h - worker `home`: shows the files of a workspace that does not run (hub/home_view.h)
 *
 *     labwright worker home DIR        descriptor 3: a unix socket that listens, or one connection to it
 *
 * The files belong to the person's range of uids, so neither the hub nor anything beside a sandbox reads
 * them: this runs in a small sandbox of that person, with the home bound read-only at DIR and no network.
 * It ends after HOME_IDLE_S without a question.  One connection is one question:
 *
 *     {"path": "percent%20encoded/below/DIR", "tar": false}\n
 *     {"type": "directory", "name", "files": [{"name", "href", "type", "size", "modified"}],
 *      "total_files", "skipped_files"}\n
 *     {"type": "file", "name", "size", "modified", "text": true}\n    and SIZE bytes
 *     {"type": "tar", "name"}\n                                       and a tar archive, to the end
 *     {"error": {"slug", "message"}}\n
 *
 * Never leaves DIR: every path is resolved by the kernel beneath it, links included (openat2), and an
 * archive holds links as links.  What is no file, directory or link is passed over.
 */
#ifndef WORKER_HOME_H
#define WORKER_HOME_H

#include "base/err.h"
#include <jansson.h>

#define HOME_IDLE_S 60
#define HOME_AT_ONCE 8      /* connections; more wait */
#define HOME_QUESTION 16384 /* bytes */
#define HOME_ENTRIES 10000  /* of one directory; the others are counted */
#define HOME_HEAD (4 << 20) /* no first line of an answer is longer */
#define HOME_DEPTH 128      /* directories in directories, of an archive */

/* Exit code. */
int worker_home (const char *dir);

/* Descriptor of PATH (not encoded, "" is DIR itself) beneath ROOT; -1: NOT_FOUND, FORBIDDEN if it leads out. */
int home_open (int root, const char *path, struct err *err);
/* The directory FD, which is PATH beneath ROOT; new reference or NULL. */
json_t *home_list (int root, int fd, const char *path, struct err *err);
/* Writes a tar archive of the directory FD to OUT, everything in it below NAME/. */
int home_tar (int fd, const char *name, int out, struct err *err);

#endif
