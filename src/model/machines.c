/* machines.c - kinds of machine: the file, its keys, and what a host makes of them
 *
 * Keys are read by a table; afterwards what was not written is filled in from the host (complete), so that
 * an empty mapping is a usable machine.
 */

#include "model/machines.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "model/amount.h"
#include "model/conf_dir.h"
#include "model/fields.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PIDS 4096
#define SESSION_S (7 * 86400) /* as FloydHub had it */
#define GPUS_ALL UINT32_MAX
#define SLOTS_AUTO UINT32_MAX

struct reading {
    const struct machine_host *host;
    struct machine *m;
    bool nvidia_libraries;
};

static struct machine *machine_of (const struct fields *f)
{
    return ((struct reading *)f->to)->m;
}

static const struct machine_host *host_of (const struct fields *f)
{
    return ((struct reading *)f->to)->host;
}

static bool is_auto (const json_t *v)
{
    const char *s = json_string_value (v);

    return s && !strcmp (s, "auto");
}

/* ---- keys ---- */

static int read_aliases (struct fields *f, const json_t *v)
{
    return fields_list (f, v, MACHINE_ALIASES, field_is_alias, "is no name",
                        &machine_of (f)->aliases);
}

static int read_title (struct fields *f, const json_t *v)
{
    return fields_text (f, v, 80, &machine_of (f)->title);
}

static int read_description (struct fields *f, const json_t *v)
{
    return fields_text (f, v, 400, &machine_of (f)->description);
}

static int read_arch (struct fields *f, const json_t *v)
{
    static const char *const archs[] = { "cpu", "gpu", "gpu2" };
    const char *s = json_string_value (v);

    for (size_t i = 0; s && i < ARRAY_SIZE (archs); i++)
        if (!strcmp (s, archs[i])) {
            (void)snprintf (machine_of (f)->arch, sizeof machine_of (f)->arch, "%s", s);
            return 0;
        }
    return fields_fail (f, v, "must be cpu, gpu or gpu2");
}

static int read_cpus (struct fields *f, const json_t *v)
{
    if (amount_cores (v, host_of (f)->cpus, &machine_of (f)->cpus) < 0)
        return fields_fail (f, v, "must be a number of cores, auto, or a share like 50%");
    return 0;
}

/* "0-3,6" */
static bool is_cpuset (const char *s)
{
    while (*s) {
        for (int part = 0; part < 2; part++) {
            size_t n = strspn (s, "0123456789");
            if (n == 0 || n > 4)
                return false;
            s += n;
            if (*s != '-')
                break;
            if (part == 1)
                return false;
            s++;
        }
        if (*s == ',' && s[1])
            s++;
        else if (*s)
            return false;
    }
    return true;
}

static int read_cpuset (struct fields *f, const json_t *v)
{
    char one[24];
    autojson json_t *text = NULL;

    if (json_is_integer (v)) { /* cpuset: 3 */
        (void)snprintf (one, sizeof one, "%lld", (long long)json_integer_value (v));
        v = text = json_string (one);
    }
    if (fields_text (f, v, 255, &machine_of (f)->cpuset) < 0)
        return -1;
    return is_cpuset (machine_of (f)->cpuset)
               ? 0
               : fields_fail (f, v, "must be a list like 0-3,6");
}

/* A tenth of the memory stays with the host, from 256 MiB to 2 GiB. */
static uint64_t memory_to_give (uint64_t whole)
{
    uint64_t kept = whole / 10;

    if (kept < 256ull << 20)
        kept = 256ull << 20;
    if (kept > 2ull << 30)
        kept = 2ull << 30;
    return whole > 2 * kept ? whole - kept : whole / 2;
}

static int read_memory (struct fields *f, const json_t *v)
{
    uint64_t whole = host_of (f)->memory;

    if (amount_bytes (v, whole, memory_to_give (whole), &machine_of (f)->memory) < 0 ||
        machine_of (f)->memory < 16ull << 20)
        return fields_fail (f, v, "must be a size like 8G (from 16M), auto, or 25%");
    return 0;
}

static int read_disk (struct fields *f, const json_t *v)
{
    uint64_t whole = host_of (f)->disk;

    if (amount_bytes (v, whole, whole / 2, &machine_of (f)->disk) < 0 ||
        machine_of (f)->disk < 1ull << 20)
        return fields_fail (f, v, "must be a size like 100G (from 1M), auto, or 25%");
    return 0;
}

