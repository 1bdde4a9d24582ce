/* options_args.c - the command line: flags, aliases, --Class.trait=value, one positional
 * argument */

#include "base/jsonx.h"
#include "server/option_value.h"
#include "server/options_private.h"

#include <ctype.h>
#include <string.h>

#define WHERE "command line"

/* DOTTED is "Class.trait" or "Owner.Class.trait"; sets it to what TEXT says. */
static int set_trait (struct options *o, const char *dotted, size_t n, const char *text,
                      struct err *err)
{
    autofree char *copy = xstrndup (dotted, n);
    char *dot = strrchr (copy, '.');
    if (!dot || dot == copy)
        return err_set (err, PROBLEM_INVALID, "\"%.80s\" is not Class.trait", copy);
    *dot = '\0';
    const char *name = dot + 1;
    char *owner = strrchr (copy, '.');
    const char *class = owner ? owner + 1 : copy;
    const struct option_trait *t = options_known (o, class, name, WHERE);
    if (!t)
        return 0;
    const json_t *sections =
        owner ? o->layer[OPTIONS_ARGS].nested : o->layer[OPTIONS_ARGS].top;
    const json_t *previous = json_object_get (json_object_get (sections, class), name);
    autojson json_t *value = option_value_parse (t, text, previous, err);
    if (!value)
        return -1;
    options_layer_set (o, OPTIONS_ARGS, owner != NULL, class, name, value);
    return 0;
}

struct args {
    struct options *o;
    int argc, next;
    char **argv;
    struct options_args *ret;
    struct err *err;
};

/* 1: it was a flag and is done; 0: it is none. */
static int try_flag (struct args *a, const char *arg)
{
    for (size_t i = 0; i < option_flags_n; i++) {
        const struct option_flag *f = &option_flags[i];
        if (strcmp (f->name, arg))
            continue;
        if (f->set) {
            const char *eq = strchr (f->set, '=');
            return set_trait (a->o, f->set, (size_t)(eq - f->set), eq + 1, a->err) ? -1 : 1;
        }
        a->ret->action = (enum options_action)f->action;
        return 1;
    }
    return 0;
}

static int use_alias (struct args *a, const struct option_alias *alias, const char *value)
{
    if (!*alias->trait) {
        a->ret->config = value;
        return 1;
    }
    return set_trait (a->o, alias->trait, strlen (alias->trait), value, a->err) ? -1 : 1;
}

/* "--x=V" or "--x V". */
static int try_alias (struct args *a, const char *arg)
{
    size_t n = strcspn (arg, "=");
    for (size_t i = 0; i < option_aliases_n; i++) {
        const struct option_alias *alias = &option_aliases[i];
        if (strlen (alias->name) != n || strncmp (alias->name, arg, n))
            continue;
        if (arg[n] == '=')
            return use_alias (a, alias, arg + n + 1);
        if (a->next >= a->argc)
            return err_set (a->err, PROBLEM_INVALID, "%s needs a value", arg);
        return use_alias (a, alias, a->argv[a->next++]);
    }
    return 0;
}

/* "--Class.trait=V", "--Class.trait V"; a boolean may stand alone. */
static int try_trait (struct args *a, const char *arg)
{
    size_t n = strcspn (arg, "=");
    if (!memchr (arg, '.', n) || !isupper ((unsigned char)arg[2]))
        return 0;
    const char *value = "True";
    if (arg[n] == '=')
        value = arg + n + 1;
    else if (a->next < a->argc && strncmp (a->argv[a->next], "--", 2) != 0)
        value = a->argv[a->next++];
    return set_trait (a->o, arg + 2, n - 2, value, a->err) ? -1 : 1;
}

static int take_positional (struct args *a, const char *arg)
{
    if (a->ret->positional)
        return err_set (a->err, PROBLEM_INVALID, "more than one directory or file: %.200s",
                        arg);
    a->ret->positional = arg;
    return 0;
}

static int take_option (struct args *a, const char *arg)
{
    int rc = try_flag (a, arg);
    if (!rc)
        rc = try_alias (a, arg);
    if (!rc && !strncmp (arg, "--", 2))
        rc = try_trait (a, arg);
    if (rc)
        return rc < 0 ? -1 : 0;
    const char *near = option_nearest_flag (arg);
    return err_set (a->err, PROBLEM_INVALID, "unrecognized flag '%.80s'%s%s%s", arg,
                    near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int options_parse_args (struct options *o, int argc, char **argv, struct options_args *ret,
                        struct err *err)
{
    struct args a = { o, argc, 1, argv, ret, err };
    bool only_positional = false;
    *ret = (struct options_args){ OPTIONS_RUN, NULL, NULL };
    while (a.next < argc) {
        const char *arg = argv[a.next++];
        int rc = 0;
        if (!only_positional && !strcmp (arg, "--"))
            only_positional = true;
        else if (only_positional || arg[0] != '-' || !arg[1])
            rc = take_positional (&a, arg);
        else
            rc = take_option (&a, arg);
        if (rc)
            return -1;
    }
    options_resolve (o);
    return 0;
}
