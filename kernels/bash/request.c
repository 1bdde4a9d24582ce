/* request.c - one message that a client sent */

#include "bash/request.h"
#include "base/jsonx.h"
#include "jupyter/jmsg.h"
#include "jupyter/wsv1.h"

#include <string.h>

static void take_parts (struct request *r, zmq_msg_t *parts, size_t n)
{
    r->part = xcalloc (n, sizeof (*r->part));
    r->n = n;
    for (size_t i = 0; i < n; i++) {
        (void)zmq_msg_init (&r->part[i]);
        (void)zmq_msg_move (&r->part[i], &parts[i]);
        (void)zmq_msg_close (&parts[i]);
        r->bytes += zmq_msg_size (&r->part[i]);
    }
}

static struct slice frame (struct request *r, size_t i)
{
    return (struct slice){ zmq_msg_data (&r->part[i]), zmq_msg_size (&r->part[i]) };
}

static int read_parts (struct request *r, struct wire *w, struct err *err)
{
    struct slice *frames = xcalloc (r->n, sizeof (*frames));
    struct slice content;
    struct jhead head;

    for (size_t i = 0; i < r->n; i++)
        frames[i] = frame (r, i);
    int rc = wire_accept (w, frames, r->n, &r->first, err);
    free (frames);
    if (rc < 0)
        return -1;
    r->header = frame (r, r->first + WSV1_HEADER);
    jhead_scan (r->header, &head);
    if (head.msg_type.len == 0 || head.msg_type.len > REQUEST_MAX_TYPE)
        return err_set (err, PROBLEM_INVALID, "a message without a type");
    memcpy (r->type, head.msg_type.data, head.msg_type.len);
    content = frame (r, r->first + WSV1_CONTENT);
    r->content = jsonx_parse (content.data, content.len, err);
    if (!r->content)
        return -1;
    if (!json_is_object (r->content))
        return err_set (err, PROBLEM_INVALID, "%s: the content is no object", r->type);
    return 0;
}

struct request *request_new (enum connfile_port channel, struct wire *w, zmq_msg_t *parts,
                             size_t n, struct err *err)
{
    autocleanup (request_unref) struct request *r = xnew (struct request);

    r->refs = 1;
    r->channel = channel;
    list_init (&r->link);
    take_parts (r, parts, n);
    if (read_parts (r, w, err) < 0)
        return NULL;
    return take_ptr (r);
}

struct request *request_ref (struct request *r)
{
    if (r)
        r->refs++;
    return r;
}

void request_unref (struct request *r)
{
    if (!r || --r->refs > 0)
        return;
    list_remove (&r->link);
    for (size_t i = 0; i < r->n; i++)
        (void)zmq_msg_close (&r->part[i]);
    free (r->part);
    json_decref (r->content);
    free (r);
}
