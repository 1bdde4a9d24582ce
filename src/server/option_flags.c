/* option_flags.c - short forms on the command line, and searches in the option tables */

#include "server/option_traits.h"

#include "base/cleanup.h"
#include "server/options.h"

#include <string.h>

#define NO_EFFECT "no effect here"

const struct option_flag option_flags[] = {
    { "--help", NULL, OPTIONS_HELP, "show this text" },
    { "--help-all", NULL, OPTIONS_HELP, "the same" },
    { "-h", NULL, OPTIONS_HELP, "the same" },
    { "--version", NULL, OPTIONS_VERSION, "show the version" },
    { "--show-config", NULL, OPTIONS_SHOW_CONFIG, "show what is configured, and end" },
    { "--show-config-json", NULL, OPTIONS_SHOW_CONFIG_JSON, "the same as JSON" },
    { "--generate-config", NULL, OPTIONS_GENERATE_CONFIG,
      "write a configuration file with every default" },
    { "--debug", "ServerApp.log_level=DEBUG", 0, "log more" },
    { "-y", "ServerApp.answer_yes=True", 0, "answer yes to every question" },
    { "--yes", "ServerApp.answer_yes=True", 0, "the same" },
    { "--allow-root", "ServerApp.allow_root=True", 0, "allow to run as root" },
    { "--no-browser", "ServerApp.open_browser=False", 0, "do not open a browser" },
    { "--detach", "ServerApp.detach=True", 0,
      "leave kernels and terminals running at the end" },
    { "--core-mode", "LabApp.core_mode=True", 0, NO_EFFECT },
    { "--custom-css", "LabApp.custom_css=True", 0, "load custom/custom.css" },
    { "--expose-app-in-browser", "LabApp.expose_app_in_browser=True", 0,
      "set window.jupyterapp" },
    { "--autoreload", "ServerApp.autoreload=True", 0, NO_EFFECT },
    { "--collaborative", "LabApp.collaborative=True", 0, NO_EFFECT },
    { "--dev-mode", "LabApp.dev_mode=True", 0, NO_EFFECT },
    { "--extensions-in-dev-mode", "LabApp.extensions_in_dev_mode=True", 0, NO_EFFECT },
    { "--skip-dev-build", "LabApp.skip_dev_build=True", 0, NO_EFFECT },
    { "--splice-source", "LabApp.splice_source=True", 0, NO_EFFECT },
    { "--watch", "LabApp.watch=True", 0, NO_EFFECT },
};
const size_t option_flags_n = ARRAY_SIZE (option_flags);

const struct option_alias option_aliases[] = {
    { "--log-level", "ServerApp.log_level" },
    { "--config", "" },
    { "-f", "" },
    { "--ip", "ServerApp.ip" },
    { "--port", "ServerApp.port" },
    { "--port-retries", "ServerApp.port_retries" },
    { "--sock", "ServerApp.sock" },
    { "--sock-mode", "ServerApp.sock_mode" },
    { "--transport", "KernelManager.transport" },
    { "--keyfile", "ServerApp.keyfile" },
    { "--certfile", "ServerApp.certfile" },
    { "--client-ca", "ServerApp.client_ca" },
    { "--notebook-dir", "ServerApp.root_dir" },
    { "--preferred-dir", "ServerApp.preferred_dir" },
    { "--browser", "ServerApp.browser" },
    { "--app-dir", "LabApp.app_dir" },
};
const size_t option_aliases_n = ARRAY_SIZE (option_aliases);

const char *option_chain (const char *canonical)
{
    for (size_t i = 0; i < option_classes_n; i++)
        if (!strcmp (option_classes[i].canonical, canonical))
            return option_classes[i].chain;
    return canonical;
}

/* Is the word CLASS (N bytes) in the blank-separated CHAIN? */
static bool chain_has (const char *chain, const char *class, size_t n)
{
    for (const char *p = chain; *p;) {
        size_t len = strcspn (p, " ");
        if (len == n && !memcmp (p, class, n))
            return true;
        p += len;
        p += strspn (p, " ");
    }
    return false;
}

const struct option_trait *option_find (const char *class, size_t class_n, const char *name)
{
    const struct option_trait *found = NULL;
    for (size_t i = 0; i < option_traits_n; i++) {
        const struct option_trait *t = &option_traits[i];
        if (strcmp (t->name, name))
            continue;
        if (strlen (t->class) == class_n && !memcmp (t->class, class, class_n))
            return t;
        if (!found && chain_has (option_chain (t->class), class, class_n))
            found = t;
    }
    return found;
}

const struct option_trait *option_find_legacy (const char *class, const char *name)
{
    for (size_t i = 0; i < option_traits_n; i++) {
        const char *legacy = option_traits[i].legacy;
        const char *dot = legacy ? strchr (legacy, '.') : NULL;
        if (!dot || strcmp (dot + 1, name) != 0)
            continue;
        autofree char *owner = xstrndup (legacy, (size_t)(dot - legacy));
        if (chain_has (option_chain (owner), class, strlen (class)))
            return &option_traits[i];
    }
    return NULL;
}

const struct option_inert *option_find_inert (const char *class, const char *name)
{
    for (size_t i = 0; i < option_inert_n; i++) {
        const struct option_inert *t = &option_inert[i];
        if ((!strcmp (t->name, name) || !strcmp (t->name, "*")) &&
            chain_has (option_chain (t->class), class, strlen (class)))
            return t;
    }
    return NULL;
}

bool option_class_known (const char *class)
{
    for (size_t i = 0; i < option_classes_n; i++)
        if (chain_has (option_classes[i].chain, class, strlen (class)))
            return true;
    return false;
}

/* Edit distance of two short names, for "did you mean". */
static unsigned distance (const char *a, const char *b)
{
    enum { MAX = 64 };
    unsigned row[MAX + 1];
    size_t la = strnlen (a, MAX), lb = strnlen (b, MAX);
    for (size_t j = 0; j <= lb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[lb];
}

struct nearest {
    const char *text, *best;
    unsigned distance;
};

static void nearest_try (struct nearest *n, const char *candidate)
{
    unsigned d = distance (n->text, candidate);
    if (d < n->distance) {
        n->distance = d;
        n->best = candidate;
    }
}

/* Farther than this is no help. */
static struct nearest nearest_to (const char *text)
{
    return (struct nearest){ text, NULL, (unsigned)strlen (text) / 2 + 2 };
}

const char *option_nearest_class (const char *class)
{
    struct nearest n = nearest_to (class);
    for (size_t i = 0; i < option_classes_n; i++)
        nearest_try (&n, option_classes[i].canonical);
    return n.best;
}

const char *option_nearest_trait (const char *class, const char *name)
{
    struct nearest n = nearest_to (name);
    for (size_t i = 0; i < option_traits_n; i++)
        if (chain_has (option_chain (option_traits[i].class), class, strlen (class)))
            nearest_try (&n, option_traits[i].name);
    return n.best;
}

const char *option_nearest_flag (const char *text)
{
    struct nearest n = nearest_to (text);
    for (size_t i = 0; i < option_flags_n; i++)
        nearest_try (&n, option_flags[i].name);
    for (size_t i = 0; i < option_aliases_n; i++)
        nearest_try (&n, option_aliases[i].name);
    return n.best;
}
