/* nbconvert_formats.c - which formats jupyter-nbconvert offers
 *
 * They are a question to the Python that runs the program: its path stands in the first
 * lines of the script (either "#!/path/python" or the form that installers use for long
 * paths).  The answer takes seconds, because everything is imported for it; so it is kept in
 * the runtime directory, and who asks the next server is answered from there while the
 * question is asked again: an exporter that was installed meanwhile leaves the program as it
 * was.
 */
#include "server/nbconvert_private.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "jupyter/jpaths.h"

#include <string.h>

#define FORMATS_TIMEOUT (60 * CLOCK_S)
#define SCRIPT_MAX (64 * 1024)
#define NOTE_MAX (64 * 1024)

static const char formats_code[] =
    "import json\n"
    "from nbconvert.exporters import base\n"
    "out = {}\n"
    "for name in base.get_export_names():\n"
    "    try:\n"
    "        out[name] = {'output_mimetype': base.get_exporter(name).output_mimetype}\n"
    "    except Exception:\n"
    "        pass\n"
    "print(json.dumps(out))\n";

struct waiter {
    struct list link;
    void (*done) (void *arg, const json_t *formats);
    void *arg;
};

static void answer_waiters (struct nbconvert *n)
{
    autojson json_t *formats = n->formats ? json_incref (n->formats) : json_object ();
    while (!list_empty (&n->waiters)) {
        struct waiter *w = list_entry (n->waiters.next, struct waiter, link);
        list_remove (&w->link);
        w->done (w->arg, formats);
        free (w);
    }
}

static char *word_at (const char *s)
{
    return xstrndup (s, strcspn (s, " \t\r\n\""));
}

/* The interpreter named in SCRIPT, malloc'ed, or NULL. */
static char *interpreter (const char *script)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, SCRIPT_MAX);
    if (fd_read_file (script, &b, NULL) < 0)
        return NULL;
    if (!strncmp (b.data, "#!/bin/sh", 9)) {
        const char *exec = strstr (b.data, "'''exec' ");
        if (!exec)
            return NULL;
        exec += 9;
        return word_at (exec + (*exec == '"'));
    }
    if (strncmp (b.data, "#!", 2) || strncmp (b.data, "#!/usr/bin/env", 14) == 0)
        return xstrdup ("python3");
    return word_at (b.data + 2 + strspn (b.data + 2, " "));
}

/* ---- what is kept ---------------------------------------------------------------- */

/* A piece of work for the pool: read the note (TEXT empty), or write it. */
struct note {
    struct nbconvert *n;
    char *file, *program;
    struct timespec mtime;
    struct buf text;
    json_t *found; /* the formats that were noted for this program */
};

static struct note *note_new (struct nbconvert *n)
{
    struct note *note = xnew (struct note);
    note->n = n;
    note->file = path_join (n->s->jpaths->runtime_dir, "labwright-nbconvert.json");
    note->program = xstrdup (n->program);
    note->mtime = n->program_mtime;
    buf_init (&note->text, NOTE_MAX);
    return note;
}

static void note_free (void *arg)
{
    struct note *note = arg;
    json_decref (note->found);
    buf_done (&note->text);
    free (note->file);
    free (note->program);
    free (note);
}

static int64_t nanoseconds (struct timespec t)
{
    return t.tv_sec * INT64_C (1000000000) + t.tv_nsec;
}

static void note_read (void *arg)
{
    struct note *note = arg;
    autojson json_t *j = NULL;
    if (fd_read_file (note->file, &note->text, NULL) == 0)
        j = jsonx_parse (note->text.data, note->text.len, NULL);
    const json_t *formats = json_object_get (j, "formats");
    if (json_is_object (formats) && !strcmp (jsonx_str (j, "program", ""), note->program) &&
        jsonx_int (j, "mtime", 0) == nanoseconds (note->mtime))
        note->found = json_deep_copy (formats);
}

