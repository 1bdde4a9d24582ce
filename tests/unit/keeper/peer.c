/* peer.c - a keeper in a process of its own and a blocking server's end of its wire, for
 * tests */

#include "peer.h"

#include "base/clock.h"
#include "base/fd.h"
#include "jupyter/wsv1.h"
#include "keeper/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <cmocka.h>

#define MAX_SAID (1u << 30)

extern char **environ;

int peer_main (int argc, char **argv)
{
    if (argc > 1 && !strcmp (argv[1], "keep") &&
        prctl (PR_SET_PDEATHSIG, SIGTERM) ==
            0) /* a test that fails leaves nothing behind */
        return keep_main (argc - 1, argv + 1);
    return -1;
}

char *keep_beside (const char *name)
{
    char self[4096];
    ssize_t n = readlink ("/proc/self/exe", self, sizeof (self) - 1);

    assert_true (n > 0);
    self[n] = '\0';
    *strrchr (self, '/') = '\0';
    return xasprintf ("%s/%s", self, name);
}

/* ---- the keeper ---- */

void keep_start (struct keep *k, int linger_s)
{
    char linger[16], number[16], c;
    int ready[2];

    (void)snprintf (k->dir, sizeof (k->dir), "/tmp/test-keep-XXXXXX");
    assert_non_null (mkdtemp (k->dir));
    assert_int_equal (pipe (ready), 0);
    (void)fd_set_cloexec (ready[0], true);
    (void)snprintf (linger, sizeof (linger), "%d", linger_s);
    (void)snprintf (number, sizeof (number), "%d", ready[1]);
    char *argv[] = { "/proc/self/exe", "keep",     "--dir", k->dir, "--fd",
                     number,           "--linger", linger,  NULL };
    assert_int_equal (posix_spawn (&k->pid, "/proc/self/exe", NULL, NULL, argv, environ),
                      0);
    (void)close (ready[1]);
    assert_int_equal (read (ready[0], &c, 1), 1);
    (void)close (ready[0]);
}

void keep_stop (struct keep *k)
{
    int status = 0;

    (void)kill (k->pid, SIGTERM);
    for (int i = 0; i < PEER_TIMEOUT_MS / 10; i++) {
        if (waitpid (k->pid, &status, WNOHANG) == k->pid) {
            if (status) {
                autofree char *log = xasprintf ("cat %s/keep.log >&2", k->dir);
                (void)fprintf (stderr, "keeper ended with %#x\n", (unsigned)status);
                char *argv[] = { "sh", "-c", log, NULL };
                pid_t pid;
                if (posix_spawnp (&pid, "sh", NULL, NULL, argv, environ) == 0)
                    (void)waitpid (pid, NULL, 0);
            }
            assert_int_equal (status, 0);
            assert_int_equal (fd_remove_tree (k->dir, NULL), 0);
            return;
        }
        (void)poll (NULL, 0, 10);
    }
    (void)kill (k->pid, SIGKILL);
    (void)waitpid (k->pid, NULL, 0);
    fail_msg ("the keeper does not end");
}

/* ---- frames ---- */

void peer_connect (struct peer *p, const struct keep *k)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };

    *p = (struct peer){ .fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    (void)snprintf (addr.sun_path, sizeof (addr.sun_path), "%s/keep.sock", k->dir);
    assert_int_equal (connect (p->fd, (struct sockaddr *)&addr, sizeof (addr)), 0);
    buf_init (&p->in, MAX_SAID);
    buf_init (&p->out, MAX_SAID);
    buf_init (&p->said, MAX_SAID);
}

void peer_attach (struct peer *p, const struct keep *k)
{
    struct keep_reader r;

    /* The keeper may not have noticed yet that the peer before is gone. */
    for (int i = 0; i < 100; i++) {
        peer_connect (p, k);
        struct buf *b = peer_begin (p, KEEP_HELLO, 0);
        keep_put_u32 (b, KEEP_VERSION);
        keep_put_str (b, "test");
        keep_put_str (b, "/");
        if (peer_call (p, &r) == PROBLEM_NONE)
            return;
        peer_cut (p);
        (void)poll (NULL, 0, 10);
    }
    fail_msg ("the keeper does not let us attach");
}

void peer_cut (struct peer *p)
{
    (void)close (p->fd);
    buf_done (&p->in);
    buf_done (&p->out);
    buf_done (&p->said);
    keep_object_done (&p->state);
}

struct buf *peer_begin (struct peer *p, enum keep_kind kind, uint32_t object)
{
    buf_clear (&p->out);
    p->begun = keep_begin (&p->out, kind, 0, object, ++p->number);
    return &p->out;
}

static void flush (struct peer *p)
{
    keep_end (&p->out, p->begun);
    assert_false (p->out.overflow);
    assert_int_equal (fd_write_all (p->fd, p->out.data, p->out.len, NULL), 0);
}

void peer_tell (struct peer *p, uint64_t number)
{
    uint64_t le = htole64 (number);

    memcpy (p->out.data + p->begun + 12, &le, 8);
    flush (p);
}

