/* test_machines.c - machines.yml: what is read, what is filled in, what is refused; and the host's GPUs */

#include "model/amount.h"
#include "model/machines.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#define GIB (1ull << 30)

static struct machine_host host = { .cpus = 8, .memory = 32 * GIB, .disk = 100 * GIB };

static void must_parse (const char *text, struct machines *ms)
{
    struct err err;

    if (machines_parse (text, strlen (text), "machines.yml", &host, ms, &err) < 0)
        fail_msg ("%s", err.text);
}

static void test_whole (void **state)
{
    struct machines ms;

    must_parse (
        "default: big\nmachines:\n  small:\n    aliases: [c1, cpu+]\n    cpus: 1.5\n"
        "    memory: 512M\n    disk: 10 GiB\n    pids: 100\n    network: none\n"
        "    cpuset: 0-1,3\n    price_per_hour: 0.25\n    slots: 3\n    session: 12h\n"
        "  big:\n    title: Großer\n    cpus: 50%\n    memory: 25%\n    network: host\n",
        &ms);
    const struct machine *m = machines_find (&ms, "c1");
    assert_non_null (m);
    assert_string_equal (m->name, "small");
    assert_ptr_equal (machines_find (&ms, "cpu+"), m);
    assert_true (m->cpus == 1.5);
    assert_int_equal (m->memory, 512ull << 20);
    assert_int_equal (m->disk, 10 * GIB);
    assert_int_equal (m->pids, 100);
    assert_int_equal (m->network, SANDBOX_NET_NONE);
    assert_string_equal (m->cpuset, "0-1,3");
    assert_int_equal (m->slots, 3);
    assert_int_equal (m->session_s, 12 * 3600);
    assert_string_equal (m->arch, "cpu");
    m = machines_find (&ms, "");
    assert_string_equal (m->name, "big");
    assert_string_equal (m->title, "Großer");
    assert_true (m->cpus == 4);
    assert_int_equal (m->memory, 8 * GIB);
    assert_int_equal (m->slots, 0);
    assert_null (machines_find (&ms, "c2"));
    machines_done (&ms);
}

static void test_empty_is_usable (void **state)
{
    struct machines ms;

    must_parse ("machines:\n  m:\n", &ms);
    const struct machine *m = machines_find (&ms, "m");
    assert_true (m->cpus == 8);
    assert_int_equal (m->memory, 30 * GIB);
    assert_int_equal (m->disk, 50 * GIB);
    assert_int_equal (m->network, SANDBOX_NET_NAT);
    assert_string_equal (m->title, "m");
    assert_int_equal (m->session_s, 7 * 86400);
    assert_string_equal (m->missing, "");
    machines_done (&ms);
}

static void test_refused (void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "", "m.yml:1: machines: must be a mapping" },
        { "machines: []", "m.yml:1: machines: must be" },
        { "machines: {}", "m.yml:1: machines: must be" },
        { "machines:\n  a: {}\nmachine: 1\n", "m.yml:3: machine: is no key" },
        { "machines:\n  a:\n    cpu: 1\n", "m.yml:3: a: cpu: is no key" },
        { "machines:\n  a:\n    cpus: lots\n",
          "m.yml:3: a: cpus: must be a number of cores" },
        { "machines:\n  a:\n    cpus: 0\n", "m.yml:3: a: cpus:" },
        { "machines:\n  a:\n    cpus: -1\n", "m.yml:3: a: cpus:" },
        { "machines:\n  a:\n    cpus: 101%\n", "m.yml:3: a: cpus:" },
        { "machines:\n  a:\n    cpus: 1e300\n", "m.yml:3: a: cpus:" },
        { "machines:\n  a:\n    memory: 8X\n", "m.yml:3: a: memory: must be a size" },
        { "machines:\n  a:\n    memory: 1K\n", "m.yml:3: a: memory:" },
        { "machines:\n  a:\n    memory: 99999999T\n", "m.yml:3: a: memory:" },
        { "machines:\n  a:\n    memory: 0x10G\n", "m.yml:3: a: memory:" },
        { "machines:\n  a:\n    memory: [8G]\n", "m.yml:3: a: memory:" },
        { "machines:\n  a:\n    pids: 3.5\n", "m.yml:3: a: pids:" },
        { "machines:\n  a:\n    pids: 1\n", "m.yml:3: a: pids:" },
        { "machines:\n  a:\n    session: 0s\n", "m.yml:3: a: session: must be a time" },
        { "machines:\n  a:\n    session: 1w\n", "m.yml:3: a: session: must be a time" },
        { "machines:\n  a:\n    network: bridge\n", "m.yml:3: a: network: must be nat" },
        { "machines:\n  a:\n    network: machine\n", "m.yml:3: a: network: must be nat" },
        { "machines:\n  a:\n    price_per_hour: -1\n", "m.yml:3: a: price_per_hour:" },
        { "machines:\n  a:\n    cpuset: 0--1\n", "m.yml:3: a: cpuset:" },
        { "machines:\n  a:\n    cpuset: 0-1-2\n", "m.yml:3: a: cpuset:" },
        { "machines:\n  a:\n    cpuset: 1,\n", "m.yml:3: a: cpuset:" },
        { "machines:\n  a:\n    arch: tpu\n", "m.yml:3: a: arch:" },
        { "machines:\n  a:\n    devices: [/etc/shadow]\n", "below /dev" },
        { "machines:\n  a:\n    devices: [/dev/../etc/shadow]\n", "below /dev" },
        { "machines:\n  a:\n    devices: [/dev//null]\n", "below /dev" },
        { "machines:\n  a:\n    devices:\n    - path: /dev/x\n      mode: 7\n",
          "beside path" },
        { "machines:\n  a:\n    libraries: [lib]\n", "must be absolute paths" },
        { "machines:\n  a:\n    gpus: 99\n", "m.yml:3: a: gpus:" },
        { "machines:\n  a:\n    title: \"x\\ny\"\n", "on one line" },
        { "machines:\n  ../a: {}\n", "cannot be the name" },
        { "machines:\n  \"\": {}\n", "cannot be the name" },
        { "machines:\n  a: {}\n  b: {aliases: [a]}\n", "'a' is both a and b" },
        { "machines:\n  a: {aliases: x}\n  b: {aliases: [x]}\n", "'x' is both a and b" },
        { "default: c\nmachines:\n  a: {}\n", "m.yml:1: default:" },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        struct machines ms;
        struct err err = { 0 };

        if (machines_parse (rows[i].text, strlen (rows[i].text), "m.yml", &host, &ms,
                            &err) == 0)
            fail_msg ("taken: %s", rows[i].text);
        if (!strstr (err.text, rows[i].says))
            fail_msg ("%s: %s", rows[i].text, err.text);
        assert_int_equal (ms.n, 0);
    }
}

