/* wslegacy.c - the older websocket framing of kernel messages */

#include "jupyter/wslegacy.h"
#include "base/cleanup.h"
#include "base/url.h"
#include "jupyter/jsonscan.h"

#include <string.h>

static void put_be32 (uint8_t *out, uint32_t v)
{
    out[0] = (uint8_t)(v >> 24);
    out[1] = (uint8_t)(v >> 16);
    out[2] = (uint8_t)(v >> 8);
    out[3] = (uint8_t)v;
}

static uint32_t get_be32 (const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Some kernels (xeus) send `null`, others nothing at all, where there is no parent; clients look into it
 * as an object. */
static bool is_nothing (struct slice part)
{
    return part.len == 0 || (part.len == 4 && !memcmp (part.data, "null", 4));
}

static void add_member (struct buf *b, const char *key, struct slice value)
{
    buf_addf (b, "\"%s\":", key);
    buf_add (b, value.data, value.len);
}

/* The object of both frame kinds: parts verbatim, and copies of msg_id and msg_type from the header. */
static int add_object (const struct wsv1 *m, struct buf *b, bool with_buffers,
                       struct err *err)
{
    static const char *const names[] = { "header", "parent_header", "metadata", "content" };
    struct slice header = wsv1_part (m, WSV1_HEADER), value;

    buf_addf (b, "{\"channel\":\"%s\"", jchannel_names[m->channel]);
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        struct slice part = wsv1_part (m, i);
        if (is_nothing (part))
            part = (struct slice){ "{}", 2 };
        if (!utf8_valid (part.data, part.len) || !jsonscan_is_object (part))
            return err_set (err, PROBLEM_INVALID, "%s is no JSON object", names[i]);
        buf_addc (b, ',');
        add_member (b, names[i], part);
    }
    for (int i = 0; i < 2; i++) {
        const char *key = i ? "msg_type" : "msg_id";
        buf_addc (b, ',');
        add_member (b, key,
                    jsonscan_member (header, key, &value) ? value
                                                          : (struct slice){ "null", 4 });
    }
    if (with_buffers)
        buf_adds (b, ",\"buffers\":[]");
    buf_addc (b, '}');
    return 0;
}

static int add_binary (const struct wsv1 *m, struct buf *b, size_t n, struct err *err)
{
    size_t start = b->len;
    size_t head = 4 * (n + 1);
    if (!buf_reserve (b, head))
        return err_set (err, PROBLEM_TOO_LARGE, "the message is too large");
    b->len += head;
    if (add_object (m, b, false, err) < 0)
        return -1;
    put_be32 ((uint8_t *)b->data + start, (uint32_t)n);
    put_be32 ((uint8_t *)b->data + start + 4, (uint32_t)head);
    for (size_t i = 1; i < n; i++) {
        struct slice part = wsv1_part (m, WSV1_BUFFERS + i - 1);
        if (b->len - start > UINT32_MAX)
            return err_set (err, PROBLEM_TOO_LARGE,
                            "the message is too large for the old framing");
        put_be32 ((uint8_t *)b->data + start + 4 + 4 * i, (uint32_t)(b->len - start));
        buf_add (b, part.data, part.len);
    }
    return 0;
}

int wslegacy_from_v1 (const struct wsv1 *m, struct buf *b, bool *ret_text, struct err *err)
{
    size_t start = b->len, n = m->nparts - WSV1_BUFFERS + 1;
    int rc = n == 1 ? add_object (m, b, true, err) : add_binary (m, b, n, err);

    if (rc == 0 && b->overflow)
        rc = err_set (err, PROBLEM_TOO_LARGE, "the message is too large");
    if (rc < 0) {
        b->len = start;
        return -1;
    }
    *ret_text = n == 1;
    return 0;
}

/* Splits a binary frame: PARTS[0] is the object, the rest are buffers. */
static int split_binary (const uint8_t *data, size_t n, struct slice *parts, size_t *ret_n,
                         struct err *err)
{
    if (n < 8)
        return err_set (err, PROBLEM_INVALID, "a binary frame of %zu bytes", n);
    size_t count = get_be32 (data);
    if (count < 1 || count > WSLEGACY_MAX_BUFFERS + 1 || 4 * (count + 1) > n)
        return err_set (err, PROBLEM_INVALID, "a binary frame with %zu parts", count);
    size_t from = get_be32 (data + 4);
    if (from < 4 * (count + 1) || from > n)
        return err_set (err, PROBLEM_INVALID, "a part begins inside the table");
    for (size_t i = 0; i < count; i++) {
        size_t to = i + 1 < count ? get_be32 (data + 8 + 4 * i) : n;
        if (to < from || to > n)
            return err_set (err, PROBLEM_INVALID, "part %zu is outside the frame", i);
        parts[i] = (struct slice){ data + from, to - from };
        from = to;
    }
    *ret_n = count;
    return 0;
}

static bool is_string (struct slice v, const char **ret, size_t *ret_n)
{
    const char *p = v.data;

    if (v.len < 2 || p[0] != '"')
        return false;
    *ret = p + 1;
    *ret_n = v.len - 2;
    return true;
}

/* The four parts and the channel out of the object. */
static int read_object (struct slice object, struct slice parts[4], enum jchannel *channel,
                        struct err *err)
{
    static const char *const names[] = { "header", "parent_header", "metadata", "content" };
    const char *name;
    size_t len;
    struct slice v;

    if (!utf8_valid (object.data, object.len) || !jsonscan_is_object (object))
        return err_set (err, PROBLEM_INVALID, "the message is no JSON object");
    *channel = JCHANNEL_SHELL;
    if (jsonscan_member (object, "channel", &v)) {
        int known = is_string (v, &name, &len) ? jchannel_parse (name, len) : -1;
        if (known < 0)
            return err_set (err, PROBLEM_INVALID, "no such channel");
        *channel = (enum jchannel)known;
    }
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        bool found = jsonscan_member (object, names[i], &parts[i]);
        if ((!found || is_nothing (parts[i])) && i != WSV1_HEADER)
            parts[i] = (struct slice){ "{}", 2 };
        else if (!found || !jsonscan_is_object (parts[i]))
            return err_set (err, PROBLEM_INVALID, "%s is no JSON object", names[i]);
    }
    return 0;
}

int wslegacy_to_v1 (const void *data, size_t n, bool text, struct buf *b, struct err *err)
{
    autofree struct slice *parts = xcalloc (WSLEGACY_MAX_BUFFERS + 5, sizeof (*parts));
    struct slice *buffers =
        parts + 3; /* buffers[0] is the object, replaced by the content */
    enum jchannel channel = JCHANNEL_SHELL;
    size_t count = 1;

    if (text)
        buffers[0] = (struct slice){ data, n };
    else if (split_binary (data, n, buffers, &count, err) < 0)
        return -1;
    if (read_object (buffers[0], parts, &channel, err) < 0)
        return -1;
    if (wsv1_encode (b, channel, parts, 3 + count) < 0)
        return err_set (err, PROBLEM_TOO_LARGE, "the message is too large");
    return 0;
}
