/* machine_host.c - what this host has to give
 *
 * In a container the cgroup at /sys/fs/cgroup says less than /proc: the smaller number counts.
 */

#include "model/machine_host.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

/* The text of a small file below ROOT, "" if it cannot be read. */
static void read_text (const char *root, const char *name, char *ret, size_t size)
{
    autofree char *path = path_join (root, name);
    autodone (buf_done) struct buf b;

    buf_init (&b, 64 << 10);
    ret[0] = '\0';
    if (fd_read_file (path, &b, NULL) == 0)
        (void)snprintf (ret, size, "%s", b.data);
}

static uint64_t number_after (const char *text, const char *word)
{
    const char *at = strstr (text, word);

    return at ? strtoull (at + strlen (word), NULL, 10) : 0;
}

static double cores_allowed (void)
{
    cpu_set_t set;

    CPU_ZERO (&set);
    return sched_getaffinity (0, sizeof set, &set) == 0 ? CPU_COUNT (&set) : 1;
}

/* Cores of the cgroup's quota, 0 if there is none: v2 "QUOTA PERIOD" or "max PERIOD", v1 two files. */
static double cores_quota (const char *root)
{
    char text[64], period[64];

    read_text (root, "sys/fs/cgroup/cpu.max", text, sizeof text);
    const char *space = strchr (text, ' ');
    if (space)
        (void)snprintf (period, sizeof period, "%s", space + 1);
    else {
        read_text (root, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", text, sizeof text);
        read_text (root, "sys/fs/cgroup/cpu/cpu.cfs_period_us", period, sizeof period);
    }
    double quota = strtod (text, NULL), per = strtod (period, NULL);
    return quota > 0 && per > 0 ? quota / per : 0;
}

static double read_cpus (const char *root)
{
    double n = cores_allowed (), quota = cores_quota (root);

    if (quota > 0 && quota < n)
        n = quota;
    return fmax (1, n);
}

static uint64_t read_memory (const char *root)
{
    static const char *const limits[] = { "sys/fs/cgroup/memory.max",
                                          "sys/fs/cgroup/memory/memory.limit_in_bytes" };
    char text[256];

    read_text (root, "proc/meminfo", text, sizeof text);
    uint64_t n = number_after (text, "MemTotal:") * 1024;
    for (size_t i = 0; i < ARRAY_SIZE (limits); i++) {
        read_text (root, limits[i], text, sizeof text);
        uint64_t limit = strtoull (text, NULL, 10);
        if (limit > 0 && (n == 0 || limit < n))
            n = limit;
    }
    return n ? n : 1ull << 30;
}

/* ---- GPUs ---- */

static bool present (const char *root, const char *path)
{
    autofree char *there = path_join (root, path + 1);

    return !access (there, F_OK);
}

static void add_caps (struct machine_host *h, const char *root)
{
    autofree char *dir = path_join (root, "dev/nvidia-caps");
    struct strv names = { 0 };

    (void)fd_list_dir (dir, "", &names, NULL);
    for (size_t i = 0; i < names.n && i < 64; i++)
        strv_addf (&h->gpu_shared, "/dev/nvidia-caps/%s", names.v[i]);
    strv_done (&names);
}

static void read_nodes (struct machine_host *h, const char *root)
{
    static const char *const shared[] = { "/dev/nvidiactl", "/dev/nvidia-uvm",
                                          "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset" };

    for (int i = 0; i < MACHINE_HOST_GPUS; i++) {
        char path[32];

        (void)snprintf (path, sizeof path, "/dev/nvidia%d", i);
        if (present (root, path))
            strv_add (&h->gpus, path);
    }
    if (h->gpus.n == 0)
        return;
    for (size_t i = 0; i < ARRAY_SIZE (shared); i++)
        if (present (root, shared[i]))
            strv_add (&h->gpu_shared, shared[i]);
    add_caps (h, root);
}

/* "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb ...": the first word of digits and dots. */
static void read_driver (struct machine_host *h, const char *root)
{
    char text[512];
    char *save = NULL;

    read_text (root, "proc/driver/nvidia/version", text, sizeof text);
    text[strcspn (text, "\n")] = '\0';
    for (char *w = strtok_r (text, " ", &save); w; w = strtok_r (NULL, " ", &save))
        if (strchr (w, '.') && strspn (w, "0123456789.") == strlen (w)) {
            (void)snprintf (h->driver, sizeof h->driver, "%s", w);
            return;
        }
}

static bool is_driver_library (const char *name)
{
    static const char *const begins[] = { "libcuda.so",      "libcudadebugger.so",
                                          "libnvidia-",      "libnvcuvid.so",
                                          "libnvoptix.so",   "libEGL_nvidia.so",
                                          "libGLX_nvidia.so" };

    for (size_t i = 0; i < ARRAY_SIZE (begins); i++)
        if (!strncmp (name, begins[i], strlen (begins[i])))
            return strstr (name, ".so") != NULL;
    return false;
}

static void read_libraries (struct machine_host *h, const char *root)
{
    static const char *const dirs[] = {
        "/usr/lib/x86_64-linux-gnu",  "/usr/lib/x86_64-linux-gnu/nvidia/current",
        "/usr/lib/aarch64-linux-gnu", "/usr/lib64",
        "/usr/local/nvidia/lib64",    "/usr/lib/wsl/lib",
    };

    for (size_t d = 0; d < ARRAY_SIZE (dirs); d++) {
        autofree char *dir = path_join (root, dirs[d] + 1);
        struct strv names = { 0 };

        (void)fd_list_dir (dir, "", &names, NULL);
        for (size_t i = 0; i < names.n && h->libraries.n < MACHINE_HOST_LIBRARIES; i++)
            if (is_driver_library (names.v[i]))
                strv_addf (&h->libraries, "%s/%s", dirs[d], names.v[i]);
        strv_done (&names);
    }
    if (h->libraries.n && present (root, "/usr/bin/nvidia-smi"))
        strv_add (&h->libraries, "/usr/bin/nvidia-smi");
}

void machine_host_read (struct machine_host *ret, const char *root, const char *state)
{
    struct statvfs fs;

    *ret = (struct machine_host){ .cpus = read_cpus (root), .memory = read_memory (root) };
    if (statvfs (state, &fs) == 0)
        ret->disk = (uint64_t)fs.f_blocks * fs.f_frsize;
    read_nodes (ret, root);
    if (ret->gpus.n == 0)
        return;
    read_driver (ret, root);
    read_libraries (ret, root);
}

void machine_host_done (struct machine_host *h)
{
    strv_done (&h->gpus);
    strv_done (&h->gpu_shared);
    strv_done (&h->libraries);
    *h = (struct machine_host){ .cpus = 0 };
}