static void test_ceiling_of_machines (void **state)
{
    struct machines ms;
    struct err err;
    autodone (buf_done) struct buf b;

    buf_init (&b, 1 << 20);
    (void)buf_adds (&b, "machines:\n");
    for (int i = 0; i < 65; i++)
        (void)buf_addf (&b, "  m%d: {}\n", i);
    assert_int_equal (machines_parse (b.data, b.len, "m.yml", &host, &ms, &err), -1);
    assert_non_null (strstr (err.text, "more than 64 machines"));
}

static void test_gpus (void **state)
{
    struct machines ms;
    struct machine_host plain = host;
    static const char text[] =
        "machines:\n  g:\n    gpus: 1\n  g2:\n    gpus: auto\n  none:\n    gpus: 0\n";

    must_parse (text, &ms);
    assert_string_equal (machines_find (&ms, "g")->missing, "this host has no GPU");
    assert_string_equal (machines_find (&ms, "g")->arch, "gpu");
    assert_int_equal (machines_find (&ms, "g2")->gpus, 1);
    assert_string_equal (machines_find (&ms, "none")->missing, "");
    machines_done (&ms);

    strv_add (&host.gpus, "/dev/nvidia0");
    strv_add (&host.gpus, "/dev/nvidia1");
    strv_add (&host.gpu_shared, "/dev/nvidiactl");
    strv_add (&host.libraries, "/usr/lib64/libcuda.so.1");
    must_parse (text, &ms);
    const struct machine *m = machines_find (&ms, "g");
    assert_string_equal (m->missing, "");
    assert_int_equal (m->gpus, 1);
    assert_int_equal (m->gpu_nodes.n, 2);
    assert_int_equal (m->slots, 2);
    assert_int_equal (m->n_devices, 1);
    assert_string_equal (m->devices[0].path, "/dev/nvidiactl");
    assert_int_equal (m->libraries.n, 1);
    m = machines_find (&ms, "g2");
    assert_int_equal (m->gpus, 2);
    assert_int_equal (m->slots, 1);
    machines_done (&ms);
    must_parse ("machines:\n  g: {gpus: 3}\n", &ms);
    assert_string_equal (ms.v[0].missing, "this host has only 2 of 3 GPUs");
    machines_done (&ms);
    strv_done (&host.gpus);
    strv_done (&host.gpu_shared);
    strv_done (&host.libraries);
    host = plain;
}

static void test_devices (void **state)
{
    struct machines ms;

    must_parse (
        "machines:\n  d:\n    devices: [/dev/null, {path: /dev/no-such, optional: true}]\n"
        "  e:\n    devices: [/dev/no-such]\n",
        &ms);
    assert_string_equal (machines_find (&ms, "d")->missing, "");
    assert_string_equal (machines_find (&ms, "d")->arch, "gpu");
    assert_true (machines_find (&ms, "d")->devices[1].optional);
    assert_string_equal (machines_find (&ms, "e")->missing,
                         "this host has no /dev/no-such");
    autojson json_t *j = machine_json (&ms, machines_find (&ms, "e"));
    assert_string_equal (jsonx_str (j, "missing", ""), "this host has no /dev/no-such");
    assert_null (json_object_get (j, "devices"));
    machines_done (&ms);
}

