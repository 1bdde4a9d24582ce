/* contents_read.c - GET (contract 3.4.2)
 *
 * A FIFO would block and a device may act when it is opened, so nothing is opened before
 * stat has shown a regular file.
 */
#include "server/contents_base.h"
#include "server/contents_history.h"
#include "server/contents_impl.h"
#include "server/contents_write.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/url.h"
#include "jupyter/nbformat.h"
#include "jupyter/nbtrust.h"
#include "jupyter/nbvalidate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define BASE64_LINE 57 /* bytes that make 76 characters */

static int missing (const struct place *p, struct err *err)
{
    return err_set (err, PROBLEM_NOT_FOUND, "file or directory '%s' does not exist",
                    p->api);
}

/* ---- bytes ----------------------------------------------------------------------- */

static int open_regular (const struct place *p, struct stat *ret_st, struct err *err)
{
    if (!place_is_file (p))
        return err_set (err, PROBLEM_INVALID, "Cannot read non-file %s", p->os);
    int fd = open (p->os, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && is_permission (errno))
        return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", p->api);
    if (fd < 0)
        return err_sys (err, errno, "read %s", p->api);
    if (fstat (fd, ret_st) < 0 || !S_ISREG (ret_st->st_mode)) {
        (void)close (fd);
        return err_set (err, PROBLEM_INVALID, "Cannot read non-file %s", p->os);
    }
    return fd;
}

int read_bytes (const struct place *p, struct buf *b, struct err *err)
{
    struct stat st;
    autoclose int fd = open_regular (p, &st, err);
    if (fd < 0)
        return -1;
    if ((size_t)st.st_size > b->max || !buf_reserve (b, (size_t)st.st_size + 1))
        return err_set (err, PROBLEM_TOO_LARGE, "%s is too large to be opened", p->api);
    return fd_read_all (fd, b, err);
}

static int hash_file (const struct contents *c, const struct place *p, char ret[CRYPTO_HEX],
                      struct err *err)
{
    char chunk[65536];
    struct stat st;
    ssize_t n;
    autoclose int fd = open_regular (p, &st, err);
    if (fd < 0)
        return -1;
    struct digest *d = digest_new (c->hash_algorithm);
    if (!d)
        return err_set (err, PROBLEM_INTERNAL, "unknown hash algorithm %s",
                        c->hash_algorithm);
    while ((n = read (fd, chunk, sizeof chunk)) > 0)
        digest_add (d, chunk, (size_t)n);
    if (n < 0) {
        digest_free (d);
        return err_sys (err, errno, "read %s", p->api);
    }
    digest_hex (d, ret);
    return 0;
}

/* MIME style: lines of 76 characters, each with its newline, as a JSON string. */
static void add_base64 (struct buf *b, const char *data, size_t n)
{
    (void)buf_addc (b, '"');
    for (size_t at = 0; at < n && !b->overflow; at += BASE64_LINE) {
        size_t line = n - at < BASE64_LINE ? n - at : BASE64_LINE;
        (void)base64_encode (b, data + at, line, 0);
        (void)buf_add (b, "\\n", 2);
    }
    (void)buf_addc (b, '"');
}

static int file_content (const struct contents_query *q, const struct place *p,
                         struct model *m, const struct buf *bytes,
                         struct contents_answer *a, struct err *err)
{
    bool text = q->format != CONTENTS_BASE64 && utf8_valid (bytes->data, bytes->len);
    if (!text && q->format == CONTENTS_TEXT) {
        (void)err_set (err, PROBLEM_INVALID, "%s is not UTF-8 encoded", p->os);
        return err_reason (err, "bad format");
    }
    m->format = text ? "text" : "base64";
    if (!m->mimetype)
        m->mimetype = text ? "text/plain" : "application/octet-stream";
    (void)buf_reserve (&a->body, bytes->len + bytes->len / 8 + 1024);
    model_begin (m, &a->body);
    if (text)
        nbjson_write (
            &(struct nbjson){ .type = NBJSON_STRING, .n = bytes->len, .s = bytes->data },
            &a->body, NBJSON_COMPACT);
    else
        add_base64 (&a->body, bytes->data, bytes->len);
    return 0;
}

/* What pages are told of a file to which only recorded outputs were added: HEX, its hash, and M, its times,
 * become those of the version before.  True: they did. */
