/* jpaths.c - where Jupyter looks for things
 *
 * A C program has no sys.prefix.  Ours is, in this order: $VIRTUAL_ENV, $CONDA_PREFIX, the environment that
 * `./dev env` made beside the build tree, the directory of the `jupyter` found on PATH, /usr.
 */

#include "jupyter/jpaths.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/program.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char *env (const char *name)
{
    const char *v = getenv (name);

    return v && *v ? v : NULL;
}

/* Anything but these, in any case (contract 0.1). */
static bool truthy (const char *v)
{
    static const char *const no[] = { "no", "n", "false", "off", "0", "0.0" };

    for (size_t i = 0; i < ARRAY_SIZE (no); i++)
        if (!strcasecmp (v, no[i]))
            return false;
    return true;
}

static bool is_dir (const char *path)
{
    struct stat st;

    return stat (path, &st) == 0 && S_ISDIR (st.st_mode);
}

static char *find_home (void)
{
    if (env ("HOME"))
        return path_absolute (env ("HOME"));
    char buf[4096];
    struct passwd pw, *found = NULL;
    (void)getpwuid_r (getuid (), &pw, buf, sizeof (buf), &found);
    return xstrdup (found ? found->pw_dir : "/");
}

char *jpaths_build_tree (void)
{
    autofree char *build = program_dir ();

    if (!*build)
        return NULL;
    char *tree = path_dirname (build);
    autofree char *mark = path_join (tree, "src/main.c");
    if (access (mark, F_OK) == 0)
        return tree;
    free (tree);
    return NULL;
}

/* The prefix of an executable NAME on PATH: <prefix>/bin/NAME. */
static char *prefix_on_path (const char *name)
{
    const char *p = env ("PATH");

    while (p && *p) {
        size_t n = strcspn (p, ":");
        autofree char *bin = xstrndup (p, n);
        autofree char *file = path_join (bin, name);
        if (n && bin[0] == '/' && access (file, X_OK) == 0)
            return path_dirname (bin);
        p += n + (p[n] == ':');
    }
    return NULL;
}

static char *find_prefix (void)
{
    if (env ("VIRTUAL_ENV"))
        return path_absolute (env ("VIRTUAL_ENV"));
    if (env ("CONDA_PREFIX"))
        return path_absolute (env ("CONDA_PREFIX"));
    autofree char *tree = jpaths_build_tree ();
    if (tree) {
        char *venv = path_join (tree, ".cache/venv");
        if (is_dir (venv))
            return venv;
        free (venv);
    }
    char *found = prefix_on_path ("jupyter");
    return found ? found : xstrdup ("/usr");
}

/* Does the environment's entry come before the user's?  Contract 0.1. */
static bool prefer_env (const char *prefix)
{
    struct stat st;
    const char *asked = env ("JUPYTER_PREFER_ENV_PATH");
    const char *conda = env ("CONDA_DEFAULT_ENV");

    if (asked)
        return truthy (asked);
    bool ours = stat (prefix, &st) == 0 && st.st_uid == getuid ();
    if (env ("VIRTUAL_ENV"))
        return ours;
    if (env ("CONDA_PREFIX"))
        return ours && conda && strcmp (conda, "base");
    autofree char *cfg = path_join (prefix, "pyvenv.cfg");
    return ours && access (cfg, F_OK) == 0;
}

static void add_list (struct strv *s, const char *list)
{
    while (list && *list) {
        size_t n = strcspn (list, ":");
        size_t len = n;
        while (len > 1 && list[len - 1] == '/')
            len--;
        if (len)
            strv_addn (s, list, len);
        list += n + (list[n] == ':');
    }
}

/* Extra entries, then the user's and the environment's in their order, then the system's. */
static void fill (struct strv *s, const struct jpaths *p, const char *extra,
                  const char *user, const char *sub, const char *const system[2])
{
    autofree char *site = xasprintf ("%s/.local/%s", p->home, sub);
    autofree char *own = path_join (p->env_prefix, sub);
    bool first = prefer_env (p->env_prefix);
    bool is_system = !strcmp (own, system[0]) || !strcmp (own, system[1]);

    add_list (s, extra);
    if (first && !is_system)
        strv_add (s, own);
    strv_add (s, user);
    if (!strv_has (s, site))
        strv_add (s, site);
    if (!is_system && !strv_has (s, own))
        strv_add (s, own);
    for (int i = 0; i < 2; i++)
        if (!strv_has (s, system[i]))
            strv_add (s, system[i]);
}

