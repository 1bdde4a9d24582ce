/* fd.h - files and descriptors: read with a cap, write all, atomic replace.  Blocking; any thread. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include <stdbool.h>
#include <sys/types.h>

/* Appends the rest of FD to B.  PROBLEM_TOO_LARGE if it passes B's ceiling. */
int fd_read_all (int fd, struct buf *b, struct err *err);
/* Appends the file.  Refuses what is no regular file (a FIFO would block). */
int fd_read_file (const char *path, struct buf *b, struct err *err);
int fd_write_all (int fd, const void *data, size_t n, struct err *err);
/* Temporary file in the same directory, fsync, rename, fsync of the directory: after a crash there is
 * the old content or the new, whole.  For files that only we write; documents of people go through
 * contents_write (hard links, inode).  Creates missing parent directories with 0700. */
int fd_write_file_atomic (const char *path, const void *data, size_t n, mode_t mode,
                          struct err *err);
/* The same without fsync, which can take a disk's time: others see the old content or the new, whole, but
 * after a crash of the machine anything may be there.  For what means nothing then, or what fd_sync_file
 * is called for later. */
int fd_write_file_whole (const char *path, const void *data, size_t n, mode_t mode,
                         struct err *err);
int fd_sync_file (const char *path, struct err *err); /* and its directory */
/* Appends the names in a directory that end in SUFFIX ("": all) and do not begin with '.', sorted by bytes.
 * -1 if it cannot be read. */
int fd_list_dir (const char *path, const char *suffix, struct strv *ret, struct err *err);
int fd_set_nonblock (int fd, bool on);
int fd_set_cloexec (int fd, bool on);
int fd_mkdirs (const char *path, mode_t mode, struct err *err); /* mkdir -p */
int fd_remove_tree (const char *path, struct err *err); /* rm -r, does not follow links */

#endif