static bool tell_base (const struct contents *c, const struct place *p,
                       char hex[CRYPTO_HEX], struct model *m, struct contents_answer *a)
{
    struct contents_base base;
    if (!contents_base_get (c->notes, p->os, c->hash_algorithm, hex, &base))
        return false;
    memcpy (hex, base.hash, sizeof base.hash);
    m->stx.stx_mtime.tv_sec = base.mtime_ns / 1000000000;
    m->stx.stx_mtime.tv_nsec = (uint32_t)(base.mtime_ns % 1000000000);
    a->modified_us = model_modified_us (m);
    return true;
}

/* ---- notebooks ------------------------------------------------------------------- */

static int unreadable (const struct place *p, const struct err *why, struct err *err)
{
    return err_set (err, why->problem, "Unreadable Notebook: %s %s", p->os, why->text);
}

/* A save that was cut off leaves the old content in ".~name": put it back, keep the broken
 * file. */
static bool restore_backup (const struct place *p)
{
    autofree char *backup = contents_backup_path (p->os);
    autofree char *invalid = xasprintf ("%s.invalid", p->os);
    struct stat st;
    if (lstat (backup, &st) < 0 || !S_ISREG (st.st_mode))
        return false;
    return rename (p->os, invalid) == 0 && rename (backup, p->os) == 0;
}

struct nbjson *read_notebook (const struct contents *c, const struct place *p,
                              struct nbjson_doc *doc, struct buf *b, char *hash,
                              struct err *err)
{
    struct err why;
    history_rescue (c, p);
    for (int attempt = 0;; attempt++) {
        buf_clear (b);
        if (read_bytes (p, b, err) < 0)
            return NULL;
        if (hash && crypto_digest_hex (c->hash_algorithm, b->data, b->len, hash) < 0)
            *hash = '\0';
        struct nbjson *nb = nbformat_read (doc, b->data, b->len, &why);
        if (nb)
            return nb;
        if (!strcmp (why.reason, "bad format")) {
            (void)err_set (err, PROBLEM_INVALID, "%s is not UTF-8 encoded", p->os);
            (void)err_reason (err, why.reason);
            return NULL;
        }
        if (attempt || !c->atomic_writing || why.problem != PROBLEM_INVALID ||
            !restore_backup (p)) {
            (void)unreadable (p, &why, err);
            return NULL;
        }
    }
}

static int notebook_answer (const struct contents *c, const struct place *p,
                            struct model *m, bool hash, struct contents_answer *a,
                            struct err *err)
{
    char hex[CRYPTO_HEX] = "";
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf bytes;
    buf_init (&bytes, CONTENTS_READ_MAX);
    bool based = contents_base_any (c->notes, p->os);
    struct nbjson *nb = read_notebook (c, p, doc, &bytes, hash || based ? hex : NULL, err);
    if (!nb)
        return -1;
    autofree char *message = nbvalidate (nb);
    nbtrust_mark (doc, nb, nbtrust_check (c->trust, nb));
    m->format = "json";
    m->message = message;
    bool told = *hex && based && tell_base (c, p, hex, m, a);
    if (*hex && hash) {
        m->hash = hex;
        m->hash_algorithm = c->hash_algorithm;
    }
    (void)buf_reserve (&a->body, bytes.len + bytes.len / 8 + 1024);
    model_begin (m, &a->body);
    a->etag_len = *hex && !told ? a->body.len : 0;
    nbjson_write (nb, &a->body, NBJSON_COMPACT);
    m->hash = m->hash_algorithm = m->message = NULL;
    return 0;
}

/* ---- the answer ------------------------------------------------------------------ */

static int file_answer (const struct contents *c, const struct contents_query *q,
                        const struct place *p, struct model *m, struct contents_answer *a,
                        struct err *err)
{
    char hex[CRYPTO_HEX];
    autodone (buf_done) struct buf bytes;
    buf_init (&bytes, CONTENTS_READ_MAX);
    if (q->content && read_bytes (p, &bytes, err) < 0)
        return -1;
    bool based = contents_base_any (c->notes, p->os);
    if (q->hash || based) {
        if (q->content &&
            crypto_digest_hex (c->hash_algorithm, bytes.data, bytes.len, hex) < 0)
            return err_set (err, PROBLEM_INTERNAL, "unknown hash algorithm %s",
                            c->hash_algorithm);
        if (!q->content && hash_file (c, p, hex, err) < 0)
            return -1;
        if (based)
            (void)tell_base (c, p, hex, m, a);
        m->hash = q->hash ? hex : NULL;
        m->hash_algorithm = q->hash ? c->hash_algorithm : NULL;
    }
    if (q->content)
        return file_content (q, p, m, &bytes, a, err);
    model_begin (m, &a->body);
    (void)buf_adds (&a->body, "null");
    m->hash = NULL;
    return 0;
}