static bool no_config (void)
{
    return env ("JUPYTER_NO_CONFIG") != NULL;
}

static char *find_config_dir (const struct jpaths *p, struct err *err)
{
    if (no_config ()) {
        autofree char *dir = xstrdup ("/tmp/jupyter-clean-cfg-XXXXXX");
        if (!mkdtemp (dir)) {
            err_sys (err, errno, "create an empty configuration directory");
            return NULL;
        }
        return take_ptr (dir);
    }
    if (env ("JUPYTER_CONFIG_DIR"))
        return path_absolute (env ("JUPYTER_CONFIG_DIR"));
    if (env ("JUPYTER_PLATFORM_DIRS") && truthy (env ("JUPYTER_PLATFORM_DIRS")))
        return env ("XDG_CONFIG_HOME") ? path_join (env ("XDG_CONFIG_HOME"), "jupyter")
                                       : path_join (p->home, ".config/jupyter");
    return path_join (p->home, ".jupyter");
}

static char *find_data_dir (const struct jpaths *p)
{
    if (env ("JUPYTER_DATA_DIR"))
        return path_absolute (env ("JUPYTER_DATA_DIR"));
    if (env ("XDG_DATA_HOME"))
        return path_join (env ("XDG_DATA_HOME"), "jupyter");
    return path_join (p->home, ".local/share/jupyter");
}

/* What we bring ourselves, after everything that people installed.  Kernelspecs are where every Jupyter would
 * find them, below share/jupyter of the prefix or of the build tree. */
static void add_own (struct jpaths *p)
{
    autofree char *tree = jpaths_build_tree ();
    autofree char *build = tree ? program_dir () : NULL;
    autofree char *shared = path_join (build ? build : LABWRIGHT_PREFIX, "share/jupyter");

    if (!strv_has (&p->data_path, shared))
        strv_add (&p->data_path, shared);
    strv_add (&p->data_path, tree ? tree : LABWRIGHT_DATADIR);
}

struct jpaths *jpaths_new (struct err *err)
{
    static const char *const config_system[] = { "/usr/local/etc/jupyter", "/etc/jupyter" };
    static const char *const data_system[] = { "/usr/local/share/jupyter",
                                               "/usr/share/jupyter" };
    struct jpaths *p = xnew (struct jpaths);

    p->home = find_home ();
    p->env_prefix = find_prefix ();
    p->config_dir = find_config_dir (p, err);
    p->data_dir = find_data_dir (p);
    p->runtime_dir = env ("JUPYTER_RUNTIME_DIR")
                         ? path_absolute (env ("JUPYTER_RUNTIME_DIR"))
                         : path_join (p->data_dir, "runtime");
    if (!p->config_dir || fd_mkdirs (p->runtime_dir, 0700, err) < 0) {
        jpaths_free (p);
        return NULL;
    }
    if (no_config ()) /* nothing but the empty directory is looked at */
        strv_add (&p->config_path, p->config_dir);
    else
        fill (&p->config_path, p, env ("JUPYTER_CONFIG_PATH"), p->config_dir, "etc/jupyter",
              config_system);
    fill (&p->data_path, p, env ("JUPYTER_PATH"), p->data_dir, "share/jupyter",
          data_system);
    add_own (p);
    return p;
}

void jpaths_free (struct jpaths *p)
{
    if (!p)
        return;
    free (p->home);
    free (p->config_dir);
    free (p->data_dir);
    free (p->runtime_dir);
    free (p->env_prefix);
    strv_done (&p->config_path);
    strv_done (&p->data_path);
    free (p);
}

char *jpaths_find_data (const struct jpaths *p, const char *sub)
{
    for (size_t i = 0; i < p->data_path.n; i++) {
        char *path = path_join (p->data_path.v[i], sub);
        if (access (path, F_OK) == 0)
            return path;
        free (path);
    }
    return NULL;
}
