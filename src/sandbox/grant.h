/* grant.h - what a machine gives to one sandbox on this host
 *
 * A machine says "one GPU, 16 GiB"; a grant says which GPU, and which numbers its nodes have.  The spec may
 * narrow it and never widen.  Several sandboxes never have the same GPU: TAKEN are those of the others.
 *
 *     struct grant g;
 *     grant_make (&machines, &spec, "gpu", &taken, &before.gpus, &g, &err);
 *     ... g.set, g.devices ...
 *     grant_done (&g);
 *
 * Values; reads the nodes below /dev.
 */
#ifndef SANDBOX_GRANT_H
#define SANDBOX_GRANT_H

#include "model/machines.h"
#include "sandbox/devices.h"
#include "sandbox/limits.h"

struct grant {
    char machine[SANDBOX_NAME]; /* its name, not an alias */
    struct limits_set set;
    uint64_t disk;  /* bytes; 0: any */
    uint32_t files; /* open ones of a process; 0: as usual */
    struct strv gpus;
    struct device_node nodes[DEVICES_MAX]; /* of the GPUs and all others */
    size_t n_nodes;
    struct strv libraries;
    enum sandbox_network network; /* never SANDBOX_NET_MACHINE */
    bool has_gpu;                 /* which variant of an environment */
};

/* OURS: GPUs it has already and should keep; may be NULL.  INVALID: no such machine.  UNAVAILABLE: this host does
 * not have it.  BUSY: all of its GPUs are taken.  After a failure RET needs no grant_done. */
int grant_make (const struct machines *ms, const struct sandbox_spec *spec,
                const char *machine, const struct strv *taken, const struct strv *ours,
                struct grant *ret, struct err *err);
void grant_done (struct grant *g);
void grant_move (struct grant *to, struct grant *from); /* TO is done first; FROM empty after */
/* Their numbers, for limits_devices. */
size_t grant_devices (const struct grant *g, dev_t ret[DEVICES_MAX]);
/* What G has and NOT does not, or all of G if NOT is NULL; NODES has room for DEVICES_MAX, LIBRARIES was
 * initialised; strings of nodes are G's. */
struct device_set grant_difference (const struct grant *g, const struct grant *not,
                                    struct device_node *nodes, struct strv *libraries);

#endif
