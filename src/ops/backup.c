/* backup.c - verb `labwright backup`: a hub as one file
 *
 * Written beside its place as FILE.part, read again and checked, and only then named FILE.
 */

#include "ops/backup.h"

#include "base/args.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "model/state_dir.h"
#include "ops/backup_file.h"
#include "store/db.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct backup {
    const char *state;
    bool no_files;
    struct archive *out;
    struct backup_sum sum;
    int64_t skipped;
};

static int put_header (struct backup *b, struct archive_entry *e, struct err *err)
{
    if (archive_write_header (b->out, e) < ARCHIVE_WARN)
        return backup_fail (b->out, archive_entry_pathname (e), err);
    backup_sum_entry (&b->sum, archive_entry_pathname (e), archive_entry_size (e));
    return 0;
}

static int put_data (struct backup *b, const void *data, size_t n, struct err *err)
{
    if (archive_write_data (b->out, data, n) != (la_ssize_t)n)
        return backup_fail (b->out, "writing the backup", err);
    backup_sum_data (&b->sum, data, n);
    return 0;
}

static int put_text (struct backup *b, const char *name, const char *text, struct err *err)
{
    struct archive_entry *e = archive_entry_new ();

    archive_entry_set_pathname (e, name);
    archive_entry_set_filetype (e, AE_IFREG);
    archive_entry_set_perm (e, 0600);
    archive_entry_set_size (e, (la_int64_t)strlen (text));
    int rc = put_header (b, e, err);
    if (rc == 0)
        rc = put_data (b, text, strlen (text), err);
    archive_entry_free (e);
    return rc;
}

/* Exactly SIZE bytes: a file that grows meanwhile is cut off, one that shrinks is filled up. */
static int put_content (struct backup *b, int fd, int64_t size, struct err *err)
{
    char piece[BACKUP_PIECE];

    while (size > 0) {
        size_t want = size < BACKUP_PIECE ? (size_t)size : sizeof piece;
        ssize_t n = fd >= 0 ? read (fd, piece, want) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            memset (piece, 0, want);
            n = (ssize_t)want;
        }
        if (put_data (b, piece, (size_t)n, err) < 0)
            return -1;
        size -= n;
    }
    return 0;
}

/* Below STATE; NAME is where it is in the archive, "" leaves out what is not kept. */
static bool is_kept (const struct backup *b, const char *name)
{
    static const char *const never[] = { "run", "backup", "hub", "env/.lock" };
    size_t n = strlen (name);

    for (size_t i = 0; i < ARRAY_SIZE (never); i++) {
        size_t k = strlen (never[i]);
        if (!strncmp (name, never[i], k) && (!name[k] || name[k] == '/'))
            return false;
    }
    if (b->no_files && (!strncmp (name, "ws/", 3) || !strncmp (name, "env/", 4)))
        return false;
    /* ws/ID/work is the overlay's own */
    const char *id = !strncmp (name, "ws/", 3) ? strchr (name + 3, '/') : NULL;
    return !(id && !strcmp (id, "/work")) && n > 0;
}

static int put_one (struct backup *b, struct archive *disk, struct archive_entry *e,
                    const char *path, const char *name, struct err *err)
{
    mode_t type = archive_entry_filetype (e);
    autoclose int fd = -1;

    if (type == AE_IFSOCK || type == AE_IFIFO)
        return 0;
    if (type == AE_IFREG) {
        fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 && errno == ENOENT) /* gone meanwhile */
            return 0;
        if (fd < 0) {
            b->skipped++;
            (void)fprintf (stderr, "labwright backup: %s is left out: %s\n", path,
                           strerror (errno));
            return 0;
        }
    }
    archive_entry_set_pathname (e, name);
    archive_entry_set_hardlink (e, NULL);
    archive_entry_sparse_clear (e);
    if (type != AE_IFREG)
        archive_entry_set_size (e, 0);
    if (put_header (b, e, err) < 0)
        return -1;
    return put_content (b, fd, archive_entry_size (e), err);
}

static int put_tree (struct backup *b, struct err *err)
{
    struct archive *disk = archive_read_disk_new ();
    struct archive_entry *e = archive_entry_new ();
    size_t n = strlen (b->state);
    int rc = 0, got = 0;

    (void)archive_read_disk_set_symlink_physical (disk);
    if (archive_read_disk_open (disk, b->state) != ARCHIVE_OK)
        rc = backup_fail (disk, b->state, err);
    while (rc == 0 && (got = archive_read_next_header2 (disk, e)) != ARCHIVE_EOF) {
        if (got == ARCHIVE_FATAL) {
            rc = backup_fail (disk, b->state, err);
            break;
        }
        autofree char *path = xstrdup (archive_entry_pathname (e));
        const char *name = path + n + strspn (path + n, "/");
        bool kept = is_kept (b, name);
        if (kept && got >= ARCHIVE_WARN)
            rc = put_one (b, disk, e, path, name, err);
        if (kept || !*name)
            (void)archive_read_disk_descend (disk);
    }
    archive_entry_free (e);
    (void)archive_read_free (disk);
    return rc;
}

/* ---- the hub's own ---- */

static int put_file (struct backup *b, const char *path, const char *name,
                     const struct stat *owner, struct err *err)
{
    struct archive_entry *e = archive_entry_new ();
    struct stat st;
    autoclose int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    int rc = fd < 0 || fstat (fd, &st) < 0 ? err_sys (err, errno, "%s", path) : 0;

    if (rc == 0) {
        archive_entry_set_pathname (e, name);
        archive_entry_set_filetype (e, AE_IFREG);
        archive_entry_set_perm (e, 0600);
        archive_entry_set_uid (e, owner->st_uid);
        archive_entry_set_gid (e, owner->st_gid);
        archive_entry_set_mtime (e, st.st_mtime, 0);
        archive_entry_set_size (e, st.st_size);
        rc = put_header (b, e, err);
    }
    if (rc == 0)
        rc = put_content (b, fd, st.st_size, err);
    archive_entry_free (e);
    return rc;
}

