/* restore.c - verb `labwright restore`: a hub from one file
 *
 * The whole file is checked before anything is written; it is unpacked beside the place (STATE.restoring) and
 * renamed when it is complete.  Names in it are a stranger's: libarchive refuses "..", absolute ones and ways
 * over symbolic links.
 */

#include "ops/backup.h"

#include "base/args.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "model/state_dir.h"
#include "ops/backup_file.h"
#include "store/db.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SECURE                                                                             \
    (ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_XATTR |                 \
     ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT |                   \
     ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS | ARCHIVE_EXTRACT_NO_OVERWRITE)

static int copy_data (struct archive *in, struct archive *out, const char *name,
                      struct err *err)
{
    const void *block;
    size_t n;
    la_int64_t at;
    int rc;

    while ((rc = archive_read_data_block (in, &block, &n, &at)) == ARCHIVE_OK)
        if (archive_write_data_block (out, block, n, at) < ARCHIVE_WARN)
            return backup_fail (out, name, err);
    return rc == ARCHIVE_EOF ? 0 : backup_fail (in, name, err);
}

static int unpack_one (struct archive *in, struct archive *out, struct archive_entry *e,
                       struct err *err)
{
    const char *name = archive_entry_pathname (e);

    if (!strcmp (name, BACKUP_HEAD) || !strcmp (name, BACKUP_END))
        return 0;
    if (archive_entry_hardlink (e))
        return err_set (err, PROBLEM_INVALID, "%s: a link that no backup has", name);
    if (archive_write_header (out, e) < ARCHIVE_WARN)
        return backup_fail (out, name, err);
    if (archive_entry_size (e) > 0 && copy_data (in, out, name, err) < 0)
        return -1;
    return archive_write_finish_entry (out) < ARCHIVE_WARN ? backup_fail (out, name, err)
                                                           : 0;
}

/* Into the working directory. */
static int unpack (const char *file, struct err *err)
{
    struct archive *in = backup_open (file, err), *out;
    struct archive_entry *e;
    int rc = in ? 0 : -1, got;

    if (!in)
        return -1;
    out = archive_write_disk_new ();
    (void)archive_write_disk_set_options (
        out, SECURE | (geteuid () == 0 ? ARCHIVE_EXTRACT_OWNER : 0));
    while (rc == 0 && (got = archive_read_next_header (in, &e)) != ARCHIVE_EOF)
        rc =
            got < ARCHIVE_WARN ? backup_fail (in, file, err) : unpack_one (in, out, e, err);
    if (archive_write_close (out) != ARCHIVE_OK && rc == 0)
        rc = backup_fail (out, file, err);
    (void)archive_write_free (out);
    (void)archive_read_free (in);
    return rc;
}

/* The database opens, and is made newer if it is older. */
static int try_database (struct err *err)
{
    struct stat before, after;

    if (stat ("hub/hub.db", &before) < 0)
        return err_sys (err, errno, "hub/hub.db");
    struct db *db = db_open ("hub/hub.db", err);
    if (!db)
        return -1;
    db_free (db);
    if (stat ("hub/hub.db", &after) < 0 || before.st_uid != after.st_uid)
        return err_set (err, PROBLEM_INTERNAL, "hub/hub.db changed its owner");
    return 0;
}

static int into (const char *file, const char *state, struct err *err)
{
    autofree char *part = xasprintf ("%s.restoring", state);
    int rc = 0;

    if (mkdir (part, 0711) < 0)
        return err_sys (err, errno, "%s", part);
    if (chmod (part, 0711) < 0 || chdir (part) < 0)
        rc = err_sys (err, errno, "%s", part);
    if (rc == 0)
        rc = unpack (file, err);
    if (rc == 0)
        rc = try_database (err);
    (void)chdir ("/");
    if (rc == 0 && rename (part, state) < 0) /* over an empty directory, or none */
        rc = err_sys (err, errno, "%s", state);
    if (rc < 0)
        (void)fd_remove_tree (part, NULL);
    return rc;
}

static int restore (const char *file, const char *state, struct err *err)
{
    struct strv names = { 0 };
    struct stat st;

    if (lstat (state, &st) == 0) {
        bool empty = S_ISDIR (st.st_mode) && fd_list_dir (state, "", &names, NULL) == 0 &&
                     names.n == 0;
        strv_done (&names);
        if (!empty)
            return err_set (
                err, PROBLEM_CONFLICT,
                "%s is not empty: nothing is overwritten. Name another, or move "
                "it away",
                state);
    }
    if (backup_check (file, err) < 0)
        return -1;
    return into (file, state, err);
}

int restore_main (int argc, char **argv)
{
    const char *state = STATE_DIR_DEFAULT;
    bool help = false;
    const struct arg table[] = { { "state", 's', ARG_TEXT, &state },
                                 { "help", 'h', ARG_FLAG, &help } };
    struct strv words = { 0 };
    struct err err;
    int code = 2;

    (void)err_set (&err, PROBLEM_INVALID, "say the file to read");
    if (args_parse (table, ARRAY_SIZE (table), argc, argv, 0, &words, &err) < 0 ||
        (words.n != 1 && !help))
        (void)fprintf (
            stderr, "labwright restore: %s\nusage: labwright restore FILE [--state DIR]\n",
            err.text);
    else if (help)
        code = printf ("usage: labwright restore FILE [--state DIR]\n") < 0;
    else {
        autofree char *file = path_absolute (words.v[0]);
        autofree char *absolute = path_absolute (state);
        code = restore (file, absolute, &err) < 0;
        if (code)
            (void)fprintf (stderr, "labwright restore: %s\n", err.text);
    }
    strv_done (&words);
    return code;
}
