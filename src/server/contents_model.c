/* contents_model.c - one file as JSON (contract 3.4.1)
 *
 * Written by hand into a buffer: a listing of 100,000 files is made of these.
 */
#include "server/contents_impl.h"
#include "base/clock.h"
#include "http/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool model_is_notebook_name (const char *name)
{
    size_t n = strlen (name);
    return n >= 6 && !strcmp (name + n - 6, ".ipynb");
}

static int64_t stamp_us (struct statx_timestamp t)
{
    return clock_timespec_us (
        (struct timespec){ .tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec });
}

int64_t model_modified_us (const struct model *m)
{
    return stamp_us (m->stx.stx_mtime);
}

static void add_text (struct buf *b, const char *key, const char *value)
{
    (void)buf_adds (b, key);
    if (value)
        (void)buf_add_json_string (b, value, strlen (value));
    else
        (void)buf_add (b, "null", 4);
}

/* A text without anything to escape. */
static void add_word (struct buf *b, const char *key, const char *value)
{
    (void)buf_adds (b, key);
    if (!value) {
        (void)buf_add (b, "null", 4);
        return;
    }
    (void)buf_addc (b, '"');
    (void)buf_adds (b, value);
    (void)buf_addc (b, '"');
}

static char *put (char *to, const char *s)
{
    return mempcpy (to, s, strlen (s));
}

static char *put_number (char *to, uint64_t n)
{
    char text[24], *p = text + sizeof text;
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    return mempcpy (to, p, (size_t)(text + sizeof text - p));
}

/* What is never long and needs no escapes. */
static void add_fixed (const struct model *m, struct buf *b)
{
    static const char *const types[] = { "", "directory", "file", "notebook" };
    char text[CLOCK_TEXT], fixed[256], *to = fixed;
    bool born = m->stx.stx_mask & STATX_BTIME;
    to = put (to, ",\"type\":\"");
    to = put (to, types[m->type]);
    to = put (to, "\",\"created\":\"");
    to =
        put (to, clock_iso_z (stamp_us (born ? m->stx.stx_btime : m->stx.stx_ctime), text));
    to = put (to, "\",\"last_modified\":\"");
    to = put (to, clock_iso_z (model_modified_us (m), text));
    to = put (to, "\",\"writable\":");
    to = put (to, m->writable ? "true" : "false");
    to = put (to, ",\"size\":");
    to =
        m->type == CONTENTS_DIRECTORY ? put (to, "null") : put_number (to, m->stx.stx_size);
    (void)buf_add (b, fixed, (size_t)(to - fixed));
}

void model_begin (const struct model *m, struct buf *b)
{
    add_text (b, "{\"name\":", m->name);
    add_text (b, ",\"path\":", m->path);
    add_fixed (m, b);
    add_word (b, ",\"mimetype\":", m->mimetype);
    add_word (b, ",\"format\":", m->format);
    add_word (b, ",\"hash\":", m->hash);
    add_text (b, ",\"hash_algorithm\":", m->hash_algorithm);
    if (m->message)
        add_text (b, ",\"message\":", m->message);
    (void)buf_adds (b, ",\"content\":");
}

int model_load (const struct contents *c, const struct place *p, struct model *ret,
                struct err *err)
{
    const char *encoding;
    *ret = (struct model){ .name = place_name (p), .path = p->api, .type = CONTENTS_FILE };
    if (statx (AT_FDCWD, p->os, AT_SYMLINK_NOFOLLOW, MODEL_STATX, &ret->stx) < 0) {
        if (is_permission (errno))
            return err_set (err, PROBLEM_FORBIDDEN, "Permission denied: %s", p->api);
        return err_set (err, PROBLEM_NOT_FOUND, "file or directory '%s' does not exist",
                        p->api);
    }
    if (place_is_dir (p))
        ret->type = CONTENTS_DIRECTORY;
    else if (model_is_notebook_name (ret->name))
        ret->type = CONTENTS_NOTEBOOK;
    else
        files_guess_type (ret->name, &ret->mimetype, &encoding);
    ret->writable = access (p->os, W_OK) == 0;
    return 0;
}

int model_answer (const struct contents *c, const struct place *p, const char *message,
                  struct contents_answer *a, struct err *err)
{
    struct model m;
    if (model_load (c, p, &m, err) < 0)
        return -1;
    m.message = message;
    buf_clear (&a->body);
    model_begin (&m, &a->body);
    (void)buf_adds (&a->body, "null}");
    a->modified_us = model_modified_us (&m);
    free (a->path);
    a->path = xstrdup (p->api);
    return 0;
}
