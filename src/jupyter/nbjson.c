/* nbjson.c - the document model: arena, members, new values
 *
 * One arena per document, in chunks that double; nothing is freed before the document.
 * Objects are arrays of members sorted by key, so that look-up is a bisection and writing
 * needs no sorting; setting a member shifts the rest, which is fine for the few keys that
 * we set.
 */
#include "jupyter/nbjson.h"
#include "jupyter/nbjson_impl.h"

#include <stdio.h>
#include <string.h>

#define CHUNK_MIN (16 * 1024)
#define CHUNK_MAX (8 * 1024 * 1024)

struct chunk {
    struct chunk *next;
    max_align_t data[];
};

struct nbjson_doc {
    struct chunk *chunks;
    char *at, *end;
    size_t next_size;
    size_t total;
    bool exhausted;
    bool nan;
};

static struct nbjson shared_null = { .type = NBJSON_NULL };

struct nbjson_doc *nbjson_doc_new (void)
{
    struct nbjson_doc *doc = xnew (struct nbjson_doc);
    doc->next_size = CHUNK_MIN;
    return doc;
}

void nbjson_doc_free (struct nbjson_doc *doc)
{
    if (!doc)
        return;
    for (struct chunk *c = doc->chunks, *next; c; c = next) {
        next = c->next;
        free (c);
    }
    free (doc);
}

static bool grow (struct nbjson_doc *doc, size_t n)
{
    size_t size = n > doc->next_size ? n : doc->next_size;
    if (size > NBJSON_MEMORY_MAX || doc->total > NBJSON_MEMORY_MAX - size)
        return false;
    struct chunk *c = malloc (sizeof *c + size);
    if (!c)
        return false;
    c->next = doc->chunks;
    doc->chunks = c;
    doc->at = (char *)c->data;
    doc->end = doc->at + size;
    doc->total += size;
    if (doc->next_size < CHUNK_MAX)
        doc->next_size *= 2;
    return true;
}

void *nbjson_alloc (struct nbjson_doc *doc, size_t n)
{
    n = (n + 7) & ~(size_t)7;
    if (n > (size_t)(doc->end - doc->at) && !grow (doc, n)) {
        doc->exhausted = true;
        return NULL;
    }
    void *p = doc->at;
    doc->at += n;
    return p;
}

bool nbjson_exhausted (const struct nbjson_doc *doc)
{
    return doc->exhausted;
}
bool nbjson_has_nan (const struct nbjson_doc *doc)
{
    return doc->nan;
}
void nbjson_note_nan (struct nbjson_doc *doc)
{
    doc->nan = true;
}

static struct nbjson *new_value (struct nbjson_doc *doc, enum nbjson_type type)
{
    struct nbjson *v = nbjson_alloc (doc, sizeof *v);
    if (!v)
        return &shared_null;
    *v = (struct nbjson){ .type = type };
    return v;
}

struct nbjson *nbjson_null (struct nbjson_doc *doc)
{
    return new_value (doc, NBJSON_NULL);
}

struct nbjson *nbjson_bool (struct nbjson_doc *doc, bool b)
{
    return new_value (doc, b ? NBJSON_TRUE : NBJSON_FALSE);
}

static struct nbjson *copy_text (struct nbjson_doc *doc, enum nbjson_type type,
                                 const char *s)
{
    struct nbjson *v = new_value (doc, type);
    size_t n = strlen (s);
    char *p = nbjson_alloc (doc, n ? n : 1);
    if (!p || v->type != type)
        return &shared_null;
    memcpy (p, s, n);
    v->s = p;
    v->n = n;
    return v;
}

struct nbjson *nbjson_int (struct nbjson_doc *doc, int64_t i)
{
    char text[24];
    snprintf (text, sizeof text, "%lld", (long long)i);
    return copy_text (doc, NBJSON_INT, text);
}

struct nbjson *nbjson_string (struct nbjson_doc *doc, const char *s, size_t n)
{
    struct nbjson *v = new_value (doc, NBJSON_STRING);
    if (v->type == NBJSON_STRING) {
        v->s = s;
        v->n = n;
    }
    return v;
}

struct nbjson *nbjson_text (struct nbjson_doc *doc, const char *s)
{
    return copy_text (doc, NBJSON_STRING, s);
}

struct nbjson *nbjson_array (struct nbjson_doc *doc, size_t expected)
{
    struct nbjson *v = new_value (doc, NBJSON_ARRAY);
    if (v->type == NBJSON_ARRAY && expected && expected < UINT32_MAX) {
        v->items = nbjson_alloc (doc, expected * sizeof *v->items);
        v->cap = v->items ? (uint32_t)expected : 0;
    }
    return v;
}

