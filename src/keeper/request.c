/* request.c - what a server may ask the keeper: a closed table, deny by default
 *
 * A row names the kind, which types of object it may be used on (0: none is named) and
 * whether the request is answered.  What is not in the table, or is used on another type,
 * is an error; nothing but HELLO is looked at before HELLO.
 */

#include "keeper/request.h"
#include "base/log.h"
#include "keeper/kept_command.h"
#include "keeper/kept_kernel.h"
#include "keeper/kept_terminal.h"

#include <signal.h>
#include <string.h>

#define MAX_PUT_KEY 1024

struct call {
    struct keeper *keeper;
    struct attach *attach;
    struct kept *kept; /* NULL unless the row asks for an object */
    const struct keep_frame *frame;
    struct keep_reader in;
    struct buf *answer;
};

enum {
    ON_KERNEL = 1 << KEEP_KERNEL,
    ON_TERMINAL = 1 << KEEP_TERMINAL,
    ON_COMMAND = 1 << KEEP_COMMAND,
    ON_ANY = ON_KERNEL | ON_TERMINAL | ON_COMMAND,
};

/* Fields were read: -1 with PROBLEM_INVALID if any was malformed. */
static int check (const struct call *c, struct err *err)
{
    if (c->in.bad)
        return err_set (err, PROBLEM_INVALID, "keeper request %d is malformed",
                        c->frame->kind);
    return 0;
}

static int do_list (struct call *c, struct err *err)
{
    uint32_t n = 0;

    list_foreach (k, &c->keeper->objects, struct kept, link)
        n++;
    keep_put_u32 (c->answer, n);
    list_foreach (k, &c->keeper->objects, struct kept, link)
        keep_put_object (c->answer, &k->pub);
    return 0;
}

static int check_room (struct call *c, struct err *err)
{
    size_t n = 0;

    if (check (c, err) < 0)
        return -1;
    if (c->keeper->quitting)
        return err_set (err, PROBLEM_UNAVAILABLE, "the keeper is ending");
    list_foreach (k, &c->keeper->objects, struct kept, link)
        n++;
    if (n >= KEEPER_MAX_OBJECTS)
        return err_set (err, PROBLEM_LIMIT, "too many kernels, terminals and commands: %zu",
                        n);
    return 0;
}

static int started (struct call *c, const struct kept *k)
{
    if (!k)
        return -1;
    keep_put_u32 (c->answer, k->pub.object);
    keep_put_u32 (c->answer, k->pub.pid);
    return 0;
}

/* What servers did not send in the beginning. */
static void get_kernel_traits (struct keep_reader *in, struct kept_kernel_spec *s)
{
    s->restart_limit = keep_get_u32 (in);
    s->pause_ms = keep_get_u32 (in);
    s->stable_ms = keep_get_u32 (in);
    s->patience_ms = keep_get_u32 (in);
    free (s->ip);
    s->ip = keep_get_str (in);
    strv_done (&s->untracked);
    (void)keep_get_strv (in, &s->untracked);
}

static int do_start_kernel (struct call *c, struct err *err)
{
    struct kept_kernel_spec s;
    int rc;

    kept_kernel_spec_init (&s);
    s.id = keep_get_str (&c->in);
    s.name = keep_get_str (&c->in);
    s.display_name = keep_get_str (&c->in);
    (void)keep_get_strv (&c->in, &s.argv);
    (void)keep_get_strv (&c->in, &s.environ);
    s.cwd = keep_get_str (&c->in);
    s.connection_file = keep_get_str (&c->in);
    s.flags = keep_get_u32 (&c->in);
    s.shutdown_wait_ms = keep_get_u32 (&c->in);
    s.interrupt_mode = keep_get_str (&c->in);
    s.resource_dir = keep_get_str (&c->in);
    if (c->in.left)
        get_kernel_traits (&c->in, &s);
    rc = check_room (c, err);
    if (rc == 0)
        rc = started (c, kept_kernel_start (c->keeper, &s, err));
    kept_kernel_spec_done (&s);
    return rc;
}

