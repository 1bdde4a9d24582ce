/* git_fetch.c - a public repository of a stranger, fetched by git with nothing of ours at hand
 *
 * The addresses that were checked are told to git (http.curloptResolve), so that a name which has another
 * address a moment later leads nowhere else; for the same reason no redirect is followed.
 */

#include "worker/git_fetch.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "loop/proc.h"
#include "model/git_url.h"
#include "worker/git_words.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SAID_MAX 8192 /* of what git wrote: the end is kept */
#define LINE_MAX_BYTES 1024
#define ADDRESSES_MAX 8
#define LOOK_US CLOCK_S
#define FILES_MAX 300000

struct run {
    const struct git_fetch *f;
    struct loop *loop;
    struct proc *proc;
    struct loop_io *io;
    int fd;
    struct buf said, line;
    const char *phase;
    unsigned percent;
    int status;
    bool timed_out, too_large, term;
};

/* ---- where to ------------------------------------------------------------------------------- */

static int add_address (const struct addrinfo *a, bool private_ok, struct buf *list,
                        size_t *n, const char *host, struct err *err)
{
    char text[NI_MAXHOST];
    if (!private_ok && git_address_private (a->ai_addr))
        return err_set (
            err, PROBLEM_FORBIDDEN,
            "%s is in a private network: only public repositories can be imported", host);
    if (*n >= ADDRESSES_MAX || getnameinfo (a->ai_addr, a->ai_addrlen, text, sizeof (text),
                                            NULL, 0, NI_NUMERICHOST))
        return 0;
    bool six = a->ai_family == AF_INET6;
    (void)buf_addf (list, "%s%s%s%s", (*n)++ ? "," : "", six ? "[" : "", text,
                    six ? "]" : "");
    return 0;
}

/* "host:port:address,address" */
static int resolve (const struct git_url *u, bool private_ok, struct buf *ret,
                    struct err *err)
{
    const struct addrinfo want = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *found = NULL;
    size_t n = 0;
    int rc = getaddrinfo (u->host, u->port, &want, &found);
    if (rc)
        return err_set (err, rc == EAI_AGAIN ? PROBLEM_UNAVAILABLE : PROBLEM_NOT_FOUND,
                        "no machine is called %s%s", u->host,
                        rc == EAI_AGAIN ? ", or names cannot be looked up here" : "");
    (void)buf_addf (ret, "%s:%s:", u->host, u->port);
    for (const struct addrinfo *a = found; a && !rc; a = a->ai_next)
        rc = add_address (a, private_ok, ret, &n, u->host, err);
    freeaddrinfo (found);
    return rc;
}

/* ---- what git is told ------------------------------------------------------------------------ */

void git_fetch_environ (struct strv *environ)
{
    static const char *const fixed[][2] = {
        { "PATH", "/usr/local/bin:/usr/bin:/bin" },
        { "HOME", "/nonexistent" },
        { "LC_ALL", "C" },
        { "GIT_CONFIG_NOSYSTEM", "1" },
        { "GIT_CONFIG_GLOBAL", "/dev/null" },
        { "GIT_TERMINAL_PROMPT", "0" },
        { "GIT_ASKPASS", "/bin/false" },
        { "SSH_ASKPASS", "/bin/false" },
        { "GIT_LFS_SKIP_SMUDGE", "1" },
        { "GIT_OPTIONAL_LOCKS", "0" },
    };
    for (size_t i = 0; i < ARRAY_SIZE (fixed); i++)
        strv_env_set (environ, fixed[i][0], fixed[i][1]);
}

