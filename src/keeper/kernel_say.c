/* kernel_say.c - messages that the keeper makes itself */

#include "keeper/kernel_say.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ident.h"
#include "jupyter/wsv1.h"

#include <stdio.h>
#include <string.h>

#define SAY_MAX (1u << 20)

/* ISO 8601 with microseconds always, as the contract wants for a header's date. */
static void iso_micro (char ret[CLOCK_TEXT])
{
    int64_t now = clock_wall_us ();
    time_t s = (time_t)(now / CLOCK_S);
    struct tm tm;
    size_t n;

    (void)gmtime_r (&s, &tm);
    n = strftime (ret, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf (ret + n, CLOCK_TEXT - n, ".%06dZ", (int)(now % CLOCK_S));
}

void kernel_say_header (struct buf *b, const char *msg_type, const char *session)
{
    char id[IDENT_UUID], date[CLOCK_TEXT];

    ident_uuid4 (id);
    iso_micro (date);
    (void)buf_addf (
        b,
        "{\"msg_id\": \"%s\", \"msg_type\": \"%s\", \"username\": \"labwright\", "
        "\"session\": \"%s\", \"date\": \"%s\", \"version\": \"5.4\"}",
        id, msg_type, session, date);
}

static void say (struct buf *b, enum jchannel channel, const char *msg_type,
                 const char *session, struct slice parent, const struct buf *content)
{
    autodone (buf_done) struct buf header;
    struct slice parts[WSV1_BUFFERS];

    buf_init (&header, 4096);
    kernel_say_header (&header, msg_type, session);
    parts[WSV1_HEADER] = (struct slice){ header.data, header.len };
    parts[WSV1_PARENT] = parent.len ? parent : (struct slice){ "{}", 2 };
    parts[WSV1_METADATA] = (struct slice){ "{}", 2 };
    parts[WSV1_CONTENT] = (struct slice){ content->data, content->len };
    (void)wsv1_encode (b, channel, parts, WSV1_BUFFERS);
}

void kernel_say_status (struct buf *b, const char *session, struct slice parent,
                        const char *state)
{
    autodone (buf_done) struct buf content;

    buf_init (&content, 256);
    (void)buf_addf (&content, "{\"execution_state\": \"%s\"}", state);
    say (b, JCHANNEL_IOPUB, "status", session, parent, &content);
}

static void add_string (struct buf *b, const char *key, const char *value)
{
    (void)buf_addf (b, "\"%s\": ", key);
    (void)buf_add_json_string (b, value, strlen (value));
    (void)buf_adds (b, ", ");
}

void kernel_say_stderr (struct buf *b, const char *session, struct slice parent,
                        const char *text)
{
    autodone (buf_done) struct buf content;

    buf_init (&content, SAY_MAX);
    (void)buf_addc (&content, '{');
    add_string (&content, "name", "stderr");
    (void)buf_adds (&content, "\"text\": ");
    (void)buf_add_json_string (&content, text, strlen (text));
    (void)buf_addc (&content, '}');
    say (b, JCHANNEL_IOPUB, "stream", session, parent, &content);
}

static void add_failure (struct buf *b, const struct kernel_say_failure *f)
{
    autofree char *first = xasprintf ("%s: %s", f->ename, f->evalue);

    add_string (b, "ename", f->ename);
    add_string (b, "evalue", f->evalue);
    (void)buf_adds (b, "\"traceback\": [");
    (void)buf_add_json_string (b, first, strlen (first));
    if (*f->after) {
        (void)buf_adds (b, ", ");
        (void)buf_add_json_string (b, f->after, strlen (f->after));
    }
    (void)buf_addc (b, ']');
}

void kernel_say_error (struct buf *b, const char *session, struct slice parent,
                       const struct kernel_say_failure *f)
{
    autodone (buf_done) struct buf content;

    buf_init (&content, SAY_MAX);
    (void)buf_addc (&content, '{');
    add_failure (&content, f);
    (void)buf_addc (&content, '}');
    say (b, JCHANNEL_IOPUB, "error", session, parent, &content);
}

void kernel_say_reply (struct buf *b, const char *session, struct slice parent,
                       const struct kernel_say_failure *f)
{
    autodone (buf_done) struct buf content;

    buf_init (&content, SAY_MAX);
    (void)buf_adds (&content, "{\"status\": \"error\", \"execution_count\": null, "
                              "\"user_expressions\": {}, \"payload\": [], ");
    add_failure (&content, f);
    (void)buf_addc (&content, '}');
    say (b, JCHANNEL_SHELL, "execute_reply", session, parent, &content);
}
