/* nbjson.h - JSON documents of notebooks: every number and every string survives
 *
 * jansson alters what notebooks hold (contract 11), so they have a document model of their
 * own.  It reads what Python's json module reads and writes what it writes:
 *
 *   - numbers keep their text: integers of any size as they are, reals in the shortest form
 * that reads back the same ("1E5" becomes 100000.0, "1.10" becomes 1.1);
 *   - members of an object are kept sorted by key (code points = bytes); of a key given
 * twice the last counts; strings may hold NUL;
 *   - NaN, Infinity and -Infinity are read as Python does (contract 1.10) and written so to
 * files.  An answer to a browser must be JSON: there Infinity is written 1e999, and
 * nbformat refuses NaN.
 *
 *     struct nbjson_doc *doc = nbjson_doc_new ();
 *     struct nbjson *nb = nbjson_parse (doc, text, n, &err);       TEXT stays as long as
 * DOC nbjson_set (doc, nb, "nbformat", nbjson_int (doc, 4)); nbjson_write (nb, &buf,
 * NBJSON_FILE); nbjson_doc_free (doc);                                       and all its
 * values
 *
 * Values live in the document's arena; strings point into the text, where they have no
 * escapes or may be decoded in place.
 * Bounded: depth NBJSON_DEPTH, memory NBJSON_MEMORY_MAX.  Pure; any thread, one document is
 * one thread's at a time.
 */
#ifndef JUPYTER_NBJSON_H
#define JUPYTER_NBJSON_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NBJSON_DEPTH 900
#define NBJSON_MEMORY_MAX ((size_t)2 << 30)

enum nbjson_type {
    NBJSON_NULL,
    NBJSON_FALSE,
    NBJSON_TRUE,
    NBJSON_INT,  /* s, n: the text as Python writes it */
    NBJSON_REAL, /* likewise; "NaN", "Infinity", "-Infinity" too */
    NBJSON_STRING,
    NBJSON_ARRAY,
    NBJSON_OBJECT,
};

struct nbjson {
    uint8_t type;
    bool plain;   /* string: nothing in it needs an escape */
    bool lines;   /* string: NBJSON_FILE writes the list of its lines (nblines.h) */
    uint32_t cap; /* private */
    size_t n;     /* bytes, items or members */
    union {
        const char *s; /* not NUL-terminated */
        struct nbjson **items;
        struct nbjson_member *members;
    };
};

struct nbjson_member {
    const char *key;
    uint32_t key_len;
    uint32_t order; /* private */
    struct nbjson *value;
};

struct nbjson_doc;
struct nbjson_doc *nbjson_doc_new (void);
void nbjson_doc_free (struct nbjson_doc *doc);
DEFINE_AUTO (struct nbjson_doc *, nbjson_doc_free)
/* Memory that lives as long as DOC; NULL above NBJSON_MEMORY_MAX. */
void *nbjson_alloc (struct nbjson_doc *doc, size_t n);
/* True once an allocation was refused: what was built since is incomplete. */
bool nbjson_exhausted (const struct nbjson_doc *doc);
/* True if the text held a NaN. */
bool nbjson_has_nan (const struct nbjson_doc *doc);

/* INVALID with "line L column C: ..." in the text, for one that is not UTF-8 with the reason
 * "bad format"; or TOO_LARGE. */
struct nbjson *nbjson_parse (struct nbjson_doc *doc, const char *s, size_t n,
                             struct err *err);
/* The same for a text that nobody else needs: strings with escapes are decoded where they
 * stand, so that a large document is not copied. */
struct nbjson *nbjson_parse_used (struct nbjson_doc *doc, char *s, size_t n,
                                  struct err *err);

/* New values.  Strings are borrowed and must stay; nbjson_text copies.  When memory ends
 * they return a shared null, and nbjson_exhausted tells. */
struct nbjson *nbjson_null (struct nbjson_doc *doc);
struct nbjson *nbjson_bool (struct nbjson_doc *doc, bool b);
struct nbjson *nbjson_int (struct nbjson_doc *doc, int64_t i);
struct nbjson *nbjson_string (struct nbjson_doc *doc, const char *s, size_t n);
struct nbjson *nbjson_text (struct nbjson_doc *doc, const char *s);
struct nbjson *nbjson_array (struct nbjson_doc *doc, size_t expected);
struct nbjson *nbjson_object (struct nbjson_doc *doc);

/* Borrowed member of an object; NULL if there is none or OBJ is NULL or no object. */
struct nbjson *nbjson_get (const struct nbjson *obj, const char *key);
/* KEY is borrowed and must stay. */
void nbjson_set (struct nbjson_doc *doc, struct nbjson *obj, const char *key,
                 struct nbjson *value);
/* Removes and returns the member, or NULL. */
struct nbjson *nbjson_take (struct nbjson *obj, const char *key);
void nbjson_append (struct nbjson_doc *doc, struct nbjson *arr, struct nbjson *value);

static inline bool nbjson_is (const struct nbjson *v, enum nbjson_type t)
{
    return v && v->type == t;
}
bool nbjson_equals (const struct nbjson *v, const char *s); /* is it that string? */
bool nbjson_key_is (const struct nbjson_member *m, const char *s);
bool nbjson_truthy (const struct nbjson *v); /* Python's bool () */
/* DFLT unless V is an integer that fits. */
int64_t nbjson_int_value (const struct nbjson *v, int64_t dflt);

enum nbjson_form {
    NBJSON_FILE, /* indented by one space, as notebooks are stored; no newline at the end */
    NBJSON_COMPACT, /* one line, JSON in the strict sense (see above for Infinity) */
};
/* Appends to B; check B->overflow. */
void nbjson_write (const struct nbjson *v, struct buf *b, enum nbjson_form form);

/* The text of a JSON number (valid, N bytes) as Python's repr (float (text)) into RET; its
 * length. */
#define NBJSON_REAL_TEXT 32
size_t nbjson_real_text (const char *s, size_t n, char ret[NBJSON_REAL_TEXT]);

#endif
