/* kernels.c - the list of kernels as the keeper tells it, and what can be asked of one */

#include "server/kernels_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/activity.h"
#include "server/events.h"
#include "server/kernel_ws.h"
#include "server/recorder.h"
#include "server/sessions.h"

#include <string.h>

#define END_SLACK_US (30 * CLOCK_S) /* beyond the time that a kernel has to end by itself */

/* ---- looking
 * ------------------------------------------------------------------------------------- */

struct kernel *kernels_find (const struct kernels *ks, const char *id)
{
    list_foreach (k, &ks->all, struct kernel, link)
        if (!strcmp (k->id, id))
            return k;
    return NULL;
}

struct kernel *kernels_by_object (const struct kernels *ks, uint32_t object)
{
    list_foreach (k, &ks->all, struct kernel, link)
        if (k->object == object)
            return k;
    return NULL;
}

static struct kernel *at (const struct kernels *ks, struct list *link)
{
    return link == &ks->all ? NULL : list_entry (link, struct kernel, link);
}

struct kernel *kernels_first (const struct kernels *ks)
{
    return at (ks, ks->all.next);
}

struct kernel *kernels_next (const struct kernels *ks, const struct kernel *k)
{
    return at (ks, k->link.next);
}

size_t kernels_count (const struct kernels *ks)
{
    size_t n = 0;
    list_foreach (k, &ks->all, struct kernel, link)
        n++;
    return n;
}

size_t kernels_connections (const struct kernels *ks)
{
    size_t n = 0;
    list_foreach (k, &ks->all, struct kernel, link)
        n += k->connections;
    return n;
}

json_t *kernels_model (const struct kernel *k)
{
    char when[CLOCK_TEXT];
    uint32_t state = k->state < KEEP_STATE_COUNT ? k->state : KEEP_UNKNOWN;
    json_t *j = json_pack ("{s:s, s:s, s:s, s:s, s:I}", "id", k->id, "name", k->name,
                           "last_activity", clock_iso_z (k->last_activity_us, when),
                           "execution_state", keep_state_names[state], "connections",
                           (json_int_t)k->connections);
    if (j && *k->reason)
        (void)json_object_set_new (j, "reason", json_string (k->reason));
    return j;
}

json_t *kernels_list (const struct kernels *ks)
{
    json_t *list = json_array ();
    list_foreach (k, &ks->all, struct kernel, link)
        (void)json_array_append_new (list, kernels_model (k));
    return list;
}

const char *kernels_default_name (const struct kernels *ks, struct kernelspecs *list)
{
    static const char trait[] = "MappingKernelManager.default_kernel_name";
    const char *name = options_str (ks->server->options, trait);
    if (!*name || !strcmp (name, "python"))
        name = "python3";
    if (options_is_set (ks->server->options, trait) || kernelspecs_find (list, name) ||
        kernelspecs_count (list) == 0)
        return name;
    return kernelspecs_at (list, 0)->name;
}

struct specs *kernels_specs (const struct kernels *ks)
{
    return ks->specs;
}

/* ---- what the keeper tells
 * ----------------------------------------------------------------------- */

static void set_text (char **field, const char *text)
{
    if (*field && !strcmp (*field, text))
        return;
    free (*field);
    *field = xstrdup (text);
}

static void update (struct kernels *ks, struct kernel *k, const struct keep_object *o)
{
    set_text (&k->reason, o->reason);
    set_text (&k->cwd, o->cwd);
    set_text (&k->connection_file, o->connection_file);
    set_text (&k->session, o->session);
    k->pid = o->pid;
    k->state = o->state;
    k->last_activity_us = o->last_activity_us;
    activity_touch (ks->server->activity, o->last_activity_us);
}

static void insert_ordered (struct kernels *ks, struct kernel *k)
{
    struct list *before = ks->all.prev;
    while (before != &ks->all &&
           list_entry (before, struct kernel, link)->object > k->object)
        before = before->prev;
    list_prepend (before, &k->link);
}

struct kernel *kernels_add (struct kernels *ks, const struct keep_object *o)
{
    struct kernel *k = kernels_by_object (ks, o->object);
    if (!k) {
        k = xnew (struct kernel);
        k->object = o->object;
        k->id = xstrdup (o->name);
        k->name = xstrdup (o->spec);
        list_init (&k->sockets);
        insert_ordered (ks, k);
    }
    update (ks, k, o);
    return k;
}

static void forget (struct kernel *k, bool gone)
{
    recorder_free (take_ptr (k->recorder), gone);
    list_remove (&k->link);
    for (size_t i = 0; i < k->nretained; i++)
        free (k->retained[i]);
    free (k->id);
    free (k->name);
    free (k->cwd);
    free (k->reason);
    free (k->connection_file);
    free (k->session);
    free (k);
}

