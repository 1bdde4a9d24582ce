/* template.c - warm Pythons: the processes, and what is said to them
 *
 * A template has a socket to us as its standard input.  It offers a waiting process by sending
 * the process's pid together with a socket to it, and the next one when it gets a byte.  The
 * waiting process ends when its socket is closed.  Nothing is read from it: once it has the
 * request it is a kernel.  The layout of the request is in template.py.
 *
 * What identifies a template is the command up to `-m`, and the environment without what
 * differs from kernel to kernel (JPY_SESSION_NAME).
 */
#include "keeper/template.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/path.h"
#include "jupyter/jpaths.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODULE "ipykernel_launcher"
#define STALE 3                  /* exit code: what was imported has changed */
#define MAX_REQUEST (128u << 10) /* less than a socket takes at once */

struct template
{
    struct list link;
    struct templates *owner;
    char *key;
    struct strv argv, environ;
    struct proc *proc;
    int control;
    struct loop_io *io;
    struct proc *waiting; /* NULL: none */
    int door;             /* to it */
    struct loop_timer *start, *life;
};

struct templates {
    struct loop *loop;
    char *program; /* NULL: not installed */
    struct list all;
    size_t n;
};

static char *find_program (void)
{
    autofree char *tree = jpaths_build_tree ();
    char *program =
        path_join (tree ? tree : LABWRIGHT_DATADIR, "kernels/python/template.py");

    if (access (program, R_OK) < 0) {
        free (program);
        return NULL;
    }
    return program;
}

struct templates *templates_new (struct loop *l)
{
    struct templates *ts = xnew (struct templates);

    ts->loop = l;
    ts->program = find_program ();
    list_init (&ts->all);
    return ts;
}

/* It sees its socket closed and ends. */
static void no_waiting (struct template *t)
{
    if (t->waiting)
        (void)close (t->door);
    proc_free (take_ptr (t->waiting));
}

/* Without its socket the template ends by itself, and so does its waiting process. */
static void template_free (struct template *t)
{
    list_remove (&t->link);
    t->owner->n--;
    loop_cancel (t->start);
    loop_cancel (t->life);
    loop_unwatch (t->io);
    (void)close (t->control);
    no_waiting (t);
    proc_free (t->proc);
    strv_done (&t->argv);
    strv_done (&t->environ);
    free (t->key);
    free (t);
}

void templates_free (struct templates *ts)
{
    if (!ts)
        return;
    list_foreach (t, &ts->all, struct template, link)
        template_free (t);
    free (ts->program);
    free (ts);
}

/* ---- which ---- */

/* How many words come before `-m ipykernel_launcher`; 0: this is another command.  Words
 * before it are options of the interpreter, each in one word. */
static size_t interpreter_words (const struct strv *argv)
{
    for (size_t i = 1; i + 1 < argv->n; i++) {
        if (!strcmp (argv->v[i], "-m"))
            return strcmp (argv->v[i + 1], MODULE) ? 0 : i;
        if (argv->v[i][0] != '-' || !strcmp (argv->v[i], "-c"))
            return 0;
    }
    return 0;
}

static bool is_of_one_kernel (const char *entry)
{
    return !strncmp (entry, "JPY_SESSION_NAME=", 17);
}

/* NULL: no template can become this. */
static char *key_of (const struct template_request *r)
{
    size_t words = interpreter_words (r->argv);
    autodone (buf_done) struct buf key;
    autodone (strv_done) struct strv sorted;

    buf_init (&key, MAX_REQUEST);
    strv_init (&sorted);
    if (!words)
        return NULL;
    strv_copy (&sorted, r->environ);
    strv_sort (&sorted);
    for (size_t i = 0; i < words; i++)
        (void)buf_addf (&key, "%s\n", r->argv->v[i]);
    for (size_t i = 0; i < sorted.n; i++)
        if (!is_of_one_kernel (sorted.v[i]))
            (void)buf_addf (&key, "%s\n", sorted.v[i]);
    return key.overflow ? NULL : buf_take (&key, NULL);
}

static struct template *find (struct templates *ts, const char *key)
{
    list_foreach (t, &ts->all, struct template, link)
        if (!strcmp (t->key, key))
            return t;
    return NULL;
}

/* ---- its life ---- */

static int begin (struct template *t, struct err *err);

static void give_up (struct template *t, const char *why)
{
    log_info ("template", "ended pid=%ld: %s", (long)proc_pid (t->proc), why);
    template_free (t);
}

static void on_exit_of_template (void *arg, int status)
{
    struct template *t = arg;
    struct err err;
    char why[64];

    (void)snprintf (why, sizeof (why), "wait status %d", status);
    if (!WIFEXITED (status) || WEXITSTATUS (status) != STALE) {
        give_up (t, why);
        return;
    }
    loop_unwatch (t->io);
    (void)close (t->control);
    no_waiting (t);
    proc_free (take_ptr (t->proc));
    t->io = NULL;
    t->control = -1;
    if (begin (t, &err) < 0) {
        log_warning ("template", "%s", err.text);
        template_free (t);
    }
}

static void on_old_age (void *arg)
{
    struct template *t = arg;

    t->life = NULL;
    give_up (t, "not used for a while");
}

static void used (struct template *t)
{
    loop_cancel (t->life);
    t->life = loop_after (t->owner->loop, TEMPLATE_LIFE_US, on_old_age, t);
}

