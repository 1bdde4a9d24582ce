/* keep_frames.c - what the keeper says without being asked, and where answers go */

#include "server/keep_client_private.h"

#include "base/log.h"

#include <string.h>

static void tell_object (struct keep_client *kc, const struct keep_frame *f)
{
    struct keep_reader r;
    struct keep_object o;
    keep_reader_init (&r, f);
    memset (&o, 0, sizeof (o));
    if (keep_get_object (&r, &o)) {
        keep_object_done (&o);
        return;
    }
    for (size_t i = 0; i < kc->nwatchers; i++) {
        const struct keep_watcher *w = &kc->watchers[i];
        if (w->type != o.type)
            continue;
        if (f->kind == KEEP_STATE && w->events->state)
            w->events->state (w->arg, &o);
        if (f->kind == KEEP_GONE && w->events->gone)
            w->events->gone (w->arg, &o);
    }
    keep_object_done (&o);
}

static void tell_pressure (struct keep_client *kc, const struct keep_frame *f)
{
    struct keep_reader r;
    keep_reader_init (&r, f);
    bool on = keep_get_u8 (&r);
    for (size_t i = 0; i < kc->nwatchers; i++)
        if (kc->watchers[i].events->pressure)
            kc->watchers[i].events->pressure (kc->watchers[i].arg, f->object, on);
}

static void print_line (const struct keep_frame *f)
{
    struct keep_reader r;
    keep_reader_init (&r, f);
    autofree char *line = keep_get_str (&r);
    log_info (f->object ? "kernel" : "keeper", "object=%u %s", f->object, line);
}

static void complain (const struct keep_frame *f)
{
    struct keep_reader r;
    keep_reader_init (&r, f);
    (void)keep_get_u32 (&r);
    autofree char *text = keep_get_str (&r);
    log_debug ("keeper", "object=%u refused: %s", f->object, text);
}

/* A closed set; kinds of a later version are ignored. */
int keep_client_frame (void *arg, const struct keep_frame *f, struct blk *b)
{
    struct keep_client *kc = arg;
    unsigned connection = kc->connection;
    switch ((int)f->kind) {
    case KEEP_DATA: keep_subs_data (kc, f, b); break;
    case KEEP_GAP: keep_subs_gap (kc, f); break;
    case KEEP_OK: keep_requests_answer (kc, f); break;
    case KEEP_ERROR:
        if (f->number)
            keep_requests_answer (kc, f);
        else
            complain (f);
        break;
    case KEEP_STATE:
    case KEEP_GONE: tell_object (kc, f); break;
    case KEEP_PRESSURE: tell_pressure (kc, f); break;
    case KEEP_LOG: print_line (f); break;
    default: break;
    }
    return kc->connection != connection; /* lost meanwhile, perhaps there is a new one */
}
