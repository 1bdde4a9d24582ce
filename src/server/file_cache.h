/* file_cache.h - parsed files, kept until they change
 *
 *     autojson json_t *j = file_cache_get (c, path, jsonx_parse, &err);
 *
 * The lab layer reads some two hundred small files to answer one page load (schemas,
 * package.json of extensions, language packs).  What came out of the parser is kept with
 * the file's identity (device, inode, size, times) and used again while that is the same; a
 * file changed less than FILE_CACHE_RACY_US ago is parsed but not kept, because a second
 * change might not show in its times.
 *
 * A value is shared by everybody who asks: never change it, json_deep_copy first.  At most
 * FILE_CACHE_ENTRIES values; when there are more, all are dropped.  Errors are not kept.
 *
 * Blocking file system calls; any thread (a mutex guards the table, not the parsing;
 * jansson's counts are atomic).
 */
#ifndef SERVER_FILE_CACHE_H
#define SERVER_FILE_CACHE_H

#include "base/cleanup.h"
#include "base/err.h"
#include <jansson.h>
#include <stddef.h>

#define FILE_CACHE_ENTRIES 4096
#define FILE_CACHE_MAX_FILE (16 * 1024 * 1024)
#define FILE_CACHE_RACY_US (100 * 1000)

struct file_cache;

/* New reference, or NULL with ERR filled.  One path is always asked for with the same
 * parser. */
typedef json_t *(*file_cache_parse) (const char *data, size_t n, struct err *err);

struct file_cache *file_cache_new (void);
void file_cache_free (struct file_cache *c);
DEFINE_AUTO (struct file_cache *, file_cache_free)

/* New reference to the shared value.  NOT_FOUND, TOO_LARGE, whatever PARSE says (wrapped
 * with PATH). */
json_t *file_cache_get (struct file_cache *c, const char *path, file_cache_parse parse,
                        struct err *err);
/* How often a parser has run; for tests. */
size_t file_cache_misses (struct file_cache *c);

#endif