struct nbjson *nbjson_object (struct nbjson_doc *doc)
{
    return new_value (doc, NBJSON_OBJECT);
}

int nbjson_key_compare (const char *a, size_t an, const char *b, size_t bn)
{
    int c = memcmp (a, b, an < bn ? an : bn);
    return c ? c : (an > bn) - (an < bn);
}

/* Where KEY is or would be inserted. */
static size_t member_index (const struct nbjson *obj, const char *key, size_t n,
                            bool *ret_found)
{
    size_t lo = 0, hi = obj->n;
    *ret_found = false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c =
            nbjson_key_compare (obj->members[mid].key, obj->members[mid].key_len, key, n);
        if (c == 0) {
            *ret_found = true;
            return mid;
        }
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct nbjson *nbjson_get (const struct nbjson *obj, const char *key)
{
    bool found;
    if (!nbjson_is (obj, NBJSON_OBJECT))
        return NULL;
    size_t i = member_index (obj, key, strlen (key), &found);
    return found ? obj->members[i].value : NULL;
}

void nbjson_set (struct nbjson_doc *doc, struct nbjson *obj, const char *key,
                 struct nbjson *value)
{
    bool found;
    if (!nbjson_is (obj, NBJSON_OBJECT))
        return;
    size_t i = member_index (obj, key, strlen (key), &found);
    if (found) {
        obj->members[i].value = value;
        return;
    }
    if (obj->n >= obj->cap) {
        size_t cap = obj->n + obj->n / 2 + 4;
        struct nbjson_member *m = nbjson_alloc (doc, cap * sizeof *m);
        if (!m)
            return;
        if (obj->n)
            memcpy (m, obj->members, obj->n * sizeof *m);
        obj->members = m;
        obj->cap = (uint32_t)cap;
    }
    memmove (obj->members + i + 1, obj->members + i, (obj->n - i) * sizeof *obj->members);
    obj->members[i] = (struct nbjson_member){ .key = key,
                                              .key_len = (uint32_t)strlen (key),
                                              .value = value };
    obj->n++;
}

struct nbjson *nbjson_take (struct nbjson *obj, const char *key)
{
    bool found;
    if (!nbjson_is (obj, NBJSON_OBJECT))
        return NULL;
    size_t i = member_index (obj, key, strlen (key), &found);
    if (!found)
        return NULL;
    struct nbjson *v = obj->members[i].value;
    memmove (obj->members + i, obj->members + i + 1,
             (obj->n - i - 1) * sizeof *obj->members);
    obj->n--;
    return v;
}

void nbjson_append (struct nbjson_doc *doc, struct nbjson *arr, struct nbjson *value)
{
    if (!nbjson_is (arr, NBJSON_ARRAY))
        return;
    if (arr->n >= arr->cap) {
        size_t cap = arr->n * 2 + 4;
        struct nbjson **items = nbjson_alloc (doc, cap * sizeof *items);
        if (!items)
            return;
        if (arr->n)
            memcpy (items, arr->items, arr->n * sizeof *items);
        arr->items = items;
        arr->cap = (uint32_t)cap;
    }
    arr->items[arr->n++] = value;
}

bool nbjson_equals (const struct nbjson *v, const char *s)
{
    return nbjson_is (v, NBJSON_STRING) && v->n == strlen (s) && !memcmp (v->s, s, v->n);
}

bool nbjson_key_is (const struct nbjson_member *m, const char *s)
{
    return m->key_len == strlen (s) && !memcmp (m->key, s, m->key_len);
}

static bool number_is_zero (const struct nbjson *v)
{
    for (size_t i = 0; i < v->n && v->s[i] != 'e'; i++)
        if (v->s[i] != '0' && v->s[i] != '.' && v->s[i] != '-')
            return false;
    return true;
}

bool nbjson_truthy (const struct nbjson *v)
{
    if (!v)
        return false;
    switch (v->type) {
    case NBJSON_NULL:
    case NBJSON_FALSE: return false;
    case NBJSON_TRUE: return true;
    case NBJSON_INT:
    case NBJSON_REAL: return !number_is_zero (v);
    default: return v->n > 0;
    }
}

int64_t nbjson_int_value (const struct nbjson *v, int64_t dflt)
{
    char text[24];
    if (!nbjson_is (v, NBJSON_INT) || v->n > 18)
        return dflt;
    memcpy (text, v->s, v->n);
    text[v->n] = 0;
    return strtoll (text, NULL, 10);
}