static void remove_kernel (struct kernel *k, bool unexpected)
{
    log_info ("kernels", "gone kernel=%s name=%s%s%s", k->id, k->name,
              *k->reason ? " reason=" : "", k->reason);
    kernel_ws_kernel_gone (k, unexpected);
    forget (k, true);
}

void kernels_record (struct kernels *ks, struct kernel *k, bool fresh)
{
    autodone (strv_done) struct strv paths;
    strv_init (&paths);
    if (k->recorder || !ks->server->sessions)
        return;
    sessions_notebooks (ks->server->sessions, k->id, &paths);
    if (paths.n)
        k->recorder = recorder_new (ks->server, k, fresh, map_get (ks->marks, k->id));
}

static void on_attached (void *arg, const struct keep_object *objs, size_t n, bool fresh)
{
    struct kernels *ks = arg;
    list_foreach (k, &ks->all, struct kernel, link)
        if (fresh || !keep_client_listed (objs, n, k->object))
            remove_kernel (k, true);
    for (size_t i = 0; i < n; i++) {
        struct kernel *k = kernels_add (ks, &objs[i]);
        k->paused = false;
        kernels_record (ks, k, false);
    }
}

static void on_state (void *arg, const struct keep_object *o)
{
    struct kernels *ks = arg;
    struct kernel *k = kernels_by_object (ks, o->object);
    if (k)
        update (ks, k, o);
}

static void on_gone (void *arg, const struct keep_object *o)
{
    struct kernels *ks = arg;
    struct kernel *k = kernels_by_object (ks, o->object);
    if (!k)
        return;
    update (ks, k, o);
    activity_touch (ks->server->activity, clock_wall_us ());
    remove_kernel (k, false);
}

static void on_pressure (void *arg, uint32_t object, bool on)
{
    struct kernel *k = kernels_by_object (arg, object);
    if (!k)
        return;
    k->paused = on;
    kernel_ws_pause (k, on);
}

static void on_drained (void *arg)
{
    struct kernels *ks = arg;
    list_foreach (k, &ks->all, struct kernel, link)
        if (!k->paused)
            kernel_ws_pause (k, false);
}

static void on_record (void *arg, const char *key, const char *value)
{
    struct kernels *ks = arg;
    map_set (ks->marks, key + strlen (RECORDER_MARKS), xstrdup (value));
}

static const struct keep_events keeper_events = {
    .prefix = RECORDER_MARKS,
    .record = on_record,
    .attached = on_attached,
    .state = on_state,
    .gone = on_gone,
    .pressure = on_pressure,
    .drained = on_drained,
};

/* ---- what can be asked of one
 * -------------------------------------------------------------------- */

struct asked {
    struct kernels *ks;
    char *id, *name, *session;
    uint32_t object;
    const char *action, *past;
    bool ends; /* that the kernel is gone is a success */
    kernels_done_fn done;
    void *arg;
    /* restart: where the session's document is */
    char *path, *document;
    struct err err;
};

static struct asked *asked_new (struct kernels *ks, struct kernel *k, const char *action,
                                const char *past, kernels_done_fn done, void *arg)
{
    struct asked *a = xnew (struct asked);
    a->ks = ks;
    a->id = xstrdup (k->id);
    a->name = xstrdup (k->name);
    a->object = k->object;
    a->action = action;
    a->past = past;
    a->done = done;
    a->arg = arg;
    return a;
}

static void asked_free (struct asked *a)
{
    free (a->id);
    free (a->name);
    free (a->session);
    free (a->path);
    free (a->document);
    free (a);
}

void kernels_announce (struct kernels *ks, const char *action, const char *past,
                       const char *id, const char *name, const struct err *err)
{
    struct events *e = ks->server->events;
    if (!err)
        log_info ("kernels", "%s kernel=%s name=%s", past, id, name);
    if (!e || !events_wanted (e))
        return;
    autofree char *text =
        err ? xasprintf ("%s", err->text) : xasprintf ("Kernel %s was %s.", id, past);
    json_t *data =
        json_pack ("{s:s, s:s, s:s, s:s, s:s}", "action", action, "kernel_id", id,
                   "kernel_name", name, "status", err ? "error" : "success", "msg", text);
    if (data && err)
        (void)json_object_set_new (data, "status_code",
                                   json_integer (problem_table[err->problem].http_status));
    if (data)
        events_emit (e, EVENTS_KERNEL, data);
}

static void on_answer (void *arg, struct keep_reader *r, const struct err *err)
{
    struct asked *a = arg;
    if (err && a->ends && err->problem == PROBLEM_NOT_FOUND)
        err = NULL;
    kernels_announce (a->ks, a->action, a->past, a->id, a->name, err);
    a->done (a->arg, err || a->ends ? NULL : kernels_find (a->ks, a->id), err);
    asked_free (a);
}

