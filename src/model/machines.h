/* machines.h - kinds of machine: what a workspace may use, and what it costs (floyd-contract 4.9)
 *
 * An administrator writes them in machines.yml; names and aliases (c1, g2...) are what people, the
 * `instance_type` of the API and sandbox specs say.  Hub and spawner each read the file for themselves.
 *
 *     struct machines ms;
 *     if (machines_open (state, &host, &ms, &err) == 0)      STATE/machines.yml, or the one that is shipped
 *         const struct machine *m = machines_find (&ms, "g1");      borrowed until machines_done
 *     machines_done (&ms);
 *
 * Errors are INVALID and begin with file and line: "machines.yml:12: gpu: memory: ...".  A file that has
 * one is refused whole, since half of it would be other limits than were written: who reloads keeps what
 * it had.  Ceilings: 64 kinds, 64 devices and 256 libraries each, and those of yamlx.h.
 *
 * The file:
 *
 *     default: cpu                    which one is meant when nothing is said (else the first)
 *     machines:
 *       gpu:                          letters, digits, - _ and .
 *         aliases: [g1]               and +, :
 *         title: GPU                  for people
 *         description: one V100
 *         arch: gpu                   key of GET /env: cpu, gpu, gpu2 (else: gpu with gpus or devices, cpu)
 *         cpus: 4                     cores, 0.5 and more; auto: all of the host; 50%: a share of it
 *         cpuset: 0-3                 the only ones it may run on (else any)
 *         memory: 16G                 K M G T are binary; auto: all but what the host keeps; 25%
 *         disk: 100G                  of home and what is installed
 *         pids: 4096
 *         gpus: 1                     how many of the host's GPUs; auto: all
 *         devices:                    other nodes, or GPUs of other makers
 *           - /dev/kfd
 *           - { path: /dev/dri/renderD128, optional: true }
 *         libraries: [/opt/rocm/lib]  bound read-only; auto (with gpus): those of the NVIDIA driver
 *         network: nat                nat, none or host
 *         price_per_hour: 1.2
 *         session: 7d                 a session ends after so long, whatever it does (s, m, h, d; else 7d); off: never
 *         slots: 1                    how many at once; auto: as many as there are GPUs for; 0: as fits
 */
#ifndef MODEL_MACHINES_H
#define MODEL_MACHINES_H

#include "base/err.h"
#include "base/strv.h"
#include "model/machine_host.h"
#include "model/sandbox_spec.h"
#include <jansson.h>
#include <stdbool.h>

#define MACHINES_MAX 64
#define MACHINE_DEVICES 64
#define MACHINE_ALIASES 16
#define MACHINE_NAME SANDBOX_NAME

struct machine_device {
    char *path;    /* absolute, below /dev; numbers are read from it when it is given */
    bool optional; /* absent is no error */
};

struct machine {
    char name[MACHINE_NAME];
    struct strv aliases;
    char *title, *description; /* never NULL */
    char arch[8];              /* "cpu", "gpu", "gpu2" */
    double cpus;               /* cores, above 0 */
    char *cpuset;              /* "0-3,6" or "" */
    uint64_t memory, disk;     /* bytes, above 0 */
    uint32_t pids;
    /* Devices: `devices` come whole.  Of `gpu_nodes`, which are the host's GPUs, the spawner gives `gpus`
     * that no other sandbox has; with gpus == gpu_nodes.n that is all of them. */
    unsigned gpus;
    struct strv gpu_nodes;
    struct machine_device *devices; /* with what GPUs share */
    size_t n_devices;
    struct strv
        libraries; /* absolute paths of files or directories, at the same place inside */
    enum sandbox_network network; /* never SANDBOX_NET_MACHINE */
    double price_per_hour;
    int64_t session_s; /* how long a session may last; 0: for ever */
    unsigned slots;    /* 0: as many as fit */
    /* "" or why it cannot be had here: "this host has no GPU".  Starting one is refused with it. */
    char missing[160];
};

struct machines {
    struct machine *v;
    size_t n;
    size_t dflt; /* index of the default */
};

/* STATE/machines.yml if it is there: then it must belong to root or to this process's user and be
 * writable for nobody else (FORBIDDEN), since it says what sandboxes get.  Else the shipped one. */
int machines_open (const char *state, const struct machine_host *host, struct machines *ret,
                   struct err *err);
/* Which file machines_open would read; malloc'ed.  Never NULL: a path that is not there otherwise. */
char *machines_path (const char *state);
/* RET is initialised by these, and empty after a failure. */
int machines_load (const char *path, const struct machine_host *host, struct machines *ret,
                   struct err *err);
/* NAME is what errors begin with. */
int machines_parse (const char *text, size_t n, const char *name,
                    const struct machine_host *host, struct machines *ret, struct err *err);
void machines_done (struct machines *ms);

/* By name or alias; "" is the default.  NULL: none of them. */
const struct machine *machines_find (const struct machines *ms, const char *name);
/* What people may know: name, aliases, title, description, arch, cpus, memory, disk, gpus, network,
 * price_per_hour, slots, default, missing (null or why).  Never paths.  New reference. */
json_t *machine_json (const struct machines *ms, const struct machine *m);

#endif
