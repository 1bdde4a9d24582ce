/* backup_file.h - the archive of a backup: what is summed up and how it is checked.  Private to ops/. */
#ifndef OPS_BACKUP_FILE_H
#define OPS_BACKUP_FILE_H

#include "base/crypto.h"
#include "base/err.h"
#include <archive.h>
#include <stdint.h>

#define BACKUP_HEAD "labwright-backup.json"
#define BACKUP_END "labwright-backup.end"
#define BACKUP_FORMAT 1
#define BACKUP_PIECE (64 << 10)

/* Over names, sizes and contents, in order. */
struct backup_sum {
    struct digest *digest;
    int64_t entries;
};
void backup_sum_entry (struct backup_sum *s, const char *name, int64_t size);
void backup_sum_data (struct backup_sum *s, const void *data, size_t n);
/* {"entries", "sha256"} as text, malloc'ed; S is done. */
char *backup_sum_end (struct backup_sum *s);

/* Reads all of PATH.  INVALID: it is no backup, is damaged or cut off, or of a newer program. */
int backup_check (const char *path, struct err *err);
/* An archive that reads PATH, at its beginning. */
struct archive *backup_open (const char *path, struct err *err);
int backup_fail (struct archive *a, const char *what, struct err *err);

#endif