static int read_pids (struct fields *f, const json_t *v)
{
    int64_t n;

    if (fields_integer (f, v, 32, 4 << 20, &n) < 0)
        return -1;
    machine_of (f)->pids = (uint32_t)n;
    return 0;
}

static int read_gpus (struct fields *f, const json_t *v)
{
    int64_t n = GPUS_ALL;

    if (!is_auto (v) && fields_integer (f, v, 0, MACHINE_HOST_GPUS, &n) < 0)
        return -1;
    machine_of (f)->gpus = (unsigned)n;
    return 0;
}

static bool is_device (const char *s)
{
    return !strncmp (s, "/dev/", 5) && field_is_path (s);
}

static void add_device (struct machine *m, const char *path, bool optional)
{
    m->devices = xrealloc (m->devices, m->n_devices + 1, sizeof *m->devices);
    m->devices[m->n_devices++] = (struct machine_device){ xstrdup (path), optional };
}

static int read_device (struct fields *f, const json_t *v)
{
    const char *path = json_string_value (v);
    bool optional = false;

    if (json_is_object (v)) {
        const json_t *o = json_object_get (v, "optional");
        path = jsonx_str (v, "path", NULL);
        optional = json_is_true (o);
        if (json_object_size (v) != (o ? 2u : 1u) || (o && !json_is_boolean (o)))
            return fields_fail (f, v, "has keys beside path and optional");
    }
    if (!path || !is_device (path))
        return fields_fail (f, v, "must name nodes below /dev");
    add_device (machine_of (f), path, optional);
    return 0;
}

static int read_devices (struct fields *f, const json_t *v)
{
    if (!json_is_array (v) || json_array_size (v) > MACHINE_DEVICES)
        return fields_fail (f, v, "must be a list of at most 64 device nodes");
    for (size_t i = 0; i < json_array_size (v); i++)
        if (read_device (f, json_array_get (v, i)) < 0)
            return -1;
    return 0;
}

static int read_libraries (struct fields *f, const json_t *v)
{
    if (is_auto (v)) {
        ((struct reading *)f->to)->nvidia_libraries = true;
        return 0;
    }
    ((struct reading *)f->to)->nvidia_libraries = false;
    return fields_list (f, v, MACHINE_HOST_LIBRARIES, field_is_path,
                        "must be absolute paths, or auto", &machine_of (f)->libraries);
}

static int read_network (struct fields *f, const json_t *v)
{
    const char *s = json_string_value (v);

    for (int i = SANDBOX_NET_NONE; s && i < SANDBOX_NET_COUNT; i++)
        if (!strcmp (s, sandbox_network_names[i])) {
            machine_of (f)->network = (enum sandbox_network)i;
            return 0;
        }
    return fields_fail (f, v, "must be nat, none or host");
}

static int read_price (struct fields *f, const json_t *v)
{
    double d = json_number_value (v);

    if (!json_is_number (v) || !(d >= 0) || d > 1e6)
        return fields_fail (f, v, "must be a price, 0 or more");
    machine_of (f)->price_per_hour = d;
    return 0;
}

static int read_session (struct fields *f, const json_t *v)
{
    return amount_seconds (v, &machine_of (f)->session_s) == 0
               ? 0
               : fields_fail (f, v, "must be a time like 12h or 7d, or off");
}

static int read_slots (struct fields *f, const json_t *v)
{
    int64_t n = SLOTS_AUTO;

    if (!is_auto (v) && fields_integer (f, v, 0, 100000, &n) < 0)
        return -1;
    machine_of (f)->slots = (unsigned)n;
    return 0;
}

static const struct field machine_fields[] = {
    { "aliases", read_aliases },
    { "title", read_title },
    { "description", read_description },
    { "arch", read_arch },
    { "cpus", read_cpus },
    { "cpuset", read_cpuset },
    { "memory", read_memory },
    { "disk", read_disk },
    { "pids", read_pids },
    { "gpus", read_gpus },
    { "devices", read_devices },
    { "libraries", read_libraries },
    { "network", read_network },
    { "price_per_hour", read_price },
    { "session", read_session },
    { "slots", read_slots },
};

/* ---- what was not written ---- */

