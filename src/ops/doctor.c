/* doctor.c - verb `labwright doctor`: goes through the tables and prints */

#include "ops/doctor.h"

#include "base/args.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "base/table.h"
#include "model/state_dir.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum doctor_verdict doctor_say (struct doctor *d, enum doctor_verdict v, const char *mend,
                                const char *fmt, ...)
{
    va_list ap;

    va_start (ap, fmt);
    (void)vsnprintf (d->text, sizeof d->text, fmt, ap);
    va_end (ap);
    (void)snprintf (d->mend, sizeof d->mend, "%s", mend ? mend : "");
    return v;
}

char *doctor_in_root (const struct doctor *d, const char *name)
{
    return path_join (d->root, name);
}

char *doctor_in_state (const struct doctor *d, const char *name)
{
    return path_join (d->state, name);
}

void doctor_read (const struct doctor *d, const char *name, char *ret, size_t size)
{
    autofree char *path = doctor_in_root (d, name);
    autodone (buf_done) struct buf b;

    buf_init (&b, 256 << 10);
    ret[0] = '\0';
    if (fd_read_file (path, &b, NULL) == 0)
        (void)snprintf (ret, size, "%s", b.data);
}

bool doctor_program (const char *name)
{
    const char *path = getenv ("PATH");

    while (path && *path) {
        size_t n = strcspn (path, ":");
        autofree char *full = xasprintf ("%.*s/%s", (int)n, path, name);
        if (n && !access (full, X_OK))
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

static int usage (FILE *to, int code)
{
    (void)fprintf (
        to, "usage: labwright doctor [--state DIR] [--json] [--quiet]\n\n"
            "Looks for what is wrong with an installation, changes nothing, and says\n"
            "what mends it. Exit status 1 if something is bad.\n");
    return code;
}

static void print_one (const struct doctor *d, const char *name, enum doctor_verdict v,
                       bool quiet)
{
    static const char *const words[] = { "fine", "weak", "BAD " };
    autofree char *text = table_clean (d->text);
    autofree char *mend = table_clean (d->mend);

    if (quiet && v == DOCTOR_FINE)
        return;
    (void)printf ("%s  %s: %s\n", words[v], name, text);
    if (*mend)
        (void)printf ("      -> %s\n", mend);
}

static int look_at_all (struct doctor *d, bool json, bool quiet)
{
    static const char *const words[] = { "fine", "weak", "bad" };
    static const struct doctor_table *const tables[] = { &doctor_state, &doctor_config,
                                                         &doctor_host };
    autojson json_t *list = json_array ();
    unsigned count[3] = { 0 };

    for (size_t t = 0; t < ARRAY_SIZE (tables); t++)
        for (size_t i = 0; i < tables[t]->n; i++) {
            const struct doctor_check *c = &tables[t]->checks[i];
            d->text[0] = d->mend[0] = '\0';
            enum doctor_verdict v = c->look (d);
            count[v]++;
            if (!json)
                print_one (d, c->name, v, quiet);
            (void)json_array_append_new (
                list, json_pack ("{s:s, s:s, s:s, s:s}", "name", c->name, "verdict",
                                 words[v], "text", d->text, "mend", d->mend));
        }
    if (json) {
        autofree char *text = jsonx_dump_string (list, 2, false);
        (void)printf ("%s\n", text);
    } else {
        (void)printf ("%u fine, %u weak, %u bad\n", count[0], count[1], count[2]);
    }
    return count[DOCTOR_BAD] ? 1 : 0;
}

int doctor_main (int argc, char **argv)
{
    const char *state = STATE_DIR_DEFAULT, *root = "/";
    bool json = false, quiet = false, help = false;
    const struct arg table[] = {
        { "state", 's', ARG_TEXT, &state }, { "root", 0, ARG_TEXT, &root },
        { "json", 0, ARG_FLAG, &json },     { "quiet", 'q', ARG_FLAG, &quiet },
        { "help", 'h', ARG_FLAG, &help },
    };
    struct strv words = { 0 };
    struct err err;

    if (args_parse (table, ARRAY_SIZE (table), argc, argv, 0, &words, &err) < 0 ||
        words.n) {
        (void)fprintf (stderr, "labwright doctor: %s\n",
                       words.n ? "what are these words?" : err.text);
        strv_done (&words);
        return usage (stderr, 2);
    }
    if (help)
        return usage (stdout, 0);
    autofree char *absolute = path_absolute (state);
    struct doctor d = { .state = absolute, .root = root };
    machine_host_read (&d.host, root, absolute);
    int code = look_at_all (&d, json, quiet);
    machine_host_done (&d.host);
    return code;
}
