/* backup_file.c - the archive of a backup, read and checked */

#include "ops/backup_file.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonx.h"

#include <archive_entry.h>
#include <string.h>

#define SMALL (64 << 10) /* head and end */

void backup_sum_entry (struct backup_sum *s, const char *name, int64_t size)
{
    s->entries++;
    digest_add (s->digest, name, strlen (name) + 1);
    digest_add (s->digest, &size, sizeof size);
}

void backup_sum_data (struct backup_sum *s, const void *data, size_t n)
{
    digest_add (s->digest, data, n);
}

char *backup_sum_end (struct backup_sum *s)
{
    char hex[CRYPTO_HEX];

    digest_hex (s->digest, hex);
    s->digest = NULL;
    autojson json_t *j =
        json_pack ("{s:I, s:s}", "entries", (json_int_t)s->entries, "sha256", hex);
    return jsonx_dump_string (j, 0, true);
}

int backup_fail (struct archive *a, const char *what, struct err *err)
{
    const char *why = archive_error_string (a);
    int sys = archive_errno (a);

    if (sys > 0)
        return err_sys (err, sys, "%s", what);
    return err_set (err, PROBLEM_INVALID, "%s: %s", what, why ? why : "is damaged");
}

struct archive *backup_open (const char *path, struct err *err)
{
    struct archive *a = archive_read_new ();

    (void)archive_read_support_filter_gzip (a);
    (void)archive_read_support_format_tar (a);
    if (archive_read_open_filename (a, path, BACKUP_PIECE) == ARCHIVE_OK)
        return a;
    (void)backup_fail (a, path, err);
    (void)archive_read_free (a);
    return NULL;
}

/* The rest of the entry: summed up, and kept in TEXT if that is not NULL. */
static int read_entry (struct archive *a, struct backup_sum *s, struct buf *text,
                       const char *path, struct err *err)
{
    char piece[BACKUP_PIECE];
    la_ssize_t n;

    while ((n = archive_read_data (a, piece, sizeof piece)) > 0) {
        if (s)
            backup_sum_data (s, piece, (size_t)n);
        if (text && buf_add (text, piece, (size_t)n) < 0)
            return err_set (err, PROBLEM_INVALID, "%s is no backup of labwright", path);
    }
    return n < 0 ? backup_fail (a, path, err) : 0;
}

static int check_head (struct archive *a, const char *name, const char *path,
                       struct backup_sum *s, struct err *err)
{
    autodone (buf_done) struct buf text;

    buf_init (&text, SMALL);
    if (strcmp (name, BACKUP_HEAD) != 0)
        return err_set (err, PROBLEM_INVALID, "%s is no backup of labwright", path);
    if (read_entry (a, s, &text, path, err) < 0)
        return -1;
    autojson json_t *j = jsonx_parse (text.data, text.len, NULL);
    if (jsonx_int (j, "format", 0) != BACKUP_FORMAT)
        return err_set (err, PROBLEM_UNSUPPORTED,
                        "%s was written by another version of labwright (%s)", path,
                        jsonx_str (j, "labwright", "?"));
    return 0;
}

static int check_end (struct archive *a, const char *path, struct backup_sum *s,
                      struct err *err)
{
    autodone (buf_done) struct buf text;
    struct archive_entry *entry;

    buf_init (&text, SMALL);
    if (read_entry (a, NULL, &text, path, err) < 0)
        return -1;
    autofree char *want = backup_sum_end (s);
    if (strcmp (text.data, want) != 0)
        return err_set (err, PROBLEM_INVALID, "%s is damaged: its sum is another", path);
    if (archive_read_next_header (a, &entry) != ARCHIVE_EOF)
        return err_set (err, PROBLEM_INVALID, "%s has something behind its end", path);
    return 0;
}

static int check_all (struct archive *a, const char *path, struct backup_sum *s,
                      struct err *err)
{
    struct archive_entry *entry;
    int rc;

    while ((rc = archive_read_next_header (a, &entry)) == ARCHIVE_OK ||
           rc == ARCHIVE_WARN) {
        const char *name = archive_entry_pathname (entry);
        if (!name)
            return err_set (err, PROBLEM_INVALID, "%s has a file without a name", path);
        if (!strcmp (name, BACKUP_END))
            return check_end (a, path, s, err);
        bool first = s->entries == 0;
        backup_sum_entry (s, name, archive_entry_size (entry));
        if ((first ? check_head (a, name, path, s, err)
                   : read_entry (a, s, NULL, path, err)) < 0)
            return -1;
    }
    return rc == ARCHIVE_EOF ? err_set (err, PROBLEM_INVALID, "%s is cut off", path)
                             : backup_fail (a, path, err);
}

int backup_check (const char *path, struct err *err)
{
    struct backup_sum s = { .digest = digest_new ("sha256") };
    struct archive *a = backup_open (path, err);
    int rc = a ? check_all (a, path, &s, err) : -1;
    char hex[CRYPTO_HEX];

    if (s.digest)
        digest_hex (s.digest, hex);
    if (a)
        (void)archive_read_free (a);
    return rc;
}
