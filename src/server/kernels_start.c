/* kernels_start.c - from a kernelspec's name to a running kernel
 *
 *     kernels_start -> pool: kernelspec, directory, command and environment -> KEEP_START_KERNEL -> told
 *
 * Who asks for an id that is starting waits with the first.
 */

#include "server/kernels_private.h"

#include "base/clock.h"
#include "base/ident.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/path.h"
#include "jupyter/jpaths.h"
#include "jupyter/msgtypes.h"
#include "server/child_environ.h"

#include <string.h>
#include <sys/stat.h>

#define EXPECT_AGAIN_US                                                                    \
    (10 * 60 * CLOCK_S) /* templates that are not used end (template.h) */

struct start_waiter {
    struct list link;
    kernels_done_fn done;
    void *arg;
};

struct start {
    struct list link; /* in kernels->starting */
    struct kernels *ks;
    struct list waiters;
    char *id, *path, *document;
    char *name; /* NULL until `prepare`: the default */
    bool session;
    bool ahead; /* nobody asked yet: only the keeper is prepared */
    uint64_t request;
    /* filled in by the pool */
    struct strv argv, environ;
    char *display_name, *cwd, *resource_dir;
    bool interrupt_message, tcp;
    struct err err;
};

static void start_free (struct start *st)
{
    list_remove (&st->link);
    list_foreach (w, &st->waiters, struct start_waiter, link)
        free (w);
    strv_done (&st->argv);
    strv_done (&st->environ);
    free (st->id);
    free (st->name);
    free (st->path);
    free (st->document);
    free (st->display_name);
    free (st->cwd);
    free (st->resource_dir);
    free (st);
}

void kernels_start_free_all (struct kernels *ks)
{
    list_foreach (st, &ks->starting, struct start, link) {
        keep_client_cancel (ks->server->keeper, st->request);
        start_free (st);
    }
}

static void finish (struct start *st, struct kernel *k, const struct err *err)
{
    list_remove (&st->link); /* who asks again from inside begins anew */
    while (!list_empty (&st->waiters)) {
        struct start_waiter *w = list_entry (st->waiters.next, struct start_waiter, link);
        list_remove (&w->link);
        w->done (w->arg, k, err);
        free (w);
    }
    start_free (st);
}

/* ---- in the pool
 * --------------------------------------------------------------------------------- */

static bool is_dir (const char *path)
{
    struct stat st;
    return !stat (path, &st) && S_ISDIR (st.st_mode);
}

char *kernels_cwd_for (const char *root, const char *path, struct err *err)
{
    char *dir = path_to_os (root, path, strlen (path), err);
    while (dir && strcmp (dir, root) && !is_dir (dir)) {
        char *up = path_dirname (dir);
        free (dir);
        dir = *up ? up : xstrdup ("/");
        if (dir != up)
            free (up);
        if (!strcmp (dir, "/"))
            break;
    }
    return dir;
}

static int find_directory (struct start *st)
{
    if (!st->path) {
        st->cwd = path_absolute (".");
        return 0;
    }
    st->cwd = kernels_cwd_for (st->ks->root_dir, st->path, &st->err);
    return st->cwd ? 0 : -1;
}

static void make_environ (struct start *st, const struct kernelspec *spec)
{
    child_environ (&st->environ);
    if (st->session && st->document) {
        autofree char *file = xasprintf ("%s/%s", st->cwd, st->document);
        strv_env_set (&st->environ, "JPY_SESSION_NAME", file);
    } else if (st->session) {
        strv_env_set (&st->environ, "JPY_SESSION_NAME", st->path);
    }
    kernelspec_environ (spec, &st->environ);
}

static void prepare (struct kernelspecs *list, void *arg)
{
    struct start *st = arg;
    if (!st->name)
        st->name = xstrdup (kernels_default_name (st->ks, list));
    const struct kernelspec *spec = kernelspecs_find (list, st->name);
    st->err.problem = PROBLEM_NONE;
    if (!spec) {
        (void)err_set (&st->err, PROBLEM_UNSUPPORTED,
                       "The '%s' kernel is not available. Please pick another suitable "
                       "kernel instead, or install that kernel.",
                       st->name);
        return;
    }
    if (find_directory (st))
        return;
    kernelspec_argv (spec, st->ks->server->jpaths->env_prefix, NULL, &st->argv);
    make_environ (st, spec);
    st->display_name = xstrdup (spec->display_name);
    st->resource_dir = xstrdup (spec->dir);
    st->interrupt_message = spec->interrupt_message;
    st->tcp = !strcmp (jsonx_str (spec->metadata, "transport", ""), "tcp");
}

