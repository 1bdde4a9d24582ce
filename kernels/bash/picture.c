/* picture.c - what `display` and `clear` send, and the message that it becomes
 *
 * Text goes into the message as a JSON string, JSON as it is, everything else as base64.
 */

#include "bash/picture.h"
#include "base/crypto.h"
#include "base/jsonx.h"
#include "base/utf8.h"

#include <string.h>

enum encoding { ENCODING_TEXT, ENCODING_JSON, ENCODING_BASE64 };

static bool ends_with (const char *s, const char *end)
{
    size_t n = strlen (s), len = strlen (end);

    return n >= len && !strcmp (s + n - len, end);
}

static enum encoding encoding_of (const char *mime)
{
    if (!strcmp (mime, "application/json") || ends_with (mime, "+json"))
        return ENCODING_JSON;
    if (!strncmp (mime, "text/", 5) || ends_with (mime, "+xml") ||
        !strcmp (mime, "application/javascript") || !strcmp (mime, "application/xml"))
        return ENCODING_TEXT;
    return ENCODING_BASE64;
}

/* type/subtype of the characters that RFC 6838 allows. */
static bool is_mime (const char *s)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789!#$&-^_.+";
    size_t type = strspn (s, allowed);
    size_t subtype = s[type] == '/' ? strspn (s + type + 1, allowed) : 0;

    return type && subtype && !s[type + 1 + subtype] && strlen (s) <= PICTURE_NAME_MAX;
}

static int read_head (struct picture *p, struct err *err)
{
    const char *verb = jsonx_str (p->head, "verb", "");

    p->mime = jsonx_str (p->head, "mime", "");
    p->id = jsonx_str (p->head, "id", NULL);
    p->update = jsonx_bool (p->head, "update", false);
    p->clear = !strcmp (verb, "clear");
    if (p->clear)
        return 0;
    if (strcmp (verb, "show"))
        return err_set (err, PROBLEM_INVALID, "unknown verb");
    if (!is_mime (p->mime))
        return err_set (err, PROBLEM_INVALID, "\"%.80s\" is no media type", p->mime);
    if (p->id && (!*p->id || strlen (p->id) > PICTURE_NAME_MAX))
        return err_set (err, PROBLEM_INVALID, "an id has 1 to %d bytes", PICTURE_NAME_MAX);
    if (p->update && !p->id)
        return err_set (err, PROBLEM_INVALID, "an update needs an id");
    return 0;
}

int picture_parse (const char *bytes, size_t n, struct picture *ret, struct err *err)
{
    size_t look = n < PICTURE_HEAD_MAX ? n : PICTURE_HEAD_MAX;
    const char *end = look ? memchr (bytes, '\n', look) : NULL;

    *ret = (struct picture){ 0 };
    if (!end)
        return err_set (err, PROBLEM_INVALID, "no head");
    ret->head = jsonx_parse (bytes, (size_t)(end - bytes), err);
    if (!ret->head)
        return -1;
    if (!json_is_object (ret->head)) {
        picture_done (ret);
        return err_set (err, PROBLEM_INVALID, "the head is no object");
    }
    ret->data = (struct slice){ end + 1, n - (size_t)(end + 1 - bytes) };
    if (read_head (ret, err) == 0)
        return 0;
    picture_done (ret);
    return -1;
}

void picture_done (struct picture *p)
{
    json_decref (p->head);
    *p = (struct picture){ 0 };
}

const char *picture_message (const struct picture *p)
{
    return p->clear ? "clear_output" : p->update ? "update_display_data" : "display_data";
}

static int add_data (const struct picture *p, struct buf *b, struct err *err)
{
    const char *data = p->data.data;
    size_t n = p->data.len;

    switch (encoding_of (p->mime)) {
    case ENCODING_TEXT:
        if (!utf8_valid (data, n))
            return err_set (err, PROBLEM_INVALID, "%s must be UTF-8", p->mime);
        return buf_add_json_string (b, data, n);
    case ENCODING_JSON: {
        autojson json_t *value = jsonx_parse (data, n, err);
        return value ? buf_add (b, data, n) : -1;
    }
    case ENCODING_BASE64: break;
    }
    (void)buf_addc (b, '"');
    (void)base64_encode (b, data, n, 0);
    return buf_addc (b, '"');
}

static void add_string (struct buf *b, const char *s)
{
    (void)buf_add_json_string (b, s, strlen (s));
}

int picture_content (const struct picture *p, struct buf *b, struct err *err)
{
    const char *alt = jsonx_str (p->head, "alt", NULL);
    json_t *metadata = json_object_get (p->head, "metadata");

    if (p->clear)
        return buf_addf (b, "{\"wait\":%s}",
                         jsonx_bool (p->head, "wait", false) ? "true" : "false");
    (void)buf_adds (b, "{\"data\":{");
    add_string (b, p->mime);
    (void)buf_addc (b, ':');
    if (add_data (p, b, err) < 0 && !b->overflow)
        return -1;
    if (alt && strcmp (p->mime, "text/plain")) {
        (void)buf_adds (b, ",\"text/plain\":");
        add_string (b, alt);
    }
    (void)buf_adds (b, "},\"metadata\":{");
    if (json_is_object (metadata)) {
        add_string (b, p->mime);
        (void)buf_addc (b, ':');
        (void)jsonx_dump (metadata, b, 0, false);
    }
    (void)buf_adds (b, "},\"transient\":{");
    if (p->id) {
        (void)buf_adds (b, "\"display_id\":");
        add_string (b, p->id);
    }
    (void)buf_adds (b, "}}");
    return b->overflow ? err_set (err, PROBLEM_TOO_LARGE, "too large") : 0;
}
