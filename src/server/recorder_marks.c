/* recorder_marks.c - what was saved although something older was not
 *
 * The cursor waits for the oldest execution that is not saved, so the next process reads those that came
 * after it once more.  The keeper therefore keeps for each kernel, as the record "recorder/<kernel id>", the
 * message ids of those that were saved: they are not to be written again, because by now a person may have
 * cleared them.
 */

#include "server/recorder_private.h"

#include <string.h>

#define KEY RECORDER_MARKS "%s"

void marks_read (struct recorder *r, const char *text)
{
    static char present[] = "";
    autofree char *copy = xstrdup (text);
    char *save = NULL;
    for (char *id = strtok_r (copy, "\n", &save); id; id = strtok_r (NULL, "\n", &save))
        map_set (r->marks, id, present);
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

void marks_write (struct recorder *r)
{
    autodone (buf_done) struct buf b;
    buf_init (&b, RECORDER_ENTRIES * (ENTRY_TEXT + 1));
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
