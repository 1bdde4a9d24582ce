/* kernels_cull.c - ending kernels that nobody uses (contract 7.9)
 *
 * Only where a time-out is configured.  A kernelspec may set its own in metadata.cull_idle_timeout, so each
 * look begins in the pool, with the kernelspecs.
 */

#include "server/kernels_private.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/map.h"

#define INTERVAL_S 300

struct look {
    struct kernels *ks;
    struct map *timeouts; /* kernelspec -> int64_t seconds */
};

static void read_timeouts (struct kernelspecs *list, void *arg)
{
    struct look *l = arg;
    for (size_t i = 0; i < kernelspecs_count (list); i++) {
        const struct kernelspec *spec = kernelspecs_at (list, i);
        int64_t seconds = jsonx_int (spec->metadata, "cull_idle_timeout", -1);
        if (seconds < 0)
            continue;
        int64_t *value = xnew (int64_t);
        *value = seconds;
        map_set (l->timeouts, spec->name, value);
    }
}

static int64_t timeout_of (const struct look *l, const struct kernel *k)
{
    autofree char *name = xstrdup (k->name);
    for (char *p = name; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    const int64_t *own = map_get (l->timeouts, name);
    return own ? *own
               : options_int (l->ks->server->options,
                              "MappingKernelManager.cull_idle_timeout");
}

static bool is_idle (const struct look *l, const struct kernel *k)
{
    const struct options *o = l->ks->server->options;
    int64_t timeout = timeout_of (l, k);
    if (k->state == KEEP_DEAD)
        return true;
    if (timeout <= 0 || clock_wall_us () - k->last_activity_us <= timeout * CLOCK_S)
        return false;
    if (k->state == KEEP_BUSY && !options_bool (o, "MappingKernelManager.cull_busy"))
        return false;
    return k->connections == 0 || options_bool (o, "MappingKernelManager.cull_connected");
}

static void culled (void *arg, struct kernel *k, const struct err *err)
{
    if (err)
        log_warning ("kernels", "cull: %s", err->text);
}

static void cull (void *arg)
{
    struct look *l = arg;
    for (struct kernel *k = kernels_first (l->ks); k; k = kernels_next (l->ks, k)) {
        if (!is_idle (l, k))
            continue;
        log_warning ("kernels", "culling kernel=%s name=%s after %lld idle seconds", k->id,
                     k->name,
                     (long long)((clock_wall_us () - k->last_activity_us) / CLOCK_S));
        kernels_shutdown (l->ks, k, culled, NULL);
    }
    map_free (l->timeouts);
    free (l);
}

static void on_interval (void *arg)
{
    struct look *l = xnew (struct look);
    l->ks = arg;
    l->timeouts = map_new (free);
    if (specs_run (l->ks->specs, read_timeouts, cull, l, NULL)) {
        map_free (l->timeouts);
        free (l);
    }
}

void kernels_cull_begin (struct kernels *ks)
{
    const struct options *o = ks->server->options;
    int64_t interval = options_int (o, "MappingKernelManager.cull_interval");
    if (options_int (o, "MappingKernelManager.cull_idle_timeout") <= 0)
        return;
    if (interval <= 0)
        interval = INTERVAL_S;
    ks->cull = loop_every (ks->server->loop, interval * CLOCK_S, on_interval, ks);
}