static int put_hub_dir (struct backup *b, const struct stat *owner, struct err *err)
{
    struct archive_entry *e = archive_entry_new ();

    archive_entry_set_pathname (e, "hub");
    archive_entry_set_filetype (e, AE_IFDIR);
    archive_entry_set_perm (e, 0700);
    archive_entry_set_uid (e, owner->st_uid);
    archive_entry_set_gid (e, owner->st_gid);
    archive_entry_set_size (e, 0);
    int rc = put_header (b, e, err);
    archive_entry_free (e);
    return rc;
}

static int put_hub (struct backup *b, const char *copy, struct err *err)
{
    autofree char *dir = path_join (b->state, "hub");
    autofree char *secret = path_join (dir, "secret");
    autofree char *database = path_join (dir, "hub.db");
    struct stat owner;

    if (stat (dir, &owner) < 0)
        return err_sys (err, errno, "%s: is this the state directory of a hub?", dir);
    if (put_hub_dir (b, &owner, err) < 0 || db_copy_file (database, copy, err) < 0 ||
        put_file (b, copy, "hub/hub.db", &owner, err) < 0)
        return -1;
    return access (secret, F_OK) < 0 ? 0 : put_file (b, secret, "hub/secret", &owner, err);
}

/* ---- the whole ---- */

static int put_all (struct backup *b, const char *copy, struct err *err)
{
    char at[CLOCK_TEXT];
    autojson json_t *head = json_pack (
        "{s:i, s:s, s:s, s:b}", "format", BACKUP_FORMAT, "labwright", LABWRIGHT_VERSION,
        "created", clock_iso_z (clock_wall_us (), at), "files", !b->no_files);
    autofree char *text = jsonx_dump_string (head, 0, true);

    if (put_text (b, BACKUP_HEAD, text, err) < 0 || put_hub (b, copy, err) < 0 ||
        put_tree (b, err) < 0)
        return -1;
    struct backup_sum sum = b->sum;
    b->sum.digest = NULL;
    autofree char *end = backup_sum_end (&sum);
    b->sum.digest = digest_new ("sha256"); /* of the end itself nobody asks */
    return put_text (b, BACKUP_END, end, err);
}

static int write_archive (struct backup *b, int fd, const char *copy, struct err *err)
{
    char hex[CRYPTO_HEX];

    b->out = archive_write_new ();
    b->sum = (struct backup_sum){ .digest = digest_new ("sha256") };
    (void)archive_write_set_format_pax_restricted (b->out);
    (void)archive_write_add_filter_gzip (b->out);
    (void)archive_write_set_options (b->out, "gzip:compression-level=3,hdrcharset=BINARY");
    int rc = archive_write_open_fd (b->out, fd) == ARCHIVE_OK
                 ? put_all (b, copy, err)
                 : backup_fail (b->out, "the backup", err);
    if (rc == 0 && archive_write_close (b->out) != ARCHIVE_OK)
        rc = backup_fail (b->out, "the backup", err);
    (void)archive_write_free (b->out);
    digest_hex (b->sum.digest, hex);
    if (rc == 0 && fsync (fd) < 0)
        rc = err_sys (err, errno, "the backup");
    return rc;
}

static int make (struct backup *b, const char *file, struct err *err)
{
    autofree char *part = xasprintf ("%s.part", file);
    autofree char *copy = xasprintf ("%s.database", file);

    if (access (file, F_OK) == 0)
        return err_set (err, PROBLEM_CONFLICT, "%s is there already", file);
    autoclose int fd =
        open (part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys (err, errno, "%s", part);
    int rc = write_archive (b, fd, copy, err);
    (void)unlink (copy);
    if (rc == 0)
        rc = backup_check (part, err);
    if (rc == 0 && link (part, file) < 0) /* never over another's */
        rc = err_sys (err, errno, "%s", file);
    (void)unlink (part);
    return rc;
}

int backup_main (int argc, char **argv)
{
    struct backup b = { .state = STATE_DIR_DEFAULT };
    bool help = false;
    const struct arg table[] = { { "state", 's', ARG_TEXT, &b.state },
                                 { "no-files", 0, ARG_FLAG, &b.no_files },
                                 { "help", 'h', ARG_FLAG, &help } };
    struct strv words = { 0 };
    struct err err;
    int code = 2;

    (void)err_set (&err, PROBLEM_INVALID, "say the file to write");
    if (args_parse (table, ARRAY_SIZE (table), argc, argv, 0, &words, &err) < 0 ||
        (words.n != 1 && !help))
        (void)fprintf (stderr,
                       "labwright backup: %s\nusage: labwright backup FILE "
                       "[--state DIR] [--no-files]\n",
                       err.text);
    else if (help)
        code = printf ("usage: labwright backup FILE [--state DIR] [--no-files]\n") < 0;
    else {
        autofree char *state = path_absolute (b.state);
        b.state = state;
        code = make (&b, words.v[0], &err) < 0;
        if (code)
            (void)fprintf (stderr, "labwright backup: %s\n", err.text);
        else if (b.skipped)
            code = fprintf (stderr,
                            "labwright backup: %s is whole but for %lld files that "
                            "could not be read\n",
                            words.v[0], (long long)b.skipped) > 0;
        else
            (void)printf ("%s  %lld entries\n", words.v[0], (long long)b.sum.entries);
    }
    strv_done (&words);
    return code;
}
