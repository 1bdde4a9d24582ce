/* kernel_talk.c - hear a kernel, and speak in its name
 *
 * What the kernel says is journalled as it came: the table of a v1 frame in front, then its
 * parts.  iopub is for everybody, a reply for whom it answers.
 */

#include "keeper/kernel_private.h"
#include "base/log.h"
#include "keeper/kernel_say.h"

#include <stdlib.h>
#include <string.h>

/* ---- what it says ---- */

/* Journal a message as a v1 frame: the table in front, the parts as they came. */
static void say_parts (struct kernel *k, enum jchannel channel, uint32_t target,
                       const struct slice *parts, size_t n)
{
    size_t head = wsv1_head_size (channel, n);
    autofree uint8_t *table = xcalloc (head, 1);
    struct slice few[16],
        *pieces = n < ARRAY_SIZE (few) ? few : xcalloc (n + 1, sizeof (*pieces));

    wsv1_head (table, channel, parts, n);
    pieces[0] = (struct slice){ table, head };
    memcpy (pieces + 1, parts, n * sizeof (*parts));
    (void)kept_say (&k->kept, channel, target, pieces, n + 1);
    if (pieces != few)
        free (pieces);
}

void kernel_talk_request (struct kernel *k, const struct slice *parts, size_t n)
{
    say_parts (k, JCHANNEL_SHELL, SUBSCRIPTION_RECORDERS, parts, n);
}

static void say_frame (struct kernel *k, const struct buf *frame)
{
    struct slice piece = { frame->data, frame->len };

    (void)kept_say (&k->kept, KEEP_IOPUB, SUBSCRIPTION_ALL, &piece, 1);
}

/* Whose reply it is: by message id, by a session seen in headers, by the name of a
 * subscription. */
static uint32_t target_of (struct kernel *k, const struct jhead *parent)
{
    uint32_t target = kernel_route_find (k->route, parent);

    if (target || parent->session.len == 0 || parent->session.len >= KERNEL_ROUTE_TEXT)
        return target;
    autofree char *name = slice_dup (parent->session);
    const struct subscription *s = kept_find (&k->kept, name);
    return s ? s->target : 0;
}

/* Viewers throw away what they have not handled yet when a message is of another session than
 * the one before, so what is said in the kernel's name must be of its own. */
static void note_session (struct kernel *k, struct slice session)
{
    char **known = &k->kept.pub.session;

    if (slice_is (session, *known) || !session.len || session.len >= KERNEL_MAX_SESSION ||
        memchr (session.data, 0, session.len))
        return;
    free (*known);
    *known = slice_dup (session);
    kept_changed (&k->kept);
}

static bool says_starting (const struct jhead *head, const struct slice *parts)
{
    struct slice state;

    return slice_is (head->msg_type, "status") &&
           jmsg_string (parts[WSV1_CONTENT], "execution_state", &state) &&
           slice_is (state, "starting");
}

/* A later life is idle.  `starting` may be its own last word, even after its first answer, and JupyterLab passes over
 * what answers the requests that it makes then. */
static void say_idle_again (struct kernel *k)
{
    if (k->died_us && k->kept.pub.state == KEEP_IDLE)
        kernel_talk_status (k, "idle");
}

static void on_message (void *arg, enum jchannel channel, const struct slice *parts,
                        size_t n, const struct jhead *parent)
{
    struct kernel *k = arg;
    struct jhead head;

    jhead_scan (parts[WSV1_HEADER], &head);
    note_session (k, head.session);
    if (channel == JCHANNEL_IOPUB) {
        kernel_refused_before (k, &head, parts, parent);
        if (kernel_state_hear (&k->state, &k->kept.pub, parts, &head, parent))
            kept_changed (&k->kept);
        say_parts (k, channel, SUBSCRIPTION_ALL, parts, n);
        kernel_refused_after (k, &head, parts);
        if (says_starting (&head, parts))
            say_idle_again (k);
        return;
    }
    uint32_t target = target_of (k, parent);
    kernel_state_replied (&k->state, parent);
    if (target)
        say_parts (k, channel, target, parts, n);
    else
        log_debug ("kernel", "a reply for nobody kernel=%s channel=%s", k->spec.id,
                   jchannel_names[channel]);
}

