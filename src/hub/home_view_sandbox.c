/* home_view_sandbox.c - the sandbox of the worker that sees a workspace's files
 *
 * It is asked for when nobody listens at its socket, and ended when nobody has used it for HOME_VIEW_KEEP_S.
 */

#include "hub/home_view_private.h"

#include "base/clock.h"
#include "hub/catalog.h"
#include "hub/spawn_client.h"
#include "hub/workspaces.h"
#include "store/user_store.h"
#include "store/workspace_store.h"

#include <stdio.h>
#include <string.h>

#define VIEW "/floyd/view"
#define AGAIN_US (200 * CLOCK_MS)

static void set_text (char *ret, size_t room, const char *text)
{
    (void)snprintf (ret, room, "%s", text);
}

static int fill_spec (struct question *q, const struct user_model *owner,
                      struct sandbox_spec *ret, struct err *err)
{
    static const char *const argv[] = { "labwright", "worker", "home", VIEW };
    const struct machine *m = catalog_machine (q->v->h, "", err);
    if (!m)
        return -1;
    sandbox_spec_init (ret);
    ret->kind = SANDBOX_JOB;
    ret->generation = clock_wall_us () / CLOCK_S;
    ret->owner = (uint32_t)owner->number;
    ret->listen = true;
    ret->network = SANDBOX_NET_NONE;
    ret->limits.cpus = m->cpus < 1 ? m->cpus : 1;
    ret->limits.memory = 256u << 20;
    ret->limits.pids = 32;
    set_text (ret->id, sizeof (ret->id), q->view);
    set_text (ret->home, sizeof (ret->home), q->view);
    set_text (ret->person, sizeof (ret->person), owner->name);
    set_text (ret->machine, sizeof (ret->machine), m->name);
    free (ret->cwd);
    ret->cwd = xstrdup ("/tmp");
    for (size_t i = 0; i < ARRAY_SIZE (argv); i++)
        strv_add (&ret->argv, argv[i]);
    sandbox_spec_add_bind (ret, SANDBOX_FROM_HOME, q->workspace, VIEW, true);
    return 0;
}

static void on_again (void *arg)
{
    struct question *q = arg;
    q->timer = NULL;
    question_reach (q);
}

static void on_created (void *arg, const json_t *ok, const struct err *err)
{
    struct question *q = arg;
    q->creating = false;
    if (ok)
        question_reach (q);
    else if (err->problem == PROBLEM_CONFLICT) /* it is there, or about to end */
        q->timer = loop_after (q->v->h->loop, AGAIN_US, on_again, q);
    else if (err->problem == PROBLEM_UNAVAILABLE || err->problem == PROBLEM_NO_SPACE)
        question_fail (q, err);
    else
        question_fail_with (q, PROBLEM_INTERNAL, err->text);
}

static void remember (struct question *q)
{
    struct view *w;
    list_foreach (other, &q->v->views, struct view, link)
        if (!strcmp (other->id, q->view))
            return;
    w = xnew (struct view);
    set_text (w->id, sizeof (w->id), q->view);
    w->used_us = clock_mono_us ();
    list_append (&q->v->views, &w->link);
}

void home_sandbox_create (struct question *q)
{
    struct hub *h = q->v->h;
    autodone (workspace_model_done) struct workspace_model w = { .id = "" };
    autodone (user_model_done) struct user_model owner = { .id = "" };
    struct sandbox_spec spec;
    struct err err;
    if (workspace_store_get (h->db, q->workspace, &w, &err) ||
        user_store_get (h->db, w.owner, &owner, &err) ||
        fill_spec (q, &owner, &spec, &err)) {
        question_fail (q, &err);
        return;
    }
    remember (q);
    q->creating = true;
    const struct spawn_request r = { .what = SPAWN_CREATE, .spec = &spec };
    spawn_client_ask (workspaces_spawner (h), &r, on_created, q);
    sandbox_spec_done (&spec);
}

void home_sandbox_used (struct question *q)
{
    list_foreach (w, &q->v->views, struct view, link)
        if (!strcmp (w->id, q->view))
            w->used_us = clock_mono_us ();
}

void home_sandbox_sweep (void *arg)
{
    struct home_view *v = arg;
    int64_t old = clock_mono_us () - HOME_VIEW_KEEP_S * CLOCK_S;
    list_foreach (w, &v->views, struct view, link) {
        struct spawn_request r = { .what = SPAWN_DESTROY };
        if (w->used_us > old)
            continue;
        memcpy (r.sandbox, w->id, sizeof (r.sandbox));
        spawn_client_ask (workspaces_spawner (v->h), &r, NULL, NULL);
        list_remove (&w->link);
        free (w);
    }
}
