/* outputs.c - a list of outputs that grows with the messages
 *
 * `head` counts the outputs that stay when the rest is trimmed; once the list is sealed, new text makes
 * new outputs behind the seal, and the oldest of those are what goes.
 */

#include "jupyter/outputs.h"

#include "jupyter/jmsg.h"
#include "jupyter/jsonscan.h"
#include "jupyter/streamtext.h"

#include <string.h>

#define ITEM_COST 128       /* of an output, beside its bytes */
#define PIECE (1u << 20)    /* of a text between two looks at the ceiling */
#define MAX_NAME 64         /* of a stream */
#define MAX_DISPLAY_ID 1024 /* longer ones are not found again */

struct item {
    char *stream;           /* the raw name, NULL: another output */
    struct streamtext text; /* of a stream */
    struct blk *json;
    char *display_id;
    size_t size;
};

struct outputs {
    struct item *items;
    size_t n, cap, max;
    size_t size;
    bool clear_next, sealed;
    size_t head, head_size; /* once sealed */
    uint64_t dropped;
};

struct outputs *outputs_new (size_t max)
{
    struct outputs *o = xnew (struct outputs);
    o->max = max < OUTPUTS_MIN ? OUTPUTS_MIN : max;
    return o;
}

static void item_done (struct item *it)
{
    streamtext_done (&it->text);
    free (it->stream);
    blk_unref (it->json);
    free (it->display_id);
}

static void clear (struct outputs *o)
{
    for (size_t i = 0; i < o->n; i++)
        item_done (&o->items[i]);
    o->n = o->size = o->head = o->head_size = 0;
    o->sealed = false;
    o->dropped = 0;
}

void outputs_free (struct outputs *o)
{
    if (!o)
        return;
    clear (o);
    free (o->items);
    free (o);
}

size_t outputs_size (const struct outputs *o)
{
    return o->size;
}

bool outputs_clears (const struct outputs *o)
{
    return o->clear_next;
}

static struct item *push (struct outputs *o)
{
    if (o->n == o->cap) {
        o->cap = o->cap ? 2 * o->cap : 8;
        o->items = xrealloc (o->items, o->cap, sizeof (*o->items));
    }
    struct item *it = &o->items[o->n++];
    *it = (struct item){ .size = ITEM_COST };
    o->size += ITEM_COST;
    return it;
}

static void measure (struct outputs *o, struct item *it)
{
    size_t size = ITEM_COST + (it->stream ? it->text.len : it->json ? it->json->len : 0);
    o->size = o->size - it->size + size;
    it->size = size;
}

/* ---- the ceiling ---- */

static void drop_items (struct outputs *o, size_t n)
{
    for (size_t i = o->head; i < o->head + n; i++) {
        o->size -= o->items[i].size;
        o->dropped += o->items[i].size - ITEM_COST;
        item_done (&o->items[i]);
    }
    memmove (o->items + o->head, o->items + o->head + n,
             (o->n - o->head - n) * sizeof (*o->items));
    o->n -= n;
}

static void trim_text (struct outputs *o, size_t excess)
{
    struct item *it = &o->items[o->head];
    o->dropped += streamtext_trim (&it->text, excess);
    measure (o, it);
}

/* Makes the tail at most half of MAX, and a little less, so that this is seldom. */
static void trim (struct outputs *o)
{
    size_t want = o->max / 2 - o->max / 16, n = 0;
    size_t tail = o->size - o->head_size;
    while (o->head + n < o->n && tail > want) {
        const struct item *it = &o->items[o->head + n];
        if (it->stream && it->size > tail - want)
            break;
        tail -= it->size;
        n++;
    }
    drop_items (o, n);
    if (tail > want && o->head < o->n)
        trim_text (o, tail - want);
}

/* What is there so far stays.  At the end of a line, if one comes soon. */
static void seal (struct outputs *o)
{
    const struct item *last = o->n ? &o->items[o->n - 1] : NULL;
    bool mid_line = last && last->stream && last->text.line_len > 0;
    if (o->size < o->max / 2 || (mid_line && o->size < o->max / 2 + o->max / 16))
        return;
    o->sealed = true;
    o->head = o->n;
    o->head_size = o->size;
}

static void keep_below_max (struct outputs *o)
{
    if (!o->sealed)
        seal (o);
    else if (o->size - o->head_size > o->max / 2)
        trim (o);
}

/* ---- streams ---- */

static struct item *stream_item (struct outputs *o, struct slice name)
{
    struct item *last = o->n > (o->sealed ? o->head : 0) ? &o->items[o->n - 1] : NULL;
    if (last && last->stream && slice_is (name, last->stream))
        return last;
    last = push (o);
    last->stream = slice_dup (name);
    return last;
}

