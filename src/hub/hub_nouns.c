/* hub_nouns.c - the nouns of the hub, in one place */

#include "hub/hub_nouns.h"

#include "base/jsonx.h"
#include "hub/catalog.h"
#include "hub/evstream.h"
#include "hub/first_admin.h"
#include "hub/gateway.h"
#include "hub/home_view.h"
#include "hub/housekeeping.h"
#include "hub/pages_hub.h"
#include "hub/passwords.h"
#include "hub/tally.h"
#include "hub/templates.h"
#include "hub/workspaces.h"
#include "http/timings.h"

static const struct route_table *const tables[] = {
    &hub_info_routes,      &hub_login_routes,      &hub_setup_routes,
    &hub_users_routes,     &hub_keys_routes,       &hub_audit_routes,
    &hub_projects_routes,  &hub_events_routes,     &hub_catalog_routes,
    &hub_metrics_routes,   &hub_pass_routes,       &hub_gateway_routes,
    &hub_pages_routes,     &hub_workspaces_routes, &hub_usage_routes,
    &hub_templates_routes, &hub_home_routes,       &hub_now_routes,
};

int hub_nouns_new (struct hub *h, struct err *err)
{
    h->passwords = passwords_new (h->loop);
    h->first_admin = first_admin_new (h);
    h->events = evstream_new (h);
    h->passes = passes_new ();
    h->gateway = gateway_new (h);
    h->catalog = catalog_new (h);
    h->timings = timings_new ();
    h->tally = tally_new ();
    h->data_dir = pages_hub_find_data ();
    h->dashboard = pages_hub_find_dashboard (h->data_dir);
    h->templates = git_templates_new (h);
    h->workspaces = workspaces_new (h, err);
    h->viewers = home_view_new (h);
    return h->workspaces ? 0 : -1;
}

void hub_nouns_add_routes (struct hub *h)
{
    for (size_t i = 0; i < ARRAY_SIZE (tables); i++)
        http_add_routes (h->http, tables[i]->rows, tables[i]->n);
}

int hub_nouns_start (struct hub *h, struct err *err)
{
    (void)err;
    first_admin_announce (h->first_admin);
    housekeeping_start (h);
    return 0;
}

void hub_nouns_stop (struct hub *h)
{
    workspaces_free (h->workspaces); /* tells viewers that wait for a sandbox */
    h->workspaces = NULL;
    home_view_free (h->viewers);
    h->viewers = NULL;
    git_templates_free (h->templates);
    h->templates = NULL;
    passwords_free (h->passwords);
    h->passwords = NULL;
    gateway_free (h->gateway);
    h->gateway = NULL;
    evstream_free (h->events);
    h->events = NULL;
}

void hub_nouns_free (struct hub *h)
{
    catalog_free (h->catalog);
    first_admin_free (h->first_admin);
    passes_free (h->passes);
    timings_free (h->timings);
    tally_free (h->tally);
    free (h->data_dir);
    free (h->dashboard);
}

/* ---- the tables, for tests ------------------------------------------------------------------ */

struct word {
    unsigned bit;
    const char *text;
};

static const struct word methods[] = {
    { HTTP_GET, "GET" },         { HTTP_HEAD, "HEAD" },   { HTTP_POST, "POST" },
    { HTTP_PUT, "PUT" },         { HTTP_PATCH, "PATCH" }, { HTTP_DELETE, "DELETE" },
    { HTTP_OPTIONS, "OPTIONS" },
};

static const struct word flags[] = {
    { ROUTE_PUBLIC, "public" },       { ROUTE_NO_XSRF, "no-xsrf" },
    { ROUTE_WEBSOCKET, "websocket" }, { ROUTE_PAGE, "page" },
    { ROUTE_STATIC, "static" },       { ROUTE_ADMIN, "admin" },
    { ROUTE_LABS, "labs" },           { ROUTE_STREAM, "stream" },
};

static json_t *words_of (const struct word *words, size_t n, unsigned bits)
{
    json_t *list = json_array ();
    for (size_t i = 0; i < n; i++)
        if (bits & words[i].bit)
            (void)json_array_append_new (list, json_string (words[i].text));
    return list;
}

static void print_row (FILE *to, const struct route *row)
{
    autojson json_t *j = json_object ();
    jsonx_set_str (j, "path", row->path);
    (void)json_object_set_new (j, "methods",
                               words_of (methods, ARRAY_SIZE (methods), row->methods));
    (void)json_object_set_new (j, "flags",
                               words_of (flags, ARRAY_SIZE (flags), row->flags));
    autofree char *text = jsonx_dump_string (j, 0, false);
    (void)fprintf (to, "%s\n", text);
}

void hub_nouns_print_routes (FILE *to)
{
    for (size_t t = 0; t < ARRAY_SIZE (tables); t++)
        for (size_t i = 0; i < tables[t]->n; i++)
            print_row (to, &tables[t]->rows[i]);
}
