/* server_nouns.c - the list of nouns and of route tables
 *
 * Making, stopping and freeing go through here, so that a new noun is added in one file.
 */

#include "server/nouns.h"

#include "server/activity.h"
#include "server/contents_api.h"
#include "server/events.h"
#include "server/gate.h"
#include "server/identity.h"
#include "server/keep_client.h"
#include "server/kernels.h"
#include "server/lab.h"
#include "server/lab_api.h"
#include "server/metrics.h"
#include "jupyter/jpaths.h"
#include "server/nbconvert.h"
#include "server/recorder.h"
#include "server/server.h"
#include "server/sessions.h"
#include "server/terminals.h"
#include "server/usage_api.h"
#include "server/workload.h"

#include <string.h>

/* What the keeper runs; it is looked for at once and in parallel with the rest of the start. */
static int new_kept (struct server *s, struct err *err)
{
    s->keeper = keep_client_new (s->loop, s->jpaths->runtime_dir, s->root_dir, err);
    if (!s->keeper)
        return -1;
    if (s->handed.keeper)
        keep_client_fix (s->keeper, s->handed.keeper);
    s->kernels = kernels_new (s, err);
    s->sessions = sessions_new (s);
    s->terminals = terminals_new (s);
    keep_client_start (s->keeper);
    return s->kernels ? 0 : -1;
}

int nouns_new (struct server *s, struct err *err)
{
    s->activity = activity_new (s);
    s->metrics = metrics_new (s);
    s->usage = usage_new (s);
    s->workload = workload_new (s);
    s->events = events_new (s);
    s->gate = gate_new (s, err);
    if (!s->gate)
        return -1;
    s->identity = identity_new (s, err);
    if (!s->identity)
        return -1;
    s->contents = contents_from_options (s);
    s->nbconvert = nbconvert_new (s);
    if (new_kept (s, err))
        return -1;
    s->lab = lab_new (s, err);
    return s->lab ? 0 : -1;
}

void nouns_free (struct server *s)
{
    lab_free (s->lab);
    keep_client_stop (s->keeper);
    terminals_free (s->terminals);
    sessions_free (s->sessions);
    kernels_free (s->kernels);
    keep_client_free (s->keeper);
    nbconvert_free (s->nbconvert);
    contents_free (s->contents);
    identity_free (s->identity);
    gate_free (s->gate);
    events_free (s->events);
    workload_free (s->workload);
    usage_done (s->usage);
    metrics_free (s->metrics);
    activity_free (s->activity);
}

/* Order of contract 1.1: extensions, static files, services, files and login, the rest. */
static const struct route_table *const tables[] = {
    /* extensions: lab's page answers for everything below /lab, so it is the last of them
     */
    &lab_static_routes,
    &lab_settings_routes,
    &lab_layout_routes,
    &lab_themes_routes,
    &lab_translations_routes,
    &lab_licenses_routes,
    &lab_news_routes,
    &lab_extensions_routes,
    &lab_plugins_routes,
    &lab_build_routes,
    &lab_page_routes,
    /* static files */
    &static_routes,
    /* services */
    &info_routes,
    &config_routes,
    &contents_routes,
    &events_routes,
    &kernels_routes,
    &kernelspecs_routes,
    &nbconvert_routes,
    &recorder_routes,
    &me_routes,
    &resolve_routes,
    &sessions_routes,
    &usage_routes,
    &workload_routes,
    /* files, login, the rest */
    &files_routes,
    &login_routes,
    &metrics_routes,
    &redirect_routes,
};

void nouns_add_routes (struct server *s)
{
    if (options_bool (s->options, "ServerApp.terminals_enabled"))
        http_add_routes (s->http, terminals_routes.rows, terminals_routes.n);
    for (size_t i = 0; i < ARRAY_SIZE (tables); i++)
        http_add_routes (s->http, tables[i]->rows, tables[i]->n);
}

void nouns_stop (struct server *s, void (*done) (void *arg), void *arg)
{
    keep_client_quit (s->keeper, done, arg);
}

void nouns_count (const struct server *s, struct nouns_count *ret)
{
    *ret = (struct nouns_count){ .kernels = kernels_count (s->kernels),
                                 .terminals = terminals_count (s->terminals),
                                 .connections = kernels_connections (s->kernels) };
}

char *nouns_kernel_cwd (const struct server *s, const char *id)
{
    const struct kernel *k = id ? kernels_find (s->kernels, id) : NULL;
    return k && *k->cwd ? xstrdup (k->cwd) : NULL;
}

/* True: no kernel before K has its kernelspec. */
static bool first_of_name (const struct kernels *ks, const struct kernel *k)
{
    const struct kernel *first = kernels_first (ks);
    while (strcmp (first->name, k->name))
        first = kernels_next (ks, first);
    return first == k;
}

void nouns_kernel_metrics (const struct server *s, struct buf *b)
{
    for (const struct kernel *k = kernels_first (s->kernels); k;
         k = kernels_next (s->kernels, k)) {
        size_t n = 0;
        if (!first_of_name (s->kernels, k))
            continue;
        for (const struct kernel *o = k; o; o = kernels_next (s->kernels, o))
            n += !strcmp (o->name, k->name);
        (void)buf_adds (b, "kernel_currently_running_total{type=");
        (void)buf_add_json_string (b, k->name, strlen (k->name));
        (void)buf_addf (b, "} %zu\n", n);
    }
}
