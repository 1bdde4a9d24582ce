/* announce.c - a server that listens tells others: runtime files, URL lines, browser
 * (contract 0.5, 0.6)
 *
 * The lines with the URLs go to stderr without the prefix of a log line: spawners and test
 * harnesses look for them.  A token that came from the configuration is not printed.
 */

#include "server/server_setup.h"

#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "base/url.h"
#include "jupyter/jpaths.h"
#include "loop/proc.h"
#include "server/identity.h"
#include "server/listen.h"
#include "server/runtime_file.h"

#include <stdio.h>
#include <string.h>

static json_t *describe (const struct server *s, int port)
{
    const struct options *o = s->options;
    const char *ip = options_str (o, "ServerApp.ip");
    const char *sock = options_str (o, "ServerApp.sock");
    autofree char *sock_path = *sock ? path_absolute (sock) : xstrdup ("");
    json_t *info = json_object ();
    jsonx_set_str (info, "base_url", s->base_url);
    jsonx_set_str (info, "hostname", *ip ? ip : "localhost");
    (void)json_object_set_new (info, "password",
                               json_boolean (*identity_password (s->identity)));
    (void)json_object_set_new (info, "pid", json_integer (getpid ()));
    (void)json_object_set_new (info, "port", json_integer (port));
    jsonx_set_str (info, "root_dir", s->root_dir);
    (void)json_object_set_new (info, "secure", json_boolean (listen_is_tls (o)));
    jsonx_set_str (info, "sock", sock_path);
    jsonx_set_str (info, "token", identity_token (s->identity));
    jsonx_set_str (info, "url", s->url);
    jsonx_set_str (info, "version", SERVER_API_VERSION);
    return info;
}

/* "token=<token>", as the page needs it, or as it may be shown. */
static char *token_query (const struct server *s, bool shown)
{
    const char *token = identity_token (s->identity);
    if (!*token)
        return xstrdup ("");
    if (shown && !identity_token_generated (s->identity))
        return xstrdup ("token=...");
    autofree char *encoded = url_encode_all (token);
    return xasprintf ("token=%s", encoded);
}

/* default_url, or the page of the document that is to be opened. */
static char *opening_path (const struct server *s)
{
    const char *file = options_str (s->options, "ServerApp.file_to_run");
    autofree char *api = *file ? path_to_api (s->root_dir, file) : NULL;
    if (!api)
        return xstrdup (options_str (s->options, "LabApp.default_url"));
    autofree char *encoded = url_encode_path (api);
    return xasprintf ("%s/%s", options_str (s->options, "ServerApp.file_url_prefix"),
                      encoded);
}

static void print_urls (const struct server *s, int port, const char *page)
{
    const struct options *o = s->options;
    const char *custom = options_str (o, "ServerApp.custom_display_url");
    const char *path = options_str (o, "LabApp.default_url");
    autofree char *query = token_query (s, true);
    autofree char *url =
        *custom ? xstrdup (custom) : listen_page_url (s, port, false, path, query);
    autofree char *local = listen_page_url (s, port, true, path, query);
    if (!options_bool (o, "ServerApp.show_banner"))
        return;
    (void)fprintf (stderr,
                   "\nTo access the server, open this file in a browser:\n"
                   "    file://%s\nOr copy and paste one of these URLs:\n    %s\n",
                   page, url);
    if (strcmp (url, local) != 0 && !*custom && port)
        (void)fprintf (stderr, "    %s\n", local);
    (void)fputc ('\n', stderr);
    (void)fflush (stderr);
}

static void browser_done (void *arg, int status)
{
    (void)arg, (void)status;
}

static void open_browser (struct server *s, const char *target)
{
    const char *configured = options_str (s->options, "ServerApp.browser");
    const char *from_env = getenv ("BROWSER");
    const char *program = *configured             ? configured
                          : from_env && *from_env ? from_env
                                                  : "xdg-open";
    struct strv argv;
    struct err err;
    strv_init (&argv);
    strv_add (&argv, program);
    strv_add (&argv, target);
    struct proc_spec spec = { .argv = &argv,
                              .fd_in = -1,
                              .fd_out = -1,
                              .fd_err = -1,
                              .new_session = true };
    struct proc *p = proc_start (s->loop, &spec, browser_done, NULL, &err);
    if (!p)
        log_warning ("server", "no browser was opened: %s", err.text);
    proc_free (p);
    strv_done (&argv);
}

/* To who started us; nobody inside can reach the socket of a sandbox. */
static void announce_to_hub (const struct server *s)
{
    log_info ("server", "serving %s from %s for the hub", s->base_url, s->root_dir);
}

void setup_announce (struct server *s, int port)
{
    const struct options *o = s->options;
    struct err err;
    autofree char *origin = listen_origin (o, port, false);
    s->url = xasprintf ("%s%s", origin, s->base_url);
    if (s->handed.user) {
        announce_to_hub (s);
        return;
    }
    autofree char *query = token_query (s, false);
    autofree char *path = opening_path (s);
    autofree char *url = listen_page_url (s, port, false, path, query);
    autofree char *page = runtime_file_page (s->jpaths);
    autojson json_t *info = describe (s, port);
    if (runtime_file_write (s->jpaths, info, url, &err))
        log_warning ("server", "%s", err.text);
    log_info ("server", "serving from %s", s->root_dir);
    log_info ("server", "use Control-C to stop this server and shut down all kernels "
                        "(twice to skip confirmation)");
    print_urls (s, port, page);
    if (options_bool (o, "ServerApp.open_browser") && port) {
        autofree char *file = xasprintf ("file://%s", page);
        open_browser (s, options_bool (o, "ServerApp.use_redirect_file") ? file : url);
    }
}
