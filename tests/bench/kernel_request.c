/* kernel_request.c - an execute_request and what comes back */

#include "kernel_request.h"

#include "client.h"

#include "base/buf.h"
#include "base/clock.h"
#include "jupyter/jmsg.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CODE_MAX 65536

const char *kernel_session (void)
{
    static char id[IDENT_UUID];

    if (!id[0])
        ident_uuid4 (id);
    return id;
}

void kernel_request_make (struct kernel_request *r, const char *code)
{
    char date[CLOCK_TEXT];
    struct buf b;

    *r = (struct kernel_request){ 0 };
    ident_uuid4 (r->id);
    r->header =
        xasprintf ("{\"msg_id\":\"%s\",\"session\":\"%s\",\"username\":\"bench\",\"date\":"
                   "\"%s\",\"msg_type\":\"execute_request\",\"version\":\"5.3\"}",
                   r->id, kernel_session (), clock_iso_z (clock_wall_us (), date));
    buf_init (&b, CODE_MAX);
    (void)buf_adds (&b, "{\"code\":");
    (void)buf_add_json_string (&b, code, strlen (code));
    (void)buf_adds (&b, ",\"silent\":false,\"store_history\":true,\"user_expressions\":{},"
                        "\"allow_stdin\":false,\"stop_on_error\":true}");
    r->content = buf_take (&b, NULL);
    r->part[0] = (struct slice){ r->header, strlen (r->header) };
    r->part[1] = r->part[2] = (struct slice){ "{}", 2 };
    r->part[3] = (struct slice){ r->content, strlen (r->content) };
    r->sent_us = clock_mono_us ();
}

void kernel_request_free (struct kernel_request *r)
{
    free (r->header);
    free (r->content);
}

bool kernel_request_done (const struct kernel_request *r)
{
    return r->replied && r->idle_us;
}

static void note_output (struct kernel_request *r, const struct jhead *head, size_t size)
{
    if (!r->result_us && slice_is (head->msg_type, "execute_result"))
        r->result_us = clock_mono_us ();
    if (slice_is (head->msg_type, "error"))
        die ("the kernel answered with an error");
    r->outputs++;
    r->bytes += size;
}

void kernel_request_note (struct kernel_request *r, struct slice header,
                          struct slice parent, struct slice content, size_t size)
{
    struct jhead head, of;
    struct slice state;

    jhead_scan (parent, &of);
    if (!slice_is (of.msg_id, r->id))
        return;
    jhead_scan (header, &head);
    if (slice_is (head.msg_type, "execute_reply")) {
        r->replied = true;
    } else if (slice_is (head.msg_type, "status")) {
        if (jmsg_string (content, "execution_state", &state) && slice_is (state, "idle"))
            r->idle_us = clock_mono_us ();
    } else if (!slice_is (head.msg_type, "execute_input")) {
        note_output (r, &head, size);
    }
}

void kernel_request_print (const struct kernel_request *r)
{
    (void)printf ("\"messages\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"seconds\": %.5f",
                  r->outputs, r->bytes, (double)(r->idle_us - r->sent_us) / CLOCK_S);
}
