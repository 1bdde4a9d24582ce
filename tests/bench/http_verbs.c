/* http_verbs.c - requests: how many a second, how long one takes, how long a server takes to come */

#include "client.h"
#include "link.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define LOAD_MAX 256
#define LOAD_ANSWER 16384

extern char **environ;

/* ---- load: as wrk does it ---- */

struct load_conn {
    struct link link;
    size_t len, want; /* of the answer: received; head and body, 0: not known yet */
    char answer[LOAD_ANSWER];
};

struct load {
    char *request;
    size_t len;
    uint64_t done;
};

static void load_send (const struct load *load, struct load_conn *c)
{
    c->len = c->want = 0;
    if (send (c->link.fd, load->request, load->len, MSG_NOSIGNAL) != (ssize_t)load->len)
        die ("send: %s", strerror (errno));
}

static void load_size (struct load_conn *c)
{
    const char *end = strstr (c->answer, "\r\n\r\n");
    const char *length = strcasestr (c->answer, "\r\nContent-Length:");

    if (!end)
        return;
    if (strncmp (c->answer, "HTTP/1.1 200", 12) != 0 || !length || length > end)
        die ("an answer that is not counted: %.60s", c->answer);
    c->want = (size_t)(end - c->answer) + 4 + strtoul (length + 17, NULL, 10);
}

/* True: the answer is whole. */
static bool load_recv (struct load_conn *c)
{
    ssize_t n = recv (c->link.fd, c->answer + c->len, LOAD_ANSWER - 1 - c->len, 0);

    if (n <= 0)
        die ("the server %s", n ? strerror (errno) : "closed a connection");
    c->len += (size_t)n;
    c->answer[c->len] = '\0';
    if (!c->want)
        load_size (c);
    return c->want && c->len >= c->want;
}

static void load_run (struct load *load, struct load_conn *conns, size_t n, int64_t until)
{
    autoclose int ep = epoll_create1 (EPOLL_CLOEXEC);
    struct epoll_event events[LOAD_MAX];

    for (size_t i = 0; i < n; i++) {
        struct epoll_event e = { .events = EPOLLIN, .data.ptr = &conns[i] };
        (void)epoll_ctl (ep, EPOLL_CTL_ADD, conns[i].link.fd, &e);
        load_send (load, &conns[i]);
    }
    while (clock_mono_us () < until) {
        int ready = epoll_wait (ep, events, LOAD_MAX, 100);
        for (int i = 0; i < ready; i++) {
            struct load_conn *c = events[i].data.ptr;
            if (!load_recv (c))
                continue;
            load->done++;
            load_send (load, c);
        }
    }
}

void verb_load (const struct target *t, char **argv)
{
    size_t n = number_argument (argv, 1), seconds = number_argument (argv, 2);
    struct load load = { .done = 0 };
    struct load_conn *conns;

    if (n < 1 || n > LOAD_MAX)
        die ("1 to %d connections", LOAD_MAX);
    load.request = xasprintf (
        "GET /%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: token %s\r\n\r\n",
        argument (argv, 0), t->port, t->token);
    load.len = strlen (load.request);
    conns = xcalloc (n, sizeof (*conns));
    for (size_t i = 0; i < n; i++)
        link_open (&conns[i].link, t);
    int64_t began = clock_mono_us ();
    load_run (&load, conns, n, began + (int64_t)seconds * CLOCK_S);
    (void)printf ("\"rate\": %.1f",
                  (double)load.done * CLOCK_S / (double)(clock_mono_us () - began));
    for (size_t i = 0; i < n; i++)
        link_close (&conns[i].link);
    free (conns);
    free (load.request);
}

/* ---- probe: what another client feels ---- */

static int64_t once (struct link *l, const char *method, const char *path, const void *body,
                     size_t n)
{
    int64_t began = clock_mono_us ();

    link_request (l, method, path, body, n);
    int status = link_reply (l, NULL, NULL);
    if (status / 100 != 2)
        die ("%s %s: %d", method, path, status);
    return clock_mono_us () - began;
}

void verb_probe (const struct target *t, char **argv)
{
    const char *path = argument (argv, 0);
    size_t every = number_argument (argv, 1);
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    struct timespec pause = { .tv_nsec = (long)every * 1000 };
    struct samples s = { 0 };
    struct link l;

    link_open (&l, t);
    (void)once (&l, "GET", path, NULL, 0);
    while (ppoll (&in, 1, &pause, NULL) == 0)
        samples_add (&s, once (&l, "GET", path, NULL, 0));
    link_close (&l);
    samples_print (&s);
    samples_done (&s);
}

/* ---- time ---- */

void verb_time (const struct target *t, char **argv)
{
    const char *method = argument (argv, 0), *path = argument (argv, 1);
    size_t count = number_argument (argv, 2);
    struct samples s = { 0 };
    struct buf body;
    struct link l;
    struct err err;

    buf_init (&body, LINK_MAX);
    if (argv[3] && fd_read_file (argv[3], &body, &err) < 0)
        die ("%s", err.text);
    link_open (&l, t);
    for (size_t i = 0; i < count; i++)
        samples_add (&s, once (&l, method, path, argv[3] ? body.data : NULL, body.len));
    link_close (&l);
    buf_done (&body);
    samples_print (&s);
    samples_done (&s);
}

/* ---- start ---- */

static bool answers (const struct target *t)
{
    struct link l;

    if (!link_try (&l, t))
        return false;
    link_request (&l, "GET", "api", NULL, 0);
    int status = link_reply (&l, NULL, NULL);
    link_close (&l);
    return status == 200;
}

void verb_start (const struct target *t, char **argv)
{
    struct timespec pause = { .tv_nsec = 200 * 1000 };
    posix_spawn_file_actions_t quiet;
    int64_t began;
    pid_t pid;

    (void)argument (argv, 0);
    (void)posix_spawn_file_actions_init (&quiet);
    (void)posix_spawn_file_actions_addopen (&quiet, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen (&quiet, 2, "/dev/null", O_WRONLY, 0);
    began = clock_mono_us ();
    if (posix_spawn (&pid, argv[0], &quiet, NULL, argv, environ) != 0)
        die ("cannot start %s", argv[0]);
    autoclose int end = pidfd_open (pid, 0);
    struct pollfd ended = { .fd = end, .events = POLLIN };
    while (!answers (t)) {
        if (ppoll (&ended, 1, &pause, NULL) != 0)
            die ("%s ended", argv[0]);
        if (clock_mono_us () - began > PATIENCE_S * CLOCK_S)
            die ("%s does not answer", argv[0]);
    }
    (void)printf ("\"ms\": %.3f", (double)(clock_mono_us () - began) / CLOCK_MS);
    (void)kill (pid, SIGTERM);
    (void)waitpid (pid, NULL, 0);
    (void)posix_spawn_file_actions_destroy (&quiet);
}