static void fill_argv (struct strv *argv, const struct git_fetch *f, const char *url,
                       const char *resolved, bool whole)
{
    static const char *const settings[] = {
        "http.followRedirects=false", "http.lowSpeedLimit=500",
        "http.lowSpeedTime=30",       "protocol.allow=never",
        "protocol.http.allow=always", "protocol.https.allow=always",
        "credential.helper=",         "core.hooksPath=/dev/null",
        "core.fsmonitor=false",       "submodule.recurse=false",
        "filter.lfs.smudge=",         "filter.lfs.process=",
        "filter.lfs.required=false",  "gc.auto=0",
        "maintenance.auto=false",     "advice.detachedHead=false",
    };
    strv_add (argv, "git");
    for (size_t i = 0; i < ARRAY_SIZE (settings); i++) {
        strv_add (argv, "-c");
        strv_add (argv, settings[i]);
    }
    strv_add (argv, "-c");
    strv_addf (argv, "http.curloptResolve=%s", resolved);
    strv_add (argv, "clone");
    strv_add (argv, "--progress");
    strv_add (argv, "--single-branch");
    strv_add (argv, "--no-tags");
    strv_add (argv, "--template=");
    if (!whole)
        strv_add (argv, "--depth=1");
    if (f->bare_tree)
        strv_add (argv, "--no-checkout");
    if (*f->branch)
        strv_addf (argv, "--branch=%s", f->branch);
    strv_add (argv, "--");
    strv_add (argv, url);
    strv_add (argv, f->into);
}

/* ---- while it runs --------------------------------------------------------------------------- */

static void take_line (struct run *r)
{
    const char *phase;
    unsigned percent;
    (void)buf_addc (&r->line, '\0');
    if (git_words_progress (r->line.data, &phase, &percent)) {
        if (r->f->progress && (phase != r->phase || percent != r->percent))
            r->f->progress (r->f->arg, phase, percent);
        r->phase = phase;
        r->percent = percent;
    } else if (r->line.len > 1) {
        if (r->said.len > SAID_MAX / 2)
            buf_consume (&r->said, r->said.len - SAID_MAX / 2);
        (void)buf_addf (&r->said, "%s\n", r->line.data);
    }
    buf_clear (&r->line);
}

static void on_said (void *arg, unsigned events)
{
    struct run *r = arg;
    char text[4096];
    ssize_t n = read (r->fd, text, sizeof (text));
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        loop_unwatch (r->io);
        r->io = NULL;
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            take_line (r);
        else if (text[i] && r->line.len < LINE_MAX_BYTES)
            (void)buf_addc (&r->line, text[i]);
    }
}

static void on_end (void *arg, int status)
{
    struct run *r = arg;
    r->status = status;
    while (r->io)
        on_said (r, LOOP_READ);
    loop_stop (r->loop, 0);
}

static void on_timeout (void *arg)
{
    struct run *r = arg;
    r->timed_out = true;
    proc_signal (r->proc, SIGKILL, true);
}

static void on_term (void *arg, int signo)
{
    struct run *r = arg;
    r->term = true;
    if (r->proc)
        proc_signal (r->proc, SIGKILL, true);
}

/* nftw has no argument to hand on; this process fetches one thing at a time. */
static uint64_t walked_bytes;
static size_t walked_files;

static int walk (const char *path, const struct stat *st, int type, struct FTW *at)
{
    if (type == FTW_F || type == FTW_SL)
        walked_bytes += (uint64_t)st->st_size;
    return ++walked_files > FILES_MAX;
}

static void on_look (void *arg)
{
    struct run *r = arg;
    walked_bytes = walked_files = 0;
    (void)nftw (r->f->into, walk, 16, FTW_PHYS | FTW_MOUNT);
    if (walked_bytes <= r->f->max_bytes && walked_files <= FILES_MAX)
        return;
    r->too_large = true;
    proc_signal (r->proc, SIGKILL, true);
}

static int start (struct run *r, const struct strv *argv, struct err *err)
{
    autodone (strv_done) struct strv environ = { 0 };
    int fds[2];
    if (pipe2 (fds, O_CLOEXEC) < 0)
        return err_sys (err, errno, "pipe");
    git_fetch_environ (&environ);
    const struct proc_spec spec = { .argv = argv,
                                    .environ = &environ,
                                    .cwd = "/",
                                    .fd_in = -1,
                                    .fd_out = -1,
                                    .fd_err = fds[1],
                                    .new_session = true };
    r->proc = proc_start (r->loop, &spec, on_end, r, err);
    (void)close (fds[1]);
    r->fd = fds[0];
    if (!r->proc)
        return err_wrap (err, "git must be installed to import repositories");
    (void)fd_set_nonblock (r->fd, true);
    r->io = loop_watch (r->loop, r->fd, LOOP_READ, on_said, r);
    return 0;
}

