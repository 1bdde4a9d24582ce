/* keep_wire.c - codec of the frames between a server and its keeper
 *
 * Reading never trusts a length: a reader that meets something short turns `bad` and gives
 * zeroes and empty strings from then on, so that a caller reads all its fields and checks
 * once.  Counts of strings are bounded before anything is allocated.
 */

#include "keeper/keep_wire.h"
#include "base/cleanup.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STRINGS 65536

const char *const keep_state_names[KEEP_STATE_COUNT] = {
    "starting", "idle", "busy", "restarting", "dead", "terminating", "unknown",
};

void keep_object_done (struct keep_object *o)
{
    free (o->name);
    free (o->spec);
    free (o->reason);
    free (o->cwd);
    free (o->connection_file);
    free (o->session);
    memset (o, 0, sizeof (*o));
}

/* ---- writing ---- */

void keep_header (uint8_t out[KEEP_HEADER], enum keep_kind kind, unsigned flags,
                  unsigned channel, uint32_t object, uint64_t number, size_t len)
{
    uint32_t length = htole32 ((uint32_t)(KEEP_HEADER - 4 + len));
    uint16_t ch = htole16 ((uint16_t)channel);
    uint32_t ob = htole32 (object);
    uint64_t no = htole64 (number);

    memcpy (out, &length, 4);
    out[4] = (uint8_t)kind;
    out[5] = (uint8_t)flags;
    memcpy (out + 6, &ch, 2);
    memcpy (out + 8, &ob, 4);
    memcpy (out + 12, &no, 8);
}

size_t keep_begin (struct buf *b, enum keep_kind kind, unsigned channel, uint32_t object,
                   uint64_t number)
{
    size_t begin = b->len;
    uint8_t header[KEEP_HEADER];

    keep_header (header, kind, 0, channel, object, number, 0);
    (void)buf_add (b, header, sizeof (header));
    return begin;
}

void keep_end (struct buf *b, size_t begin)
{
    uint32_t length;

    if (b->overflow || b->len < begin + KEEP_HEADER)
        return;
    length = htole32 ((uint32_t)(b->len - begin - 4));
    memcpy (b->data + begin, &length, 4);
}

void keep_put_u8 (struct buf *b, uint8_t v)
{
    (void)buf_add (b, &v, 1);
}

void keep_put_u32 (struct buf *b, uint32_t v)
{
    v = htole32 (v);
    (void)buf_add (b, &v, sizeof (v));
}

void keep_put_u64 (struct buf *b, uint64_t v)
{
    v = htole64 (v);
    (void)buf_add (b, &v, sizeof (v));
}

void keep_put_bytes (struct buf *b, const void *p, size_t n)
{
    keep_put_u32 (b, (uint32_t)n);
    if (n)
        (void)buf_add (b, p, n);
}

void keep_put_str (struct buf *b, const char *s)
{
    if (!s)
        s = "";
    keep_put_bytes (b, s, strlen (s));
}

void keep_put_strv (struct buf *b, const struct strv *s)
{
    keep_put_u32 (b, (uint32_t)s->n);
    for (size_t i = 0; i < s->n; i++)
        keep_put_str (b, s->v[i]);
}

/* Checklist: a new field goes to the end here, in keep_get_object and in docs/PROTOCOL.md.
 * The whole is wrapped in a length, so that an older reader steps over what it does not
 * know. */
void keep_put_object (struct buf *b, const struct keep_object *o)
{
    size_t at = b->len;
    uint32_t n;

    keep_put_u32 (b, 0);
    keep_put_u32 (b, o->object);
    keep_put_u32 (b, o->type);
    keep_put_str (b, o->name);
    keep_put_str (b, o->spec);
    keep_put_u32 (b, o->pid);
    keep_put_u32 (b, o->state);
    keep_put_u64 (b, (uint64_t)o->started_us);
    keep_put_u64 (b, (uint64_t)o->last_activity_us);
    keep_put_u64 (b, o->first);
    keep_put_u64 (b, o->last);
    keep_put_u32 (b, o->restarts);
    keep_put_u32 (b, (uint32_t)o->wait_status);
    keep_put_u32 (b, o->oom);
    keep_put_str (b, o->reason);
    keep_put_str (b, o->cwd);
    keep_put_str (b, o->connection_file);
    keep_put_u32 (b, o->protocol_major);
    keep_put_u32 (b, o->rows);
    keep_put_u32 (b, o->cols);
    keep_put_str (b, o->session);
    if (b->overflow)
        return;
    n = htole32 ((uint32_t)(b->len - at - 4));
    memcpy (b->data + at, &n, 4);
}

