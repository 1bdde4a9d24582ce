/* box_gate.c - another machine under a running sandbox, without anything noticing (design.md 5, layer gate)
 *
 * First what cannot be is found out: a device that is to go and is open, memory that is in use.  Then limits,
 * one after the other; nodes are allowed before they are put in place, and taken away before they are closed.
 * What fails on the way is undone.
 */
#include "sandbox/box.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_MARGIN (16u << 20)
#define HOLDERS 8

struct change {
    struct box *b;
    struct grant to;
    struct device_node come_nodes[DEVICES_MAX], go_nodes[DEVICES_MAX];
    struct strv come_libraries, go_libraries;
    struct device_set come, go;
};

/* ---- may it be? ------------------------------------------------------------------------------- */

static int check_holders (struct change *c, struct err *err)
{
    struct box *b = c->b;
    struct device_holder holders[HOLDERS];
    size_t n;
    if (c->go.n_nodes == 0)
        return 0;
    autofree pid_t *pids = limits_pids (b->all->config.limits, b->r.spec.id, b->r.pid, &n);
    size_t held = devices_holders (&c->go, pids, n, holders, HOLDERS);
    if (held == 0)
        return 0;
    autofree char *who = devices_holders_text (holders, held, HOLDERS);
    return err_set (err, PROBLEM_CONFLICT, "%s", who);
}

static int check_memory (struct change *c, struct err *err)
{
    struct limits_usage u;
    uint64_t to = c->to.set.memory;
    limits_usage (c->b->all->config.limits, c->b->r.spec.id, c->b->r.pid, &u);
    if (to == 0 || u.mem + MEMORY_MARGIN <= to)
        return 0;
    return err_set (
        err, PROBLEM_CONFLICT, "%llu MB of memory are in use, and machine %s has %llu MB",
        (unsigned long long)(u.mem >> 20), c->to.machine, (unsigned long long)(to >> 20));
}

static int check_kind (struct change *c, struct err *err)
{
    const struct box *b = c->b;
    if (c->to.network != b->g.network)
        return err_set (err, PROBLEM_UNSUPPORTED,
                        "machine %s has another network: that needs a restart",
                        c->to.machine);
    if (!b->all->config.root && (c->come.n_nodes || c->go.n_nodes))
        return err_set (err, PROBLEM_UNSUPPORTED,
                        "devices cannot be given to what runs without root");
    return 0;
}

/* ---- doing it ------------------------------------------------------------------------------------ */

static int apply_limits (struct box *b, const struct limits_set *set, struct err *err)
{
    for (int part = 0; part < LIMITS_PART_COUNT; part++)
        if (limits_enforces (b->all->config.limits, (enum limits_part)part) &&
            limits_apply (b->all->config.limits, b->r.spec.id, (enum limits_part)part, set,
                          err) < 0)
            return -1;
    return 0;
}

static int allow (struct box *b, const struct grant *g, struct err *err)
{
    dev_t devices[DEVICES_MAX];
    return limits_devices (b->all->config.limits, b->r.spec.id, devices,
                           grant_devices (g, devices), err);
}

static int nodes (struct change *c, struct err *err)
{
    struct box *b = c->b;
    if (c->go.n_nodes + c->go_libraries.n && devices_take (b->pidfd, &c->go, err) < 0)
        return -1;
    /* Who opened it after the first look is seen now; after this nobody opens it. */
    if (allow (b, &c->to, err) < 0 || check_holders (c, err) < 0)
        return -1;
    return c->come.n_nodes + c->come_libraries.n ? devices_put (b->pidfd, &c->come, err)
                                                 : 0;
}

static int write_down (struct change *c, struct err *err)
{
    struct box *b = c->b;
    memcpy (b->r.machine, c->to.machine, sizeof b->r.machine);
    strv_done (&b->r.gpus);
    strv_init (&b->r.gpus);
    strv_copy (&b->r.gpus, &c->to.gpus);
    return record_write (b->all->config.state, &b->r, err);
}

static void undo (struct change *c)
{
    struct box *b = c->b;
    if (c->come.n_nodes + c->come_libraries.n)
        (void)devices_take (b->pidfd, &c->come, NULL);
    (void)allow (b, &b->g, NULL);
    if (c->go.n_nodes + c->go_libraries.n)
        (void)devices_put (b->pidfd, &c->go, NULL);
    (void)apply_limits (b, &b->g.set, NULL);
}

static int carry_out (struct change *c, struct err *err)
{
    struct box *b = c->b;
    if (apply_limits (b, &c->to.set, err) < 0 || nodes (c, err) < 0 ||
        write_down (c, err) < 0) {
        undo (c);
        return -1;
    }
    grant_move (&b->g, &c->to);
    return 0;
}

static int find_grant (struct change *c, const char *machine, struct err *err)
{
    struct boxes *bs = c->b->all;
    struct machines ms;
    struct strv taken;
    if (boxes_machines (bs, &ms, err) < 0)
        return -1;
    strv_init (&taken);
    boxes_taken_gpus (bs, c->b, &taken);
    int rc = grant_make (&ms, &c->b->r.spec, machine, &taken, &c->b->g.gpus, &c->to, err);
    strv_done (&taken);
    machines_done (&ms);
    return rc;
}

int box_gate (struct box *b, const char *machine, bool dry_run, json_t **ret,
              struct err *err)
{
    struct change c = { .b = b };
    int64_t began = clock_mono_us ();
    if (find_grant (&c, machine, err) < 0)
        return -1;
    strv_init (&c.come_libraries);
    strv_init (&c.go_libraries);
    c.come = grant_difference (&c.to, &b->g, c.come_nodes, &c.come_libraries);
    c.go = grant_difference (&b->g, &c.to, c.go_nodes, &c.go_libraries);
    int rc =
        check_kind (&c, err) || check_holders (&c, err) || check_memory (&c, err) ? -1 : 0;
    if (rc == 0 && !dry_run)
        rc = carry_out (&c, err);
    int64_t took = clock_mono_us () - began;
    if (rc == 0)
        *ret =
            json_pack ("{s:s, s:[], s:I}", "machine", dry_run ? c.to.machine : b->g.machine,
                       "lost", "took_us", (json_int_t)took);
    if (rc == 0 && !dry_run)
        log_info ("box", "gate sandbox=%s machine=%s us=%lld", b->r.spec.id, b->g.machine,
                  (long long)took);
    strv_done (&c.come_libraries);
    strv_done (&c.go_libraries);
    grant_done (&c.to);
    return rc;
}
