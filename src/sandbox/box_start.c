/* box_start.c - a spec becomes what launch takes
 *
 * Names of the spec are looked up here: the machine in machines.yml, the environment in its files, everything
 * else below STATE.  No path of the hub's comes this far.
 */
#include "sandbox/box.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/program.h"
#include "model/environments.h"
#include "model/state_dir.h"

#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UID_BASE 600000000u
#define BACKLOG 512
#define SYSTEM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* ---- the program ---------------------------------------------------------------------------- */

static void add_program (struct boxes *bs, const char *path)
{
    char real[PATH_MAX];
    if (realpath (path, real) && !strv_has (&bs->programs, real))
        strv_add (&bs->programs, real);
}

/* Installed it is below /usr, which is there anyway; from a build tree that tree is shown, and what its .cache
 * leads to. */
void box_find_programs (struct boxes *bs)
{
    bs->program_dir = program_dir ();
    autofree char *status = path_join (bs->program_dir, "config.status");
    if (access (status, F_OK) == 0) {
        autofree char *tree = path_dirname (bs->program_dir);
        autofree char *cache = path_join (tree, ".cache");
        add_program (bs, tree);
        add_program (bs, cache);
    } else if (strncmp (bs->program_dir, "/usr/", 5) != 0) {
        autofree char *prefix = path_dirname (bs->program_dir);
        add_program (bs, prefix);
    }
}

/* ---- the environment ---------------------------------------------------------------------------- */

struct place {
    const char *root, *prefix; /* or NULL */
    struct environments all;
};

static int find_environment (const struct boxes *bs, const struct record *r, bool gpu,
                             struct place *ret, struct err *err)
{
    *ret = (struct place){ .root = NULL };
    if (environments_open (bs->config.state, &ret->all, err) < 0)
        return -1;
    const struct environment *e = environments_find (&ret->all, r->spec.environment);
    if (!e) {
        environments_done (&ret->all);
        return err_set (err, PROBLEM_INVALID, "there is no environment '%s'",
                        r->spec.environment);
    }
    const struct env_variant *v = environment_for (e, gpu);
    if (v->kind == ENV_PREFIX)
        ret->prefix = v->path;
    else if (v->kind == ENV_ROOT)
        ret->root = v->path;
    return 0;
}

static void fill_environ (const struct boxes *bs, const struct record *r,
                          const char *prefix, struct strv *ret)
{
    strv_copy (ret, &r->spec.environ);
    const char *given = strv_env_get (ret, "PATH");
    autofree char *path = given ? xasprintf ("%s", given)
                                : xasprintf ("%s%s%s:" SYSTEM_PATH, prefix ? prefix : "",
                                             prefix ? "/bin:" : "", bs->program_dir);
    strv_env_set (ret, "PATH", path);
    strv_env_set (ret, LAUNCH_PATH_NAME, path);
    if (prefix)
        strv_env_set (ret, "VIRTUAL_ENV", prefix);
}

/* ---- the socket --------------------------------------------------------------------------------- */

static int bind_at (int fd, const char *path, struct err *err)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (strlen (path) >= sizeof at.sun_path)
        return err_set (
            err, PROBLEM_INVALID,
            "%s is too long for a socket: the state directory needs a shorter name", path);
    memcpy (at.sun_path, path, strlen (path) + 1);
    (void)unlink (path);
    if (bind (fd, (struct sockaddr *)&at, sizeof at) < 0)
        return err_sys (err, errno, "make %s", path);
    return 0;
}

static int listen_for (const struct boxes *bs, const char *id, struct err *err)
{
    autofree char *path = state_dir_lab_sock (bs->config.state, id);
    autofree char *dir = path_dirname (path);
    autoclose int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_sys (err, errno, "make a socket");
    if (mkdir (dir, 0711) < 0 && errno != EEXIST)
        return err_sys (err, errno, "make %s", dir);
    mode_t old = umask (0117);
    int rc = bind_at (fd, path, err);
    (void)umask (old);
    if (rc < 0)
        return -1;
    if ((bs->config.root && chown (path, 0, bs->hub_gid) < 0) || listen (fd, BACKLOG) < 0)
        return err_sys (err, errno, "listen at %s", path);
    return take_fd (fd);
}

/* ---- starting ----------------------------------------------------------------------------------- */

struct join {
    struct limits *limits;
    const char *id;
};

static int join (void *arg, struct err *err)
{
    const struct join *j = arg;
    return limits_join (j->limits, j->id, err);
}

static enum launch_network network_of (const struct grant *g)
{
    return g->network == SANDBOX_NET_HOST  ? LAUNCH_NET_HOST
           : g->network == SANDBOX_NET_NAT ? LAUNCH_NET_NAT
                                           : LAUNCH_NET_NONE;
}

static void put_cgroups (const struct boxes *bs, const char *id, struct strv *names,
                         struct strv *paths, struct launch_cgroup *v, size_t max,
                         struct launch *what)
{
    limits_dirs (bs->config.limits, id, names, paths);
    for (size_t i = 0; i < names->n && i < max; i++)
        v[what->n_cgroups++] = (struct launch_cgroup){ names->v[i], paths->v[i] };
    what->cgroups = v;
}