/* ---- reading ---- */

static uint32_t load32 (const uint8_t *p)
{
    uint32_t v;

    memcpy (&v, p, sizeof (v));
    return le32toh (v);
}

static uint64_t load64 (const uint8_t *p)
{
    uint64_t v;

    memcpy (&v, p, sizeof (v));
    return le64toh (v);
}

int keep_parse (const void *data, size_t n, struct keep_frame *ret, size_t *ret_used,
                struct err *err)
{
    const uint8_t *p = data;
    uint32_t length;
    uint16_t channel;

    *ret_used = 0;
    if (n < 4)
        return 0;
    length = load32 (p);
    if (length < KEEP_HEADER - 4 || length > KEEP_MAX_FRAME)
        return err_set (err, PROBLEM_INVALID, "keeper frame of %u bytes", length);
    *ret_used = (size_t)length + 4;
    if (n < *ret_used)
        return 0;
    memcpy (&channel, p + 6, 2);
    *ret = (struct keep_frame){
        .kind = p[4],
        .flags = p[5],
        .channel = le16toh (channel),
        .object = load32 (p + 8),
        .number = load64 (p + 12),
        .payload = p + KEEP_HEADER,
        .len = length + 4 - KEEP_HEADER,
    };
    return 1;
}

void keep_reader_init (struct keep_reader *r, const struct keep_frame *f)
{
    *r = (struct keep_reader){ .p = f->payload, .left = f->len };
}

/* N bytes, or NULL and `bad`. */
static const uint8_t *take (struct keep_reader *r, size_t n)
{
    const uint8_t *p = r->p;

    if (r->bad || r->left < n) {
        r->bad = true;
        return NULL;
    }
    r->p += n;
    r->left -= n;
    return p;
}

uint8_t keep_get_u8 (struct keep_reader *r)
{
    const uint8_t *p = take (r, 1);

    return p ? *p : 0;
}

uint32_t keep_get_u32 (struct keep_reader *r)
{
    const uint8_t *p = take (r, 4);

    return p ? load32 (p) : 0;
}

uint64_t keep_get_u64 (struct keep_reader *r)
{
    const uint8_t *p = take (r, 8);

    return p ? load64 (p) : 0;
}

const void *keep_get_bytes (struct keep_reader *r, size_t *n)
{
    const uint8_t *p;

    *n = keep_get_u32 (r);
    p = take (r, *n);
    if (!p)
        *n = 0;
    return p;
}

char *keep_get_str (struct keep_reader *r)
{
    size_t n;
    const char *p = keep_get_bytes (r, &n);

    if (n && memchr (p, 0, n))
        r->bad = true;
    return r->bad || !n ? xstrdup ("") : xstrndup (p, n);
}

int keep_get_strv (struct keep_reader *r, struct strv *out)
{
    uint32_t count = keep_get_u32 (r);

    if (count > MAX_STRINGS || count > r->left / 4)
        r->bad = true;
    for (uint32_t i = 0; i < count && !r->bad; i++) {
        autofree char *s = keep_get_str (r);

        if (!r->bad)
            strv_add (out, s);
    }
    return r->bad ? -1 : 0;
}

int keep_get_object (struct keep_reader *r, struct keep_object *out)
{
    size_t n;
    const void *p = keep_get_bytes (r, &n);
    struct keep_reader in = { .p = p, .left = n, .bad = r->bad };

    *out = (struct keep_object){
        .object = keep_get_u32 (&in),
    };
    out->type = keep_get_u32 (&in);
    out->name = keep_get_str (&in);
    out->spec = keep_get_str (&in);
    out->pid = keep_get_u32 (&in);
    out->state = keep_get_u32 (&in);
    out->started_us = (int64_t)keep_get_u64 (&in);
    out->last_activity_us = (int64_t)keep_get_u64 (&in);
    out->first = keep_get_u64 (&in);
    out->last = keep_get_u64 (&in);
    out->restarts = keep_get_u32 (&in);
    out->wait_status = (int32_t)keep_get_u32 (&in);
    out->oom = keep_get_u32 (&in);
    out->reason = keep_get_str (&in);
    out->cwd = keep_get_str (&in);
    out->connection_file = keep_get_str (&in);
    out->protocol_major = keep_get_u32 (&in);
    out->rows = keep_get_u32 (&in);
    out->cols = keep_get_u32 (&in);
    out->session = in.left ? keep_get_str (&in) : xstrdup (""); /* an older keeper */
    if (out->state >= KEEP_STATE_COUNT)
        out->state = KEEP_UNKNOWN;
    if (in.bad)
        r->bad = true;
    return r->bad ? -1 : 0;
}