/* ---- asking the keeper
 * --------------------------------------------------------------------------- */

static void on_started (void *arg, struct keep_reader *r, const struct err *err)
{
    struct start *st = arg;
    struct kernel *k = NULL;
    struct err failed;
    st->request = 0;
    if (!err) {
        int64_t now = clock_wall_us ();
        struct keep_object o = { .object = keep_get_u32 (r),
                                 .type = KEEP_KERNEL,
                                 .name = st->id,
                                 .spec = st->name,
                                 .state = KEEP_STARTING,
                                 .started_us = now,
                                 .last_activity_us = now,
                                 .reason = "",
                                 .cwd = st->cwd,
                                 .connection_file = "",
                                 .session = "" };
        o.pid = keep_get_u32 (r);
        k = kernels_by_object (st->ks, o.object);
        if (!k)
            k = kernels_add (st->ks, &o);
    } else {
        /* The spec is there and its program is not: the server's failure, not a wrong address. */
        failed = *err;
        if (failed.problem == PROBLEM_NOT_FOUND)
            failed.problem = PROBLEM_INTERNAL;
        err = &failed;
        log_error ("kernels", "start kernel=%s name=%s program=%s: %s", st->id, st->name,
                   st->argv.n ? st->argv.v[0] : "", err->text);
    }
    kernels_announce (st->ks, "start", "started", st->id, st->name, err);
    finish (st, k, err);
}

static uint32_t flags_of (const struct start *st)
{
    const struct options *o = st->ks->server->options;
    uint32_t flags = options_bool (o, "KernelManager.autorestart") ? KEEP_AUTORESTART : 0;
    if (st->tcp || !strcmp (options_str (o, "KernelManager.transport"), "tcp"))
        flags |= KEEP_TCP;
    if (!options_bool (o, "KernelRestarter.random_ports_until_alive"))
        flags |= KEEP_SAME_PORTS;
    if (options_bool (o, "LabwrightApp.warm_kernels"))
        flags |= KEEP_WARM;
    return flags;
}

void kernels_untracked (const struct options *o, struct strv *ret)
{
    const char *trait = "MappingKernelManager.untracked_message_types";
    size_t i;
    json_t *type;
    if (options_is_set (o, trait))
        json_array_foreach (options_json (o, trait), i, type)
            strv_add (ret, json_is_string (type) ? json_string_value (type) : "");
    else
        for (i = 0; msgtypes_untracked[i]; i++)
            strv_add (ret, msgtypes_untracked[i]);
}

static uint32_t milliseconds (const struct options *o, const char *trait)
{
    double ms = options_real (o, trait) * 1000;
    return ms >= UINT32_MAX ? UINT32_MAX : ms > 0 ? (uint32_t)ms : 0;
}

/* Names of the loopback, which connection files do not hold. */
static const char *ip_of (const struct options *o)
{
    const char *ip = options_str (o, "KernelManager.ip");
    return !*ip || !strcmp (ip, "localhost") ? "127.0.0.1" : ip;
}

static void put_traits (struct buf *b, const struct options *o)
{
    int64_t limit = options_int (o, "KernelRestarter.restart_limit");
    autodone (strv_done) struct strv untracked;
    strv_init (&untracked);
    kernels_untracked (o, &untracked);
    keep_put_u32 (b, limit < 0 ? 0 : limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit);
    keep_put_u32 (b, milliseconds (o, "KernelRestarter.time_to_dead"));
    keep_put_u32 (b, milliseconds (o, "KernelRestarter.stable_start_time"));
    keep_put_u32 (b, milliseconds (o, "MappingKernelManager.kernel_info_timeout"));
    keep_put_str (b, ip_of (o));
    keep_put_strv (b, &untracked);
}

static char *connection_file (const struct start *st)
{
    return xasprintf ("%s/kernel-%s.json", st->ks->server->jpaths->runtime_dir, st->id);
}

static void ask_keeper (struct start *st)
{
    struct server *s = st->ks->server;
    autofree char *file = connection_file (st);
    struct buf *b = keep_client_begin (s->keeper, KEEP_START_KERNEL, 0);
    keep_put_str (b, st->id);
    keep_put_str (b, st->name);
    keep_put_str (b, st->display_name);
    keep_put_strv (b, &st->argv);
    keep_put_strv (b, &st->environ);
    keep_put_str (b, st->cwd);
    keep_put_str (b, file);
    keep_put_u32 (b, flags_of (st));
    keep_put_u32 (b, milliseconds (s->options, "KernelManager.shutdown_wait_time"));
    keep_put_str (b, st->interrupt_message ? "message" : "signal");
    keep_put_str (b, st->resource_dir);
    put_traits (b, s->options);
    st->request = keep_client_request (s->keeper, on_started, st, KEEP_CLIENT_REQUEST_US);
}