static void on_live (void *arg)
{
    struct kernel *k = arg;

    if (k->kept.pub.state == KEEP_STARTING || k->kept.pub.state == KEEP_RESTARTING)
        k->kept.pub.state = KEEP_IDLE;
    say_idle_again (k);
    kept_changed (&k->kept);
    kernel_life_settled (k);
}

static void on_info (void *arg, struct slice content)
{
    struct kernel *k = arg;
    struct slice version;

    if (!jmsg_string (content, "protocol_version", &version) || version.len == 0)
        return;
    k->kept.pub.protocol_major = (uint32_t)strtoul (version.data, NULL, 10);
    kept_changed (&k->kept);
}

void kernel_talk_pressure (void *arg, bool on)
{
    struct kernel *k = arg;

    k->pressed = on;
    keeper_pressure (k->kept.keeper, &k->kept, on);
}

void kernel_talk_line (void *arg, const char *line)
{
    struct kernel *k = arg;

    keeper_log_line (k->kept.keeper, k->kept.pub.object, line);
}

const struct klink_ops kernel_talk_ops = {
    .message = on_message,
    .live = on_live,
    .info = on_info,
    .pressure = kernel_talk_pressure,
};

/* ---- what is said in its name ---- */

const char *kernel_talk_session (const struct kernel *k)
{
    return *k->kept.pub.session ? k->kept.pub.session : k->session;
}

void kernel_talk_stderr (struct kernel *k, struct slice parent, const char *text)
{
    autodone (buf_done) struct buf frame;

    buf_init (&frame, 1 << 20);
    kernel_say_stderr (&frame, kernel_talk_session (k), parent, text);
    say_frame (k, &frame);
}

/* One request gets what it still lacks. */
static void end_cell (struct kernel *k, const struct kernel_cell *c,
                      const struct kernel_say_failure *f)
{
    autodone (buf_done) struct buf frame;
    struct jhead head;

    jhead_scan (c->header, &head);
    uint32_t target = target_of (k, &head);
    buf_init (&frame, 1 << 20);
    if (!c->idle && !c->replied) {
        kernel_say_error (&frame, kernel_talk_session (k), c->header, f);
        say_frame (k, &frame);
    }
    if (!c->replied && target) {
        buf_clear (&frame);
        kernel_say_reply (&frame, kernel_talk_session (k), c->header, f);
        struct slice piece = { frame.data, frame.len };
        (void)kept_say (&k->kept, KEEP_SHELL, target, &piece, 1);
    }
    if (!c->idle) {
        buf_clear (&frame);
        kernel_say_status (&frame, kernel_talk_session (k), c->header, "idle");
        say_frame (k, &frame);
    }
}

void kernel_talk_unanswered (struct kernel *k, const char *ename, const char *what,
                             const char *why, const char *after)
{
    autofree char *told = xasprintf ("The kernel %s%s%s.", what, *why ? ": " : "", why);
    autofree char *other = xasprintf ("This was not run: the kernel %s before.", what);
    const void *doomed = kernel_state_doomed (&k->state).data;
    struct kernel_cell c;

    while (kernel_state_take (&k->state, &c)) {
        struct kernel_say_failure f = { ename, c.header.data == doomed ? told : other,
                                        c.header.data == doomed ? after : "" };

        end_cell (k, &c, &f);
        free ((void *)c.header.data);
    }
}

void kernel_talk_status_to (struct kernel *k, uint32_t target, const char *state)
{
    autodone (buf_done) struct buf frame;

    buf_init (&frame, 1 << 20);
    kernel_say_status (&frame, kernel_talk_session (k), (struct slice){ "", 0 }, state);
    struct slice piece = { frame.data, frame.len };
    (void)kept_say (&k->kept, KEEP_IOPUB, target, &piece, 1);
}

void kernel_talk_status (struct kernel *k, const char *state)
{
    kernel_talk_status_to (k, SUBSCRIPTION_ALL, state);
}
