/* idle_watch.c - looks after one running workspace, and stops it when nobody uses it */

#include "hub/idle_watch.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "http/fetch.h"
#include "hub/evstream.h"
#include "hub/gateway.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_US (10 * CLOCK_S) /* a server that sleeps has to start first */
#define WINDOW_US (9 * CLOCK_S)  /* use of a shorter time says little */
#define MOVED_S 5                /* so much later, the end is another one */
#define LOOK_S 3600

struct idle_watch {
    struct hub *h;
    struct live *l;
    struct idle idle;
    struct idle_decision said; /* what pages know */
    struct loop_timer *timer;
    struct fetch *question;
    bool freezing; /* the spawner was asked */
    struct {
        int64_t t_us;
        uint64_t cpu_us;
    } before; /* the sample at the beginning of the window */
};

static void look (struct idle_watch *w);

static int64_t now_s (void)
{
    return clock_wall_us () / CLOCK_S;
}

static const char *id_of (const struct idle_watch *w)
{
    return live_model (w->l)->id;
}

/* The pages say so, with a banner. */
static bool shown (const struct idle_decision *d)
{
    return d->act == IDLE_WARN || d->act == IDLE_FREEZE || d->act == IDLE_STOP;
}

static int64_t timeout_of (const struct idle_watch *w)
{
    int64_t s = live_model (w->l)->idle_s;
    return s < 0 ? IDLE_OFF : s;
}

/* ---- the server inside ---------------------------------------------------------------------------- */

static void take_terminals (const json_t *list, struct idle_said *said)
{
    size_t i;
    json_t *t;
    json_array_foreach (list, i, t)
    {
        const char *program = jsonx_str (t, "foreground", "");
        if (!*program || said->program[0])
            continue;
        (void)snprintf (said->program, sizeof (said->program), "%s", program);
        (void)snprintf (said->terminal, sizeof (said->terminal), "%s",
                        jsonx_str (t, "name", ""));
    }
}

static void take_activity (const json_t *answer, struct idle_said *said)
{
    int64_t busy = jsonx_int (answer, "busy_kernels", 0);
    size_t i;
    json_t *k;
    *said = (struct idle_said){ .busy = busy > 0 ? (unsigned)busy : 0 };
    json_array_foreach (json_object_get (answer, "kernels"), i, k)
    {
        double t = json_number_value (json_object_get (k, "last_activity"));
        if (t > (double)said->last_cell)
            said->last_cell = (int64_t)t;
    }
    take_terminals (json_object_get (answer, "terminals"), said);
}

static void on_activity (void *arg, const json_t *answer, const struct err *err)
{
    struct idle_watch *w = arg;
    w->question = NULL;
    if (json_is_object (answer)) {
        struct idle_said said;
        take_activity (answer, &said);
        idle_activity (&w->idle, now_s (), &said);
    } else {
        log_warning ("idle", "%s: %s", id_of (w),
                     err ? err->text : "the server's answer is no object");
        idle_unheard (&w->idle, now_s ());
    }
    look (w);
}

static void ask (struct idle_watch *w)
{
    const char *socket = live_socket (w->l);
    autofree char *target = xasprintf ("/notebooks/%s/api/labwright/activity", id_of (w));
    if (!w->question)
        w->question = fetch_json (w->h->loop, socket ? socket : "", target, ANSWER_US,
                                  on_activity, w);
}

/* ---- standing still ------------------------------------------------------------------------------- */

static void tell_spawner (struct idle_watch *w, enum spawn_do what)
{
    struct spawn_request r = { .what = what };
    (void)snprintf (r.sandbox, sizeof (r.sandbox), "%s", id_of (w));
    spawn_client_ask (workspaces_spawner (w->h), &r, NULL, NULL);
}

/* Where there is no freezer it only waits: the minute is the same. */
static void freeze (struct idle_watch *w)
{
    if (w->idle.frozen)
        return;
    log_info ("idle", "freeze workspace=%s", id_of (w));
    idle_frozen (&w->idle, now_s ());
    tell_spawner (w, SPAWN_FREEZE);
}

static void go_on (struct idle_watch *w)
{
    if (!w->idle.frozen)
        return;
    log_info ("idle", "thaw workspace=%s", id_of (w));
    idle_frozen (&w->idle, 0);
    tell_spawner (w, SPAWN_THAW);
}

