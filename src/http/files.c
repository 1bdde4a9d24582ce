/* files.c - answering with a file: opening it, validators, headers
 *
 * A pool thread opens the file, decides (304, 416, which part) and reads the first piece,
 * so a small file costs one trip; files_send.c sends the rest.  The loop never touches the
 * file system.
 */
#include "http/files.h"

#include "base/clock.h"
#include "base/path.h"
#include "http/files_private.h"
#include "http/range.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_YEARS_S 315360000LL /* ten */

void file_job_free (struct file_job *j)
{
    if (j->fd >= 0)
        (void)close (j->fd);
    if (j->sock >= 0)
        (void)close (j->sock);
    blk_unref (j->piece);
    free (j->path);
    free (j->name);
    free (j->if_none_match);
    free (j->if_modified_since);
    free (j->range);
    free (j->if_range);
    free (j);
}

/* ---- in the pool ------------------------------------------------------------------------
 */

static int open_one (struct file_job *j, const char *path, struct stat *st)
{
    j->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
                            O_NOCTTY); /* a FIFO must not hold us */
    if (j->fd < 0 || fstat (j->fd, st) < 0)
        return -1;
    return 0;
}

static bool open_packed (struct file_job *j, const char *suffix, const char *encoding,
                         struct stat *st)
{
    autofree char *path = xasprintf ("%s%s", j->path, suffix);

    if (open_one (j, path, st) == 0 && S_ISREG (st->st_mode)) {
        j->encoding = encoding;
        return true;
    }
    if (j->fd >= 0)
        (void)close (j->fd);
    j->fd = -1;
    return false;
}

static int open_file (struct file_job *j, struct stat *st)
{
    if (j->flags & FILES_PRECOMPRESSED) {
        if (j->accept_br && open_packed (j, ".br", "br", st))
            return 0;
        if (j->accept_gzip && open_packed (j, ".gz", "gzip", st))
            return 0;
    }
    if (open_one (j, j->path, st) < 0) {
        if (errno == ENOTDIR || errno == ENAMETOOLONG || errno == ELOOP)
            errno = ENOENT;
        if (errno == ENXIO) /* a socket, or a device without hardware */
            return err_set (&j->err, PROBLEM_FORBIDDEN, "%s is not a file", j->name);
        return err_sys (&j->err, errno, "%s", j->name);
    }
    if (!S_ISREG (st->st_mode))
        return err_set (&j->err, PROBLEM_FORBIDDEN, "%s is not a file", j->name);
    return 0;
}

/* sha512 of the whole content, in the file's own pace. */
static int hash_file (struct file_job *j)
{
    struct digest *d = digest_new ("sha512");
    char hex[CRYPTO_HEX];
    char *piece = xcalloc (1, FILES_PIECE);
    ssize_t n;
    off_t at = 0;

    while ((n = pread (j->fd, piece, FILES_PIECE, at)) > 0) {
        digest_add (d, piece, (size_t)n);
        at += n;
    }
    free (piece);
    digest_hex (d, hex);
    if (n < 0)
        return err_sys (&j->err, errno, "%s", j->name);
    (void)snprintf (j->etag, sizeof (j->etag), "\"%s\"", hex);
    return 0;
}

/* If-Range names the version that the client has a part of: of another it must get the
 * whole. */
static const char *wanted_range (const struct file_job *j)
{
    char date[CLOCK_TEXT];

    if (!j->if_range || !strcmp (j->if_range, j->etag) ||
        !strcmp (j->if_range, clock_http (j->mtime_s * CLOCK_S, date)))
        return j->range;
    return NULL;
}

static void decide (struct file_job *j)
{
    enum range_outcome range;

    j->status = 200;
    j->left = j->size;
    if (range_not_modified (j->if_none_match, j->if_modified_since,
                            j->etag[0] ? j->etag : NULL, j->mtime_s)) {
        j->status = 304;
        return;
    }
    range = j->encoding ? RANGE_WHOLE
                        : range_parse (wanted_range (j), j->size, &j->from, &j->left);
    if (range == RANGE_UNSATISFIABLE)
        j->status = 416;
    else if (range == RANGE_PART)
        j->status = 206;
}

static void work_open (void *arg)
{
    struct file_job *j = arg;
    struct stat st;

    if (open_file (j, &st) < 0)
        return;
    j->size = (uint64_t)st.st_size;
    j->mtime_s = st.st_mtime;
    if (!j->ctype)
        j->ctype = files_content_type (j->name, j->flags & FILES_STATIC_TYPES);
    if ((j->flags & FILES_ETAG) && hash_file (j) < 0)
        return;
    decide (j);
    if (!j->head && j->left > 0 && (j->status == 200 || j->status == 206))
        file_read_piece (j);
}