static int do_prepare (struct call *c, struct err *err)
{
    struct strv argv = { 0 }, environ_ = { 0 };
    int rc;

    (void)keep_get_strv (&c->in, &argv);
    (void)keep_get_strv (&c->in, &environ_);
    rc = check (c, err);
    if (rc == 0)
        kept_kernel_prepare (c->keeper, &argv, &environ_);
    strv_done (&argv);
    strv_done (&environ_);
    return rc;
}

static int do_start_terminal (struct call *c, struct err *err)
{
    struct kept_terminal_spec s = { 0 };
    int rc;

    s.name = keep_get_str (&c->in);
    (void)keep_get_strv (&c->in, &s.argv);
    (void)keep_get_strv (&c->in, &s.environ);
    s.cwd = keep_get_str (&c->in);
    s.rows = keep_get_u32 (&c->in);
    s.cols = keep_get_u32 (&c->in);
    rc = check_room (c, err);
    if (rc == 0)
        rc = started (c, kept_terminal_start (c->keeper, &s, err));
    kept_terminal_spec_done (&s);
    return rc;
}

static int do_start_command (struct call *c, struct err *err)
{
    struct kept_command_spec s = { 0 };
    int rc;

    s.name = keep_get_str (&c->in);
    (void)keep_get_strv (&c->in, &s.argv);
    (void)keep_get_strv (&c->in, &s.environ);
    s.cwd = keep_get_str (&c->in);
    rc = check_room (c, err);
    if (rc == 0)
        rc = started (c, kept_command_start (c->keeper, &s, err));
    kept_command_spec_done (&s);
    return rc;
}

static int do_interrupt (struct call *c, struct err *err)
{
    return c->kept->ops->interrupt (c->kept, err);
}

static int do_signal (struct call *c, struct err *err)
{
    uint32_t signo = keep_get_u32 (&c->in);

    if (check (c, err) < 0)
        return -1;
    if (signo == 0 || signo >= (uint32_t)SIGRTMAX)
        return err_set (err, PROBLEM_INVALID, "%u is no signal", signo);
    return c->kept->ops->signal (c->kept, (int)signo, err);
}

static int do_restart (struct call *c, struct err *err)
{
    struct strv changes;
    uint64_t token;
    int rc;

    strv_init (&changes);
    (void)keep_get_strv (&c->in, &changes);
    rc = check (c, err);
    if (rc == 0) {
        token = attach_defer (c->attach, c->frame->number);
        rc = token ? c->kept->ops->restart (c->kept, &changes, token, err)
                   : err_set (err, PROBLEM_BUSY, "too many requests wait");
        if (rc < 0 && token)
            attach_undefer (c->attach, token);
    }
    strv_done (&changes);
    return rc;
}

static int do_end (struct call *c, struct err *err)
{
    struct kept *k = c->kept;
    uint64_t token;

    if (k->nwaiters == KEPT_MAX_WAITERS)
        return err_set (err, PROBLEM_BUSY, "%s is being ended", k->pub.name);
    token = attach_defer (c->attach, c->frame->number);
    if (!token)
        return err_set (err, PROBLEM_BUSY, "too many requests wait");
    k->waiters[k->nwaiters++] = token;
    k->ending = true;
    if (!k->ended)
        k->ops->end (k);
    keeper_pump_soon (c->keeper);
    return 0;
}

static int do_subscribe (struct call *c, struct err *err)
{
    autofree char *name = keep_get_str (&c->in);
    uint64_t from = keep_get_u64 (&c->in), window = keep_get_u64 (&c->in);
    uint32_t flags = c->in.left ? keep_get_u32 (&c->in) : 0;

    if (check (c, err) < 0)
        return -1;
    if (strlen (name) > 255)
        return err_set (err, PROBLEM_INVALID, "the subscription's name is too long");
    if (!kept_subscribe (c->kept, name, from, window ? window : KEEP_WINDOW_DEFAULT, flags,
                         err))
        return -1;
    keep_put_u64 (c->answer, c->kept->pub.last + 1);
    return 0;
}