static void on_prepared (void *arg, struct keep_reader *r, const struct err *err)
{
    if (err)
        log_debug ("kernels", "nothing was prepared: %s", err->text);
}

/* The command is as long as that of the kernel that comes. */
static void prepare_keeper (struct start *st)
{
    static const char mark[] = "{connection_file}";
    autofree char *file = connection_file (st);
    autodone (strv_done) struct strv argv;
    strv_init (&argv);
    for (size_t i = 0; i < st->argv.n; i++)
        strv_add (&argv, strcmp (st->argv.v[i], mark) ? st->argv.v[i] : file);
    struct buf *b = keep_client_begin (st->ks->server->keeper, KEEP_PREPARE, 0);
    keep_put_strv (b, &argv);
    keep_put_strv (b, &st->environ);
    (void)keep_client_request (st->ks->server->keeper, on_prepared, NULL,
                               KEEP_CLIENT_REQUEST_US);
}

static void prepared (void *arg)
{
    struct start *st = arg;
    if (st->ahead) {
        if (!st->err.problem)
            prepare_keeper (st);
        finish (st, NULL, NULL);
        return;
    }
    if (st->err.problem) {
        kernels_announce (st->ks, "start", "started", st->id, st->name ? st->name : "",
                          &st->err);
        finish (st, NULL, &st->err);
        return;
    }
    ask_keeper (st);
}

/* ---- the beginning
 * ------------------------------------------------------------------------------- */

/* The id becomes a part of a file's name. */
static bool id_ok (const char *id)
{
    size_t n = strlen (id);
    if (n == 0 || n > KERNELS_MAX_ID || *id == '.')
        return false;
    for (const char *p = id; *p; p++)
        if (*p == '/' || (unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return true;
}

static void wait_for (struct start *st, kernels_done_fn done, void *arg)
{
    struct start_waiter *w = xnew (struct start_waiter);
    w->done = done;
    w->arg = arg;
    list_append (&st->waiters, &w->link);
}

static struct start *starting (const struct kernels *ks, const char *id)
{
    list_foreach (st, &ks->starting, struct start, link)
        if (!strcmp (st->id, id))
            return st;
    return NULL;
}

static struct start *start_new (struct kernels *ks, const struct kernel_params *p)
{
    char uuid[IDENT_UUID];
    struct start *st = xnew (struct start);
    const char *name = p->name && *p->name ? p->name : NULL;
    ident_uuid4 (uuid);
    st->ks = ks;
    st->id = xstrdup (p->id ? p->id : uuid);
    if (name)
        st->name = xstrdup (!strcmp (name, "python") ? "python3" : name);
    st->path = p->path ? xstrdup (p->path) : NULL;
    st->document = p->document ? xstrdup (p->document) : NULL;
    st->session = p->session;
    strv_init (&st->argv);
    strv_init (&st->environ);
    list_init (&st->waiters);
    list_append (&ks->starting, &st->link);
    return st;
}

void kernels_start (struct kernels *ks, const struct kernel_params *p, kernels_done_fn done,
                    void *arg)
{
    struct err err;
    if (p->id && !id_ok (p->id)) {
        (void)err_set (&err, PROBLEM_INVALID, "the kernel id cannot be used");
        done (arg, NULL, &err);
        return;
    }
    struct kernel *running = p->id ? kernels_find (ks, p->id) : NULL;
    if (running) {
        done (arg, running, NULL);
        return;
    }
    struct start *st = p->id ? starting (ks, p->id) : NULL;
    if (st) {
        wait_for (st, done, arg);
        return;
    }
    st = start_new (ks, p);
    wait_for (st, done, arg);
    (void)err_set (&st->err, PROBLEM_CANCELLED,
                   "the server ends"); /* if the pool drops it */
    if (specs_run (ks->specs, prepare, prepared, st, &err))
        finish (st, NULL, &err);
}

void kernels_expect (struct kernels *ks)
{
    struct kernel_params p = { 0 };
    int64_t now = clock_mono_us ();
    if (!options_bool (ks->server->options, "LabwrightApp.warm_kernels") ||
        (ks->expected_us && now - ks->expected_us < EXPECT_AGAIN_US))
        return;
    ks->expected_us = now;
    struct start *st = start_new (ks, &p);
    st->ahead = true;
    (void)err_set (&st->err, PROBLEM_CANCELLED, "the server ends");
    if (specs_run (ks->specs, prepare, prepared, st, NULL))
        finish (st, NULL, NULL);
}
