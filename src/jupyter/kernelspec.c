/* kernelspec.c - one kernel.json: reading it, launching from it, showing it */

#include "jupyter/kernelspec.h"
#include "base/buf.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/url.h"

#include <dirent.h>
#include <string.h>
#include <strings.h>

void kernelspec_free (struct kernelspec *s)
{
    if (!s)
        return;
    free (s->name);
    free (s->dir);
    strv_done (&s->argv);
    free (s->display_name);
    free (s->language);
    json_decref (s->env);
    json_decref (s->metadata);
    free (s->protocol_version);
    free (s);
}

/* A string member; absent is DFLT, another type is an error. */
static int take_string (const json_t *j, const char *key, const char *dflt, char **ret,
                        struct err *err)
{
    const json_t *v = json_object_get (j, key);

    if (v && !json_is_string (v) && !json_is_null (v))
        return err_set (err, PROBLEM_INVALID, "%s: expected string", key);
    *ret = xstrdup (json_is_string (v) ? json_string_value (v) : dflt);
    return 0;
}

static int take_object (const json_t *j, const char *key, json_t **ret, struct err *err)
{
    json_t *v = json_object_get (j, key);

    if (v && !json_is_object (v))
        return err_set (err, PROBLEM_INVALID, "%s: expected object", key);
    *ret = v ? json_incref (v) : json_object ();
    return 0;
}

static int take_argv (const json_t *j, struct strv *ret, struct err *err)
{
    const json_t *argv = json_object_get (j, "argv");
    size_t i;
    json_t *v;

    if (argv && !json_is_array (argv))
        return err_set (err, PROBLEM_INVALID, "argv: expected array of strings");
    json_array_foreach ((json_t *)argv, i, v)
    {
        if (!json_is_string (v) || strlen (json_string_value (v)) != json_string_length (v))
            return err_set (err, PROBLEM_INVALID, "argv: expected array of strings");
        strv_add (ret, json_string_value (v));
    }
    return 0;
}

static int check_env (const json_t *env, struct err *err)
{
    const char *key;
    json_t *v;

    json_object_foreach (
        (json_t *)env, key,
        v) if (!json_is_string (v) ||
               strlen (json_string_value (v)) != json_string_length (v) || !*key ||
               strchr (key, '=')) return err_set (err, PROBLEM_INVALID,
                                                  "env: %s: expected string", key);
    return 0;
}

static int check_provisioner (const json_t *metadata, struct err *err)
{
    const json_t *p = json_object_get (metadata, "kernel_provisioner");
    const char *name = jsonx_str (p, "provisioner_name", "local-provisioner");

    if (!p || !strcmp (name, "local-provisioner"))
        return 0;
    return err_set (err, PROBLEM_UNSUPPORTED,
                    "wants the provisioner '%s', which is not here", name);
}

static int fill (struct kernelspec *s, const json_t *j, struct err *err)
{
    autofree char *mode = NULL;

    if (!json_is_object (j))
        return err_set (err, PROBLEM_INVALID, "expected an object");
    if (take_argv (j, &s->argv, err) < 0 || take_object (j, "env", &s->env, err) < 0 ||
        take_object (j, "metadata", &s->metadata, err) < 0 ||
        take_string (j, "display_name", "", &s->display_name, err) < 0 ||
        take_string (j, "language", "", &s->language, err) < 0 ||
        take_string (j, "kernel_protocol_version", "", &s->protocol_version, err) < 0 ||
        take_string (j, "interrupt_mode", "signal", &mode, err) < 0)
        return -1;
    s->interrupt_message = !strcasecmp (mode, "message");
    if (!s->interrupt_message && strcasecmp (mode, "signal"))
        return err_set (err, PROBLEM_INVALID,
                        "interrupt_mode: '%s' is neither signal nor message", mode);
    return check_env (s->env, err) < 0 ? -1 : check_provisioner (s->metadata, err);
}