static void put (const char *root, const char *name, const char *text)
{
    autofree char *path = path_join (root, name);

    assert_int_equal (fd_write_file_whole (path, text, strlen (text), 0644, NULL), 0);
}

static void test_host (void **state)
{
    char dir[] = "/tmp/test_machines.XXXXXX";
    struct machine_host h;

    assert_non_null (mkdtemp (dir));
    put (dir, "proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n");
    put (dir, "sys/fs/cgroup/cpu.max", "100000 100000\n");
    put (dir, "sys/fs/cgroup/memory.max", "max\n");
    machine_host_read (&h, dir, dir);
    assert_true (h.cpus == 1);
    assert_int_equal (h.memory, 16 * GIB);
    assert_true (h.disk > 0);
    assert_int_equal (h.gpus.n, 0);
    machine_host_done (&h);

    put (dir, "sys/fs/cgroup/memory.max", "4294967296\n");
    put (dir, "dev/nvidia0", "");
    put (dir, "dev/nvidia3", "");
    put (dir, "dev/nvidiactl", "");
    put (dir, "dev/nvidia-caps/nvidia-cap1", "");
    put (dir, "proc/driver/nvidia/version",
         "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22\nGCC: "
         "12.2\n");
    put (dir, "usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14", "");
    put (dir, "usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1", "");
    put (dir, "usr/lib/x86_64-linux-gnu/libc.so.6", "");
    machine_host_read (&h, dir, dir);
    assert_int_equal (h.memory, 4 * GIB);
    assert_int_equal (h.gpus.n, 2);
    assert_string_equal (h.gpus.v[1], "/dev/nvidia3");
    assert_int_equal (h.gpu_shared.n, 2);
    assert_string_equal (h.gpu_shared.v[1], "/dev/nvidia-caps/nvidia-cap1");
    assert_string_equal (h.driver, "550.54.14");
    assert_int_equal (h.libraries.n, 2);
    machine_host_done (&h);
    assert_int_equal (fd_remove_tree (dir, NULL), 0);
}

static void test_open (void **state)
{
    char dir[] = "/tmp/test_machines.XXXXXX";
    struct machines ms;
    struct err err;

    assert_non_null (mkdtemp (dir));
    autofree char *path = path_join (dir, "machines.yml");
    put (dir, "machines.yml", "machines:\n  mine: {}\n");
    assert_int_equal (machines_open (dir, &host, &ms, &err), 0);
    assert_string_equal (ms.v[0].name, "mine");
    machines_done (&ms);
    assert_int_equal (chmod (path, 0666), 0);
    assert_int_equal (machines_open (dir, &host, &ms, &err), -1);
    assert_int_equal (err.problem, PROBLEM_FORBIDDEN);
    assert_int_equal (fd_remove_tree (dir, NULL), 0);
}

static void test_shipped (void **state)
{
    struct machines ms;
    struct err err;
    autofree char *path =
        path_join (getenv ("srcdir") ? getenv ("srcdir") : ".", "conf/machines.yml");
    static const char *const words[] = { "cpu", "c1", "cpu2", "c2",
                                         "gpu", "g1", "gpu2", "g2" };

    if (machines_load (path, &host, &ms, &err) < 0)
        fail_msg ("%s", err.text);
    for (size_t i = 0; i < ARRAY_SIZE (words); i++)
        assert_non_null (machines_find (&ms, words[i]));
    assert_string_equal (machines_find (&ms, "")->name, "cpu");
    assert_string_equal (machines_find (&ms, "g2")->arch, "gpu2");
    machines_done (&ms);
}

static void test_amounts (void **state)
{
    char text[16];

    amount_print_bytes (0, text);
    assert_string_equal (text, "0 B");
    amount_print_bytes (1536, text);
    assert_string_equal (text, "1.5 KiB");
    amount_print_bytes (16 * GIB, text);
    assert_string_equal (text, "16 GiB");
    amount_print_bytes (UINT64_MAX, text);
    assert_string_equal (text, "16 EiB");
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_whole),   cmocka_unit_test (test_empty_is_usable),
        cmocka_unit_test (test_refused), cmocka_unit_test (test_ceiling_of_machines),
        cmocka_unit_test (test_gpus),    cmocka_unit_test (test_devices),
        cmocka_unit_test (test_host),    cmocka_unit_test (test_open),
        cmocka_unit_test (test_shipped), cmocka_unit_test (test_amounts),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
