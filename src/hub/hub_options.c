/* hub_options.c - the command line of `labwright serve --hub`
 *
 * One table; "--name value" and "--name=value".
 */

#include "hub/hub_options.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <stddef.h>
#include <string.h>

enum kind { FLAG, TEXT, PORT, NOTHING };

static const struct option {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *arg, *help;
} table[] = {
#define AT(field) offsetof (struct hub_options, field)
    { "--state", TEXT, AT (state), "DIR", "where everything is kept" },
    { "--port", PORT, AT (port), "N", "port to listen on (8888; 0: any free one)" },
    { "--listen", TEXT, AT (listen), "ADDRESS", "instead of 127.0.0.1 and ::1" },
    { "--hub-url", TEXT, AT (hub_url), "URL", "how browsers reach the hub" },
    { "--labs-url", TEXT, AT (labs_url), "URL",
      "another name of this machine, for what users wrote; may hold {workspace}" },
    { "--certfile", TEXT, AT (certfile), "FILE", "TLS certificate (PEM)" },
    { "--keyfile", TEXT, AT (keyfile), "FILE", "its key" },
    { "--behind-proxy", FLAG, AT (behind_proxy), NULL,
      "X-Forwarded-For of the proxy in front tells who asks" },
    { "--git-private", FLAG, AT (git_private), NULL,
      "workspaces may begin with repositories of private networks" },
    { "--verbose", FLAG, AT (verbose), NULL, "one line for each request" },
    { "--hub", NOTHING, 0, NULL,
      "the hub alone: what serves and parses, without privilege" },
    { "--stop-all", NOTHING, 0, NULL,
      "workspaces end when this is told to end (else they go on)" },
    { "--routes", FLAG, AT (routes), NULL, "print the route table as JSON lines" },
    { "--help", FLAG, AT (help), NULL, "this text" },
#undef AT
};

void hub_options_help (FILE *to)
{
    (void)fprintf (to, "usage: labwright serve --state DIR [OPTIONS]\n\n");
    for (size_t i = 0; i < ARRAY_SIZE (table); i++)
        (void)fprintf (to, "  %-14s %-8s %s\n", table[i].name,
                       table[i].arg ? table[i].arg : "", table[i].help);
}

/* VALUE: what follows '=', or NULL. */
static const struct option *find (const char *arg, const char **ret_value)
{
    size_t n = strcspn (arg, "=");
    for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
        if (strlen (table[i].name) != n || memcmp (table[i].name, arg, n) != 0)
            continue;
        *ret_value = arg[n] ? arg + n + 1 : NULL;
        return &table[i];
    }
    return NULL;
}

static int parse_port (const char *text, int *ret, struct err *err)
{
    char *end;
    long v = strtol (text, &end, 10);
    if (!*text || *end || v < 0 || v > 65535)
        return err_set (err, PROBLEM_INVALID, "--port: '%.40s' is no port", text);
    *ret = (int)v;
    return 0;
}

static int set (struct hub_options *o, const struct option *opt, const char *value,
                struct err *err)
{
    void *at = (char *)o + opt->offset;
    if (opt->kind == PORT)
        return parse_port (value, at, err);
    if (opt->kind == TEXT)
        *(const char **)at = value;
    else if (opt->kind == FLAG)
        *(bool *)at = true;
    return 0;
}

static int parse_all (struct hub_options *o, int argc, char **argv, struct err *err)
{
    for (int i = 1; i < argc; i++) {
        const char *value;
        const struct option *opt = find (argv[i], &value);
        if (!opt)
            return err_set (err, PROBLEM_INVALID, "what is '%.100s'? --help tells more",
                            argv[i]);
        bool wants = opt->kind == TEXT || opt->kind == PORT;
        if (wants && !value && i + 1 < argc)
            value = argv[++i];
        if (wants != !!value)
            return err_set (err, PROBLEM_INVALID, "%s %s a value", opt->name,
                            wants ? "needs" : "does not take");
        if (set (o, opt, value, err))
            return -1;
    }
    return 0;
}

int hub_options_parse (struct hub_options *o, int argc, char **argv, struct err *err)
{
    *o = (struct hub_options){ .port = 8888 };
    int rc = parse_all (o, argc, argv, err);
    const char *state = o->state;
    o->state = state ? path_absolute (state) : NULL; /* argv keeps the other */
    if (rc || o->help || o->routes)
        return rc;
    if (!state)
        return err_set (err, PROBLEM_INVALID, "--state DIR says where everything is kept");
    if (!o->certfile != !o->keyfile)
        return err_set (err, PROBLEM_INVALID, "--certfile and --keyfile belong together");
    return 0;
}

void hub_options_done (struct hub_options *o)
{
    free (o->state);
    o->state = NULL;
}