static void complete_gpus (struct machine *m, const struct machine_host *host,
                           bool libraries)
{
    if (m->gpus == GPUS_ALL)
        m->gpus = host->gpus.n ? (unsigned)host->gpus.n : 1;
    if (m->gpus == 0)
        return;
    if (m->gpus > host->gpus.n) {
        (void)snprintf (m->missing, sizeof m->missing,
                        host->gpus.n ? "this host has only %zu of %u GPUs"
                                     : "this host has no GPU",
                        host->gpus.n, m->gpus);
        return;
    }
    strv_copy (&m->gpu_nodes, &host->gpus);
    for (size_t i = 0; i < host->gpu_shared.n; i++)
        add_device (m, host->gpu_shared.v[i], true);
    if (libraries)
        strv_copy (&m->libraries, &host->libraries);
}

static void complete_devices (struct machine *m)
{
    for (size_t i = 0; i < m->n_devices && !*m->missing; i++)
        if (!m->devices[i].optional && access (m->devices[i].path, F_OK) < 0)
            (void)snprintf (m->missing, sizeof m->missing, "this host has no %.100s",
                            m->devices[i].path);
}

static void complete (struct machine *m, const struct machine_host *host, bool libraries)
{
    bool gpu = m->gpus || m->n_devices;

    complete_gpus (m, host, libraries);
    complete_devices (m);
    if (!*m->arch)
        (void)snprintf (m->arch, sizeof m->arch, "%s", gpu ? "gpu" : "cpu");
    if (!*m->title) {
        free (m->title);
        m->title = xstrdup (m->name);
    }
    if (m->slots == SLOTS_AUTO)
        m->slots = m->gpus && m->gpu_nodes.n ? (unsigned)m->gpu_nodes.n / m->gpus : 0;
}

static void init (struct machine *m, const char *name, const struct machine_host *host)
{
    *m = (struct machine){ .title = xstrdup (""),
                           .description = xstrdup (""),
                           .cpuset = xstrdup (""),
                           .cpus = host->cpus,
                           .memory = memory_to_give (host->memory),
                           .disk = host->disk / 2 ? host->disk / 2 : 1ull << 30,
                           .pids = PIDS,
                           .network = SANDBOX_NET_NAT,
                           .session_s = SESSION_S,
                           .slots = SLOTS_AUTO };
    (void)snprintf (m->name, sizeof m->name, "%s", name);
}

static void done (struct machine *m)
{
    strv_done (&m->aliases);
    strv_done (&m->gpu_nodes);
    strv_done (&m->libraries);
    for (size_t i = 0; i < m->n_devices; i++)
        free (m->devices[i].path);
    free (m->devices);
    free (m->title);
    free (m->description);
    free (m->cpuset);
}

void machines_done (struct machines *ms)
{
    for (size_t i = 0; i < ms->n; i++)
        done (&ms->v[i]);
    free (ms->v);
    *ms = (struct machines){ .v = NULL };
}

/* ---- the file ---- */

static int read_one (const struct yamlx *y, const char *name, const json_t *v,
                     const struct machine_host *host, struct machines *ms, struct err *err)
{
    if (!field_is_name (name))
        return yamlx_fail (y, v, NULL, err, "'%.64s' cannot be the name of a machine",
                           name);
    if (ms->n == MACHINES_MAX)
        return yamlx_fail (y, v, NULL, err, "more than %d machines", MACHINES_MAX);
    ms->v = xrealloc (ms->v, ms->n + 1, sizeof *ms->v);
    struct machine *m = &ms->v[ms->n++];
    struct reading r = { host, m, true };
    struct fields f = { y, v, name, &r, err, NULL };
    init (m, name, host);
    if (!json_is_null (v) &&
        fields_read (&f, machine_fields, ARRAY_SIZE (machine_fields)) < 0)
        return -1;
    complete (m, host, r.nvidia_libraries);
    return 0;
}

/* Two machines that one word could mean. */
static int check_words (const struct yamlx *y, const struct machines *ms, struct err *err)
{
    for (size_t i = 0; i < ms->n; i++)
        for (size_t a = 0; a <= ms->v[i].aliases.n; a++) {
            const char *word = a ? ms->v[i].aliases.v[a - 1] : ms->v[i].name;
            const struct machine *m = machines_find (ms, word);
            if (m != &ms->v[i])
                return yamlx_fail (y, NULL, y->root, err, "'%s' is both %s and %s", word,
                                   m->name, ms->v[i].name);
        }
    return 0;
}