void kernels_interrupt (struct kernels *ks, struct kernel *k, kernels_done_fn done,
                        void *arg)
{
    struct asked *a = asked_new (ks, k, "interrupt", "interrupted", done, arg);
    (void)keep_client_begin (ks->server->keeper, KEEP_INTERRUPT, k->object);
    (void)keep_client_request (ks->server->keeper, on_answer, a, KEEP_CLIENT_REQUEST_US);
}

static int64_t end_timeout_us (const struct kernels *ks)
{
    double wait = options_real (ks->server->options, "KernelManager.shutdown_wait_time");
    return (int64_t)(wait * CLOCK_S) + END_SLACK_US;
}

void kernels_shutdown (struct kernels *ks, struct kernel *k, kernels_done_fn done,
                       void *arg)
{
    struct asked *a = asked_new (ks, k, "shutdown", "shut down", done, arg);
    a->ends = true;
    (void)keep_client_begin (ks->server->keeper, KEEP_END, k->object);
    (void)keep_client_request (ks->server->keeper, on_answer, a, end_timeout_us (ks));
}

static void send_restart (struct asked *a)
{
    autodone (strv_done) struct strv changes;
    strv_init (&changes);
    if (a->session)
        strv_addf (&changes, "JPY_SESSION_NAME=%s", a->session);
    struct buf *b = keep_client_begin (a->ks->server->keeper, KEEP_RESTART, a->object);
    keep_put_strv (b, &changes);
    (void)keep_client_request (a->ks->server->keeper, on_answer, a, end_timeout_us (a->ks));
}

/* In a pool thread.  Where the directory is gone the kernel keeps the name that it had. */
static void name_session (void *arg)
{
    struct asked *a = arg;
    autofree char *cwd = kernels_cwd_for (a->ks->root_dir, a->path, &a->err);
    if (cwd)
        a->session =
            a->document ? xasprintf ("%s/%s", cwd, a->document) : xstrdup (a->path);
}

static void session_named (void *arg)
{
    send_restart (arg);
}

void kernels_restart (struct kernels *ks, struct kernel *k, const char *path,
                      const char *document, kernels_done_fn done, void *arg)
{
    struct asked *a = asked_new (ks, k, "restart", "restarted", done, arg);
    if (path) {
        a->path = xstrdup (path);
        a->document = document ? xstrdup (document) : NULL;
        if (!pool_submit (loop_pool (ks->server->loop), name_session, session_named, a,
                          NULL))
            return;
    }
    send_restart (a);
}

/* ---- websockets
 * ---------------------------------------------------------------------------------- */

static void drop_retained (struct kernel *k, size_t i)
{
    free (k->retained[i]);
    memmove (&k->retained[i], &k->retained[i + 1],
             (--k->nretained - i) * sizeof (k->retained[0]));
}

void kernels_socket_opened (struct kernels *ks, struct kernel *k, const char *session)
{
    k->connections++;
    recorder_page_came (k->recorder, session);
    for (size_t i = 0; i < k->nretained; i++)
        if (!strcmp (k->retained[i], session)) {
            drop_retained (k, i);
            return;
        }
}

void kernels_socket_closed (struct kernels *ks, struct kernel *k, const char *session,
                            bool retained, bool clean)
{
    k->connections--;
    recorder_page_left (k->recorder, session, clean);
    if (!retained)
        return;
    if (k->nretained == KERNELS_RETAINED) {
        keep_put_str (keep_client_begin (ks->server->keeper, KEEP_UNSUBSCRIBE, k->object),
                      k->retained[0]);
        keep_client_tell (ks->server->keeper);
        drop_retained (k, 0);
    }
    k->retained[k->nretained++] = xstrdup (session);
}

/* ---- life
 * ---------------------------------------------------------------------------------------- */

struct kernels *kernels_new (struct server *s, struct err *err)
{
    struct kernels *ks = xnew (struct kernels);
    ks->server = s;
    list_init (&ks->all);
    list_init (&ks->starting);
    ks->marks = map_new (free);
    ks->specs = specs_new (s);
    ks->root_dir = options_str (s->options, "MappingKernelManager.root_dir");
    if (!*ks->root_dir)
        ks->root_dir = s->root_dir;
    keep_client_watch (s->keeper, KEEP_KERNEL, &keeper_events, ks);
    kernels_cull_begin (ks);
    return ks;
}

void kernels_free (struct kernels *ks)
{
    if (!ks)
        return;
    loop_cancel (ks->cull);
    kernels_start_free_all (ks);
    list_foreach (k, &ks->all, struct kernel, link) {
        kernel_ws_drop_all (k);
        forget (k, false);
    }
    specs_free (ks->specs);
    map_free (ks->marks);
    free (ks);
}
