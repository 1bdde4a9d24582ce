/* recorder_entries.c - the executions that are remembered
 *
 * JupyterLab says in the metadata of a request which cell it is for; a request that does not is nobody's
 * cell, and all that it brings is passed over.
 */

#include "server/recorder_private.h"

#include "base/log.h"
#include "jupyter/jsonscan.h"

#include <string.h>

const char *const entry_state_names[ENTRY_STATES] = { "queued", "running", "done" };

bool entry_open (const struct entry *e)
{
    return e->version > e->saved;
}

/* ---- finding ---- */

struct entry *entries_by_msg_id (const struct recorder *r, const char *msg_id)
{
    return map_get (r->by_msg_id, msg_id);
}

struct entry *entries_find (const struct recorder *r, struct slice msg_id)
{
    char text[ENTRY_TEXT];
    if (r->current && slice_is (msg_id, r->current->msg_id))
        return r->current;
    if (!msg_id.len || msg_id.len >= sizeof (text))
        return NULL;
    memcpy (text, msg_id.data, msg_id.len);
    text[msg_id.len] = 0;
    return map_get (r->by_msg_id, text);
}

static struct entry *find_cell (const struct recorder *r, struct slice cell_id)
{
    list_foreach (e, &r->entries, struct entry, link)
        if (slice_is (cell_id, e->cell_id))
            return e;
    return NULL;
}

/* ---- life ---- */

void entries_drop (struct recorder *r, struct entry *e)
{
    if (r->current == e)
        r->current = NULL;
    map_del (r->by_msg_id, e->msg_id);
    list_remove (&e->link);
    r->nentries--;
    outputs_free (e->outputs);
    displays_free (e->displays);
    blk_unref (e->input);
    free (e->cell_id);
    free (e->msg_id);
    free (e->session);
    free (e->owner);
    free (e->code);
    free (e->header);
    free (e);
}

static char *raw_code (const struct wsv1 *m)
{
    struct slice code;
    if (!jsonscan_member (wsv1_part (m, WSV1_CONTENT), "code", &code) ||
        code.len > ENTRY_CODE || *(const char *)code.data != '"' ||
        memchr (code.data, 0, code.len))
        return NULL;
    return slice_dup (code);
}

static bool usable (struct slice id)
{
    return id.len > 0 && id.len < ENTRY_TEXT && !memchr (id.data, 0, id.len) &&
           !memchr (id.data, '\\', id.len);
}

/* Takes what it is given. */
static struct entry *entry_new (struct recorder *r, char *cell_id, char *msg_id,
                                char *session)
{
    struct entry *e = xnew (struct entry);
    e->cell_id = cell_id;
    e->msg_id = msg_id;
    e->session = session;
    e->owner = xstrdup (e->session);
    e->count = -1;
    e->version = 1;
    e->outputs = outputs_new (OUTPUTS_MAX);
    list_append (&r->entries, &e->link);
    map_set (r->by_msg_id, e->msg_id, e);
    r->nentries++;
    return e;
}

struct entry *entries_request (struct recorder *r, const struct wsv1 *m,
                               const struct jhead *head, uint64_t number)
{
    struct slice cell_id, header = wsv1_part (m, WSV1_HEADER);
    struct entry *same = entries_find (r, head->msg_id);
    if (same && same->displays)
        entries_drop (r, same); /* the journal has all of it */
    if (!jmsg_string (wsv1_part (m, WSV1_METADATA), "cellId", &cell_id) ||
        !usable (cell_id) || !usable (head->msg_id) || !usable (head->session) ||
        header.len > ENTRY_HEADER || !jsonscan_valid (header) ||
        entries_find (r, head->msg_id))
        return NULL;
    struct entry *older = find_cell (r, cell_id);
    if (older)
        entries_drop (r, older);
    struct entry *e = entry_new (r, slice_dup (cell_id), slice_dup (head->msg_id),
                                 slice_dup (head->session));
    e->header = slice_dup (header);
    e->code = raw_code (m);
    e->first = e->last = number;
    entries_bound (r);
    return e;
}

struct entry *entries_restore (struct recorder *r, const char *msg_id, const char *session,
                               const char *cell_id, int64_t count, size_t outputs)
{
    struct entry *e = entries_by_msg_id (r, msg_id);
    if (e)
        return e;
    if (r->nentries >= RECORDER_ENTRIES ||
        find_cell (r, (struct slice){ cell_id, strlen (cell_id) }))
        return NULL;
    e = entry_new (r, xstrdup (cell_id), xstrdup (msg_id), xstrdup (session));
    e->displays = displays_new (outputs);
    e->state = ENTRY_DONE;
    e->count = count;
    e->saved = e->version;
    e->ended_us = r->born_us;
    return e;
}

/* ---- the ceiling ---- */

static struct entry *oldest (const struct recorder *r, bool saved)
{
    list_foreach (e, &r->entries, struct entry, link)
        if (e->state == ENTRY_DONE && (!saved || !entry_open (e)))
            return e;
    return NULL;
}

static size_t memory (const struct recorder *r, bool saved)
{
    size_t n = 0;
    list_foreach (e, &r->entries, struct entry, link)
        if (!saved || !entry_open (e))
            n += outputs_size (e->outputs) + sizeof (*e);
    return n;
}

void entries_bound (struct recorder *r)
{
    struct entry *e;
    while ((memory (r, true) > RECORDER_SETTLED_MEMORY || r->nentries > RECORDER_ENTRIES) &&
           (e = oldest (r, true)))
        entries_drop (r, e);
    while ((memory (r, false) > RECORDER_MEMORY || r->nentries > RECORDER_ENTRIES) &&
           (e = oldest (r, false))) {
        log_warning (
            "recorder",
            "kernel=%s outputs of cell %s are forgotten: too many wait to be saved",
            r->kernel_id, e->cell_id);
        entries_drop (r, e);
    }
}
