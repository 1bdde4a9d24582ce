/* contents_record.c - recorded outputs go into the notebook on disk
 *
 * The same way as a save: the document in memory form, a trusted notebook stays trusted, the safe write of
 * contents_write.c.  A page that has the document open is not asked about it (contents_base.h).
 */
#include "server/contents_base.h"
#include "server/contents_impl.h"
#include "server/recorded.h"
#include "base/clock.h"
#include "base/log.h"
#include "jupyter/nbformat.h"
#include "jupyter/nbtrust.h"

#include <string.h>

static int64_t mtime_ns (const struct place *p)
{
    struct stat st;
    if (stat (p->os, &st) < 0)
        return 0;
    return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static int write_back (const struct contents *c, const struct place *p,
                       struct nbjson_doc *doc, struct nbjson *nb, const char *old_hex,
                       struct err *err)
{
    char new_hex[CRYPTO_HEX];
    autodone (buf_done) struct buf text;
    buf_init (&text, CONTENTS_ANSWER_MAX);
    nbformat_write (doc, nb, &text);
    if (text.overflow || nbjson_exhausted (doc))
        return err_set (err, PROBLEM_TOO_LARGE, "%s is too large to be saved", p->api);
    if (*old_hex &&
        crypto_digest_hex (c->hash_algorithm, text.data, text.len, new_hex) == 0)
        contents_base_note (c->notes, p->os, c->hash_algorithm, old_hex, mtime_ns (p),
                            new_hex);
    return save_bytes (c, p, text.data, text.len, err);
}

static int record (const struct contents *c, const struct place *p, struct recorded *r,
                   struct err *err)
{
    char hex[CRYPTO_HEX] = "";
    autocleanup (nbjson_doc_free) struct nbjson_doc *doc = nbjson_doc_new ();
    autodone (buf_done) struct buf bytes;
    buf_init (&bytes, CONTENTS_READ_MAX);
    struct nbjson *nb = read_notebook (c, p, doc, &bytes, hex, err);
    if (!nb)
        return -1;
    bool trusted = nbtrust_check (c->trust, nb);
    if (!recorded_record (doc, nb, r))
        return 0;
    if (trusted)
        nbtrust_sign (c->trust, nb);
    return write_back (c, p, doc, nb, hex, err);
}

int contents_record (const struct contents *c, const char *path, struct recorded *r,
                     struct err *err)
{
    struct place p = { 0 };
    int rc = place_init (c, path, strlen (path), &p, err);
    if (rc == 0 && !place_is_file (&p))
        rc = err_set (err, PROBLEM_NOT_FOUND, "there is no notebook %s", p.api);
    if (rc == 0)
        rc = record (c, &p, r, err);
    place_done (&p);
    return rc;
}
