/* grant.c - what a machine gives to one sandbox on this host */

#include "sandbox/grant.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void grant_done (struct grant *g)
{
    strv_done (&g->gpus);
    strv_done (&g->libraries);
    for (size_t i = 0; i < g->n_nodes; i++)
        free (g->nodes[i].path);
    *g = (struct grant){ .machine = "" };
}

void grant_move (struct grant *to, struct grant *from)
{
    grant_done (to);
    *to = *from;
    *from = (struct grant){ .machine = "" };
}

static uint64_t narrower (uint64_t machine, uint64_t spec)
{
    return spec && (!machine || spec < machine) ? spec : machine;
}

static void put_limits (struct grant *g, const struct machine *m,
                        const struct sandbox_limits *l)
{
    const char *cpuset = *l->cpuset && !*m->cpuset ? l->cpuset : m->cpuset;

    g->set.cpus = l->cpus > 0 && l->cpus < m->cpus ? l->cpus : m->cpus;
    g->set.memory = narrower (m->memory, l->memory);
    g->set.pids = (uint32_t)narrower (m->pids, l->pids);
    g->disk = narrower (m->disk, l->disk);
    g->files = l->files;
    (void)strncpy (g->set.cpuset, cpuset, sizeof g->set.cpuset - 1);
}

static int rank (enum sandbox_network n) /* by how far it reaches */
{
    return n == SANDBOX_NET_HOST ? 2 : n == SANDBOX_NET_NAT ? 1 : 0;
}

static int put_node (struct grant *g, const char *path, bool optional, struct err *err)
{
    struct device_node node;
    struct err e;

    for (size_t i = 0; i < g->n_nodes; i++)
        if (!strcmp (g->nodes[i].path, path))
            return 0;
    if (g->n_nodes == DEVICES_MAX)
        return err_set (err, PROBLEM_LIMIT, "machine %s: more than %d devices", g->machine,
                        DEVICES_MAX);
    if (device_node_read (path, &node, &e) < 0) {
        if (optional && e.problem == PROBLEM_NOT_FOUND)
            return 0;
        return err_set (err, PROBLEM_UNAVAILABLE, "machine %s: %s", g->machine, e.text);
    }
    g->nodes[g->n_nodes++] = node;
    return 0;
}

/* The ones that it has first, so that a change of machine moves nothing that need not move. */
static int put_gpus (struct grant *g, const struct machine *m, const struct strv *taken,
                     const struct strv *ours, struct err *err)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < m->gpu_nodes.n && g->gpus.n < m->gpus; i++) {
            const char *node = m->gpu_nodes.v[i];
            bool mine = ours && strv_has (ours, node);

            if (mine == (pass == 0) && !strv_has (taken, node))
                strv_add (&g->gpus, node);
        }
    if (g->gpus.n < m->gpus)
        return err_set (err, PROBLEM_BUSY, "machine %s: %zu of %u GPUs are free", m->name,
                        g->gpus.n, m->gpus);
    for (size_t i = 0; i < g->gpus.n; i++)
        if (put_node (g, g->gpus.v[i], false, err) < 0)
            return -1;
    return 0;
}

static int fill (struct grant *g, const struct machine *m, const struct sandbox_spec *spec,
                 const struct strv *taken, const struct strv *ours, struct err *err)
{
    put_limits (g, m, &spec->limits);
    g->has_gpu = strcmp (m->arch, "cpu") != 0;
    g->network = spec->network == SANDBOX_NET_MACHINE ? m->network : spec->network;
    if (rank (g->network) > rank (m->network))
        return err_set (err, PROBLEM_FORBIDDEN, "machine %s has no network '%s'", m->name,
                        sandbox_network_names[g->network]);
    if (put_gpus (g, m, taken, ours, err) < 0)
        return -1;
    for (size_t i = 0; i < m->n_devices; i++)
        if (put_node (g, m->devices[i].path, m->devices[i].optional, err) < 0)
            return -1;
    strv_copy (&g->libraries, &m->libraries);
    return 0;
}

int grant_make (const struct machines *ms, const struct sandbox_spec *spec,
                const char *machine, const struct strv *taken, const struct strv *ours,
                struct grant *ret, struct err *err)
{
    const struct machine *m = machines_find (ms, machine);

    if (!m)
        return err_set (err, PROBLEM_INVALID, "there is no machine '%.64s'", machine);
    if (*m->missing)
        return err_set (err, PROBLEM_UNAVAILABLE, "machine %s: %s", m->name, m->missing);
    *ret = (struct grant){ .machine = "" };
    (void)snprintf (ret->machine, sizeof ret->machine, "%s", m->name);
    strv_init (&ret->gpus);
    strv_init (&ret->libraries);
    if (fill (ret, m, spec, taken, ours, err) == 0)
        return 0;
    grant_done (ret);
    return -1;
}

size_t grant_devices (const struct grant *g, dev_t ret[DEVICES_MAX])
{
    for (size_t i = 0; i < g->n_nodes; i++)
        ret[i] = g->nodes[i].dev;
    return g->n_nodes;
}

static bool has_node (const struct grant *g, const struct device_node *node)
{
    for (size_t i = 0; g && i < g->n_nodes; i++)
        if (g->nodes[i].dev == node->dev && !strcmp (g->nodes[i].path, node->path))
            return true;
    return false;
}

struct device_set grant_difference (const struct grant *g, const struct grant * not,
                                    struct device_node *nodes, struct strv *libraries)
{
    struct device_set set = { .nodes = nodes, .libraries = libraries };

    for (size_t i = 0; i < g->n_nodes; i++)
        if (!has_node (not, &g->nodes[i]))
            nodes[set.n_nodes++] = g->nodes[i];
    for (size_t i = 0; i < g->libraries.n; i++)
        if (!not || !strv_has (&not ->libraries, g->libraries.v[i]))
            strv_add (libraries, g->libraries.v[i]);
    return set;
}
