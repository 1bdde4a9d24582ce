/* recorder.c - the records of a kernel, one after the other
 *
 * After a lost connection the keeper begins again at the cursor; what was processed is passed over by its
 * number.
 */

#include "server/recorder_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "jupyter/jsonscan.h"
#include "server/kernel_ws.h"

#include <string.h>

/* The cursor stays far behind; what is read is dealt with at once. */
#define WINDOW (UINT64_MAX / 2)
#define ACK_EVERY 1024 /* numbers, while a cell runs that nobody asked to record */

/* ---- the cursor ---- */

void recorder_ack (struct recorder *r)
{
    uint64_t number = r->processed;
    if (r->dead)
        return;
    list_foreach (e, &r->entries, struct entry, link)
        if (entry_open (e) && e->first <= number)
            number = e->first - 1;
    if (number <= r->cursor)
        return;
    r->cursor = number;
    keep_sub_ack (r->sub, number);
}

/* ---- what messages mean ---- */

static void changed (struct entry *e)
{
    e->version++;
    e->misses = 0;
    e->loaded = false;
}

static void set_count (struct entry *e, struct slice content)
{
    struct slice value;
    int64_t count = 0;
    if (!jsonscan_member (content, "execution_count", &value) || !value.len ||
        value.len > 15)
        return;
    for (size_t i = 0; i < value.len; i++) {
        char c = ((const char *)value.data)[i];
        if (c < '0' || c > '9')
            return;
        count = 10 * count + (c - '0');
    }
    if (count != e->count)
        changed (e);
    e->count = count;
}

static void forget_input (struct entry *e)
{
    blk_unref (e->input);
    e->input = NULL;
}

static void started (struct recorder *r, struct entry *e)
{
    if (e->state != ENTRY_QUEUED)
        return;
    e->state = ENTRY_RUNNING;
    changed (e);
    recorder_plan (r);
}

static void ended (struct recorder *r, struct entry *e)
{
    forget_input (e);
    if (e->state == ENTRY_DONE)
        return;
    e->state = ENTRY_DONE;
    e->ended_us = clock_mono_us ();
    e->seen = page_connected (r, e->owner);
    changed (e);
    if (marks_has (r, e))
        e->saved = e->version;
    entries_bound (r);
    recorder_plan (r);
}

static void on_status (struct recorder *r, struct entry *e, struct slice content)
{
    struct slice state;
    if (!jmsg_string (content, "execution_state", &state))
        return;
    if (slice_is (state, "busy"))
        started (r, e);
    else if (slice_is (state, "idle"))
        ended (r, e);
}

/* Displays with an id change wherever they are. */
static void update_displays (struct recorder *r, struct slice content)
{
    struct slice id;
    if (!outputs_display_id (content, &id))
        return;
    list_foreach (e, &r->entries, struct entry, link) {
        if (e->cleared || captures_catch (r, e) ||
            !(e->displays ? displays_update (e->displays, content)
                          : outputs_update (e->outputs, content)))
            continue;
        if (!entry_open (e))
            e->first = r->processed; /* all before is saved */
        changed (e);
        recorder_plan (r);
    }
}

static void on_output (struct recorder *r, struct entry *e, struct slice type,
                       struct slice content)
{
    bool updates = slice_is (type, "update_display_data");
    if (updates || slice_is (type, "display_data") || slice_is (type, "execute_result"))
        update_displays (r, content);
    if (!e || updates || e->displays || captures_catch (r, e) ||
        !outputs_add (e->outputs, type, content))
        return;
    bool was_settled = e->state == ENTRY_DONE;
    changed (e);
    if (was_settled)
        recorder_plan (r);
}

static void on_iopub (struct recorder *r, struct entry *e, const struct wsv1 *m,
                      const struct jhead *head, uint64_t number)
{
    struct slice content = wsv1_part (m, WSV1_CONTENT);
    if (e) {
        size_t n = head->msg_id.len < ENTRY_TEXT ? head->msg_id.len : 0;
        memcpy (e->last_msg_id, head->msg_id.data ? head->msg_id.data : "", n);
        e->last_msg_id[n] = 0;
        e->last = number;
        if (e->input)
            forget_input (e);
    }
    if (e && slice_is (head->msg_type, "status")) {
        on_status (r, e, content);
    } else if (e && slice_is (head->msg_type, "execute_input")) {
        started (r, e);
        set_count (e, content);
    } else {
        captures_heard (r, head->msg_type, content);
        on_output (r, e, head->msg_type, content);
    }
}

/* A page that took a cell over hears what the kernel says to the page that asked. */
static void pass_on (struct recorder *r, const struct entry *e, struct blk *b,
                     struct slice s)
{
    const struct kernel *k = recorder_kernel (r);
    if (k && strcmp (e->owner, e->session))
        kernel_ws_deliver (k, e->owner, b, s);
}

static void on_record (struct recorder *r, uint64_t number, struct blk *b, struct slice s)
{
    struct jhead head, parent;
    struct wsv1 m;
    if (wsv1_decode (s.data, s.len, &m, NULL) < 0)
        return;
    jhead_scan (wsv1_part (&m, WSV1_HEADER), &head);
    jhead_scan (wsv1_part (&m, WSV1_PARENT), &parent);
    struct entry *e = entries_find (r, parent.msg_id);
    if (e)
        r->current = e;
    if (m.channel == JCHANNEL_IOPUB) {
        on_iopub (r, e, &m, &head, number);
    } else if (e && m.channel == JCHANNEL_SHELL) {
        set_count (e, wsv1_part (&m, WSV1_CONTENT));
        pass_on (r, e, b, s);
    } else if (e && m.channel == JCHANNEL_STDIN) {
        forget_input (e);
        e->input = blk_dup (s.data, s.len);
        pass_on (r, e, b, s);
    }
}