static bool add_stream (struct outputs *o, struct slice content)
{
    struct slice name, text;
    if (!jsonscan_member (content, "name", &name) || name.len < 2 || name.len > MAX_NAME ||
        !jsonscan_valid (name) || *(const char *)name.data != '"' ||
        !jsonscan_member (content, "text", &text) || text.len < 2 ||
        *(const char *)text.data != '"')
        return false;
    const char *raw = (const char *)text.data + 1;
    name = (struct slice){ (const char *)name.data + 1, name.len - 2 };
    for (size_t at = 0, n = text.len - 2; at < n || !n;) {
        struct item *it = stream_item (o, name);
        at += streamtext_add (&it->text, raw + at, n - at, PIECE);
        measure (o, it);
        keep_below_max (o);
        if (!n)
            break;
    }
    return true;
}

/* ---- other outputs ---- */

static void add_member (struct buf *b, struct slice key, struct slice value)
{
    (void)buf_addc (b, '"');
    (void)buf_add (b, key.data, key.len);
    (void)buf_adds (b, "\":");
    (void)buf_add (b, value.data, value.len);
    (void)buf_addc (b, ',');
}

/* CONTENT as an output of TYPE; -1: it cannot be. */
static int to_output (struct slice content, const char *type, struct buf *b)
{
    struct jsonscan s;
    struct slice key, value;
    bool data = false, metadata = false, bundle = *type != 'e' || type[1] == 'x';
    int rc;
    if (!jsonscan_valid (content))
        return -1;
    (void)buf_addc (b, '{');
    jsonscan_init (&s, content.data, content.len);
    while ((rc = jsonscan_next (&s, &key, &value)) > 0) {
        if (slice_is (key, "transient") || slice_is (key, "output_type"))
            continue;
        data = data || slice_is (key, "data");
        metadata = metadata || slice_is (key, "metadata");
        add_member (b, key, value);
    }
    if (bundle && !data)
        (void)buf_adds (b, "\"data\":{},");
    if (bundle && !metadata)
        (void)buf_adds (b, "\"metadata\":{},");
    (void)buf_addf (b, "\"output_type\":\"%s\"}", type);
    return rc < 0 || b->overflow ? -1 : 0;
}

bool outputs_display_id (struct slice content, struct slice *ret)
{
    struct slice transient, id;
    if (!jsonscan_member (content, "transient", &transient) ||
        !jsonscan_member (transient, "display_id", &id) || id.len < 2 ||
        id.len > MAX_DISPLAY_ID || *(const char *)id.data != '"')
        return false;
    *ret = (struct slice){ (const char *)id.data + 1, id.len - 2 };
    return true;
}

static void set_json (struct outputs *o, struct item *it, struct buf *b)
{
    size_t n;
    char *data = buf_take (b, &n);
    blk_unref (it->json);
    it->json = blk_wrap (data, n, free, data);
    measure (o, it);
}

static void too_large (struct outputs *o, size_t n)
{
    o->sealed = true;
    o->head = o->n;
    o->head_size = o->size;
    o->dropped += n;
}

static bool add_output (struct outputs *o, const char *type, struct slice content)
{
    struct slice id;
    autodone (buf_done) struct buf b;
    buf_init (&b, o->max / 2);
    if (to_output (content, type, &b) < 0) {
        if (!b.overflow)
            return false;
        if (!o->sealed)
            too_large (o, content.len);
        else
            o->dropped += content.len;
        return true;
    }
    struct item *it = push (o);
    if (*type == 'd' && outputs_display_id (content, &id))
        it->display_id = slice_dup (id);
    set_json (o, it, &b);
    keep_below_max (o);
    return true;
}

static void measure_head (struct outputs *o)
{
    o->head_size = 0;
    for (size_t i = 0; i < o->head; i++)
        o->head_size += o->items[i].size;
}

bool outputs_update (struct outputs *o, struct slice content)
{
    struct slice id;
    bool found = false;
    if (!outputs_display_id (content, &id))
        return false;
    for (size_t i = 0; i < o->n; i++) {
        struct item *it = &o->items[i];
        autodone (buf_done) struct buf b;
        buf_init (&b, o->max / 2);
        if (!it->display_id || !slice_is (id, it->display_id) ||
            to_output (content, "display_data", &b) < 0)
            continue;
        set_json (o, it, &b);
        found = true;
    }
    if (found && o->sealed)
        measure_head (o);
    return found;
}

struct blk *outputs_display (struct slice content)
{
    size_t n;
    autodone (buf_done) struct buf b;
    buf_init (&b, OUTPUTS_MAX / 2);
    if (to_output (content, "display_data", &b) < 0)
        return NULL;
    char *data = buf_take (&b, &n);
    return blk_wrap (data, n, free, data);
}

