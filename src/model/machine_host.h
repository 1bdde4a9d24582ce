/* machine_host.h - what this host has to give: cores, memory, disk, GPUs
 *
 * Read once when a process starts, and given to machines_load, which resolves `auto` and shares ("50%")
 * with it; tests fill in one of their own.
 *
 *     struct machine_host host;
 *     machine_host_read (&host, "/", STATE);
 *     ... machines_load (path, &host, &machines, &err) ...
 *     machine_host_done (&host);
 *
 * GPUs are found without NVIDIA's tools: nodes /dev/nvidia0, 1..., the nodes that all of them share
 * (nvidiactl, nvidia-uvm, nvidia-uvm-tools, nvidia-modeset, those of nvidia-caps), the driver's version in
 * /proc/driver/nvidia/version, and the libraries libcuda, libnvidia-* and libnv* where distributions put
 * them.  What cannot be read is 0 or empty, never an error: a host without GPUs is normal.
 * Blocking, a few milliseconds.  Values; any process.
 */
#ifndef MODEL_MACHINE_HOST_H
#define MODEL_MACHINE_HOST_H

#include "base/strv.h"
#include <stdint.h>

#define MACHINE_HOST_GPUS 32
#define MACHINE_HOST_LIBRARIES 256

struct machine_host {
    double cpus; /* that this process may use; at least 1 */
    uint64_t memory,
        disk; /* bytes: of the host or its cgroup, and of the file system of STATE */
    struct strv gpus;       /* paths of nodes, one for each GPU, by number */
    struct strv gpu_shared; /* paths of nodes that every GPU needs */
    struct strv libraries;  /* absolute paths of the driver's files */
    char driver[64];        /* "550.54.14", or "" */
};

/* ROOT: "/", or a directory that stands for it in tests (paths in the result do not have it in front).
 * STATE: a directory whose file system's size is `disk`. */
void machine_host_read (struct machine_host *ret, const char *root, const char *state);
void machine_host_done (struct machine_host *h);

#endif