static int open_log (const char *dir, struct err *err)
{
    autofree char *path = path_join (dir, "log");
    int fd =
        open (path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? err_sys (err, errno, "make %s", path) : fd;
}

/* Homes and environments by name; trees come with the store of trees. */
static int put_binds (const struct boxes *bs, const struct sandbox_spec *spec,
                      struct launch_bind *v, struct strv *paths, struct err *err)
{
    for (size_t i = 0; i < spec->n_binds; i++) {
        const struct sandbox_bind *b = &spec->binds[i];
        if (b->source == SANDBOX_FROM_TREE)
            return err_set (err, PROBLEM_UNSUPPORTED, "there is no store of trees here");
        strv_addf (paths, b->source == SANDBOX_FROM_HOME ? "%s/ws/%s/home" : "%s/env/%s",
                   bs->config.state, b->id);
    }
    for (size_t i = 0; i < spec->n_binds; i++)
        v[i] = (struct launch_bind){ paths->v[i], spec->binds[i].target,
                                     spec->binds[i].read_only };
    return 0;
}

static int launch_it (struct boxes *bs, const struct record *r, const struct grant *g,
                      const struct place *place, const char *dir, struct launched *ret,
                      struct err *err)
{
    const char *id = r->spec.id;
    struct strv environ, names, paths, libraries, sources;
    struct launch_bind binds[SANDBOX_BINDS];
    struct device_node nodes[DEVICES_MAX];
    struct launch_cgroup cgroups[16];
    struct join in = { bs->config.limits, id };
    autoclose int lab = r->spec.listen ? listen_for (bs, id, err) : -1;
    autoclose int out = open_log (dir, err);
    if ((r->spec.listen && lab < 0) || out < 0)
        return -1;
    strv_init (&environ);
    strv_init (&names);
    strv_init (&paths);
    strv_init (&libraries);
    strv_init (&sources);
    struct device_set set = grant_difference (g, NULL, nodes, &libraries);
    struct launch what = {
        .id = id,
        .hostname = *r->spec.hostname ? r->spec.hostname : NULL,
        .state = bs->config.state,
        .dir = dir,
        .uid_base = UID_BASE + r->spec.owner * LAUNCH_UIDS,
        .person = *r->spec.person ? r->spec.person : NULL,
        .argv = &r->spec.argv,
        .environ = &environ,
        .cwd = r->spec.cwd,
        .listen_fd = lab,
        .log_fd = out,
        .root = place->root,
        .env_prefix = place->prefix,
        .programs = &bs->programs,
        .binds = binds,
        .n_binds = r->spec.n_binds,
        .devices = set.n_nodes || libraries.n ? &set : NULL,
        .network = network_of (g),
        .tmp_bytes = g->set.memory / 2,
        .files = g->files,
        .join = join,
        .join_arg = &in,
    };
    fill_environ (bs, r, place->prefix, &environ);
    put_cgroups (bs, id, &names, &paths, cgroups, ARRAY_SIZE (cgroups), &what);
    int rc = put_binds (bs, &r->spec, binds, &sources, err);
    if (rc == 0)
        rc = launch (&what, ret, err);
    strv_done (&sources);
    strv_done (&environ);
    strv_done (&names);
    strv_done (&paths);
    strv_done (&libraries);
    return rc;
}

static int in_group (struct boxes *bs, struct record *r, const struct grant *g,
                     const char *dir, struct launched *l, struct err *err)
{
    struct place place;
    dev_t devices[DEVICES_MAX];
    if (find_environment (bs, r, g->has_gpu, &place, err) < 0)
        return -1;
    int rc = limits_create (bs->config.limits, r->spec.id, &g->set, devices,
                            grant_devices (g, devices), err);
    if (rc == 0) {
        rc = launch_it (bs, r, g, &place, dir, l, err);
        if (rc < 0) {
            limits_kill (bs->config.limits, r->spec.id);
            (void)limits_remove (bs->config.limits, r->spec.id);
        }
    }
    environments_done (&place.all);
    return rc;
}

/* For root alone: a sandbox enters by its mounts, and other users of the host have no business here. */
static int private_dir (const char *path, struct err *err)
{
    if (fd_mkdirs (path, 0700, err) < 0)
        return -1;
    return chmod (path, 0700) < 0 ? err_sys (err, errno, "set the mode of %s", path) : 0;
}

int box_start (struct boxes *bs, struct record *r, const struct grant *g, pid_t *ret_pid,
               struct err *err)
{
    struct launched l;
    autofree char *dir = xasprintf ("%s/ws/%s", bs->config.state, r->spec.home);
    autofree char *own = xasprintf ("%s/ws/%s", bs->config.state, r->spec.id);
    if (private_dir (dir, err) < 0 || private_dir (own, err) < 0 ||
        record_begin (bs->config.state, r, err) < 0 ||
        in_group (bs, r, g, dir, &l, err) < 0)
        return -1;
    *ret_pid = r->pid = l.pid;
    r->ticks = record_ticks (l.pid);
    int pidfd = l.pidfd;
    l.pidfd = -1;
    launched_done (&l);
    if (record_write (bs->config.state, r, err) == 0)
        return pidfd;
    limits_kill (bs->config.limits, r->spec.id);
    (void)close (pidfd);
    return -1;
}
