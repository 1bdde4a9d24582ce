/* session_turns.c - creating, changing and ending sessions
 *
 * Work on one path is done in turns: a request that finds another at work on its path waits in `turns` and
 * looks again when that one is done.  What a turn needs of its request is copied, because the kernel may
 * take seconds to start.
 */

#include "server/sessions_private.h"

#include "base/ident.h"
#include "base/log.h"

#include <string.h>

/* One request at work on a path, or waiting for it. */
struct turn {
    struct list link;
    struct sessions *ss;
    bool working;
    char *session_id;                                   /* change: which; NULL: create */
    char *path, *name, *type, *kernel_id, *kernel_name; /* NULL: not given */
    char *key;                                          /* the path that is locked */
    sessions_done_fn done;
    void *arg;
};

/* ---- turns
 * --------------------------------------------------------------------------------------- */

static void take_turns (struct sessions *ss);

static char *dup_or_null (const char *s)
{
    return s ? xstrdup (s) : NULL;
}

static struct turn *turn_new (struct sessions *ss, const struct session_fields *f,
                              const char *key, sessions_done_fn done, void *arg)
{
    struct turn *t = xnew (struct turn);
    t->ss = ss;
    t->path = dup_or_null (f->path);
    t->name = dup_or_null (f->name);
    t->type = dup_or_null (f->type);
    t->kernel_id = dup_or_null (f->kernel_id);
    t->kernel_name = dup_or_null (f->kernel_name);
    t->key = xstrdup (key);
    t->done = done;
    t->arg = arg;
    list_append (&ss->turns, &t->link);
    return t;
}

static void turn_free (struct turn *t)
{
    list_remove (&t->link);
    free (t->session_id);
    free (t->path);
    free (t->name);
    free (t->type);
    free (t->kernel_id);
    free (t->kernel_name);
    free (t->key);
    free (t);
}

static void end_turn (struct turn *t, struct session *se, const struct err *err,
                      const char *short_message)
{
    struct sessions *ss = t->ss;
    t->done (t->arg, se, err, short_message);
    turn_free (t);
    take_turns (ss);
}

/* ---- create
 * -------------------------------------------------------------------------------------- */

static void start_failed (struct turn *t, const struct err *err)
{
    autofree char *text = NULL;
    if (err->problem == PROBLEM_UNSUPPORTED)
        text = xasprintf ("%s not found", t->kernel_name ? t->kernel_name : "kernel");
    end_turn (t, NULL, err, text);
}

static void created (void *arg, struct kernel *k, const struct err *err)
{
    struct turn *t = arg;
    char uuid[IDENT_UUID];
    if (err) {
        start_failed (t, err);
        return;
    }
    ident_uuid4 (uuid);
    struct session *se =
        sessions_add (t->ss, uuid, t->path, t->name ? t->name : "", t->type, k->id);
    sessions_store (t->ss, se);
    kernels_record (t->ss->server->kernels, k, true);
    end_turn (t, se, NULL, NULL);
}

static void create (struct turn *t)
{
    struct sessions *ss = t->ss;
    struct err err;
    sessions_drop_dead (ss);
    struct session *se = sessions_find_path (ss, t->path);
    if (se) {
        end_turn (t, se, NULL, NULL);
        return;
    }
    if (sessions_full (ss)) {
        (void)err_set (&err, PROBLEM_LIMIT, "there are %d sessions already", SESSIONS_MAX);
        end_turn (t, NULL, &err, NULL);
        return;
    }
    struct kernel_params p = { .name = t->kernel_name,
                               .path = t->path,
                               .id = t->kernel_id,
                               .session = true,
                               .document = t->name };
    kernels_start (ss->server->kernels, &p, created, t);
}

/* ---- change
 * -------------------------------------------------------------------------------------- */

static void set_text (char **field, const char *text)
{
    if (!text)
        return;
    free (*field);
    *field = xstrdup (text);
}

static void finish_change (struct turn *t)
{
    struct session *se = sessions_find (t->ss, t->session_id);
    struct err err;
    if (se) {
        end_turn (t, se, NULL, NULL);
        return;
    }
    (void)err_set (&err, PROBLEM_NOT_FOUND, "Session not found: session_id='%s'",
                   t->session_id);
    end_turn (t, NULL, &err, NULL);
}

static void previous_gone (void *arg, struct kernel *k, const struct err *err)
{
    if (err)
        log_warning ("sessions", "shut down the previous kernel: %s", err->text);
    finish_change (arg);
}

