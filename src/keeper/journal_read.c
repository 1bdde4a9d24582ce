/* journal_read.c - cursors: what was said, in order, from anywhere
 *
 * Bytes come from the tail, from a segment in memory, or through one read-ahead buffer that
 * all journals share; a record that does not fit it is given as a range of its segment.
 */

#include "keeper/journal_private.h"
#include "base/log.h"

#include <string.h>

#define CACHE (JOURNAL_INLINE + 4096)

/* At least WANT bytes at OFFSET of S, *RET_AVAIL of them; NULL: unreadable. */
static const uint8_t *view (struct journal *j, struct journal_segment *s, uint64_t offset,
                            size_t want, size_t *ret_avail)
{
    struct journals *js = j->js;
    ssize_t got;

    if (s->mem ||
        (s == journal_last_segment (j) && offset >= j->tail_offset && j->tail_len)) {
        *ret_avail = s->size - offset;
        return s->mem ? s->mem + offset : j->tail + (offset - j->tail_offset);
    }
    if (js->reading != s || offset < js->cache_offset ||
        offset + want > js->cache_offset + js->cache_len) {
        if (!js->cache)
            js->cache = xcalloc (1, CACHE);
        if (js->reading != s) {
            journal_segment_unref (js->reading);
            js->reading = journal_segment_ref (s);
        }
        got = journal_segment_read (s, offset, js->cache, CACHE);
        js->cache_offset = offset;
        js->cache_len = got > 0 ? (size_t)got : 0;
        if (js->cache_len < want)
            return NULL;
    }
    *ret_avail = js->cache_len - (size_t)(offset - js->cache_offset);
    return js->cache + (offset - js->cache_offset);
}

/* The record at the cursor, which is inside S.  False: the segment cannot be read. */
static bool read_record (struct journal *j, struct journal_segment *s,
                         struct journal_cursor *c, struct journal_record *ret)
{
    struct record_header h;
    size_t avail = 0;
    const uint8_t *p = view (j, s, c->offset, RECORD, &avail);

    if (!p)
        return false;
    memcpy (&h, p, RECORD);
    if (h.seq < s->first || h.seq > s->last || h.len > s->size - c->offset - RECORD)
        return false;
    if (h.len <= JOURNAL_INLINE && avail < RECORD + h.len) {
        p = view (j, s, c->offset, RECORD + h.len, &avail);
        if (!p)
            return false;
    }
    *ret = (struct journal_record){
        .seq = h.seq,
        .channel = h.channel,
        .target = h.target,
        .len = h.len,
        .data = h.len <= JOURNAL_INLINE ? p + RECORD : NULL,
        .segment = s,
        .offset = c->offset + RECORD,
    };
    c->offset += RECORD + h.len;
    return true;
}

static int gap_to (struct journal_cursor *c, const struct journal_segment *s,
                   struct journal_record *ret)
{
    *ret = (struct journal_record){ .seq = s->first };
    *c = (struct journal_cursor){ s->id, 0 };
    return JOURNAL_GAP;
}

int journal_next (struct journal *j, struct journal_cursor *c, struct journal_record *ret)
{
    journal_flush (j);
    for (;;) {
        struct journal_segment *s = j->n ? j->seg[0] : NULL;
        bool whole = c->segment == j->dropped_id && c->offset >= j->dropped_size;

        if (!s || c->segment >= s->id + j->n)
            return JOURNAL_END;
        if (c->segment < s->id) {
            if (!whole || s->id != j->dropped_id + 1)
                return gap_to (c, s, ret);
            *c = (struct journal_cursor){ s->id, 0 };
        }
        s = j->seg[c->segment - s->id];
        if (c->offset < s->size) {
            if (read_record (j, s, c, ret))
                return JOURNAL_RECORD;
            log_warning ("journal", "segment %llu is unreadable object=%u",
                         (unsigned long long)s->id, j->object);
            c->offset = s->size;
            if (s == journal_last_segment (j))
                return JOURNAL_END;
            return gap_to (c, j->seg[s->id + 1 - j->seg[0]->id], ret);
        }
        if (s == journal_last_segment (j))
            return JOURNAL_END;
        *c = (struct journal_cursor){ s->id + 1, 0 };
    }
}

void journal_seek (struct journal *j, struct journal_cursor *c, uint64_t after)
{
    struct journal_record r;
    size_t i = 0;

    journal_flush (j);
    while (i < j->n && j->seg[i]->last <= after)
        i++;
    if (i == j->n) {
        struct journal_segment *s = journal_last_segment (j);

        *c = s ? (struct journal_cursor){ s->id, s->size }
               : (struct journal_cursor){ j->next_id, 0 };
        return;
    }
    *c = (struct journal_cursor){ j->seg[i]->id, segment_mark_before (j->seg[i], after) };
    for (;;) {
        struct journal_cursor here = *c;

        if (journal_next (j, &here, &r) != JOURNAL_RECORD || r.seq > after)
            return;
        *c = here;
    }
}
