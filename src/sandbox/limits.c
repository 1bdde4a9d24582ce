/* limits.c - control groups behind one interface: choosing a kind, and what all kinds share */

#include "sandbox/limits.h"
#include "base/buf.h"
#include "base/fd.h"
#include "model/sandbox_spec.h"
#include "sandbox/limits_ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#define FILE_BYTES (1u << 20)
#define RULES 192

const char *const limits_kind_names[] = { "auto", "v1", "v2", "none" };
_Static_assert(ARRAY_SIZE (limits_kind_names) == LIMITS_KIND_COUNT, "");
const char *const limits_part_names[] = { "memory", "cpuset", "cpu", "pids" };
_Static_assert(ARRAY_SIZE (limits_part_names) == LIMITS_PART_COUNT, "");

/* What every sandbox may open. */
static const struct limits_rule everybody[] = {
    { 1, 3 },            /* null */
    { 1, 5 },            /* zero */
    { 1, 7 },            /* full */
    { 1, 8 },            /* random */
    { 1, 9 },            /* urandom */
    { 5, 0 },            /* tty */
    { 5, 2 },            /* ptmx */
    { 136, LIMITS_ANY }, /* pts */
};

struct limits *limits_new (const struct limits_options *o, struct err *err)
{
    struct limits *l = NULL;

    if (o->kind == LIMITS_NONE)
        return limits_none_new ();
    if (o->kind == LIMITS_AUTO || o->kind == LIMITS_V1)
        l = limits_v1_new (err);
    if (!l && (o->kind == LIMITS_AUTO || o->kind == LIMITS_V2))
        l = limits_v2_new (o->v2_root, err);
    if (!l && o->kind == LIMITS_AUTO)
        l = limits_none_new ();
    return l;
}

void limits_free (struct limits *l)
{
    if (l)
        l->ops->free (l);
}

enum limits_kind limits_kind (const struct limits *l)
{
    return l->ops->kind;
}

int limits_devices (struct limits *l, const char *id, const dev_t *devices, size_t n,
                    struct err *err)
{
    struct limits_rule rules[RULES];
    size_t count = ARRAY_SIZE (everybody);

    memcpy (rules, everybody, sizeof everybody);
    if (n > RULES - count)
        return err_set (err, PROBLEM_LIMIT, "more than %zu devices", RULES - count);
    for (size_t i = 0; i < n; i++)
        rules[count++] = (struct limits_rule){ major (devices[i]), minor (devices[i]) };
    return l->ops->rules (l, id, rules, count, err);
}

int limits_create (struct limits *l, const char *id, const struct limits_set *set,
                   const dev_t *devices, size_t n, struct err *err)
{
    if (l->ops->create (l, id, set, err) < 0)
        return -1;
    if (limits_devices (l, id, devices, n, err) < 0) {
        (void)l->ops->remove (l, id);
        return -1;
    }
    return 0;
}

int limits_join (struct limits *l, const char *id, struct err *err)
{
    return l->ops->join (l, id, err);
}

int limits_apply (struct limits *l, const char *id, enum limits_part part,
                  const struct limits_set *set, struct err *err)
{
    return l->ops->apply (l, id, part, set, err);
}

int limits_freeze (struct limits *l, const char *id, bool freeze, struct err *err)
{
    return l->ops->freeze (l, id, freeze, err);
}

bool limits_frozen (struct limits *l, const char *id)
{
    return l->ops->frozen (l, id);
}

void limits_kill (struct limits *l, const char *id)
{
    l->ops->kill (l, id);
}

pid_t *limits_pids (struct limits *l, const char *id, pid_t first, size_t *ret_n)
{
    *ret_n = 0;
    return l->ops->pids (l, id, first, ret_n);
}

void limits_usage (struct limits *l, const char *id, pid_t first, struct limits_usage *ret)
{
    *ret = (struct limits_usage){ 0 };
    l->ops->usage (l, id, first, ret);
}

int limits_oom_fd (struct limits *l, const char *id)
{
    return l->ops->oom_fd (l, id);
}

void limits_dirs (struct limits *l, const char *id, struct strv *names, struct strv *paths)
{
    l->ops->dirs (l, id, names, paths);
}

int limits_remove (struct limits *l, const char *id)
{
    return l->ops->remove (l, id);
}

void limits_list (struct limits *l, struct strv *ids)
{
    l->ops->list (l, ids);
}

bool limits_enforces (struct limits *l, enum limits_part part)
{
    return l->ops->enforces (l, part);
}

bool limits_closes_devices (struct limits *l)
{
    return l->ops->closes_devices (l);
}

/* ---- files of the kernel ---- */

int limits_write (const char *dir, const char *file, const char *text, struct err *err)
{
    autofree char *path = xasprintf ("%s/%s", dir, file);
    autoclose int fd = open (path, O_WRONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return err_sys (err, errno, "%s", path);
    do
        n = write (fd, text, strlen (text));
    while (n < 0 && errno == EINTR);
    return n < 0 ? err_sys (err, errno, "%s: %s", path, text) : 0;
}

char *limits_read (const char *dir, const char *file)
{
    autofree char *path = xasprintf ("%s/%s", dir, file);
    autodone (buf_done) struct buf b;

    buf_init (&b, FILE_BYTES);
    if (fd_read_file (path, &b, NULL) < 0)
        return NULL;
    return buf_take (&b, NULL);
}

uint64_t limits_number (const char *dir, const char *file)
{
    autofree char *text = limits_read (dir, file);

    return text ? strtoull (text, NULL, 10) : 0;
}

uint64_t limits_field (const char *text, const char *key)
{
    size_t n = strlen (key);

    for (const char *p = text; p && *p; p += strcspn (p, "\n"), p += *p == '\n')
        if (!strncmp (p, key, n) && p[n] == ' ')
            return strtoull (p + n + 1, NULL, 10);
    return 0;
}

pid_t *limits_parse_pids (const char *text, size_t *ret_n)
{
    pid_t *ret = NULL;
    size_t n = 0, room = 0;

    for (const char *p = text; p && *p; p += strcspn (p, "\n"), p += *p == '\n') {
        long pid = strtol (p, NULL, 10);

        if (pid <= 0) /* 0: a process of another pid namespace */
            continue;
        if (n == room)
            ret = xrealloc (ret, room = room ? 2 * room : 32, sizeof *ret);
        ret[n++] = (pid_t)pid;
    }
    *ret_n = n;
    return ret;
}

void limits_list_dir (const char *dir, struct strv *ids)
{
    DIR *d = opendir (dir);

    for (struct dirent *e; d && (e = readdir (d));)
        if (e->d_type == DT_DIR && sandbox_id_valid (e->d_name))
            strv_add (ids, e->d_name);
    if (d)
        (void)closedir (d);
}
