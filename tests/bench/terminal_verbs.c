/* terminal_verbs.c - a terminal through the server, and a pty without one */

#include "client.h"
#include "link.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define LINE "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwx"
/* The shell prints what the command line that it echoes does not hold. */
#define FLOOD "yes " LINE " | head -c %zu; printf '%%s%%s' THE- END"
#define END "THE-END"

extern char **environ;

static void open_terminal (struct link *l, const struct target *t, const char *name)
{
    autofree char *path = xasprintf ("terminals/websocket/%s", name);

    link_open (l, t);
    link_websocket (l, path, NULL);
}

static void type (struct link *l, const char *text)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 65536);
    (void)buf_adds (&b, "[\"stdin\", ");
    (void)buf_add_json_string (&b, text, strlen (text));
    (void)buf_addc (&b, ']');
    link_send (l, false, b.data, b.len);
}

/* The last bytes of what came, so that a mark is found that two frames share. */
struct tail {
    char text[2 * sizeof (END)];
    size_t len;
};

static bool tail_has_end (struct tail *tail, const char *s, size_t n)
{
    size_t keep = sizeof (END) - 2;

    if (memmem (s, n, END, strlen (END)))
        return true;
    size_t part = n < keep ? n : keep;
    memcpy (tail->text + tail->len, s, part);
    if (memmem (tail->text, tail->len + part, END, strlen (END)))
        return true;
    if (n >= keep) {
        memcpy (tail->text, s + n - keep, keep);
        tail->len = keep;
    } else {
        tail->len += part;
        if (tail->len > keep) {
            memmove (tail->text, tail->text + tail->len - keep, keep);
            tail->len = keep;
        }
    }
    return false;
}

/* A frame of output: what stands between its quotes. */
static struct slice output (struct slice s)
{
    static const char begin[] = "[\"stdout\", \"";
    const char *text = s.data;
    size_t skip = strlen ("[\"stdout\"");

    if (s.len < sizeof (begin) || memcmp (text, begin, skip) != 0)
        return (struct slice){ "", 0 };
    while (skip < s.len && text[skip] != '"')
        skip++;
    skip++;
    return (struct slice){ text + skip, s.len > skip + 2 ? s.len - skip - 2 : 0 };
}

void verb_terminal (const struct target *t, char **argv)
{
    size_t want = number_argument (argv, 1);
    autofree char *command = xasprintf (FLOOD "\r", want);
    struct tail tail = { .len = 0 };
    size_t bytes = 0;
    struct link l;
    bool end;

    open_terminal (&l, t, argument (argv, 0));
    type (&l, command);
    int64_t began = clock_mono_us ();
    do {
        struct slice s = output (link_recv (&l));
        end = tail_has_end (&tail, s.data, s.len);
        bytes += s.len;
    } while (!end);
    int64_t us = clock_mono_us () - began;
    if (bytes < want)
        die ("%zu of %zu bytes came", bytes, want);
    (void)printf ("\"bytes\": %zu, \"mb_s\": %.2f", want, (double)want / (double)us);
    link_close (&l);
}

void verb_echo (const struct target *t, char **argv)
{
    size_t count = number_argument (argv, 1);
    struct tail tail = { .len = 0 };
    struct samples s = { 0 };
    struct link l;

    open_terminal (&l, t, argument (argv, 0));
    type (&l, "stty -icanon -echo; printf '%s%s' THE- END; exec cat\r");
    for (struct slice o = output (link_recv (&l)); !tail_has_end (&tail, o.data, o.len);)
        o = output (link_recv (&l));
    for (size_t i = 0; i < count; i++) {
        int64_t began = clock_mono_us ();
        type (&l, "k");
        while (output (link_recv (&l)).len == 0)
            continue;
        samples_add (&s, clock_mono_us () - began);
    }
    link_close (&l);
    samples_print (&s);
    samples_done (&s);
}

/* ---- without a server ---- */

static pid_t run_on (int slave, const char *command)
{
    char *argv[] = { "sh", "-c", (char *)command, NULL };
    posix_spawn_file_actions_t to;
    pid_t pid;

    (void)posix_spawn_file_actions_init (&to);
    (void)posix_spawn_file_actions_adddup2 (&to, slave, 1);
    if (posix_spawnp (&pid, "sh", &to, NULL, argv, environ) != 0)
        die ("no shell");
    (void)posix_spawn_file_actions_destroy (&to);
    return pid;
}

void verb_pty (const struct target *t, char **argv)
{
    static char buffer[65536];
    size_t want = number_argument (argv, 0), bytes = 0;
    autofree char *command = xasprintf (FLOOD, want);
    autoclose int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct tail tail = { .len = 0 };
    ssize_t n = 0;

    (void)t;
    if (master < 0 || grantpt (master) < 0 || unlockpt (master) < 0)
        die ("no pty: %s", strerror (errno));
    autoclose int slave = open (ptsname (master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    int64_t began = clock_mono_us ();
    pid_t pid = run_on (slave, command);
    do {
        bytes += (size_t)n;
        n = read (master, buffer, sizeof (buffer));
    } while (n > 0 && !tail_has_end (&tail, buffer, (size_t)n));
    int64_t us = clock_mono_us () - began;
    (void)waitpid (pid, NULL, 0);
    if (bytes < want)
        die ("%zu of %zu bytes came", bytes, want);
    (void)printf ("\"bytes\": %zu, \"mb_s\": %.2f", want, (double)want / (double)us);
}
