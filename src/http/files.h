/* files.h - answering with a file: type, validators, ranges, cache rules (contract 1.4, 3.4.7)
 *
 * Opening, stat'ing and reading happen in the pool; bodies are streamed in pieces of 256 KiB.
 */
#ifndef HTTP_FILES_H
#define HTTP_FILES_H

#include "http/http.h"
#include <stdbool.h>

enum files_flags {
    FILES_IMMUTABLE = 1 << 0, /* Cache-Control: public, max-age=31536000, immutable */
    FILES_NO_CACHE =
        1 << 1, /* Cache-Control: no-cache (unless ?v= is given: max-age=315360000) */
    FILES_ETAG = 1 << 2,       /* ETag: sha512 of the content (kernelspec resources) */
    FILES_ATTACHMENT = 1 << 3, /* Content-Disposition: attachment */
    FILES_PRECOMPRESSED =
        1 << 4, /* PATH.br / PATH.gz beside the file are used when accepted; Vary */
    FILES_STATIC_TYPES = 1 << 5,  /* .js is application/javascript and so on */
    FILES_MAX_AGE_MONTH = 1 << 6, /* Cache-Control: max-age=2592000 */
};

/* Answers REQ with the regular file at the OS path; 404/403 through http_fail.  NAME (NULL: the last component
 * of OS_PATH) is for the disposition, the type and error texts; CTYPE NULL: by name; a given CTYPE must stay
 * until the answer (a literal). */
void files_reply (struct http_req *req, const char *os_path, const char *name,
                  const char *ctype, unsigned flags);

/* Python's mimetypes.guess_type: type and encoding, both may be NULL; borrowed, static.  Reads
 * /etc/mime.types once.  Any thread after the first call. */
void files_guess_type (const char *name, const char **ret_type, const char **ret_encoding);
/* As /files and static serving do it: encodings folded in, charset added to text/plain. */
const char *files_content_type (const char *name, bool static_types);
/* Is CODING ("br", "gzip") in Accept-Encoding, and not with q=0? */
bool files_accepts (const struct http_req *req, const char *coding);
/* "attachment; filename*=utf-8''..." malloc'ed */
char *files_disposition (const char *name);

#endif
