/* inject.c - kernel messages that the server makes itself */

#include "server/inject.h"

#include "base/clock.h"
#include "base/ident.h"

#include <string.h>

#define PART_MAX 65536

static struct slice text_slice (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

static void add_header (struct buf *b, const char *msg_type, struct slice session)
{
    char id[IDENT_UUID], own[IDENT_UUID], date[CLOCK_TEXT];
    ident_uuid4 (id);
    ident_uuid4 (own);
    if (!session.len)
        session = text_slice (own);
    /* Never a whole second, so that the fraction is always there (contract 6.9). */
    (void)clock_iso_z (clock_wall_us () | 1, date);
    (void)buf_addf (b,
                    "{\"msg_id\":\"%s\",\"msg_type\":\"%s\",\"username\":\"labwright\","
                    "\"session\":\"%.*s\",\"date\":\"%s\",\"version\":\"5.4\"}",
                    id, msg_type, (int)session.len, (const char *)session.data, date);
}

static void add_message (struct buf *b, const char *msg_type, struct slice session,
                         struct slice parent, const struct buf *content)
{
    autodone (buf_done) struct buf header;
    buf_init (&header, PART_MAX);
    add_header (&header, msg_type, session);
    struct slice parts[] = { { header.data, header.len },
                             parent.len ? parent : text_slice ("{}"),
                             text_slice ("{}"),
                             { content->data, content->len } };
    (void)wsv1_encode (b, JCHANNEL_IOPUB, parts, ARRAY_SIZE (parts));
}

void inject_stderr (struct buf *b, struct slice session, struct slice parent,
                    const char *text)
{
    autodone (buf_done) struct buf content;
    buf_init (&content, PART_MAX);
    (void)buf_adds (&content, "{\"name\":\"stderr\",\"text\":");
    (void)buf_add_json_string (&content, text, strlen (text));
    (void)buf_addc (&content, '}');
    add_message (b, "stream", session, parent, &content);
}

void inject_status (struct buf *b, struct slice session, const char *execution_state)
{
    autodone (buf_done) struct buf content;
    buf_init (&content, PART_MAX);
    (void)buf_addf (&content, "{\"execution_state\":\"%s\"}", execution_state);
    add_message (b, "status", session, (struct slice){ NULL, 0 }, &content);
}

void inject_error_without_traceback (struct buf *b, const struct wsv1 *m, const char *text)
{
    autodone (buf_done) struct buf content;
    buf_init (&content, PART_MAX);
    (void)buf_adds (&content,
                    "{\"ename\":\"ExecutionError\",\"evalue\":\"Execution error\","
                    "\"traceback\":[");
    (void)buf_add_json_string (&content, text, strlen (text));
    (void)buf_adds (&content, "]}");
    struct slice parts[] = { wsv1_part (m, WSV1_HEADER),
                             wsv1_part (m, WSV1_PARENT),
                             wsv1_part (m, WSV1_METADATA),
                             { content.data, content.len } };
    (void)wsv1_encode (b, m->channel, parts, ARRAY_SIZE (parts));
}