void outputs_each_display (const struct outputs *o, outputs_display_fn *fn, void *arg)
{
    size_t gap = o->dropped > 0; /* the output that tells of it is one more */
    for (size_t i = 0; i < o->n; i++)
        if (o->items[i].display_id)
            fn (arg, i + (i >= o->head ? gap : 0), o->n + gap, o->items[i].display_id);
}

/* ---- messages ---- */

static bool clear_output (struct outputs *o, struct slice content)
{
    struct slice wait;
    o->clear_next = jsonscan_member (content, "wait", &wait) && slice_is (wait, "true");
    if (!o->clear_next)
        clear (o);
    return !o->clear_next;
}

bool outputs_add (struct outputs *o, struct slice type, struct slice content)
{
    static const char *const types[] = { "display_data", "execute_result", "error" };
    if (slice_is (type, "clear_output"))
        return clear_output (o, content);
    if (slice_is (type, "update_display_data"))
        return outputs_update (o, content);
    bool is_stream = slice_is (type, "stream");
    const char *kind = NULL;
    for (size_t i = 0; i < ARRAY_SIZE (types); i++)
        if (slice_is (type, types[i]))
            kind = types[i];
    if (!is_stream && !kind)
        return false;
    bool cleared = o->clear_next;
    if (cleared)
        clear (o);
    o->clear_next = false;
    return (is_stream ? add_stream (o, content) : add_output (o, kind, content)) || cleared;
}

/* ---- views ---- */

struct view_item {
    char *stream;
    struct streamtext_view text;
    struct blk *json;
    char *display_id;
};

struct outputs_view {
    struct view_item *items;
    size_t n, head;
    uint64_t dropped;
};

struct outputs_view *outputs_view (const struct outputs *o)
{
    struct outputs_view *v = xnew (struct outputs_view);
    v->items = xcalloc (o->n + 1, sizeof (*v->items));
    v->n = o->n;
    v->head = o->head;
    v->dropped = o->dropped;
    for (size_t i = 0; i < o->n; i++) {
        const struct item *it = &o->items[i];
        if (it->stream) {
            v->items[i].stream = xstrdup (it->stream);
            streamtext_view (&it->text, &v->items[i].text);
        } else {
            v->items[i].json = blk_ref (it->json);
            v->items[i].display_id = it->display_id ? xstrdup (it->display_id) : NULL;
        }
    }
    return v;
}

void outputs_view_free (struct outputs_view *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->n; i++) {
        streamtext_view_done (&v->items[i].text);
        free (v->items[i].stream);
        blk_unref (v->items[i].json);
        free (v->items[i].display_id);
    }
    free (v->items);
    free (v);
}

/* PAGE: outputs_view_write_page. */
static void write_item (const struct view_item *it, bool page, bool last, struct buf *b)
{
    if (it->json && page && it->display_id) {
        (void)buf_add (b, it->json->data, it->json->len - 1);
        (void)buf_addf (b, ",\"transient\":{\"display_id\":\"%s\"}}", it->display_id);
        return;
    }
    if (it->json) {
        (void)buf_add (b, it->json->data, it->json->len);
        return;
    }
    (void)buf_addf (b, "{\"name\":\"%s\",\"output_type\":\"stream\",\"text\":", it->stream);
    if (page && last)
        streamtext_view_write_cursor (&it->text, b);
    else
        streamtext_view_write (&it->text, b);
    (void)buf_addc (b, '}');
}

static void write_gap (const struct outputs_view *v, struct buf *b)
{
    (void)buf_addf (b,
                    "{\"name\":\"stderr\",\"output_type\":\"stream\",\"text\":"
                    "\"\\n[%llu bytes of output are left out here]\\n\"}",
                    (unsigned long long)v->dropped);
}

static void write_items (const struct outputs_view *v, bool page, struct buf *b)
{
    const char *comma = "";
    (void)buf_addc (b, '[');
    for (size_t i = 0; i <= v->n && !b->overflow; i++) {
        if (v->dropped && i == v->head) {
            (void)buf_adds (b, comma);
            write_gap (v, b);
            comma = ",";
        }
        if (i == v->n)
            break;
        (void)buf_adds (b, comma);
        write_item (&v->items[i], page, i + 1 == v->n, b);
        comma = ",";
    }
    (void)buf_addc (b, ']');
}

void outputs_view_write (const struct outputs_view *v, struct buf *b)
{
    write_items (v, false, b);
}

void outputs_view_write_page (const struct outputs_view *v, struct buf *b)
{
    write_items (v, true, b);
}
