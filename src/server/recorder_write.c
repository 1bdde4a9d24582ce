/* recorder_write.c - when and how recorded outputs get to the disk, and what saves say about them */

#include "server/recorder_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "server/contents.h"
#include "server/pathq.h"
#include "server/sessions.h"

#include <string.h>

#define NEVER INT64_MAX
#define SOON_US 200000       /* after a goodbye: several cells go in one write */
#define DELIVERED_US 2000000 /* a page that was there at the end has it by then */

/* ---- when ---- */

static int64_t later (int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t due (const struct recorder *r, const struct entry *e)
{
    bool clean;
    if (!entry_open (e) || e->state == ENTRY_QUEUED || e->written == e->version ||
        page_connected (r, e->owner))
        return NEVER;
    int64_t left = page_left_us (r, e->owner, &clean);
    int64_t at = e->state == ENTRY_DONE ? later (left, e->ended_us) : left;
    at += clean ? SOON_US : RECORDER_GRACE_US;
    if (e->wrote_us)
        at = later (at, e->wrote_us + (e->state == ENTRY_DONE ? RECORDER_GRACE_US
                                                              : RECORDER_EVERY_US));
    return later (at, r->retry_us);
}

static void on_timer (void *arg)
{
    struct recorder *r = arg;
    r->timer = NULL;
    recorder_write (r, false);
    recorder_plan (r);
}

void recorder_plan (struct recorder *r)
{
    int64_t next = NEVER, now = clock_mono_us ();
    loop_cancel (r->timer);
    r->timer = NULL;
    if (r->dead)
        return;
    list_foreach (e, &r->entries, struct entry, link) {
        int64_t at = due (r, e);
        if (at < next)
            next = at;
    }
    if (next != NEVER)
        r->timer = loop_after (r->server->loop, next > now ? next - now : 1, on_timer, r);
}

bool recorder_settled (const struct recorder *r)
{
    if (!r)
        return true;
    if (r->timer || r->jobs)
        return false;
    list_foreach (e, &r->entries, struct entry, link)
        if (e->state != ENTRY_DONE && entry_open (e))
            return false;
    return true;
}

/* ---- a write ---- */

struct job {
    struct recorder *r;
    struct contents *c;
    char *path;
    size_t notebooks; /* that use the kernel */
    struct recorded *rec;
    int rc;
    struct err err;
};

struct recorded_cell *recorder_cell (const struct entry *e, struct recorded *rec)
{
    struct recorded_cell *c = recorded_add (rec);
    c->msg_id = xstrdup (e->msg_id);
    c->id = xstrdup (e->cell_id);
    c->code = e->code ? xstrdup (e->code) : NULL;
    c->count = e->count;
    c->done = e->state == ENTRY_DONE;
    c->version = e->version;
    return c;
}

static void give_outputs (const struct entry *e, struct recorded_cell *c)
{
    if (e->displays)
        displays_patch (e->displays, c);
    else
        c->outputs = outputs_view (e->outputs);
}

static void work (void *arg)
{
    struct job *j = arg;
    j->rc = contents_record (j->c, j->path, j->rec, &j->err);
}

static void wrote (struct job *j, const struct recorded_cell *c)
{
    struct entry *e = entries_by_msg_id (j->r, c->msg_id);
    bool there = c->result == RECORDED_PUT || c->result == RECORDED_SAME;
    if (!e || c->version <= e->written)
        return;
    if (there || (c->version == e->version && ++e->misses >= j->notebooks))
        e->written = c->version;
}

static void failed (struct job *j)
{
    struct recorder *r = j->r;
    if (!r->retry_delay_us)
        log_warning ("recorder", "kernel=%s outputs were not written to %s: %s",
                     r->kernel_id, j->path, j->err.text);
    r->retry_delay_us = r->retry_delay_us ? 2 * r->retry_delay_us : RECORDER_RETRY_US;
    if (r->retry_delay_us > RECORDER_RETRY_MAX_US)
        r->retry_delay_us = RECORDER_RETRY_MAX_US;
    r->retry_us = clock_mono_us () + r->retry_delay_us;
}

static void done (void *arg)
{
    struct job *j = arg;
    struct recorder *r = j->r;
    if (j->rc < 0)
        failed (j);
    else
        r->retry_us = r->retry_delay_us = 0;
    for (size_t i = 0; j->rc == 0 && i < j->rec->n; i++)
        wrote (j, &j->rec->cells[i]);
    recorder_plan (r);
    recorded_free (j->rec);
    contents_unref (j->c);
    free (j->path);
    free (j);
    recorder_unref (r);
}

static void submit (struct recorder *r, const char *path, size_t notebooks,
                    struct recorded *rec)
{
    struct job *j = xnew (struct job);
    struct err err;
    j->r = r;
    j->c = contents_ref (r->server->contents);
    j->path = path_api_normal (path);
    j->notebooks = notebooks;
    j->rec = rec;
    j->rc = err_set (&j->err, PROBLEM_CANCELLED, "the server ends");
    r->jobs++;
    if (pathq_submit (contents_queue (j->c), j->path, NULL, work, done, j, &err) < 0) {
        j->err = err;
        done (j);
    }
}

static bool any_due (const struct recorder *r, int64_t now)
{
    list_foreach (e, &r->entries, struct entry, link)
        if (due (r, e) <= now)
            return true;
    return false;
}

/* What is due, and then with it all that has ended.  ALL: all that has no page, without waiting. */
static struct recorded *collect (struct recorder *r, size_t notebooks, bool all)
{
    int64_t now = clock_mono_us ();
    struct recorded *rec = NULL;
    if (!all && !any_due (r, now))
        return NULL;
    list_foreach (e, &r->entries, struct entry, link) {
        int64_t at = due (r, e);
        if (at == NEVER || (!all && at > now && e->state != ENTRY_DONE))
            continue;
        if (!rec)
            rec = recorded_new ();
        struct recorded_cell *c = recorder_cell (e, rec);
        c->same_code = notebooks > 1;
        give_outputs (e, c);
        e->wrote_us = now;
    }
    return rec;
}

void recorder_write (struct recorder *r, bool all)
{
    autodone (strv_done) struct strv paths;
    strv_init (&paths);
    sessions_notebooks (r->server->sessions, r->kernel_id, &paths);
    struct recorded *one = paths.n ? collect (r, paths.n, all) : NULL;
    if (!one)
        return;
    for (size_t i = 0; i + 1 < paths.n; i++) {
        struct recorded *copy = recorded_new ();
        for (size_t c = 0; c < one->n; c++) {
            struct entry *e = entries_by_msg_id (r, one->cells[c].msg_id);
            struct recorded_cell *cell = recorder_cell (e, copy);
            cell->same_code = true;
            give_outputs (e, cell);
        }
        submit (r, paths.v[i], paths.n, copy);
    }
    submit (r, paths.v[paths.n - 1], paths.n, one);
}

/* ---- saves ---- */

/* Whatever page saves, it has this execution, so that it may have another mind about it. */
static bool page_rules (const struct recorder *r, const struct entry *e, size_t pages)
{
    bool owner_has_it = e->seen || e->state != ENTRY_DONE;
    return e->loaded || (owner_has_it && page_connected (r, e->owner) && pages <= 1);
}

static struct recorded *expect (struct recorder *r, bool several, struct recorded *rec)
{
    size_t pages = pages_count (r);
    list_foreach (e, &r->entries, struct entry, link) {
        if (!entry_open (e) || e->state == ENTRY_QUEUED)
            continue;
        if (!rec)
            rec = recorded_new ();
        struct recorded_cell *c = recorder_cell (e, rec);
        c->same_code = several;
        c->obey = page_rules (r, e, pages);
        if (!c->obey)
            give_outputs (e, c);
    }
    return rec;
}

static bool is_among (const struct strv *paths, const char *path)
{
    for (size_t i = 0; i < paths->n; i++) {
        autofree char *normal = path_api_normal (paths->v[i]);
        if (!strcmp (normal, path))
            return true;
    }
    return false;
}

struct recorded *recorder_expect (struct server *s, const char *path)
{
    struct recorded *rec = NULL;
    for (const struct kernel *k = kernels_first (s->kernels); k;
         k = kernels_next (s->kernels, k)) {
        autodone (strv_done) struct strv paths;
        strv_init (&paths);
        if (!k->recorder)
            continue;
        sessions_notebooks (s->sessions, k->id, &paths);
        if (!is_among (&paths, path))
            continue;
        rec = expect (k->recorder, paths.n > 1, rec);
    }
    return rec;
}

/* What the save tells about one execution. */
static void judge (struct entry *e, const struct recorded_cell *c)
{
    bool delivered = clock_mono_us () - e->ended_us > DELIVERED_US;
    if (c->result == RECORDED_PUT && c->version > e->written)
        e->written = c->version;
    if (!c->done || c->version <= e->saved)
        return;
    if (c->result == RECORDED_SAME ||
        (c->obey && delivered &&
         (c->result == RECORDED_OBEYED || c->result == RECORDED_MISSING)))
        e->saved = c->version;
    if (e->saved == c->version && c->result != RECORDED_SAME)
        e->cleared = true;
}

void recorder_saved (struct server *s, struct recorded *rec, bool ok)
{
    if (!rec)
        return;
    for (const struct kernel *k = ok ? kernels_first (s->kernels) : NULL; k;
         k = kernels_next (s->kernels, k)) {
        for (size_t i = 0; k->recorder && i < rec->n; i++) {
            struct entry *e = entries_by_msg_id (k->recorder, rec->cells[i].msg_id);
            if (e)
                judge (e, &rec->cells[i]);
        }
        if (k->recorder) {
            recorder_ack (k->recorder);
            marks_write (k->recorder);
            recorder_plan (k->recorder);
        }
    }
    recorded_free (rec);
}

void recorder_loaded (struct server *s, const char *path)
{
    for (const struct kernel *k = kernels_first (s->kernels); k;
         k = kernels_next (s->kernels, k)) {
        autodone (strv_done) struct strv paths;
        strv_init (&paths);
        if (!k->recorder || list_empty (&k->recorder->entries))
            continue;
        sessions_notebooks (s->sessions, k->id, &paths);
        if (!is_among (&paths, path))
            continue;
        bool nobody = pages_count (k->recorder) == 0;
        list_foreach (e, &k->recorder->entries, struct entry, link)
            if (nobody && e->state == ENTRY_DONE && e->written == e->version)
                e->loaded = true;
    }
}
