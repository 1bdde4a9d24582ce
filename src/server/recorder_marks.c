/* recorder_marks.c - what the next server process has to know of executions that were saved
 *
 * The keeper keeps it for each kernel as the record "recorder/<kernel id>", in lines of two kinds:
 *
 *     MSG_ID
 *     <tab> COUNT <tab> OUTPUTS <tab> MSG_ID <tab> SESSION <tab> CELL_ID <tab> INDEX <tab> DISPLAY_ID
 *
 * The cursor waits for the oldest execution that is not saved, so the next process reads those that came
 * after it once more.  Of these the first kind of line names the ones that were saved: they are not to be
 * written again, because by now a person may have cleared them.
 *
 * What came before the cursor is not read again, but what it displays with an id may still be updated.  The
 * second kind of line says that output number INDEX of the cell, of OUTPUTS that it has, was such a display.
 */

#include "server/recorder_private.h"

#include <string.h>

#define KEY RECORDER_MARKS "%s"
#define IDS_MAX (RECORDER_ENTRIES * (ENTRY_TEXT + 1))
#define DISPLAYS_MAX (256u << 10) /* the newest cells' */

enum field { COUNT, OUTPUTS, MSG_ID, SESSION, CELL_ID, INDEX, DISPLAY_ID, FIELDS };

static bool number (const char *s, size_t *ret)
{
    size_t n = strspn (s, "0123456789");
    *ret = 0;
    for (size_t i = 0; i < n && n < 10; i++)
        *ret = 10 * *ret + (size_t)(s[i] - '0');
    return n > 0 && n < 10 && !s[n];
}

static void read_display (struct recorder *r, char *line)
{
    char *f[FIELDS], *save = NULL;
    size_t count, outputs, index;
    for (size_t i = 0; i < FIELDS; i++)
        if (!(f[i] = strtok_r (i ? NULL : line, "\t", &save)))
            return;
    if (!number (f[COUNT], &count) || !number (f[OUTPUTS], &outputs) ||
        !number (f[INDEX], &index))
        return;
    struct entry *e =
        entries_restore (r, f[MSG_ID], f[SESSION], f[CELL_ID], (int64_t)count, outputs);
    if (e)
        displays_add (e->displays, index, f[DISPLAY_ID]);
}

void marks_read (struct recorder *r, const char *text)
{
    static char present[] = "";
    autofree char *copy = xstrdup (text);
    char *save = NULL;
    for (char *line = strtok_r (copy, "\n", &save); line;
         line = strtok_r (NULL, "\n", &save)) {
        if (*line == '\t')
            read_display (r, line);
        else
            map_set (r->marks, line, present);
    }
}

bool marks_has (const struct recorder *r, const struct entry *e)
{
    return map_get (r->marks, e->msg_id) != NULL;
}

static void ignore (void *arg, struct keep_reader *reader, const struct err *err) {}

static void tell (struct recorder *r, const char *text)
{
    autofree char *key = xasprintf (KEY, r->kernel_id);
    struct buf *b = keep_client_begin (r->server->keeper, KEEP_PUT, 0);
    keep_put_str (b, key);
    keep_put_str (b, text);
    (void)keep_client_request (r->server->keeper, ignore, NULL, KEEP_CLIENT_REQUEST_US);
}

static bool is_plain (const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ')
            return false;
    return true;
}

struct marking {
    const struct entry *e;
    struct buf *b;
};

static void add_display (void *arg, size_t index, size_t outputs, const char *id)
{
    const struct marking *m = arg;
    const struct entry *e = m->e;
    if (is_plain (id) && m->b->len < DISPLAYS_MAX)
        (void)buf_addf (m->b, "\t%lld\t%zu\t%s\t%s\t%s\t%zu\t%s\n", (long long)e->count,
                        outputs, e->msg_id, e->session, e->cell_id, index, id);
}

static void add_displays (const struct entry *e, struct buf *b)
{
    struct marking m = { e, b };
    if (e->state != ENTRY_DONE || !e->saved || e->cleared || e->count < 0 ||
        !is_plain (e->msg_id) || !is_plain (e->session) || !is_plain (e->cell_id))
        return;
    if (e->displays)
        displays_each (e->displays, add_display, &m);
    else
        outputs_each_display (e->outputs, add_display, &m);
}

void marks_write (struct recorder *r)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, IDS_MAX + 2 * DISPLAYS_MAX);
    for (const struct list *l = r->entries.prev; l != &r->entries; l = l->prev)
        add_displays (list_entry (l, struct entry, link), &b);
    list_foreach (e, &r->entries, struct entry, link)
        if (e->state == ENTRY_DONE && !entry_open (e) && e->first > r->cursor)
            (void)buf_addf (&b, "%s\n", e->msg_id);
    if (!b.len && !r->marked)
        return;
    r->marked = b.len > 0;
    tell (r, b.data);
}

void marks_forget (struct recorder *r)
{
    if (r->marked)
        tell (r, "");
    r->marked = false;
}
