/* recorder_capture.c - what a `with Output():` widget catches, and the cell therefore does not show
 *
 * The kernel tells the widget (a comm) the id of the request that it is to catch from, in its state `msg_id`,
 * and later "".  JupyterLab's widget then takes each message of that request before the cell sees it, and hands
 * what it took to the kernel, where the page after a reload finds it.
 *
 * That takes the page which sent the request: one that adopted it has no such hook, and when no page is there,
 * no widget has the text.  Then it is the cell's, so that it is somewhere.
 */

#include "server/recorder_private.h"

#include "jupyter/jsonscan.h"

#include <string.h>

#define CAPTURES 256 /* at once; the oldest go */

struct capture {
    struct list link;
    char *comm_id, *msg_id;
};

static void capture_free (struct capture *c)
{
    list_remove (&c->link);
    free (c->comm_id);
    free (c->msg_id);
    free (c);
}

void captures_free (struct recorder *r)
{
    list_foreach (c, &r->captures, struct capture, link)
        capture_free (c);
}

static void stop (struct recorder *r, struct slice comm_id)
{
    list_foreach (c, &r->captures, struct capture, link)
        if (slice_is (comm_id, c->comm_id))
            capture_free (c);
}

static void start (struct recorder *r, struct slice comm_id, struct slice msg_id)
{
    const struct entry *e = entries_find (r, msg_id);
    size_t n = 0;
    if (!e || comm_id.len >= ENTRY_TEXT || memchr (comm_id.data, 0, comm_id.len))
        return;
    list_foreach (c, &r->captures, struct capture, link)
        n++;
    if (n >= CAPTURES)
        capture_free (list_entry (r->captures.next, struct capture, link));
    struct capture *c = xnew (struct capture);
    c->comm_id = slice_dup (comm_id);
    c->msg_id = xstrdup (e->msg_id);
    list_append (&r->captures, &c->link);
}

/* The msg_id in the state that the widget is given. */
static bool told_msg_id (struct slice content, struct slice *ret)
{
    struct slice data, method, state;
    return memmem (content.data, content.len, "\"msg_id\"", 8) &&
           jsonscan_member (content, "data", &data) &&
           jmsg_string (data, "method", &method) && slice_is (method, "update") &&
           jsonscan_member (data, "state", &state) && jmsg_string (state, "msg_id", ret);
}

void captures_heard (struct recorder *r, struct slice type, struct slice content)
{
    struct slice comm_id, msg_id;
    bool closes = slice_is (type, "comm_close");
    if ((!closes && !slice_is (type, "comm_msg")) ||
        !jmsg_string (content, "comm_id", &comm_id))
        return;
    if (closes) {
        stop (r, comm_id);
    } else if (told_msg_id (content, &msg_id)) {
        stop (r, comm_id);
        start (r, comm_id, msg_id);
    }
}

bool captures_catch (const struct recorder *r, const struct entry *e)
{
    if (list_empty (&r->captures) || strcmp (e->owner, e->session) ||
        !page_connected (r, e->session))
        return false;
    list_foreach (c, &r->captures, struct capture, link)
        if (!strcmp (c->msg_id, e->msg_id))
            return true;
    return false;
}