/* The session gets the kernel ID, or keeps its own if that is NULL. */
static void apply (struct turn *t, const char *id)
{
    struct sessions *ss = t->ss;
    struct session *se = sessions_find (ss, t->session_id);
    struct kernel *previous = NULL;
    if (se) {
        if (id && strcmp (id, se->kernel_id))
            previous = kernels_find (ss->server->kernels, se->kernel_id);
        set_text (&se->path, t->path);
        set_text (&se->name, t->name);
        set_text (&se->type, t->type);
        set_text (&se->kernel_id, id);
        sessions_store (ss, se);
        struct kernel *k = kernels_find (ss->server->kernels, se->kernel_id);
        if (k)
            kernels_record (ss->server->kernels, k, true);
    }
    if (previous)
        kernels_shutdown (ss->server->kernels, previous, previous_gone, t);
    else
        finish_change (t);
}

static void new_kernel (void *arg, struct kernel *k, const struct err *err)
{
    struct turn *t = arg;
    struct err told;
    if (!err) {
        apply (t, k->id);
        return;
    }
    autofree char *text = xasprintf ("Error starting kernel %s", t->kernel_name);
    (void)err_set (&told, err->problem, "The '%s' kernel could not be started: '%s'",
                   t->kernel_name, err->text);
    end_turn (t, NULL, &told, text);
}

static void change_kernel (struct turn *t, const struct session *se)
{
    const char *name = t->name ? t->name : se->name;
    struct kernel_params p = { .name = t->kernel_name,
                               .path = t->path ? t->path : se->path,
                               .session = true,
                               .document = *name ? name : NULL };
    kernels_start (t->ss->server->kernels, &p, new_kernel, t);
}

static void change (struct turn *t)
{
    struct sessions *ss = t->ss;
    struct session *se = sessions_find (ss, t->session_id);
    struct err err;
    if (!se) {
        finish_change (t);
        return;
    }
    if (t->kernel_id && !kernels_find (ss->server->kernels, t->kernel_id)) {
        (void)err_set (&err, PROBLEM_INVALID, "No such kernel: %s", t->kernel_id);
        end_turn (t, NULL, &err, NULL);
    } else if (t->kernel_id || !t->kernel_name) {
        apply (t, t->kernel_id);
    } else {
        change_kernel (t, se);
    }
}

/* ---- taking turns
 * -------------------------------------------------------------------------------- */

static bool must_wait (const struct sessions *ss, const struct turn *t)
{
    list_foreach (other, &ss->turns, struct turn, link) {
        if (other == t)
            return false;
        if (!strcmp (other->key, t->key))
            return true;
    }
    return false;
}

static struct turn *next_turn (const struct sessions *ss)
{
    list_foreach (t, &ss->turns, struct turn, link)
        if (!t->working && !must_wait (ss, t))
            return t;
    return NULL;
}

/* Begins every turn whose path is free.  A turn that ends while it begins comes here again; the outer call
 * then goes on. */
static void take_turns (struct sessions *ss)
{
    struct turn *t;
    if (ss->taking)
        return;
    ss->taking = true;
    while ((t = next_turn (ss))) {
        t->working = true;
        if (t->session_id)
            change (t);
        else
            create (t);
    }
    ss->taking = false;
}

void sessions_create (struct sessions *ss, const struct session_fields *f,
                      sessions_done_fn done, void *arg)
{
    (void)turn_new (ss, f, f->path, done, arg);
    take_turns (ss);
}

void sessions_change (struct sessions *ss, struct session *se,
                      const struct session_fields *f, sessions_done_fn done, void *arg)
{
    struct turn *t = turn_new (ss, f, se->path, done, arg);
    t->session_id = xstrdup (se->id);
    take_turns (ss);
}

/* ---- end
 * ----------------------------------------------------------------------------------------- */

struct ending {
    struct list link;
    struct sessions *ss;
    char *id;
    sessions_done_fn done;
    void *arg;
};

static void ending_free (struct ending *e)
{
    list_remove (&e->link);
    free (e->id);
    free (e);
}

static void kernel_gone (void *arg, struct kernel *k, const struct err *err)
{
    struct ending *e = arg;
    struct session *se = sessions_find (e->ss, e->id);
    if (!err && se)
        sessions_forget (e->ss, se);
    e->done (e->arg, NULL, err, NULL);
    ending_free (e);
}

void sessions_delete (struct sessions *ss, struct session *se, sessions_done_fn done,
                      void *arg)
{
    struct kernel *k = kernels_find (ss->server->kernels, se->kernel_id);
    struct err err;
    if (!k) {
        sessions_forget (ss, se);
        (void)err_set (&err, PROBLEM_GONE, "Kernel deleted before session");
        done (arg, NULL, &err, NULL);
        return;
    }
    struct ending *e = xnew (struct ending);
    e->ss = ss;
    e->id = xstrdup (se->id);
    e->done = done;
    e->arg = arg;
    list_append (&ss->ends, &e->link);
    kernels_shutdown (ss->server->kernels, k, kernel_gone, e);
}

void session_turns_free_all (struct sessions *ss)
{
    list_foreach (t, &ss->turns, struct turn, link)
        turn_free (t);
    list_foreach (e, &ss->ends, struct ending, link)
        ending_free (e);
}
