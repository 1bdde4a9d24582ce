/* server_setup.c - settings that follow from the options, before anything is opened */

#include "server/server_setup.h"

#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "base/url.h"
#include "jupyter/jpaths.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void set_base_url (struct server *s)
{
    const char *url = options_str (s->options, "ServerApp.base_url");
    size_t n = strlen (url);
    s->base_url = xasprintf ("%s%s%s", *url == '/' ? "" : "/", url,
                             n > 0 && url[n - 1] == '/' ? ""
                             : n > 0                    ? "/"
                                                        : "");
}

static bool is_dir (const char *path)
{
    struct stat st;
    return !stat (path, &st) && S_ISDIR (st.st_mode);
}

/* The directory of our read-only files: beside the build tree, or where they were
 * installed. */
static char *find_data_dir (void)
{
    autofree char *tree = jpaths_build_tree ();
    static const char *const below[] = { "data", "../data" };
    for (size_t i = 0; tree && i < ARRAY_SIZE (below); i++) {
        autofree char *dir = path_join (tree, below[i]);
        autofree char *probe = path_join (dir, "static");
        if (is_dir (probe))
            return path_absolute (dir);
    }
    return xstrdup (LABWRIGHT_DATADIR);
}

static int set_root (struct server *s, const char *dir, struct err *err)
{
    autofree char *expanded = path_expand_user (dir);
    char *root = path_absolute (expanded);
    s->root_dir = root;
    if (!is_dir (root))
        return err_set (err, PROBLEM_NOT_FOUND, "No such directory: '%s'", root);
    return 0;
}

static int set_configured_root (struct server *s, struct err *err)
{
    const struct options *o = s->options;
    if (options_is_set (o, "ContentsManager.root_dir"))
        return set_root (s, options_str (o, "ContentsManager.root_dir"), err);
    if (options_is_set (o, "ServerApp.root_dir"))
        return set_root (s, options_str (o, "ServerApp.root_dir"), err);
    return set_root (s, ".", err);
}

static bool root_configured (const struct options *o)
{
    return options_is_set (o, "ContentsManager.root_dir") ||
           options_is_set (o, "ServerApp.root_dir");
}

/* A document: it is opened, and its directory is the root unless another one is configured.
 */
static int set_document (struct server *s, const char *path, struct err *err)
{
    autofree char *absolute = path_absolute (path);
    autofree char *dir = path_dirname (absolute);
    int rc = root_configured (s->options) ? set_configured_root (s, err)
                                          : set_root (s, *dir ? dir : "/", err);
    if (rc)
        return -1;
    options_set (s->options, "ServerApp.file_to_run", json_string (absolute));
    return 0;
}

static int set_directories (struct server *s, const char *positional, struct err *err)
{
    if (!positional) {
        const char *file = options_str (s->options, "ServerApp.file_to_run");
        return *file ? set_document (s, file, err) : set_configured_root (s, err);
    }
    if (is_dir (positional))
        return set_root (s, positional, err);
    if (access (positional, F_OK))
        return err_set (err, PROBLEM_NOT_FOUND, "No such file or directory: %s",
                        positional);
    return set_document (s, positional, err);
}

static enum log_level level_of (const char *text)
{
    static const struct {
        const char *name;
        enum log_level level;
    } levels[] = {
        { "DEBUG", LOG_LEVEL_DEBUG },     { "10", LOG_LEVEL_DEBUG },
        { "0", LOG_LEVEL_DEBUG },         { "WARN", LOG_LEVEL_WARNING },
        { "WARNING", LOG_LEVEL_WARNING }, { "30", LOG_LEVEL_WARNING },
        { "ERROR", LOG_LEVEL_ERROR },     { "40", LOG_LEVEL_ERROR },
        { "CRITICAL", LOG_LEVEL_ERROR },  { "50", LOG_LEVEL_ERROR },
    };
    for (size_t i = 0; i < ARRAY_SIZE (levels); i++)
        if (!strcasecmp (levels[i].name, text))
            return levels[i].level;
    return LOG_LEVEL_INFO;
}

static void raise_open_files (int64_t wanted)
{
    struct rlimit limit;
    if (wanted <= 0 || getrlimit (RLIMIT_NOFILE, &limit) ||
        limit.rlim_cur >= (rlim_t)wanted)
        return;
    limit.rlim_cur = limit.rlim_max < (rlim_t)wanted ? limit.rlim_max : (rlim_t)wanted;
    (void)setrlimit (RLIMIT_NOFILE, &limit);
}

int setup_settings (struct server *s, const char *positional, struct err *err)
{
    struct options *o = s->options;
    log_set_level (level_of (options_str (o, "ServerApp.log_level")));
    raise_open_files (options_int (o, "ServerApp.min_open_files_limit"));
    set_base_url (s);
    if (s->handed.socket) /* we listen nowhere else, whatever files say */
        options_set (o, "ServerApp.sock", json_string (s->handed.sock));
    s->data_dir = find_data_dir ();
    if (set_directories (s, positional, err))
        return -1;
    bool no_password = !*options_str (o, "PasswordIdentityProvider.hashed_password");
    if (options_bool (o, "PasswordIdentityProvider.password_required") && no_password)
        return err_set (
            err, PROBLEM_INVALID,
            "a password is required and none is set: run labwright lab password");
    return 0;
}

void setup_warn_extensions (const struct options *o)
{
    static const char natives[] =
        " jupyterlab jupyter_server_terminals jupyter_lsp notebook_shim "
        "notebook nbclassic ";
    const char *name;
    json_t *enabled;
    json_object_foreach ((json_t *)options_json (o, "ServerApp.jpserver_extensions"), name,
                         enabled)
    {
        autofree char *word = xasprintf (" %s ", name);
        if (json_is_true (enabled) && !strstr (natives, word))
            log_warning ("server",
                         "the server extension %s is enabled but cannot be loaded: "
                         "what its JupyterLab extension asks for will be missing",
                         name);
    }
}

void setup_free (struct server *s)
{
    free ((char *)s->base_url);
    free ((char *)s->root_dir);
    free ((char *)s->data_dir);
    free ((char *)s->url);
}
