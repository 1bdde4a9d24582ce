/* box_adopt.c - what runs when a spawner starts
 *
 * A record names a process by number and start time.  If it is there, its sandbox is watched as if we had made
 * it.  If not, what is left in its group is ended, and the end that nobody saw is written down.
 */
#include "sandbox/box.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The grant as it was: the same GPUs; limits stand in the kernel. */
static int grant_again (struct boxes *bs, const struct record *r, struct grant *ret,
                        struct err *err)
{
    struct machines ms;
    struct strv none = { 0 };
    if (boxes_machines (bs, &ms, err) < 0)
        return -1;
    int rc = grant_make (&ms, &r->spec, r->machine, &none, &r->gpus, ret, err);
    machines_done (&ms);
    return rc;
}

static void run_on (struct boxes *bs, struct record *r, int pidfd)
{
    struct grant g;
    struct err err;
    if (grant_again (bs, r, &g, &err) < 0) {
        /* Its machine is no longer written down: it goes on with what it has. */
        log_warning ("box", "%s: %s", r->spec.id, err.text);
        g = (struct grant){ .machine = "" };
        memcpy (g.machine, r->machine, sizeof g.machine);
        strv_copy (&g.gpus, &r->gpus);
    }
    log_info ("box", "adopted sandbox=%s machine=%s pid=%d", r->spec.id, r->machine,
              (int)r->pid);
    (void)box_watch (bs, r, &g, pidfd);
}

/* Who was killed is there for some milliseconds more. */
static void remove_group (struct boxes *bs, const char *id)
{
    const struct timespec pause = { .tv_nsec = 2000000 };
    for (int i = 0; i < 100; i++) {
        limits_kill (bs->config.limits, id);
        if (limits_remove (bs->config.limits, id) == 0)
            return;
        (void)nanosleep (&pause, NULL);
    }
    log_warning ("box", "%s: its control group could not be removed", id);
}

static void ended_unseen (struct boxes *bs, struct record *r)
{
    struct spawn_exit e;
    const char *id = r->spec.id;
    remove_group (bs, id);
    if (!record_read_exit (bs->config.state, id, &e)) {
        e = (struct spawn_exit){ .code = -1 };
        (void)snprintf (e.reason, sizeof e.reason, "It ended while nobody looked");
        record_end (bs->config.state, r, &e);
    }
    boxes_note_end (bs, r, &e);
}

static void look_at (struct boxes *bs, const char *id)
{
    struct record r;
    struct err err;
    if (!sandbox_id_valid (id))
        return;
    if (record_read (bs->config.state, id, &r, &err) < 0) {
        if (err.problem != PROBLEM_NOT_FOUND)
            log_warning ("box", "%s: %s", id, err.text);
        return;
    }
    int pidfd = r.pid > 0 ? (int)syscall (SYS_pidfd_open, r.pid, 0) : -1;
    /* Looked at after it was opened: so the number cannot have changed hands between. */
    if (pidfd >= 0 && record_ticks (r.pid) == r.ticks && r.ticks)
        run_on (bs, &r, pidfd);
    else {
        auto_closep (&pidfd);
        ended_unseen (bs, &r);
        record_done (&r);
    }
}

/* Groups without a record: of a state directory that was removed, or of another one.  Left alone. */
int boxes_adopt (struct boxes *bs, struct err *err)
{
    struct strv names = { 0 };
    autofree char *dir = xasprintf ("%s/ws", bs->config.state);
    int rc = fd_list_dir (dir, "", &names, err);
    for (size_t i = 0; rc == 0 && i < names.n; i++)
        look_at (bs, names.v[i]);
    strv_done (&names);
    return rc;
}
