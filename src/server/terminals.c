/* terminals.c - the list of terminals as the keeper tells it, their end and their culling */

#include "server/terminals_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/activity.h"

#include <string.h>

#define END_US (30 * CLOCK_S)
#define CULL_INTERVAL_S 300

/* ---- looking
 * ------------------------------------------------------------------------------------- */

struct terminal *terminals_find (const struct terminals *ts, const char *name)
{
    list_foreach (t, &ts->all, struct terminal, link)
        if (!strcmp (t->name, name))
            return t;
    return NULL;
}

static struct terminal *by_object (const struct terminals *ts, uint32_t object)
{
    list_foreach (t, &ts->all, struct terminal, link)
        if (t->object == object)
            return t;
    return NULL;
}

static struct terminal *at (const struct terminals *ts, struct list *link)
{
    return link == &ts->all ? NULL : list_entry (link, struct terminal, link);
}

struct terminal *terminals_first (const struct terminals *ts)
{
    return at (ts, ts->all.next);
}

struct terminal *terminals_next (const struct terminals *ts, const struct terminal *t)
{
    return at (ts, t->link.next);
}

size_t terminals_count (const struct terminals *ts)
{
    size_t n = 0;
    list_foreach (t, &ts->all, struct terminal, link)
        n++;
    return n;
}

json_t *terminals_model (const struct terminal *t)
{
    char when[CLOCK_TEXT];
    return json_pack ("{s:s, s:s}", "name", t->name, "last_activity",
                      clock_iso_z (t->last_activity_us, when));
}

json_t *terminals_list (const struct terminals *ts)
{
    json_t *list = json_array ();
    list_foreach (t, &ts->all, struct terminal, link)
        (void)json_array_append_new (list, terminals_model (t));
    return list;
}

/* ---- what the keeper tells
 * ----------------------------------------------------------------------- */

static void used (struct terminals *ts, struct terminal *t, int64_t wall_us)
{
    if (wall_us > t->last_activity_us)
        t->last_activity_us = wall_us;
    activity_touch (ts->server->activity, wall_us);
}

void terminals_touch (struct terminals *ts, struct terminal *t)
{
    used (ts, t, clock_wall_us ());
}

static void insert_ordered (struct terminals *ts, struct terminal *t)
{
    struct list *before = ts->all.prev;
    while (before != &ts->all &&
           list_entry (before, struct terminal, link)->object > t->object)
        before = before->prev;
    list_prepend (before, &t->link);
}

struct terminal *terminals_add (struct terminals *ts, const struct keep_object *o)
{
    struct terminal *t = by_object (ts, o->object);
    if (!t) {
        t = xnew (struct terminal);
        t->object = o->object;
        t->name = xstrdup (o->name);
        t->rows = o->rows;
        t->cols = o->cols;
        list_init (&t->viewers);
        insert_ordered (ts, t);
    }
    if (o->last > t->last)
        t->last = o->last;
    t->pid = o->pid;
    used (ts, t, o->last_activity_us);
    return t;
}

static void forget (struct terminal *t)
{
    list_remove (&t->link);
    free (t->name);
    free (t);
}

static void remove_terminal (struct terminal *t)
{
    log_info ("terminals", "gone terminal=%s", t->name);
    terminal_ws_gone (t);
    forget (t);
}

static void on_attached (void *arg, const struct keep_object *objs, size_t n, bool fresh)
{
    struct terminals *ts = arg;
    list_foreach (t, &ts->all, struct terminal, link)
        if (fresh || !keep_client_listed (objs, n, t->object))
            remove_terminal (t);
    for (size_t i = 0; i < n; i++)
        terminals_add (ts, &objs[i])->paused = false;
}

static void on_state (void *arg, const struct keep_object *o)
{
    if (by_object (arg, o->object))
        (void)terminals_add (arg, o);
}

static void on_gone (void *arg, const struct keep_object *o)
{
    struct terminal *t = by_object (arg, o->object);
    if (t)
        remove_terminal (t);
}

static void on_pressure (void *arg, uint32_t object, bool on)
{
    struct terminal *t = by_object (arg, object);
    if (!t)
        return;
    t->paused = on;
    terminal_ws_pause (t, on);
}

static void on_drained (void *arg)
{
    struct terminals *ts = arg;
    list_foreach (t, &ts->all, struct terminal, link)
        if (!t->paused)
            terminal_ws_pause (t, false);
}

static const struct keep_events keeper_events = {
    .attached = on_attached,
    .state = on_state,
    .gone = on_gone,
    .pressure = on_pressure,
    .drained = on_drained,
};

/* ---- the end of one
 * ------------------------------------------------------------------------------ */

struct ending {
    struct list link;
    terminals_done_fn done;
    void *arg;
};

static void on_ended (void *arg, struct keep_reader *r, const struct err *err)
{
    struct ending *e = arg;
    bool gone = err && err->problem == PROBLEM_NOT_FOUND;
    e->done (e->arg, NULL, gone ? NULL : err);
    list_remove (&e->link);
    free (e);
}

void terminals_end (struct terminals *ts, struct terminal *t, terminals_done_fn done,
                    void *arg)
{
    struct ending *e = xnew (struct ending);
    e->done = done;
    e->arg = arg;
    list_append (&ts->ends, &e->link);
    (void)keep_client_begin (ts->server->keeper, KEEP_END, t->object);
    (void)keep_client_request (ts->server->keeper, on_ended, e, END_US);
}

/* ---- culling
 * ------------------------------------------------------------------------------------- */

static void culled (void *arg, struct terminal *t, const struct err *err)
{
    if (err)
        log_warning ("terminals", "cull: %s", err->text);
}

static void cull (void *arg)
{
    struct terminals *ts = arg;
    int64_t timeout =
        options_int (ts->server->options, "TerminalManager.cull_inactive_timeout");
    list_foreach (t, &ts->all, struct terminal, link) {
        int64_t idle_us = clock_wall_us () - t->last_activity_us;
        if (idle_us <= timeout * CLOCK_S)
            continue;
        log_warning ("terminals", "culling terminal=%s after %lld idle seconds", t->name,
                     (long long)(idle_us / CLOCK_S));
        terminals_end (ts, t, culled, NULL);
    }
}

/* ---- life
 * ---------------------------------------------------------------------------------------- */

struct terminals *terminals_new (struct server *s)
{
    struct terminals *ts = xnew (struct terminals);
    int64_t interval = options_int (s->options, "TerminalManager.cull_interval");
    ts->server = s;
    list_init (&ts->all);
    list_init (&ts->starting);
    list_init (&ts->ends);
    keep_client_watch (s->keeper, KEEP_TERMINAL, &keeper_events, ts);
    if (options_int (s->options, "TerminalManager.cull_inactive_timeout") > 0)
        ts->cull = loop_every (
            s->loop, (interval > 0 ? interval : CULL_INTERVAL_S) * CLOCK_S, cull, ts);
    return ts;
}

void terminals_free (struct terminals *ts)
{
    if (!ts)
        return;
    loop_cancel (ts->cull);
    terminals_start_free_all (ts);
    list_foreach (e, &ts->ends, struct ending, link)
        free (e);
    list_foreach (t, &ts->all, struct terminal, link) {
        terminal_ws_drop_all (t);
        forget (t);
    }
    free (ts);
}