static int read_default (const struct yamlx *y, const json_t *v, struct machines *ms,
                         struct err *err)
{
    const char *s = json_string_value (v);

    if (!v || json_is_null (v))
        return 0;
    const struct machine *m = s && *s ? machines_find (ms, s) : NULL;
    if (!m)
        return yamlx_fail (y, v, y->root, err, "default: is none of the machines");
    ms->dflt = (size_t)(m - ms->v);
    return 0;
}

static int read_root (const struct yamlx *y, const struct machine_host *host,
                      struct machines *ms, struct err *err)
{
    json_t *all = json_object_get (y->root, "machines"), *v;
    const char *key;

    if (!json_is_object (all) || json_object_size (all) == 0)
        return yamlx_fail (y, all, y->root, err, "machines: must be a mapping of machines");
    json_object_foreach (
        y->root, key,
        v) if (strcmp (key, "machines") != 0 &&
               strcmp (key, "default") !=
                   0) return yamlx_fail (y, v, y->root, err,
                                         "%.64s: is no key that is known here", key);
    json_object_foreach (all, key,
                         v) if (read_one (y, key, v, host, ms, err) < 0) return -1;
    if (check_words (y, ms, err) < 0)
        return -1;
    return read_default (y, json_object_get (y->root, "default"), ms, err);
}

int machines_parse (const char *text, size_t n, const char *name,
                    const struct machine_host *host, struct machines *ret, struct err *err)
{
    struct yamlx y;

    *ret = (struct machines){ .v = NULL };
    if (yamlx_parse (text, n, name, &y, err) < 0)
        return -1;
    int rc = read_root (&y, host, ret, err);
    yamlx_done (&y);
    if (rc < 0)
        machines_done (ret);
    return rc;
}

int machines_load (const char *path, const struct machine_host *host, struct machines *ret,
                   struct err *err)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, YAMLX_BYTES);
    *ret = (struct machines){ .v = NULL };
    if (fd_read_file (path, &b, err) < 0)
        return -1;
    return machines_parse (b.data, b.len, path_basename (path), host, ret, err);
}

char *machines_path (const char *state)
{
    autofree char *own = path_join (state, "machines.yml");

    return !access (own, F_OK) ? take_ptr (own) : conf_dir_file ("machines.yml");
}

int machines_open (const char *state, const struct machine_host *host, struct machines *ret,
                   struct err *err)
{
    autofree char *own = path_join (state, "machines.yml");
    autofree char *path = machines_path (state);

    *ret = (struct machines){ .v = NULL };
    if (!strcmp (own, path) && conf_dir_check_owner (path, err) < 0)
        return -1;
    return machines_load (path, host, ret, err);
}

/* ---- use ---- */

const struct machine *machines_find (const struct machines *ms, const char *name)
{
    if (!*name)
        return ms->n ? &ms->v[ms->dflt] : NULL;
    for (size_t i = 0; i < ms->n; i++)
        if (!strcmp (ms->v[i].name, name))
            return &ms->v[i];
    for (size_t i = 0; i < ms->n; i++)
        if (strv_has (&ms->v[i].aliases, name))
            return &ms->v[i];
    return NULL;
}

json_t *machine_json (const struct machines *ms, const struct machine *m)
{
    json_t *aliases = json_array ();

    for (size_t i = 0; i < m->aliases.n; i++)
        (void)json_array_append_new (aliases, json_string (m->aliases.v[i]));
    return json_pack (
        "{s:s, s:o, s:s, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:s, s:f, s:I, s:I, s:b, s:s?}",
        "name", m->name, "aliases", aliases, "title", m->title, "description",
        m->description, "arch", m->arch, "cpus", m->cpus, "memory", (json_int_t)m->memory,
        "disk", (json_int_t)m->disk, "pids", (json_int_t)m->pids, "gpus",
        (json_int_t)m->gpus, "network", sandbox_network_names[m->network], "price_per_hour",
        m->price_per_hour, "session_seconds", (json_int_t)m->session_s, "slots",
        (json_int_t)m->slots, "default", m == machines_find (ms, ""), "missing",
        *m->missing ? m->missing : NULL);
}
