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
#include "server/lab.h"
#include "server/lab_api.h"
#include "server/metrics.h"
#include "server/nbconvert.h"
#include "server/server.h"

int nouns_new (struct server *s, struct err *err)
{
    s->activity = activity_new (s);
    s->metrics = metrics_new (s);
    s->events = events_new (s);
    s->gate = gate_new (s, err);
    if (!s->gate)
        return -1;
    s->identity = identity_new (s, err);
    if (!s->identity)
        return -1;
    s->contents = contents_from_options (s);
    s->nbconvert = nbconvert_new (s);
    s->lab = lab_new (s, err);
    return s->lab ? 0 : -1;
}

void nouns_free (struct server *s)
{
    lab_free (s->lab);
    nbconvert_free (s->nbconvert);
    contents_free (s->contents);
    identity_free (s->identity);
    gate_free (s->gate);
    events_free (s->events);
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
    &nbconvert_routes,
    &me_routes,
    &resolve_routes,
    /* files, login, the rest */
    &files_routes,
    &login_routes,
    &metrics_routes,
    &redirect_routes,
};

void nouns_add_routes (struct server *s)
{
    for (size_t i = 0; i < ARRAY_SIZE (tables); i++)
        http_add_routes (s->http, tables[i]->rows, tables[i]->n);
}

void nouns_stop (struct server *s, void (*done) (void *arg), void *arg)
{
    done (arg);
}

void nouns_count (const struct server *s, struct nouns_count *ret)
{
    *ret = (struct nouns_count){ 0, 0, 0 };
}

char *nouns_kernel_cwd (const struct server *s, const char *id)
{
    return NULL;
}

void nouns_kernel_metrics (const struct server *s, struct buf *b) {}
