/* tree.h - copying and moving files and directories between places
 *
 * Blocking; any thread.  Never opens what is neither regular file nor directory: a copy
 * leaves such entries out, a move across devices refuses them.  Errors keep errno in
 * err->sys.
 */
#ifndef SERVER_TREE_H
#define SERVER_TREE_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define TREE_DEPTH 64

/* All that is left in FROM, by reflink or in the kernel where possible. */
int tree_copy_fd (int from, int to, struct err *err);
/* FROM, a regular file with status ST, as the new file TO, with mode and times.  EEXIST if
 * TO is there.  Owner and group are kept if we may.  SYNC: the system begins at once to
 * write it to the disk, which is not waited for. */
int tree_copy_file (const char *from, const char *to, const struct stat *st, bool sync,
                    struct err *err);
/* The directory FROM as the new directory TO.  FOLLOW: links are copied as what they lead
 * to, else as links.  Stops with EFBIG after MAX bytes, with ELOOP below TREE_DEPTH. */
int tree_copy (const char *from, const char *to, bool follow, int64_t max, struct err *err);
/* Bytes that the tree occupies, links not followed; stops counting above MAX. */
int64_t tree_size (const char *path, int64_t max);
/* rename (2) that does not overwrite and also works across devices. */
int tree_move (const char *from, const char *to, struct err *err);

#endif
