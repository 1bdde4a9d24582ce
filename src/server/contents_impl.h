/* contents_impl.h - what the files of contents share with each other, checkpoint and nobody
 * else */
#ifndef SERVER_CONTENTS_IMPL_H
#define SERVER_CONTENTS_IMPL_H

#include "base/cleanup.h"
#include "jupyter/nbjson.h"
#include "server/contents.h"
#include "server/contents_notes.h"

#include <sys/stat.h>

/* What we read of a file, at most; an answer may be half as much longer. */
#define CONTENTS_READ_MAX ((size_t)1 << 30)
#define CONTENTS_ANSWER_MAX ((size_t)3 << 29)

struct contents {
    char *root_dir, *home;
    char *untitled_notebook, *untitled_file, *untitled_directory;
    char *hash_algorithm, *checkpoint_dir;
    struct strv hide_globs;
    bool allow_hidden, delete_to_trash, always_delete_dir, atomic_writing;
    int64_t max_copy_mb;
    struct nbtrust *trust;
    struct contents_notes *notes; /* NULL: attributes only */
    int refs;                     /* loop thread */
    struct pathq *queue;          /* loop thread */
};

/* ---- places: one path in both spellings (contents.c) ----------------------------- */
struct place {
    char *api; /* without slashes at the ends; "" is the root */
    char *os;
};
int place_init (const struct contents *c, const char *api, size_t n, struct place *ret,
                struct err *err);
void place_done (struct place *p); /* also fine on a zeroed one */
/* NAME inside the directory. */
int place_child (const struct contents *c, const struct place *dir, const char *name,
                 struct place *ret, struct err *err);
bool place_hidden (const struct contents *c, const struct place *p); /* and that matters */
bool place_lexists (const struct place *p);
bool place_is_dir (const struct place *p);
bool place_is_file (const struct place *p); /* regular, links followed */
const char *place_name (const struct place *p);

/* The request's JSON: *RET NULL for an empty body.  What it says lives in DOC. */
int contents_body (struct nbjson_doc *doc, const struct contents_request *r,
                   struct nbjson **ret, struct err *err);
/* The same once and for all: the body is used up. */
int contents_body_used (struct nbjson_doc *doc, const struct contents_request *r,
                        struct nbjson **ret, struct err *err);
/* A malloc'ed copy of a string member without NULs, or NULL. */
char *contents_string (const struct nbjson *model, const char *key);
bool is_permission (int errnum); /* EACCES, EPERM, EROFS */

/* ---- models (contents_model.c) --------------------------------------------------- */
struct model {
    const char *name, *path; /* borrowed */
    enum contents_type type;
    struct statx stx; /* of the link itself */
    bool writable;
    const char *mimetype, *format; /* NULL: null; static */
    const char *hash, *hash_algorithm, *message;
};
#define MODEL_STATX (STATX_BASIC_STATS | STATX_BTIME)

bool model_is_notebook_name (const char *name);
/* Everything but the content, ending in `"content":`; the caller adds the content and '}'.
 */
void model_begin (const struct model *m, struct buf *b);
int64_t model_modified_us (const struct model *m);
/* Fills all but what depends on the content.  NOT_FOUND, FORBIDDEN. */
int model_load (const struct contents *c, const struct place *p, struct model *ret,
                struct err *err);
/* A whole model without content as the answer; MESSAGE may be NULL. */
int model_answer (const struct contents *c, const struct place *p, const char *message,
                  struct contents_answer *a, struct err *err);

/* ---- listings (contents_list.c) -------------------------------------------------- */
/* Appends the array of the models of the children. */
int list_children (const struct contents *c, const struct place *p,
                   struct contents_answer *a, struct err *err);

/* ---- reading and writing (contents_read.c, contents_save.c) ---------------------- */
/* The bytes of a regular file; others are never opened. */
int read_bytes (const struct place *p, struct buf *b, struct err *err);
/* A notebook in memory form; restores the backup of a broken save.  B keeps the
 * text, which is used up; HASH (CRYPTO_HEX, or NULL) gets its digest, "" if there is none. */
struct nbjson *read_notebook (const struct contents *c, const struct place *p,
                              struct nbjson_doc *doc, struct buf *b, char *hash,
                              struct err *err);
/* Write NB, which a client sent or read_notebook gave; signs it if it may be trusted.
 * *RET_MESSAGE: malloc'ed validation message or NULL. */
int save_notebook (const struct contents *c, const struct place *p, struct nbjson_doc *doc,
                   struct nbjson *nb, char **ret_message, struct err *err);
int save_bytes (const struct contents *c, const struct place *p, const void *data, size_t n,
                struct err *err);
int save_directory (const struct contents *c, const struct place *p, struct err *err);
/* Wraps what the system said while saving: 403 or 500. */
int save_error (const struct place *p, const struct err *why, struct err *err);
/* POST without copy_from, or PUT without a body. */
int create_untitled (const struct contents *c, const struct place *dir,
                     const struct nbjson *model, struct contents_answer *a,
                     struct err *err);

#endif