static void stop (struct idle_watch *w)
{
    struct err err;
    int64_t timeout = timeout_of (w);
    char id[NAME_WORKSPACE_ID];
    autofree char *why = xasprintf ("Shut down by the idle timeout of %lld %s. %s",
                                    (long long)(timeout < 120 ? timeout : timeout / 60),
                                    timeout < 120 ? "seconds" : "minutes", w->said.because);
    (void)snprintf (id, sizeof (id), "%s", id_of (w));
    if (workspaces_end (w->h, id, LIFE_END_IDLE, why, &err)) /* W is gone otherwise */
        log_error ("idle", "%s: %s", id, err.text);
}

/* ---- deciding ------------------------------------------------------------------------------------- */

static void tell_pages (struct idle_watch *w, const struct idle_decision *d)
{
    int64_t moved = d->stops_at - w->said.stops_at;
    bool news = shown (d) != shown (&w->said) ||
                (shown (d) && (moved > MOVED_S || moved < -MOVED_S));
    w->said = *d;
    if (!news)
        return;
    log_info ("idle", "%s workspace=%s: %s", shown (d) ? "warn" : "in use", id_of (w),
              d->because);
    autojson json_t *body = idle_watch_json (w);
    evstream_flash (w->h, "workspace.idle", id_of (w), live_namespace (w->l), body);
}

static void on_timer (void *arg)
{
    struct idle_watch *w = arg;
    w->timer = NULL;
    look (w);
}

static void look_at (struct idle_watch *w, int64_t next, int64_t now)
{
    int64_t in = next - now < LOOK_S ? next - now : LOOK_S;
    loop_cancel (w->timer);
    w->timer = loop_after (w->h->loop, (in > 1 ? in : 1) * CLOCK_S, on_timer, w);
}

/* W may be gone afterwards. */
static void look (struct idle_watch *w)
{
    struct idle_decision d;
    int64_t now = now_s ();
    idle_browsers (&w->idle, now, (unsigned)gateway_browsers (w->h, id_of (w)));
    idle_decide (&w->idle, timeout_of (w), now, &d);
    if (d.act == IDLE_ASK) {
        ask (w);
        return;
    }
    if (d.act == IDLE_FREEZE)
        freeze (w);
    else if (d.act != IDLE_STOP)
        go_on (w);
    tell_pages (w, &d);
    if (d.act == IDLE_STOP)
        stop (w);
    else
        look_at (w, d.next, now);
}

/* ---- what is reported ------------------------------------------------------------------------------ */

struct idle_watch *idle_watch_new (struct hub *h, struct live *l, enum idle_use since)
{
    struct idle_watch *w = xnew (struct idle_watch);
    w->h = h;
    w->l = l;
    idle_init (&w->idle, now_s (), since);
    w->timer = loop_after (h->loop, 0, on_timer, w);
    return w;
}

void idle_watch_free (struct idle_watch *w)
{
    if (!w)
        return;
    loop_cancel (w->timer);
    fetch_cancel (w->question);
    free (w);
}

void idle_watch_sample (struct idle_watch *w, const struct spawn_sample *s)
{
    int64_t window = s->t_us - w->before.t_us;
    bool first = w->before.t_us == 0;
    if (!first && window < WINDOW_US && window >= 0)
        return;
    if (!first && window > 0 && s->cpu_us >= w->before.cpu_us)
        idle_sample (&w->idle, now_s (),
                     (double)(s->cpu_us - w->before.cpu_us) / (double)window, 0);
    w->before.t_us = s->t_us;
    w->before.cpu_us = s->cpu_us;
    if (!w->question)
        look (w);
}

void idle_watch_used (struct idle_watch *w, enum idle_use use)
{
    idle_use (&w->idle, now_s (), use);
    if (!w->question)
        look (w);
}

void idle_watch_again (struct idle_watch *w)
{
    if (!w->question)
        look (w);
}

json_t *idle_watch_json (const struct idle_watch *w)
{
    int64_t timeout = timeout_of (w);
    char text[CLOCK_TEXT];
    json_t *j = json_pack ("{s:o, s:n, s:s, s:b, s:b}", "timeout_seconds",
                           timeout < 0 ? json_null () : json_integer (timeout), "stops_at",
                           "because", w->said.because, "warn", shown (&w->said), "frozen",
                           w->idle.frozen != 0);
    if (w->said.stops_at)
        jsonx_set_str (j, "stops_at", clock_iso_z (w->said.stops_at * CLOCK_S, text));
    return j;
}
