/* options_load.c - config files and environment
 *
 * Files are objects {class: {trait: value}}; a key of a section that begins with a capital
 * is a section of its own, nested in its owner.  Order, weakest first (contract 0.2): for
 * every application name (jupyter, jupyter_server, jupyter_lab) the directories of the
 * config path from the system's to the user's, within one NAME_config.d in byte order and
 * then NAME_config.json.
 */

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "jupyter/jpaths.h"
#include "server/option_value.h"
#include "server/options_private.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NESTING 8

static void tell_inert (struct options *o, const struct option_inert *inert,
                        const char *class, const char *name, const char *where)
{
    bool *told = &o->told[inert - option_inert];
    if (!*told)
        log_warning ("options", "%s: %s.%s has no effect here: %s", where, class, name,
                     inert->why);
    *told = true;
}

const struct option_trait *options_known (struct options *o, const char *class,
                                          const char *name, const char *where)
{
    const struct option_trait *t = option_find (class, strlen (class), name);
    if (!t)
        t = option_find_legacy (class, name);
    if (t)
        return t;
    const struct option_inert *inert = option_find_inert (class, name);
    if (inert) {
        tell_inert (o, inert, class, name, where);
        return NULL;
    }
    if (!option_class_known (class)) {
        const char *near = option_nearest_class (class);
        log_warning ("options", "%s: unknown class '%s'%s%s%s", where, class,
                     near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
        return NULL;
    }
    const char *near = option_nearest_trait (class, name);
    log_warning ("options", "%s: '%s' has no trait '%s'%s%s%s", where, class, name,
                 near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}

static void load_section (struct options *o, enum options_source source, const char *class,
                          const json_t *section, const char *where, int depth)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)section, key, value)
    {
        if (isupper ((unsigned char)key[0]) && json_is_object (value)) {
            if (depth < NESTING)
                load_section (o, source, key, value, where, depth + 1);
            continue;
        }
        const struct option_trait *t = options_known (o, class, key, where);
        if (!t)
            continue;
        struct err err;
        autojson json_t *checked = option_value_check (t, value, &err);
        if (checked)
            options_layer_set (o, source, depth > 0, class, key, checked);
        else
            log_warning ("options", "%s: %s", where, err.text);
    }
}

static int load_file (struct options *o, enum options_source source, const char *path,
                      struct err *err)
{
    autojson json_t *root = jsonx_read_file (path, err);
    if (!root)
        return err_wrap (err, "%s", path);
    if (!json_is_object (root))
        return err_set (err, PROBLEM_INVALID, "%s: not a JSON object", path);
    const char *key;
    json_t *section;
    json_object_foreach (root, key, section)
    {
        if (json_is_object (section))
            load_section (o, source, key, section, path, 0);
    }
    return 0;
}

int options_load_file (struct options *o, const char *path, struct err *err)
{
    int rc = load_file (o, OPTIONS_FILE, path, err);
    options_resolve (o);
    return rc;
}

static void try_file (struct options *o, const char *path)
{
    struct err err;
    if (load_file (o, OPTIONS_FILES, path, &err) && err.problem != PROBLEM_NOT_FOUND)
        log_warning ("options", "skipped: %s", err.text);
}

static void try_dropins (struct options *o, const char *dir)
{
    struct strv names;
    strv_init (&names);
    (void)fd_list_dir (dir, ".json", &names, NULL);
    for (size_t i = 0; i < names.n; i++) {
        autofree char *path = path_join (dir, names.v[i]);
        try_file (o, path);
    }
    strv_done (&names);
}

static void try_dir (struct options *o, const char *dir, const char *name)
{
    autofree char *dropins = xasprintf ("%s/%s_config.d", dir, name);
    autofree char *json = xasprintf ("%s/%s_config.json", dir, name);
    autofree char *python = xasprintf ("%s/%s_config.py", dir, name);
    try_dropins (o, dropins);
    try_file (o, json);
    if (!access (python, F_OK))
        log_warning ("options",
                     "%s is not read: only JSON configuration is; see --generate-config",
                     python);
}

void options_load_files (struct options *o, const struct jpaths *p)
{
    static const char *const names[] = { "jupyter", "jupyter_server", "jupyter_lab" };
    for (size_t i = 0; i < ARRAY_SIZE (names); i++)
        for (size_t d = p->config_path.n; d-- > 0;)
            try_dir (o, p->config_path.v[d], names[i]);
    options_resolve (o);
}

static void environ_value (struct options *o, const char *variable, const char *class,
                           const char *trait)
{
    const char *text = getenv (variable);
    if (!text || !*text)
        return;
    const struct option_trait *t = option_find (class, strlen (class), trait);
    struct err err;
    autojson json_t *value = option_value_parse (t, text, NULL, &err);
    if (value)
        options_layer_set (o, OPTIONS_ENVIRON, false, class, trait, value);
    else
        log_warning ("options", "%s: %s", variable, err.text);
}

static void environ_access (struct options *o)
{
    const char *text = getenv ("JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS");
    if (!text || !*text)
        return;
    json_t *yes = json_boolean (!strcasecmp (text, "true") || !strcasecmp (text, "yes"));
    options_layer_set (o, OPTIONS_ENVIRON, false, "ServerApp",
                       "allow_unauthenticated_access", yes);
    json_decref (yes);
}

/* A token is any text and stays as it is, but for the newline at the end of a file. */
static void environ_token (struct options *o)
{
    const char *text = getenv ("JUPYTER_TOKEN"), *path = getenv ("JUPYTER_TOKEN_FILE");
    autodone (buf_done) struct buf b;
    buf_init (&b, 64 * 1024);
    if (!text && path && *path) {
        struct err err;
        if (fd_read_file (path, &b, &err)) {
            log_warning ("options", "JUPYTER_TOKEN_FILE: %s", err.text);
            return;
        }
        while (b.len > 0 && isspace ((unsigned char)b.data[b.len - 1]))
            b.data[--b.len] = '\0';
        text = b.data;
    }
    if (!text)
        return;
    json_t *token = json_string (text);
    if (token)
        options_layer_set (o, OPTIONS_ENVIRON, false, "PasswordIdentityProvider", "token",
                           token);
    json_decref (token);
}

void options_load_environ (struct options *o)
{
    environ_value (o, "JUPYTER_PORT", "ServerApp", "port");
    environ_value (o, "JUPYTER_PORT_RETRIES", "ServerApp", "port_retries");
    environ_value (o, "JUPYTERLAB_DIR", "LabApp", "app_dir");
    environ_value (o, "JUPYTERLAB_SETTINGS_DIR", "LabApp", "user_settings_dir");
    environ_value (o, "JUPYTERLAB_WORKSPACES_DIR", "LabApp", "workspaces_dir");
    environ_access (o);
    environ_token (o);
    options_resolve (o);
}
