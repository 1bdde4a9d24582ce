/* files_private.h - what files.c and files_send.c share; nobody else includes it
 *
 * A job belongs to the pool while `flying`, else to the loop.
 */
#ifndef HTTP_FILES_PRIVATE_H
#define HTTP_FILES_PRIVATE_H

#include "base/crypto.h"
#include "http/http.h"

#define FILES_PIECE (256 * 1024)

struct file_job {
    struct http_req *req; /* loop only */
    struct loop *loop;
    unsigned flags;
    char *path, *name;
    char *if_none_match, *if_modified_since, *range, *if_range;
    bool head, accept_br, accept_gzip;
    const char *ctype;

    int fd;
    struct err err; /* of the last trip; PROBLEM_NONE: fine */
    int status;
    const char *encoding;
    int64_t mtime_s;
    uint64_t size, from, left;
    char etag[CRYPTO_HEX + 2];
    struct blk *piece;

    int sock;        /* where bytes go past the queue; -1: they go through it */
    uint64_t passed; /* by the last trip */
    bool full;       /* the socket takes no more for now */

    bool flying; /* the pool has it */
    bool gone;   /* the client went away meanwhile */
};

void file_job_free (struct file_job *j);
/* In the pool: the next piece of at most FILES_PIECE, or an error. */
void file_read_piece (struct file_job *j);
/* On the loop, when the headers are set and the first piece is read: answers, and takes J. */
void file_send (struct file_job *j);

#endif
