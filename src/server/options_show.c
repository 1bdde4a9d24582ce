/* options_show.c - --help, --show-config and --generate-config, all from the tables */

#include "base/jsonx.h"
#include "server/option_value.h"
#include "server/options_private.h"

#include <string.h>

static void help_flags (struct buf *b)
{
    (void)buf_adds (b, "Flags\n");
    for (size_t i = 0; i < option_flags_n; i++)
        (void)buf_addf (b, "  %-24s %s\n", option_flags[i].name, option_flags[i].help);
    (void)buf_adds (b, "\nOptions with a value (--name=VALUE or --name VALUE)\n");
    for (size_t i = 0; i < option_aliases_n; i++) {
        const char *trait = option_aliases[i].trait;
        (void)buf_addf (b, "  %-24s %s\n", option_aliases[i].name,
                        *trait ? trait : "one more configuration file");
    }
}

static void help_traits (struct buf *b)
{
    (void)buf_adds (b, "\nEverything that can be set (--Class.trait=VALUE)\n");
    for (size_t i = 0; i < option_traits_n; i++) {
        const struct option_trait *t = &option_traits[i];
        (void)buf_addf (b, "  --%s.%s\n      %s%s%s%s\n", t->class, t->name, t->help,
                        t->dflt && *t->dflt ? " (" : "", t->dflt ? t->dflt : "",
                        t->dflt && *t->dflt ? ")" : "");
    }
}

static void help_inert (struct buf *b)
{
    (void)buf_adds (b, "\nKnown from the original, without effect here\n");
    for (size_t i = 0; i < option_inert_n; i++)
        (void)buf_addf (b, "  %s.%s\n      %s\n", option_inert[i].class,
                        option_inert[i].name, option_inert[i].why);
}

void options_help (struct buf *b)
{
    (void)buf_adds (b, "usage: labwright lab [OPTIONS] [DIRECTORY | NOTEBOOK | FILE]\n"
                       "       labwright lab list [--json | --jsonlist]\n"
                       "       labwright lab stop [PORT | SOCKET]\n"
                       "       labwright lab path\n"
                       "       labwright lab password\n\n"
                       "Serve JupyterLab from a directory.\n\n");
    help_flags (b);
    help_traits (b);
    help_inert (b);
}

static bool is_secret (const struct option_trait *t)
{
    return !strcmp (t->name, "token") || !strcmp (t->name, "hashed_password") ||
           !strcmp (t->name, "cookie_secret") || !strcmp (t->name, "secret");
}

static json_t *configured (const struct options *o)
{
    json_t *all = json_object ();
    for (size_t i = 0; i < option_traits_n; i++) {
        const struct option_trait *t = &option_traits[i];
        if (!o->set[i])
            continue;
        json_t *section = json_object_get (all, t->class);
        if (!section) {
            section = json_object ();
            (void)json_object_set_new (all, t->class, section);
        }
        json_t *hidden = is_secret (t) ? json_string ("<secret>") : NULL;
        (void)json_object_set_new (section, t->name,
                                   hidden ? hidden : json_incref (o->value[i]));
    }
    return all;
}

void options_show (const struct options *o, struct buf *b, bool json)
{
    autojson json_t *all = configured (o);
    if (json) {
        (void)jsonx_dump (all, b, 2, true);
        (void)buf_addc (b, '\n');
        return;
    }
    const char *class, *name;
    json_t *section, *value;
    json_object_foreach (all, class, section)
    {
        (void)buf_addf (b, "%s\n", class);
        json_object_foreach (section, name, value)
        {
            (void)buf_addf (b, "  .%s = ", name);
            (void)jsonx_dump (value, b, 0, false);
            (void)buf_addc (b, '\n');
        }
    }
}

void options_generate (struct buf *b)
{
    autojson json_t *all = json_object ();
    for (size_t i = 0; i < option_traits_n; i++) {
        const struct option_trait *t = &option_traits[i];
        json_t *value = option_value_default (t);
        if (!value)
            continue;
        json_t *section = json_object_get (all, t->class);
        if (!section) {
            section = json_object ();
            (void)json_object_set_new (all, t->class, section);
        }
        (void)json_object_set_new (section, t->name, value);
    }
    (void)jsonx_dump (all, b, 2, false);
    (void)buf_addc (b, '\n');
}
