/* nbtrust.h - which notebooks may run scripts in the browser: signatures (contract 3.4.9)
 *
 * The store is <data dir>/nbsignatures.db and the key <data dir>/notebook_secret, both
 * shared with Python servers, unless the traits of NotebookNotary say otherwise.  Trouble with either never fails a read or a save: a database
 * that cannot be used is moved aside and made anew, and if that fails too, signatures last
 * as long as the process.
 *
 *     struct nbtrust *t = nbtrust_new (&(struct nbtrust_config){ .data_dir = dir });
 *     if (nbtrust_check_cells (nb))  nbtrust_sign (t, nb);       when saving
 *     nbtrust_mark (doc, nb, nbtrust_check (t, nb));             when reading
 *
 * Notebooks are in memory form.  The functions that take T may block and may be called from
 * any thread, several at once (the pool).
 */
#ifndef JUPYTER_NBTRUST_H
#define JUPYTER_NBTRUST_H

#include "base/crypto.h"
#include "jupyter/nbjson.h"

struct nbtrust;

#define NBTRUST_CACHE_SIZE 65535

/* NULL, "" and 0 mean the default. */
struct nbtrust_config {
    const char *data_dir;  /* no default; the other files are in it */
    const char *db_file;   /* ":memory:": signatures last as long as the process */
    const char *algorithm; /* "sha256"; an unknown one is logged, and sha256 used */
    const char *secret;    /* the key itself */
    const char *secret_file;
    int64_t cache_size; /* above as many signatures the oldest quarter goes */
};

/* Never NULL; copies CONFIG.  Nothing is opened or created before the first use. */
struct nbtrust *nbtrust_new (const struct nbtrust_config *config);
void nbtrust_free (struct nbtrust *t);
DEFINE_AUTO (struct nbtrust *, nbtrust_free)

/* Lower-case hex of the signature of NB as it is now (its metadata.signature left out). */
int nbtrust_signature (struct nbtrust *t, const struct nbjson *nb, char ret[CRYPTO_HEX],
                       struct err *err);
bool nbtrust_check (struct nbtrust *t, const struct nbjson *nb);
void nbtrust_sign (struct nbtrust *t, const struct nbjson *nb);

/* True if every code cell was marked as trusted or holds nothing that could run; removes
 * the marks. */
bool nbtrust_check_cells (struct nbjson *nb);
/* Set metadata.trusted of every code cell. */
void nbtrust_mark (struct nbjson_doc *doc, struct nbjson *nb, bool trusted);

#endif