static void on_data (void *arg, uint64_t number, unsigned channel, struct blk *b,
                     struct slice s)
{
    struct recorder *r = arg;
    if (number <= r->processed)
        return;
    uint64_t before = r->processed;
    r->processed = number;
    on_record (r, number, b, s);
    if (!r->current || r->current->state == ENTRY_DONE ||
        number / ACK_EVERY != before / ACK_EVERY)
        recorder_ack (r);
    recorder_wake (r);
}

static void on_request (void *arg, uint64_t number, struct blk *b, struct slice s)
{
    struct recorder *r = arg;
    struct jhead head;
    struct wsv1 m;
    if (number <= r->processed)
        return;
    r->processed = number;
    if (wsv1_decode (s.data, s.len, &m, NULL) == 0) {
        jhead_scan (wsv1_part (&m, WSV1_HEADER), &head);
        (void)entries_request (r, &m, &head, number);
    }
    recorder_wake (r);
}

static void on_gap (void *arg, uint64_t first)
{
    struct recorder *r = arg;
    log_warning ("recorder",
                 "kernel=%s output before number %llu was dropped before it was saved",
                 r->kernel_id, (unsigned long long)first);
}

static void on_ready (void *arg, uint64_t next, const struct err *err)
{
    struct recorder *r = arg;
    if (err) {
        log_warning ("recorder", "kernel=%s: %s", r->kernel_id, err->text);
        r->goal = 0;
    } else if (r->goal == UINT64_MAX) {
        r->goal = next - 1;
    }
    recorder_wake (r);
}

static const struct keep_sub_ops sub_ops = {
    .flags = KEEP_SUB_RECORD,
    .data = on_data,
    .request = on_request,
    .gap = on_gap,
    .ready = on_ready,
};

/* ---- answers to questions ---- */

/* What JupyterLab shows in the place of the input field. */
static void echo (struct entry *e, struct slice question, struct slice content)
{
    autodone (buf_done) struct buf b;
    struct slice prompt, value, password;
    buf_init (&b, 1 << 20);
    if (!jmsg_string (question, "prompt", &prompt) ||
        !jmsg_string (content, "value", &value))
        return;
    bool secret =
        jsonscan_member (question, "password", &password) && slice_is (password, "true");
    (void)buf_adds (&b, "{\"name\":\"stdin\",\"text\":\"");
    (void)buf_add (&b, prompt.data, prompt.len);
    (void)buf_addc (&b, ' ');
    if (secret)
        (void)buf_adds (&b, "········");
    else
        (void)buf_add (&b, value.data, value.len);
    (void)buf_adds (&b, "\\n\"}");
    if (!b.overflow && outputs_add (e->outputs, (struct slice){ "stream", 6 },
                                    (struct slice){ b.data, b.len }))
        changed (e);
}

void recorder_answered (struct recorder *r, struct slice content)
{
    struct wsv1 m;
    if (!r)
        return;
    list_foreach (e, &r->entries, struct entry, link) {
        if (!e->input)
            continue;
        if (wsv1_decode (e->input->data, e->input->len, &m, NULL) == 0)
            echo (e, wsv1_part (&m, WSV1_CONTENT), content);
        forget_input (e);
    }
}

/* ---- life ---- */

struct recorder *recorder_new (struct server *s, const struct kernel *k, bool fresh,
                               const char *marks)
{
    struct recorder *r = xnew (struct recorder);
    r->server = s;
    r->kernel_id = xstrdup (k->id);
    r->object = k->object;
    r->goal = UINT64_MAX;
    r->by_msg_id = map_new (NULL);
    r->marks = map_new (NULL);
    r->marked = marks != NULL;
    r->born_us = clock_mono_us ();
    list_init (&r->entries);
    list_init (&r->pages);
    list_init (&r->captures);
    list_init (&r->waiters);
    if (marks)
        marks_read (r, marks);
    r->sub = keep_sub_new (s->keeper, k->object, RECORDER_NAME, fresh ? 1 : 0, WINDOW,
                           &sub_ops, r);
    return r;
}

static void destroy (struct recorder *r)
{
    list_foreach (e, &r->entries, struct entry, link)
        entries_drop (r, e);
    pages_free (r);
    captures_free (r);
    map_free (r->by_msg_id);
    map_free (r->marks);
    free (r->kernel_id);
    free (r);
}

void recorder_unref (struct recorder *r)
{
    r->jobs--;
    if (r->dead && !r->jobs)
        destroy (r);
}

void recorder_free (struct recorder *r, bool gone)
{
    if (!r)
        return;
    recorder_refuse_all (r);
    loop_cancel (r->timer);
    r->timer = NULL;
    r->jobs++;
    if (gone) {
        recorder_write (r, true);
        marks_forget (r);
    }
    keep_sub_free (r->sub, KEEP_SUB_SILENT);
    r->sub = NULL;
    r->dead = true;
    recorder_unref (r);
}