/* The subscription that the payload begins with, or NULL: gone, which is no error. */
static struct subscription *named (struct call *c)
{
    autofree char *name = keep_get_str (&c->in);

    return c->in.bad ? NULL : kept_find (c->kept, name);
}

static int do_unsubscribe (struct call *c, struct err *err)
{
    struct subscription *s = named (c);

    if (s)
        kept_unsubscribe (c->kept, s);
    return check (c, err);
}

static int do_detach (struct call *c, struct err *err)
{
    struct subscription *s = named (c);

    if (s) {
        subscription_detach (s);
        if (c->kept->ops->moved)
            c->kept->ops->moved (c->kept);
    }
    return check (c, err);
}

static int do_window (struct call *c, struct err *err)
{
    struct subscription *s = named (c);
    uint64_t window = keep_get_u64 (&c->in);

    if (s && !c->in.bad) {
        s->window = window;
        keeper_pump_soon (c->keeper);
    }
    return check (c, err);
}

static int do_ack (struct call *c, struct err *err)
{
    struct subscription *s = named (c);

    if (s) {
        subscription_ack (s, c->frame->number);
        if (c->kept->ops->moved)
            c->kept->ops->moved (c->kept);
        keeper_pump_soon (c->keeper);
    }
    return check (c, err);
}

static int do_send (struct call *c, struct err *err)
{
    if (c->kept->ended)
        return err_set (err, PROBLEM_GONE, "%s has ended", c->kept->pub.name);
    return c->kept->ops->send (c->kept, c->frame, err);
}

static int do_resize (struct call *c, struct err *err)
{
    uint32_t rows = keep_get_u32 (&c->in), cols = keep_get_u32 (&c->in);

    if (check (c, err) < 0)
        return -1;
    return c->kept->ops->resize (c->kept, rows, cols, err);
}

static int do_put (struct call *c, struct err *err)
{
    autofree char *key = keep_get_str (&c->in);
    autofree char *value = keep_get_str (&c->in);
    struct keeper *k = c->keeper;
    const char *old;
    size_t size = k->records_size;

    if (check (c, err) < 0)
        return -1;
    if (!*key || strlen (key) > MAX_PUT_KEY)
        return err_set (err, PROBLEM_INVALID, "a record's key has 1 to %d bytes",
                        MAX_PUT_KEY);
    old = map_get (k->records, key);
    if (old)
        size -= strlen (key) + strlen (old);
    if (*value)
        size += strlen (key) + strlen (value);
    if (size > KEEPER_MAX_RECORDS)
        return err_set (err, PROBLEM_NO_SPACE, "the records are above %u bytes",
                        KEEPER_MAX_RECORDS);
    k->records_size = size;
    if (*value)
        map_set (k->records, key, take_ptr (value));
    else
        map_del (k->records, key);
    return 0;
}

static int do_get (struct call *c, struct err *err)
{
    autofree char *prefix = keep_get_str (&c->in);
    uint32_t n = 0;

    if (check (c, err) < 0)
        return -1;
    for (struct map_item *i = map_first (c->keeper->records); i; i = map_next (i))
        n += !strncmp (i->key, prefix, strlen (prefix));
    keep_put_u32 (c->answer, n);
    for (struct map_item *i = map_first (c->keeper->records); i; i = map_next (i)) {
        if (strncmp (i->key, prefix, strlen (prefix)))
            continue;
        keep_put_str (c->answer, i->key);
        keep_put_str (c->answer, i->value);
    }
    return 0;
}

static int do_quit (struct call *c, struct err *err)
{
    if (!c->keeper->quit_token)
        c->keeper->quit_token = attach_defer (c->attach, c->frame->number);
    keeper_quit (c->keeper);
    return 0;
}

enum answered {
    NOW,   /* KEEP_OK when the handler returns 0 */
    LATER, /* the handler deferred it */
    NEVER, /* errors come as KEEP_ERROR with number 0 */
};