static int run_git (struct run *r, const struct strv *argv, struct err *err)
{
    buf_init (&r->said, SAID_MAX);
    buf_init (&r->line, LINE_MAX_BYTES + 1);
    r->fd = -1;
    int rc = start (r, argv, err);
    if (!rc) {
        struct loop_timer *look = loop_every (r->loop, LOOK_US, on_look, r);
        struct loop_timer *end = loop_after (r->loop, r->f->timeout_us, on_timeout, r);
        (void)loop_run (r->loop);
        loop_cancel (look);
        if (!r->timed_out)
            loop_cancel (end);
        on_look (r); /* the last second */
    }
    loop_unwatch (r->io);
    r->io = NULL;
    proc_free (take_ptr (r->proc));
    if (r->fd >= 0)
        (void)close (r->fd);
    return rc;
}

/* ---- one try, and the next ------------------------------------------------------------------- */

static int judge (struct run *r, const char *url, enum git_again *again, struct err *err)
{
    const struct git_fetch *f = r->f;
    *again = GIT_AGAIN_NO;
    if (r->term)
        return err_set (err, PROBLEM_CANCELLED, "the clone of %s was ended", url);
    if (r->timed_out)
        return err_set (err, PROBLEM_TIMEOUT, "%s was not there after %lld s", url,
                        (long long)(f->timeout_us / CLOCK_S));
    if (r->too_large)
        return err_set (err, PROBLEM_TOO_LARGE,
                        "%s is larger than %llu MB or has more than %d files", url,
                        (unsigned long long)(f->max_bytes / 1000000), FILES_MAX);
    const char *said = r->said.data ? r->said.data : "";
    /* So git takes what answers every question with a page. */
    if (r->status == 0 && strstr (said, "empty repository"))
        return err_set (err, PROBLEM_NOT_FOUND, "%s is empty, or is no git repository",
                        url);
    if (r->status == 0)
        return 0;
    *again = git_words_failure (said, url, f->branch, err);
    return -1;
}

static int attempt (const struct git_fetch *f, const char *url, const char *resolved,
                    bool whole, enum git_again *again, struct err *err)
{
    autocleanup (loop_free) struct loop *loop = loop_new (err);
    autodone (strv_done) struct strv argv = { 0 };
    struct run r = { .f = f, .loop = loop, .status = -1 };
    *again = GIT_AGAIN_NO;
    if (!loop || loop_on_signal (loop, SIGTERM, on_term, &r, err) < 0)
        return -1;
    fill_argv (&argv, f, url, resolved, whole);
    int rc = run_git (&r, &argv, err);
    if (!rc) {
        (void)buf_addc (&r.said, '\0');
        rc = judge (&r, url, again, err);
    }
    buf_done (&r.said);
    buf_done (&r.line);
    if (rc)
        (void)fd_remove_tree (f->into, NULL);
    return rc;
}

int git_fetch (const struct git_fetch *f, struct err *err)
{
    struct git_url u;
    autodone (buf_done) struct buf resolved;
    enum git_again again;
    buf_init (&resolved, 4096);
    if (git_url_parse (f->url, &u, err) < 0)
        return -1;
    if (!git_branch_ok (f->branch))
        return err_set (err, PROBLEM_INVALID, "git_branch: is no name of a branch");
    if (resolve (&u, f->private_ok, &resolved, err) < 0)
        return -1;
    autofree char *url = xstrdup (f->url);
    bool whole = false;
    int rc = attempt (f, url, resolved.data, whole, &again, err);
    if (rc && again == GIT_AGAIN_DOTGIT && strlen (url) > 4 &&
        strcmp (url + strlen (url) - 4, ".git") != 0) {
        free (url);
        url = xasprintf ("%s.git", f->url);
        rc = attempt (f, url, resolved.data, whole, &again, err);
    }
    if (rc && again == GIT_AGAIN_WHOLE)
        rc = attempt (f, url, resolved.data, true, &again, err);
    return rc;
}