/* ---- on the loop: headers ---------------------------------------------------------------
 */

static void set_new (struct http_req *req, const char *name, const char *value)
{
    if (!http_header_has (req, name))
        http_header_set (req, name, value);
}

static void set_cache (struct file_job *j)
{
    const char *version = http_req_arg (j->req, "v");
    char date[CLOCK_TEXT];

    if (j->flags & FILES_IMMUTABLE) {
        set_new (j->req, "Cache-Control", "public, max-age=31536000, immutable");
    } else if (j->flags & FILES_MAX_AGE_MONTH) {
        set_new (j->req, "Cache-Control", "max-age=2592000");
    } else if ((j->flags & FILES_NO_CACHE) && version && version[0]) {
        set_new (j->req, "Cache-Control", "max-age=315360000");
        set_new (j->req, "Expires",
                 clock_http (clock_wall_us () + FILES_YEARS_S * CLOCK_S, date));
    } else if (j->flags & FILES_NO_CACHE) {
        set_new (j->req, "Cache-Control", "no-cache");
    }
}

static void set_headers (struct file_job *j)
{
    struct http_req *req = j->req;
    char text[96];

    set_cache (j);
    set_new (req, "Last-Modified", clock_http (j->mtime_s * CLOCK_S, text));
    if (j->etag[0])
        http_header_set (req, "ETag", j->etag);
    if (j->flags & FILES_PRECOMPRESSED)
        http_header_add (req, "Vary", "Accept-Encoding");
    if (j->encoding)
        http_header_set (req, "Content-Encoding", j->encoding);
    else
        http_header_set (req, "Accept-Ranges", "bytes");
    if (j->flags & FILES_ATTACHMENT) {
        autofree char *disposition = files_disposition (path_basename (j->name));
        http_header_set (req, "Content-Disposition", disposition);
    }
    if (j->status == 206)
        (void)snprintf (text, sizeof (text), "bytes %llu-%llu/%llu",
                        (unsigned long long)(j->from - (j->piece ? j->piece->len : 0)),
                        (unsigned long long)(j->from + j->left - 1),
                        (unsigned long long)j->size);
    else
        (void)snprintf (text, sizeof (text), "bytes */%llu", (unsigned long long)j->size);
    if (j->status == 206 || j->status == 416)
        http_header_set (req, "Content-Range", text);
}

static void done_open (void *arg)
{
    struct file_job *j = arg;
    struct http_req *req = j->req;

    j->flying = false;
    if (j->err.problem != PROBLEM_NONE) {
        http_fail (req, &j->err);
        file_job_free (j);
        return;
    }
    set_headers (j);
    if (j->status == 304 || j->status == 416) {
        http_reply_empty (req, j->status);
        file_job_free (j);
        return;
    }
    file_send (j);
}

/* ---- the entrance -----------------------------------------------------------------------
 */

static char *copy_header (const struct http_req *req, const char *name)
{
    const char *value = http_req_header (req, name);

    return value ? xstrdup (value) : NULL;
}

bool files_accepts (const struct http_req *req, const char *coding)
{
    const char *s = http_req_header (req, "Accept-Encoding");
    size_t n = strlen (coding);

    while (s && *s) {
        s += strspn (s, " \t,");
        size_t len = strcspn (s, ",");
        if (len >= n && !strncasecmp (s, coding, n) && strchr (" ;,\t", s[n])) {
            const char *q = memchr (s, '=', len);
            return !q || strspn (q + 1, "0.") < strcspn (q + 1, " ,");
        }
        s += len;
    }
    return false;
}

void files_reply (struct http_req *req, const char *os_path, const char *name,
                  const char *ctype, unsigned flags)
{
    struct file_job *j = xnew (struct file_job);
    struct err err;

    j->req = req;
    j->loop = http_req_loop (req);
    j->flags = flags;
    j->fd = j->sock = -1;
    j->path = xstrdup (os_path);
    j->name = xstrdup (name ? name : path_basename (os_path));
    j->ctype = ctype;
    j->head = http_req_method (req) == HTTP_HEAD;
    j->if_none_match = copy_header (req, "If-None-Match");
    j->if_modified_since = copy_header (req, "If-Modified-Since");
    j->range = copy_header (req, "Range");
    j->if_range = copy_header (req, "If-Range");
    j->accept_br = files_accepts (req, "br");
    j->accept_gzip = files_accepts (req, "gzip");
    j->flying = true;
    if (pool_submit (loop_pool (j->loop), work_open, done_open, j, &err) == 0)
        return;
    file_job_free (j);
    http_fail (req, &err);
}