static const struct request_row {
    enum keep_kind kind;
    unsigned on; /* types of object; 0: no object */
    enum answered answered;
    int (*handler) (struct call *c, struct err *err);
} rows[] = {
    { KEEP_LIST, 0, NOW, do_list },
    { KEEP_START_KERNEL, 0, NOW, do_start_kernel },
    { KEEP_START_TERMINAL, 0, NOW, do_start_terminal },
    { KEEP_START_COMMAND, 0, NOW, do_start_command },
    { KEEP_INTERRUPT, ON_ANY, NOW, do_interrupt },
    { KEEP_SIGNAL, ON_ANY, NOW, do_signal },
    { KEEP_RESTART, ON_KERNEL, LATER, do_restart },
    { KEEP_END, ON_ANY, LATER, do_end },
    { KEEP_SUBSCRIBE, ON_ANY, NOW, do_subscribe },
    { KEEP_UNSUBSCRIBE, ON_ANY, NEVER, do_unsubscribe },
    { KEEP_DETACH, ON_ANY, NEVER, do_detach },
    { KEEP_WINDOW, ON_ANY, NEVER, do_window },
    { KEEP_ACK, ON_ANY, NEVER, do_ack },
    { KEEP_SEND, ON_ANY, NEVER, do_send },
    { KEEP_RESIZE, ON_TERMINAL, NEVER, do_resize },
    { KEEP_PUT, 0, NOW, do_put },
    { KEEP_GET, 0, NOW, do_get },
    { KEEP_QUIT, 0, LATER, do_quit },
    { KEEP_PREPARE, 0, NOW, do_prepare },
};

static enum request_result hello (struct keeper *k, struct call *c, struct err *err)
{
    uint32_t version = keep_get_u32 (&c->in);
    autofree char *program = keep_get_str (&c->in);
    autofree char *root = keep_get_str (&c->in);

    if (c->frame->kind != KEEP_HELLO || check (c, err) < 0) {
        err_set (err, PROBLEM_INVALID, "the first frame must be a greeting");
        return REQUEST_REFUSED;
    }
    if (version != KEEP_VERSION) {
        err_set (err, PROBLEM_UNSUPPORTED, "version %u is not spoken here, only %d",
                 version, KEEP_VERSION);
        return REQUEST_REFUSED;
    }
    if (k->attach) {
        err_set (err, PROBLEM_BUSY, "another server is attached to this keeper");
        return REQUEST_REFUSED;
    }
    log_info ("attach", "server attached version=%s root=%s", program, root);
    keep_put_u32 (c->answer, KEEP_VERSION);
    return REQUEST_ANSWER;
}

static enum request_result handle_row (struct call *c, const struct request_row *row,
                                       struct err *err)
{
    const struct keep_frame *f = c->frame;

    if (row->on) {
        c->kept = keeper_find (c->keeper, f->object);
        /* Unanswered requests cross with KEEP_GONE: a viewer that acks what has ended is no
         * error. */
        if (!c->kept && row->answered == NEVER)
            return REQUEST_SILENT;
        if (!c->kept) {
            err_set (err, PROBLEM_NOT_FOUND, "object %u is gone", f->object);
            return REQUEST_FAIL;
        }
        if (!(row->on & (1u << c->kept->pub.type))) {
            err_set (err, PROBLEM_INVALID, "request %d is not for %s", f->kind,
                     c->kept->pub.name);
            return row->answered == NEVER ? REQUEST_COMPLAIN : REQUEST_FAIL;
        }
    }
    if (row->handler (c, err) < 0)
        return row->answered == NEVER ? REQUEST_COMPLAIN : REQUEST_FAIL;
    return row->answered == NOW ? REQUEST_ANSWER : REQUEST_SILENT;
}

enum request_result request_handle (struct keeper *k, struct attach *a, bool hello_done,
                                    const struct keep_frame *f, struct buf *answer,
                                    struct err *err)
{
    struct call c = { .keeper = k, .attach = a, .frame = f, .answer = answer };

    keep_reader_init (&c.in, f);
    if (!hello_done)
        return hello (k, &c, err);
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        if (rows[i].kind == f->kind)
            return handle_row (&c, &rows[i], err);
    err_set (err, PROBLEM_INVALID, "request %d is not known", f->kind);
    return REQUEST_FAIL;
}