static void note_write (void *arg)
{
    struct note *note = arg;
    struct err err;
    if (fd_write_file_atomic (note->file, note->text.data, note->text.len, 0600, &err) < 0)
        log_debug ("nbconvert", "the formats are not kept: %s", err.text);
}

static void keep (struct nbconvert *n)
{
    struct note *note = note_new (n);
    autojson json_t *j =
        json_pack ("{s:s, s:I, s:O}", "program", n->program, "mtime",
                   (json_int_t)nanoseconds (n->program_mtime), "formats", n->formats);
    (void)jsonx_dump (j, &note->text, 0, true);
    if (note->text.overflow ||
        pool_submit (loop_pool (n->s->loop), note_write, note_free, note, NULL) < 0)
        note_free (note);
}

/* ---- asking ---------------------------------------------------------------------- */

/* A broken answer is no answer; the next request asks again. */
static void formats_done (void *arg, int status, const char *out, size_t out_len,
                          const char *errout, size_t err_len)
{
    struct nbconvert *n = arg;
    n->asking = NULL;
    autojson json_t *formats = status == 0 ? jsonx_parse (out, out_len, NULL) : NULL;
    if (!json_is_object (formats))
        log_warning ("nbconvert", "cannot ask for the formats: %.300s",
                     errout ? errout : "");
    bool news = json_is_object (formats) && !json_equal (formats, n->formats);
    json_decref (n->formats);
    n->formats = json_is_object (formats) ? json_incref (formats) : NULL;
    if (news)
        keep (n);
    answer_waiters (n);
}

static void ask (struct nbconvert *n)
{
    struct strv argv;
    struct err err;
    autofree char *python = interpreter (n->program);
    strv_init (&argv);
    strv_add (&argv, python ? python : "python3");
    strv_add (&argv, "-c");
    strv_add (&argv, formats_code);
    n->asking = nbconvert_start (n, &argv, NULL, FORMATS_TIMEOUT, formats_done, n, &err);
    strv_done (&argv);
    if (!n->asking)
        log_warning ("nbconvert", "cannot ask for the formats: %s", err.text);
}

static void looked (void *arg)
{
    struct note *note = arg;
    struct nbconvert *n = note->n;
    n->looking = false;
    n->formats = take_ptr (note->found);
    note_free (note);
    if (n->formats)
        answer_waiters (n);
    ask (n);
    if (!n->asking)
        answer_waiters (n);
}

static void look (struct nbconvert *n, const char *program, const struct stat *st)
{
    json_decref (n->formats);
    n->formats = NULL;
    free (n->program);
    n->program = xstrdup (program);
    n->program_mtime = st->st_mtim;
    struct note *note = note_new (n);
    n->looking = pool_submit (loop_pool (n->s->loop), note_read, looked, note, NULL) == 0;
    if (!n->looking) {
        note_free (note);
        ask (n);
    }
}

static bool is_known (const struct nbconvert *n, const char *program, const struct stat *st)
{
    return n->formats && n->program && !strcmp (n->program, program) &&
           nanoseconds (n->program_mtime) == nanoseconds (st->st_mtim);
}

void nbconvert_formats (struct nbconvert *n,
                        void (*done) (void *arg, const json_t *formats), void *arg)
{
    struct stat st;
    autofree char *program = nbconvert_find (n, &st);
    struct waiter *w = xnew (struct waiter);
    w->done = done;
    w->arg = arg;
    list_append (&n->waiters, &w->link);
    bool known = program && is_known (n, program, &st);
    if (n->looking || (n->asking && !known))
        return;
    if (!program) {
        json_decref (n->formats);
        n->formats = NULL;
    } else if (!known) {
        look (n, program, &st);
    }
    if (!n->looking && (!n->asking || known))
        answer_waiters (n);
}

void nbconvert_formats_free (struct nbconvert *n)
{
    if (n->asking)
        command_cancel (n->asking);
    json_decref (n->formats);
    n->formats = NULL;
    answer_waiters (n);
    free (n->program);
}