static void ack (struct peer *p, const struct keep_frame *f, const char *name)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 4096);
    size_t begin = keep_begin (&b, KEEP_ACK, 0, f->object, f->number);
    keep_put_str (&b, name);
    keep_end (&b, begin);
    (void)fd_write_all (p->fd, b.data, b.len, NULL);
}

static void on_data (struct peer *p, const struct keep_frame *f)
{
    struct keep_reader r;

    keep_reader_init (&r, f);
    autofree char *name = keep_get_str (&r);
    assert_false (r.bad);
    if (!p->no_ack)
        ack (p, f, name);
    if (p->only && strcmp (p->only, name))
        return;
    if (p->count && f->number != p->last_seq + 1)
        p->skipped = true;
    p->last_seq = f->number;
    p->count++;
    p->requests += f->flags == KEEP_F_REQUEST;
    p->bytes += r.left;
    (void)buf_add (&p->said, r.p, r.left);
}

static void note (struct peer *p, const struct keep_frame *f)
{
    struct keep_reader r;

    keep_reader_init (&r, f);
    switch (f->kind) {
    case KEEP_DATA: on_data (p, f); break;
    case KEEP_GAP: p->gap = f->number; break;
    case KEEP_PRESSURE: p->pressed = keep_get_u8 (&r); break;
    case KEEP_STATE:
    case KEEP_GONE:
        keep_object_done (&p->state);
        assert_int_equal (keep_get_object (&r, &p->state), 0);
        p->gone = f->kind == KEEP_GONE;
        break;
    default: break;
    }
}

bool peer_next (struct peer *p, struct keep_frame *ret, int timeout_ms)
{
    int64_t end = clock_mono_us () + timeout_ms * CLOCK_MS;
    struct err err = { 0 };

    buf_consume (&p->in, p->used);
    p->used = 0;
    for (;;) {
        struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
        int rc = keep_parse (p->in.data, p->in.len, ret, &p->used, &err);
        size_t want = p->used > p->in.len + 65536 ? p->used - p->in.len : 65536;

        if (rc > 0) {
            note (p, ret);
            return true;
        }
        p->used = 0;
        if (rc < 0)
            fail_msg ("%s", err.text);
        if (clock_mono_us () > end)
            fail_msg ("nothing came from the keeper in %d ms", timeout_ms);
        if (poll (&pfd, 1, 100) <= 0)
            continue;
        char *into = buf_reserve (&p->in, want);
        assert_non_null (into);
        ssize_t n = read (p->fd, into, want);
        if (n <= 0)
            return false;
        p->in.len += (size_t)n;
    }
}

enum problem peer_call (struct peer *p, struct keep_reader *ret)
{
    uint64_t number = p->number;
    struct keep_frame f;

    flush (p);
    while (peer_next (p, &f, PEER_TIMEOUT_MS)) {
        if ((f.kind != KEEP_OK && f.kind != KEEP_ERROR) || f.number != number)
            continue;
        keep_reader_init (ret, &f);
        return f.kind == KEEP_OK ? PROBLEM_NONE : (enum problem)keep_get_u32 (ret);
    }
    fail_msg ("the keeper hung up");
    return PROBLEM_INTERNAL;
}

/* ---- waiting ---- */

bool peer_said (const struct peer *p, const char *text)
{
    return memmem (p->said.data, p->said.len, text, strlen (text));
}

void peer_forget (struct peer *p)
{
    buf_clear (&p->said);
    p->count = p->bytes = p->requests = 0;
    p->skipped = false;
}

static void must_next (struct peer *p)
{
    struct keep_frame f;

    if (!peer_next (p, &f, PEER_TIMEOUT_MS))
        fail_msg ("the keeper hung up");
}

void peer_until (struct peer *p, const char *text)
{
    size_t n = strlen (text), seen = 0;

    /* Looks at new bytes only: there may be megabytes before the text. */
    while (!memmem (p->said.data + seen, p->said.len - seen, text, n)) {
        seen = p->said.len > n ? p->said.len - n : 0;
        must_next (p);
    }
}

void peer_until_state (struct peer *p, enum keep_kernel_state state)
{
    while (!p->state.name || p->state.state != state)
        must_next (p);
}

void peer_until_gone (struct peer *p)
{
    while (!p->gone)
        must_next (p);
}

void peer_until_count (struct peer *p, uint64_t count)
{
    while (p->count < count)
        must_next (p);
}

void peer_for (struct peer *p, int ms)
{
    int64_t end = clock_mono_us () + ms * CLOCK_MS;
    struct keep_frame f;

    for (;;) {
        int64_t left = (end - clock_mono_us ()) / CLOCK_MS;
        struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
        size_t used;

        if (left <= 0)
            return;
        if (keep_parse (p->in.data + p->used, p->in.len - p->used, &f, &used, NULL) > 0 ||
            poll (&pfd, 1, (int)left) > 0)
            must_next (p);
    }
}

/* ---- shorthands ---- */

