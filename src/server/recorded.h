/* recorded.h - outputs that the server recorded, on their way into a notebook
 *
 * The recorder (recorder.h) makes a struct recorded on the loop and hands it to the pool, where the cells are
 * found and changed; then it reads on the loop how that went.
 *
 *     struct recorded *r = recorded_new ();
 *     struct recorded_cell *c = recorded_add (r);
 *     c->id = ...; c->outputs = outputs_view (o);
 *     ... in the pool:  recorded_record (doc, nb, r);      a notebook from the disk
 *                       recorded_merge (doc, nb, r);       a notebook that a page saves
 *     ... r->cells[i].result ...
 *     recorded_free (r);                                    on the loop: it holds views
 *
 * A cell is found by its id; in notebooks from before there were ids, by its code if only one cell has it.
 */
#ifndef SERVER_RECORDED_H
#define SERVER_RECORDED_H

#include "base/buf.h"
#include "jupyter/nbjson.h"
#include "jupyter/outputs.h"

enum recorded_result {
    RECORDED_NOTHING, /* nobody looked */
    RECORDED_MISSING, /* no such cell */
    RECORDED_SAME,    /* the notebook had it */
    RECORDED_OBEYED,  /* merging: the page has another mind, and may */
    RECORDED_PUT,     /* the notebook has it now */
};

/* A display that replaces the one which output INDEX is. */
struct recorded_patch {
    size_t index;
    struct blk *json;
};

struct recorded_cell {
    char *msg_id, *id;
    char *code;       /* raw JSON string with its quotes; NULL: unknown */
    bool same_code;   /* only a cell with this code is meant */
    int64_t count;    /* execution count; -1: none */
    bool done;        /* otherwise the count is not written */
    bool obey;        /* merging: what the page says rules */
    uint64_t version; /* the recorder's */
    struct outputs_view
        *outputs; /* NULL: only the patches, if it has NOUTPUTS of that count */
    struct recorded_patch *patches;
    size_t npatches, noutputs;
    enum recorded_result result;
    struct buf text; /* of the outputs; private */
};

struct recorded {
    struct recorded_cell *cells;
    size_t n;
};

struct recorded *recorded_new (void);
void recorded_free (struct recorded *r);
DEFINE_AUTO (struct recorded *, recorded_free)
/* The new cell, zeroed, to be filled in. */
struct recorded_cell *recorded_add (struct recorded *r);
void recorded_patch (struct recorded_cell *c, size_t index, struct blk *json);

/* Any thread.  NB is in memory form; the texts that it gets live as long as R.  True: NB was changed. */
bool recorded_record (struct nbjson_doc *doc, struct nbjson *nb, struct recorded *r);
/* Cells whose count is another one than recorded get what was recorded, unless they are to be obeyed. */
bool recorded_merge (struct nbjson_doc *doc, struct nbjson *nb, struct recorded *r);

#endif