static int directory_answer (const struct contents *c, const struct contents_query *q,
                             const struct place *p, struct model *m,
                             struct contents_answer *a, struct err *err)
{
    m->mimetype = NULL;
    m->format = q->content ? "json" : NULL;
    model_begin (m, &a->body);
    if (q->content)
        return list_children (c, p, a, err);
    (void)buf_adds (&a->body, "null");
    return 0;
}

static int bad_type (struct err *err)
{
    return err_reason (err, "bad type");
}

static int answer (const struct contents *c, const struct contents_query *q,
                   const struct place *p, struct contents_answer *a, struct err *err)
{
    struct model m;
    if (!place_lexists (p) || place_hidden (c, p))
        return missing (p, err);
    history_rescue (c, p);
    if (model_load (c, p, &m, err) < 0)
        return -1;
    a->modified_us = model_modified_us (&m);
    if (m.type == CONTENTS_DIRECTORY) {
        if (q->type == CONTENTS_ANY || q->type == CONTENTS_DIRECTORY)
            return directory_answer (c, q, p, &m, a, err);
        (void)err_set (err, PROBLEM_INVALID, "%s is a directory, not a %s", p->api,
                       q->type == CONTENTS_FILE ? "file" : "notebook");
        return bad_type (err);
    }
    if (q->type == CONTENTS_DIRECTORY) {
        (void)err_set (err, PROBLEM_INVALID, "%s is not a directory", p->api);
        return bad_type (err);
    }
    if (q->type == CONTENTS_NOTEBOOK ||
        (q->type == CONTENTS_ANY && m.type == CONTENTS_NOTEBOOK)) {
        m.type = CONTENTS_NOTEBOOK;
        m.mimetype = NULL;
        if (q->content)
            return notebook_answer (c, p, &m, q->hash, a, err);
    } else {
        m.type = CONTENTS_FILE;
    }
    return file_answer (c, q, p, &m, a, err);
}

int contents_get (const struct contents *c, const struct contents_query *q,
                  struct contents_answer *a, struct err *err)
{
    struct place p = { 0 };
    int rc = place_init (c, q->path, q->path_len, &p, err);
    if (rc == 0)
        rc = answer (c, q, &p, a, err);
    if (rc == 0) {
        if (!a->rest)
            (void)buf_addc (&a->body, '}');
        a->path = xstrdup (p.api);
        if (a->body.overflow)
            rc = err_set (err, PROBLEM_TOO_LARGE, "%s is too large to be opened", p.api);
    }
    place_done (&p);
    return rc;
}

char *contents_locate (const struct contents *c, const char *path, size_t n, bool *ret_dir,
                       struct err *err)
{
    struct place p = { 0 };
    struct stat st;
    char *os = NULL;
    if (place_init (c, path, n, &p, err) < 0)
        return NULL;
    history_rescue (c, &p);
    if (stat (p.os, &st) < 0 || place_hidden (c, &p)) {
        (void)missing (&p, err);
    } else {
        *ret_dir = S_ISDIR (st.st_mode);
        os = take_ptr (p.os);
    }
    place_done (&p);
    return os;
}

int contents_check_notebook (const struct contents *c, const char *path, size_t n,
                             int64_t *ret_modified_us, struct err *err)
{
    struct place p = { 0 };
    struct model m;
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf bytes;
    buf_init (&bytes, CONTENTS_READ_MAX);
    int rc = place_init (c, path, n, &p, err);
    if (rc == 0)
        rc = model_load (c, &p, &m, err);
    if (rc == 0 && !read_notebook (c, &p, doc, &bytes, NULL, err))
        rc = -1;
    if (rc == 0)
        *ret_modified_us = model_modified_us (&m);
    place_done (&p);
    return rc;
}

int contents_trust (const struct contents *c, const struct contents_request *r,
                    struct err *err)
{
    struct place p = { 0 };
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf bytes;
    buf_init (&bytes, CONTENTS_READ_MAX);
    int rc = place_init (c, r->path, r->path_len, &p, err);
    if (rc == 0 && (!place_lexists (&p) || place_hidden (c, &p)))
        rc = missing (&p, err);
    if (rc == 0) {
        struct nbjson *nb = read_notebook (c, &p, doc, &bytes, NULL, err);
        rc = nb ? 0 : -1;
        if (nb)
            nbtrust_sign (c->trust, nb);
    }
    place_done (&p);
    return rc;
}