uint64_t peer_subscribe (struct peer *p, uint32_t object, const char *name, uint64_t from,
                         uint64_t window)
{
    struct keep_reader r;
    struct buf *b = peer_begin (p, KEEP_SUBSCRIBE, object);

    keep_put_str (b, name);
    keep_put_u64 (b, from);
    keep_put_u64 (b, window);
    assert_int_equal (peer_call (p, &r), PROBLEM_NONE);
    return keep_get_u64 (&r);
}

uint64_t peer_record (struct peer *p, uint32_t object, const char *name, uint64_t from)
{
    struct keep_reader r;
    struct buf *b = peer_begin (p, KEEP_SUBSCRIBE, object);

    keep_put_str (b, name);
    keep_put_u64 (b, from);
    keep_put_u64 (b, 0);
    keep_put_u32 (b, KEEP_SUB_RECORD);
    assert_int_equal (peer_call (p, &r), PROBLEM_NONE);
    return keep_get_u64 (&r);
}

void peer_end (struct peer *p, uint32_t object)
{
    struct keep_reader r;

    (void)peer_begin (p, KEEP_END, object);
    assert_int_equal (peer_call (p, &r), PROBLEM_NONE);
}

static void put_argv (struct buf *b, const char *const *argv)
{
    autodone (strv_done) struct strv v;

    strv_init (&v);
    for (; argv && *argv; argv++)
        strv_add (&v, *argv);
    keep_put_strv (b, &v);
}

static void put_environ (struct buf *b)
{
    autodone (strv_done) struct strv v;

    strv_init (&v);
    strv_from_environ (&v, environ);
    keep_put_strv (b, &v);
}

static uint32_t started (struct peer *p)
{
    struct keep_reader r;
    enum problem problem = peer_call (p, &r);

    if (problem) {
        autofree char *text = keep_get_str (&r);
        fail_msg ("not started: %s", text);
    }
    return keep_get_u32 (&r);
}

uint32_t peer_start_kernel (struct peer *p, const struct keep *k, const char *id,
                            uint32_t flags, uint32_t wait_ms, const char *interrupt_mode,
                            const char *const *options)
{
    autofree char *program = keep_beside ("fake_kernel");
    autofree char *file = xasprintf ("%s/kernel-%s.json", k->dir, id);
    const char *argv[16] = { program };
    size_t n = 1;

    for (; options && *options; options++)
        argv[n++] = *options;
    argv[n] = "{connection_file}";
    struct buf *b = peer_begin (p, KEEP_START_KERNEL, 0);
    keep_put_str (b, id);
    keep_put_str (b, "fake");
    keep_put_str (b, "Fake");
    put_argv (b, argv);
    put_environ (b);
    keep_put_str (b, "/");
    keep_put_str (b, file);
    keep_put_u32 (b, flags);
    keep_put_u32 (b, wait_ms);
    keep_put_str (b, interrupt_mode);
    keep_put_str (b, "/");
    return started (p);
}

static uint32_t start_other (struct peer *p, enum keep_kind kind, const char *name,
                             const char *const *argv)
{
    struct buf *b = peer_begin (p, kind, 0);

    keep_put_str (b, name);
    put_argv (b, argv);
    put_environ (b);
    keep_put_str (b, "/");
    if (kind == KEEP_START_TERMINAL) {
        keep_put_u32 (b, 24);
        keep_put_u32 (b, 80);
    }
    return started (p);
}

uint32_t peer_start_terminal (struct peer *p, const char *name, const char *const *argv)
{
    return start_other (p, KEEP_START_TERMINAL, name, argv);
}

uint32_t peer_start_command (struct peer *p, const char *name, const char *const *argv)
{
    return start_other (p, KEEP_START_COMMAND, name, argv);
}

void peer_send (struct peer *p, uint32_t object, const char *name, const char *channel,
                const char *type, const char *id, const char *content, const char *buffer)
{
    autofree char *header = xasprintf (
        "{\"msg_id\":\"%s\",\"session\":\"%s\",\"msg_type\":\"%s\",\"username\":\"\","
        "\"date\":\"2026-01-01T00:00:00Z\",\"version\":\"5.3\"}",
        id, name, type);
    struct slice parts[5] = { { header, strlen (header) },
                              { "{}", 2 },
                              { "{}", 2 },
                              { content, strlen (content) } };
    struct buf *b = peer_begin (p, KEEP_SEND, object);

    if (buffer)
        parts[4] = (struct slice){ buffer, strlen (buffer) };
    keep_put_str (b, name);
    assert_int_equal (
        wsv1_encode (b, jchannel_parse (channel, strlen (channel)), parts, buffer ? 5 : 4),
        0);
    peer_tell (p, 0);
}

void peer_execute (struct peer *p, uint32_t object, const char *name, const char *id,
                   const char *code)
{
    autodone (buf_done) struct buf content;

    buf_init (&content, 1 << 20);
    (void)buf_adds (&content, "{\"silent\":false,\"allow_stdin\":true,\"code\":");
    (void)buf_add_json_string (&content, code, strlen (code));
    (void)buf_addc (&content, '}');
    peer_send (p, object, name, "shell", "execute_request", id, content.data, NULL);
}
