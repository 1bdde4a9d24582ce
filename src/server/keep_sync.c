/* keep_sync.c - attaching to a keeper: what it runs and which records it holds
 *
 * LIST and GET are asked for together; the watchers are told when both answers are there, records first,
 * because sessions name kernels that the next step makes known.
 */

#include "server/keep_client_private.h"

#include "base/log.h"

#include <string.h>

#define MAX_OBJECTS 65536

static void give_up (struct keep_client *kc, const char *what)
{
    struct err err;
    (void)err_set (&err, PROBLEM_INVALID, "the keeper's %s is malformed", what);
    keep_client_lost (kc, &err);
}

static void tell_watcher (struct keep_client *kc, const struct keep_watcher *w,
                          const struct keep_object *all, size_t n)
{
    size_t count = 0;
    struct keep_object *mine = xcalloc (n ? n : 1, sizeof (*mine));
    for (size_t i = 0; i < n; i++)
        if (all[i].type == w->type)
            mine[count++] = all[i];
    if (w->events->attached)
        w->events->attached (w->arg, mine, count, kc->pid != kc->synced_pid);
    free (mine);
}

static void on_list (void *arg, struct keep_reader *r, const struct err *err)
{
    struct keep_client *kc = arg;
    if (err || kc->state != KC_SYNC)
        return;
    size_t n = 0, count = keep_get_u32 (r);
    if (count > MAX_OBJECTS) {
        give_up (kc, "list");
        return;
    }
    struct keep_object *all = xcalloc (count ? count : 1, sizeof (*all));
    while (n < count && !keep_get_object (r, &all[n]))
        n++;
    if (n < count) {
        give_up (kc, "list");
    } else {
        log_info ("keeper", "attached pid=%d objects=%zu", (int)kc->pid, n);
        if (kc->synced_pid && kc->pid != kc->synced_pid)
            keep_told_forget (kc);
        keep_subs_again (kc, kc->pid != kc->synced_pid);
        for (size_t i = 0; i < kc->nwatchers; i++)
            if (kc->watchers[i].type)
                tell_watcher (kc, &kc->watchers[i], all, n);
        kc->synced_pid = kc->pid;
        keep_client_synced (kc);
    }
    for (size_t i = 0; i < n; i++)
        keep_object_done (&all[i]);
    free (all);
}

static void tell_record (struct keep_client *kc, const char *key, const char *value)
{
    for (size_t i = 0; i < kc->nwatchers; i++) {
        const struct keep_events *e = kc->watchers[i].events;
        if (e->record && !strncmp (key, e->prefix, strlen (e->prefix)))
            e->record (kc->watchers[i].arg, key, value);
    }
}

static void on_records (void *arg, struct keep_reader *r, const struct err *err)
{
    struct keep_client *kc = arg;
    if (err || kc->state != KC_SYNC)
        return;
    for (size_t n = keep_get_u32 (r); n > 0 && !r->bad; n--) {
        autofree char *key = keep_get_str (r);
        autofree char *value = keep_get_str (r);
        if (!r->bad)
            tell_record (kc, key, value);
    }
    if (r->bad)
        give_up (kc, "records");
}

void keep_sync_begin (struct keep_client *kc)
{
    struct buf *b = keep_client_begin (kc, KEEP_GET, 0);
    keep_put_str (b, "");
    keep_request_now (kc, on_records, kc);
    (void)keep_client_begin (kc, KEEP_LIST, 0);
    keep_request_now (kc, on_list, kc);
}