/* A pid and a socket. */
static void on_offer (void *arg, unsigned events)
{
    struct template *t = arg;
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE (sizeof (int))];
    } control;
    uint32_t pid = 0;
    struct iovec iov = { &pid, sizeof (pid) };
    struct msghdr m = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof (control),
    };

    (void)events;
    ssize_t n = recvmsg (t->control, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    const struct cmsghdr *c = n == sizeof (pid) ? CMSG_FIRSTHDR (&m) : NULL;
    if (!c || c->cmsg_type != SCM_RIGHTS) {
        loop_io_events (t->io, 0); /* it is ending: on_exit_of_template follows */
        return;
    }
    no_waiting (t);
    memcpy (&t->door, CMSG_DATA (c), sizeof (t->door));
    (void)fd_set_nonblock (t->door, true);
    t->waiting = proc_adopt (t->owner->loop, (pid_t)pid, NULL);
    if (!t->waiting)
        (void)close (t->door);
}

/* Its command line is as long as that of the kernels it becomes, which overwrite it. */
static void fill_argv (struct strv *ret, const struct template_request *r, size_t words,
                       const char *program)
{
    size_t room = 0, used_up = 0;

    for (size_t i = 0; i < r->argv->n; i++)
        room += strlen (r->argv->v[i]) + 1;
    for (size_t i = 0; i < words; i++)
        strv_add (ret, r->argv->v[i]);
    strv_add (ret, program);
    for (size_t i = 0; i < ret->n; i++)
        used_up += strlen (ret->v[i]) + 1;
    if (room > used_up + 1)
        strv_addf (ret, "%0*d", (int)(room - used_up - 1), 0);
}

static int begin (struct template *t, struct err *err)
{
    int pair[2];

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_sys (err, errno, "socketpair");
    struct proc_spec spec = {
        .argv = &t->argv,
        .environ = &t->environ,
        .cwd = "/",
        .fd_in = pair[1],
        .fd_out = -1,
        .fd_err = -1,
        .new_session = true,
    };
    t->proc = proc_start (t->owner->loop, &spec, on_exit_of_template, t, err);
    (void)close (pair[1]);
    t->control = pair[0];
    if (!t->proc)
        return -1;
    t->io = loop_watch (t->owner->loop, t->control, LOOP_READ, on_offer, t);
    log_info ("template", "started pid=%ld program=%s", (long)proc_pid (t->proc),
              t->argv.v[0]);
    return 0;
}

static void on_start (void *arg)
{
    struct template *t = arg;
    struct err err;

    t->start = NULL;
    if (begin (t, &err) < 0) {
        log_warning ("template", "%s", err.text);
        template_free (t);
    }
}

static struct template *template_new (struct templates *ts, char *key,
                                      const struct template_request *r)
{
    struct template *t = xnew (struct template);

    t->owner = ts;
    t->key = key;
    t->control = -1;
    fill_argv (&t->argv, r, interpreter_words (r->argv), ts->program);
    for (size_t i = 0; i < r->environ->n; i++)
        if (!is_of_one_kernel (r->environ->v[i]))
            strv_add (&t->environ, r->environ->v[i]);
    list_append (&ts->all, &t->link);
    ts->n++;
    used (t);
    return t;
}

void templates_want (struct templates *ts, const struct template_request *r,
                     int64_t delay_us)
{
    autofree char *key = key_of (r);
    struct template *t = key ? find (ts, key) : NULL;

    if (!key || !ts->program || (!t && ts->n == TEMPLATES_MAX))
        return;
    if (t && (t->proc || (t->start && delay_us > 0)))
        return;
    if (!t)
        t = template_new (ts, take_ptr (key), r);
    loop_cancel (t->start);
    t->start = loop_after (ts->loop, delay_us, on_start, t);
}

/* ---- becoming a kernel ---- */

static void add_string (struct buf *b, const char *s)
{
    (void)buf_add (b, s, strlen (s) + 1);
}

static int write_request (struct buf *b, const struct template_request *r)
{
    uint8_t head[4] = { 0 };
    char count[24];

    (void)buf_add (b, head, sizeof (head));
    add_string (b, r->cwd);
    (void)snprintf (count, sizeof (count), "%zu", r->argv->n);
    add_string (b, count);
    for (size_t i = 0; i < r->argv->n; i++)
        add_string (b, r->argv->v[i]);
    for (size_t i = 0; i < r->environ->n; i++)
        add_string (b, r->environ->v[i]);
    if (b->overflow)
        return -1;
    size_t n = b->len - sizeof (head);
    for (size_t i = 0; i < sizeof (head); i++)
        b->data[i] = (char)(n >> (8 * i));
    return 0;
}

/* The whole request in one piece, or nothing. */
static int send_request (int door, struct buf *b, int fd_out)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE (sizeof (int))];
    } control = { 0 };
    struct iovec iov = { b->data, b->len };
    struct msghdr m = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof (control),
    };
    struct cmsghdr *c = CMSG_FIRSTHDR (&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN (sizeof (int));
    memcpy (CMSG_DATA (c), &fd_out, sizeof (int));
    return sendmsg (door, &m, MSG_NOSIGNAL) == (ssize_t)b->len ? 0 : -1;
}

struct proc *templates_take (struct templates *ts, const struct template_request *r,
                             proc_exit_fn on_exit, void *arg)
{
    autofree char *key = key_of (r);
    struct template *t = key ? find (ts, key) : NULL;
    autodone (buf_done) struct buf b;
    struct proc *ret = NULL;

    buf_init (&b, MAX_REQUEST);
    if (!t || !t->waiting || !proc_alive (t->waiting) || access (r->cwd, X_OK) < 0 ||
        write_request (&b, r) < 0)
        return NULL;
    if (send_request (t->door, &b, r->fd_out) == 0) {
        ret = take_ptr (t->waiting);
        proc_hand_over (ret, on_exit, arg);
        (void)close (t->door);
    }
    no_waiting (t);
    (void)send (t->control, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    used (t);
    return ret;
}