struct kernelspec *kernelspec_parse (const char *name, const char *dir, const char *text,
                                     size_t n, struct err *err)
{
    autojson json_t *j = jsonx_parse (text, n, err);
    autocleanup (kernelspec_free) struct kernelspec *s = xnew (struct kernelspec);

    if (!j)
        return NULL;
    s->name = xstrdup (name);
    for (char *p = s->name; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p |= 0x20;
    s->dir = xstrdup (dir);
    if (fill (s, j, err) < 0)
        return NULL;
    return take_ptr (s);
}

/* ---- launch --------------------------------------------------------------------------------------- */

#define ARGUMENT_MAX                                                                       \
    (128u << 10) /* bytes of one argument or environment value; Linux takes no more */

/* ARG with the {names} of NAMES replaced in one pass: what was put in is not looked at again, and unknown
 * names stay (7.3). */
static char *expand (const char *arg, const char *const names[][2])
{
    struct buf b;

    buf_init (&b, ARGUMENT_MAX);
    while (*arg) {
        const char *with = NULL;
        size_t n = 0;

        for (size_t i = 0; *arg == '{' && names[i][0] && !with; i++) {
            n = strlen (names[i][0]);
            if (!strncmp (arg, names[i][0], n))
                with = names[i][1];
        }
        if (with)
            buf_adds (&b, with);
        else
            buf_addc (&b, *arg);
        arg += with ? n : 1;
    }
    return buf_take (&b, NULL);
}

/* "python", "python3", "python3.11". */
static bool is_python (const char *s)
{
    if (strncmp (s, "python", 6))
        return false;
    s += 6;
    if (*s == '3')
        s++;
    if (*s == '.' && s[-1] == '3')
        s += 1 + strspn (s + 1, "0123456789");
    return *s == '\0';
}

/* The environment's interpreter for NAME, else NAME. */
static void add_python (struct strv *argv, const char *prefix, const char *name)
{
    if (!*prefix) {
        strv_add (argv, name);
        return;
    }
    autofree char *own = xasprintf ("%s/bin/%s", prefix, name);
    autofree char *plain = xasprintf ("%s/bin/python3", prefix);

    strv_add (argv, access (own, X_OK) == 0     ? own
                    : access (plain, X_OK) == 0 ? plain
                                                : name);
}

void kernelspec_argv (const struct kernelspec *s, const char *prefix,
                      const char *connection_file, struct strv *argv)
{
    const char *const names[][2] = { { "{resource_dir}", s->dir },
                                     { "{prefix}", prefix },
                                     { "{connection_file}", connection_file },
                                     { NULL, NULL } };

    for (size_t i = 0; i < s->argv.n; i++) {
        autofree char *home = path_expand_user (s->argv.v[i]);
        autofree char *arg = expand (home, names);

        if (i == 0 && is_python (arg))
            add_python (argv, prefix, arg);
        else
            strv_add (argv, arg);
    }
}

static bool name_char (char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/* One '$...' at P; returns how many bytes of it were used. */
static size_t substitute (const char *p, const struct strv *environ, struct buf *b)
{
    if (p[1] == '$') {
        buf_addc (b, '$');
        return 2;
    }
    bool brace = p[1] == '{';
    const char *name = p + 1 + brace;
    size_t n = 0;
    while (name_char (name[n], n == 0))
        n++;
    autofree char *key = xstrndup (name, n);
    const char *v = n && (!brace || name[n] == '}') ? strv_env_get (environ, key) : NULL;
    if (!v) {
        buf_addc (b, '$');
        return 1;
    }
    buf_adds (b, v);
    return 1 + n + 2 * brace;
}

void kernelspec_environ (const struct kernelspec *s, struct strv *environ)
{
    autodone (strv_done) struct strv launch;
    const char *key;
    json_t *value;

    if (!strncasecmp (s->language, "python", 6))
        strv_env_unset (environ, "PYTHONEXECUTABLE");
    strv_init (&launch);
    strv_copy (&launch, environ);
    json_object_foreach (s->env, key, value)
    {
        autodone (buf_done) struct buf b;
        buf_init (&b, ARGUMENT_MAX);
        for (const char *p = json_string_value (value); *p;) {
            if (*p == '$')
                p += substitute (p, &launch, &b);
            else
                buf_addc (&b, *p++);
        }
        strv_env_set (environ, key, b.data);
    }
}

/* ---- the API's view ------------------------------------------------------------------------------- */

static void add_resource (json_t *resources, const struct kernelspec *s,
                          const char *base_url, const char *file, const char *key)
{
    autofree char *name = url_encode_all (s->name);
    autofree char *enc = url_encode_all (file);
    autofree char *url = xasprintf ("%skernelspecs/%s/%s", base_url, name, enc);

    jsonx_set_str (resources, key, url);
}

static json_t *resources_of (const struct kernelspec *s, const char *base_url)
{
    json_t *resources = json_object ();
    DIR *d = opendir (s->dir);

    for (struct dirent *e; d && (e = readdir (d));) {
        if (!strcmp (e->d_name, "kernel.js") || !strcmp (e->d_name, "kernel.css")) {
            add_resource (resources, s, base_url, e->d_name, e->d_name);
        } else if (!strncmp (e->d_name, "logo-", 5) &&
                   utf8_valid (e->d_name, strlen (e->d_name))) {
            const char *dot = strrchr (e->d_name, '.');
            autofree char *key =
                dot ? xstrndup (e->d_name, (size_t)(dot - e->d_name)) : xstrdup (e->d_name);
            add_resource (resources, s, base_url, e->d_name, key);
        }
    }
    if (d)
        (void)closedir (d);
    return resources;
}

json_t *kernelspec_to_json (const struct kernelspec *s, const char *base_url)
{
    json_t *argv = json_array ();

    for (size_t i = 0; i < s->argv.n; i++)
        (void)json_array_append_new (argv, json_string (s->argv.v[i]));
    return json_pack ("{s:s, s:{s:o, s:O, s:s, s:s, s:s, s:O, s:s}, s:o}", "name", s->name,
                      "spec", "argv", argv, "env", s->env, "display_name", s->display_name,
                      "language", s->language, "interrupt_mode",
                      s->interrupt_message ? "message" : "signal", "metadata", s->metadata,
                      "kernel_protocol_version", s->protocol_version, "resources",
                      resources_of (s, base_url));
}
