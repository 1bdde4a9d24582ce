/* workspace_wait.c - watch a workspace until it is where it goes */

#include "cli/workspace_wait.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 500
#define MISSES 20 /* a hub that is being restarted is away for some seconds */

char *workspace_says (const json_t *item)
{
    static const struct {
        const char *step, *text;
    } steps[] = {
        { "machine", "the machine is made ready" },
        { "data", "files are made ready" },
        { "jupyter", "JupyterLab starts" },
    };
    const char *state = jsonx_str (item, "state", "?");
    const char *reason = jsonx_str (item, "reason", NULL);
    const char *step = jsonx_str (json_object_get (item, "progress"), "step", "");
    int64_t position = jsonx_int (item, "position", 0);

    if (!strcmp (state, "queued") && position > 0) {
        autofree char *clean = table_clean (reason ? reason : "");
        return xasprintf ("queued: place %lld in the line%s%s", (long long)position,
                          *clean ? ": " : "", clean);
    }
    for (size_t i = 0; i < ARRAY_SIZE (steps) && !(reason && *reason); i++)
        if (!strcmp (steps[i].step, step))
            return xasprintf ("%s: %s", state, steps[i].text);
    if (reason && *reason) {
        autofree char *clean = table_clean (reason);
        return xasprintf ("%s: %s", state, clean);
    }
    return xstrdup (state);
}

static void tell (const char *text, bool tty, char **last)
{
    if (*last && !strcmp (*last, text))
        return;
    (void)fprintf (stderr, tty ? "\r\033[K%s" : "%s\n", text);
    free (*last);
    *last = xstrdup (text);
}

static bool is_rest (const char *state)
{
    return !strcmp (state, "running") || !strcmp (state, "stopped") ||
           !strcmp (state, "failed");
}

/* The item anew; a hub that is away for a moment is waited for. */
static json_t *look (struct api *api, const char *path, struct err *err)
{
    const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
    json_t *item = NULL;

    for (int misses = 0; misses < MISSES; misses++) {
        (void)nanosleep (&pause, NULL);
        if (api_call (api, "GET", path, NULL, &item, err) == 0)
            return item;
        if (err->problem != PROBLEM_UNAVAILABLE && err->problem != PROBLEM_TIMEOUT)
            break;
    }
    return NULL;
}

json_t *workspace_wait (struct api *api, const json_t *item, const char *wanted, bool quiet,
                        struct err *err)
{
    autofree char *path = xasprintf ("workspaces/%s", jsonx_str (item, "id", ""));
    autofree char *last = NULL;
    struct err why = { 0 };
    bool tty = isatty (STDERR_FILENO);
    json_t *now = json_incref ((json_t *)item);

    for (;;) {
        const char *state = jsonx_str (now, "state", "");
        autofree char *text = workspace_says (now);
        if (!quiet)
            tell (text, tty, &last);
        if (is_rest (state))
            break;
        json_decref (now);
        now = look (api, path, &why);
        if (!now)
            break;
    }
    if (!quiet && tty)
        (void)fprintf (stderr, "\n");
    if (!now) {
        if (err)
            *err = why;
        return NULL;
    }
    if (!strcmp (jsonx_str (now, "state", ""), wanted))
        return now;
    autofree char *text = workspace_says (now);
    (void)err_set (err, PROBLEM_UNAVAILABLE, "the workspace is %s", text);
    json_decref (now);
    return NULL;
}
