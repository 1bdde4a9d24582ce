/* contents_base.h - which version of a file a page may think it has, when only outputs were added to it
 *
 * When the server itself writes recorded outputs into a notebook, that is no change that a person has to
 * decide about.  So such a file goes on to be reported with the hash and the time of the version that it was
 * made from, until somebody else writes it.  That is remembered as a note on the file (contents_notes.h),
 * together with the hash of what we wrote: with other bytes the note means nothing.
 *
 *     contents_base_note (notes, path, "sha256", old_hex, old_mtime_ns, new_hex);      before writing
 *     if (contents_base_get (notes, path, "sha256", hex, &base)) ... say base.hash, base.mtime_ns
 *     contents_base_forget (notes, path);                                         after a page's save
 *
 * Where a note cannot be kept, pages are asked what to do, as after any change.  Blocking; any thread.
 */
#ifndef SERVER_CONTENTS_BASE_H
#define SERVER_CONTENTS_BASE_H

#include "base/crypto.h"
#include "server/contents_notes.h"
#include <stdbool.h>
#include <stdint.h>

struct contents_base {
    char hash[CRYPTO_HEX];
    int64_t mtime_ns;
};

bool contents_base_any (const struct contents_notes *n,
                        const char *path); /* is there a note at all?  Cheap */
void contents_base_note (const struct contents_notes *n, const char *path,
                         const char *algorithm, const char *old_hex, int64_t old_mtime_ns,
                         const char *new_hex);
/* HEX is the file's hash now. */
bool contents_base_get (const struct contents_notes *n, const char *path,
                        const char *algorithm, const char *hex, struct contents_base *ret);
void contents_base_forget (const struct contents_notes *n, const char *path);

#endif
