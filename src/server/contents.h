/* contents.h - the file tree as the contents API shows it (contract 3.4)
 *
 * Everything here but contents_new and contents_free blocks in the file system and is
 * called in the pool, from several threads at once; a struct contents is read-only after it
 * was made.  Answers are JSON text made in the pool thread, so that the loop only sends
 * them.  Calls for one path are put in order by pathq.h: these functions do not lock.
 *
 *     struct contents_answer a;
 *     contents_answer_init (&a);
 *     if (contents_get (c, &query, &a, &err) == 0)  ... a.body, a.modified_us
 *     contents_answer_done (&a);
 *
 * API paths come as they were captured: N bytes that may hold NUL or bad UTF-8.  Errors are
 * those of the tables of contract 3.4, ready for http_fail.
 */
#ifndef SERVER_CONTENTS_H
#define SERVER_CONTENTS_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/strv.h"
#include "jupyter/nbtrust.h"
#include <stdbool.h>
#include <stdint.h>

struct contents;
struct pathq;
struct recorded;
struct server;

/* All borrowed for contents_new, which copies. */
struct contents_config {
    const char *root_dir; /* absolute, normal */
    const char *home;     /* trash; NULL: none */
    const char *untitled_notebook, *untitled_file, *untitled_directory;
    const char *hash_algorithm;
    const char *checkpoint_dir;
    const char *notes_dir; /* of contents_notes.h; NULL: none */
    const struct strv *hide_globs;
    bool allow_hidden, delete_to_trash, always_delete_dir, atomic_writing;
    int64_t max_copy_mb;
    struct nbtrust_config trust; /* signatures of notebooks */
};
#define CONTENTS_CONFIG_DEFAULT                                                            \
    {                                                                                      \
        .untitled_notebook = "Untitled", .untitled_file = "untitled",                      \
        .untitled_directory = "Untitled Folder", .hash_algorithm = "sha256",               \
        .checkpoint_dir = ".ipynb_checkpoints", .delete_to_trash = true,                   \
        .atomic_writing = true, .max_copy_mb = 500                                         \
    }

struct contents *contents_new (const struct contents_config *config);
/* The same from the options of S. */
struct contents *contents_from_options (struct server *s);
/* Work that is still running keeps it alive through contents_ref; waiting work is dropped.
 * The counter and the queue are the loop's. */
void contents_free (struct contents *c);
struct contents *contents_ref (struct contents *c);
void contents_unref (struct contents *c);
/* Keys are normal API paths; NULL in a contents without a server. */
struct pathq *contents_queue (const struct contents *c);
struct nbtrust *contents_trust_store (const struct contents *c);

struct contents_answer {
    struct buf body;     /* the model */
    char *path;          /* its API path */
    int64_t modified_us; /* its last_modified; -1: none */
    bool created;        /* 201 rather than 200 */
    size_t etag_len; /* an ETag needs no more of the body than this, and its length: what is
                        left follows from it */
    struct contents_listing *rest; /* BODY is only the beginning of it; NULL: is whole */
    bool list_children;            /* in: fill `children` */
    struct strv children; /* API paths that a listing showed, for events; bounded */
};
#define CONTENTS_CHILDREN_MAX 256
/* A long listing is made in pieces, so that it costs little memory and is on its way at once: the next one goes
 * behind B, with the end of the model if it is the last.  False: it was. */
#define CONTENTS_PIECE ((size_t)512 << 10)
struct contents_listing;
bool contents_listing_more (struct contents_listing *l, struct buf *b);
void contents_listing_free (struct contents_listing *l); /* NULL is fine */
DEFINE_AUTO (struct contents_listing *, contents_listing_free)
void contents_answer_init (struct contents_answer *a);
void contents_answer_done (struct contents_answer *a);

enum contents_type { CONTENTS_ANY, CONTENTS_DIRECTORY, CONTENTS_FILE, CONTENTS_NOTEBOOK };
enum contents_format { CONTENTS_GUESS, CONTENTS_TEXT, CONTENTS_BASE64 };

struct contents_query {
    const char *path;
    size_t path_len;
    enum contents_type type;
    enum contents_format format;
    bool content, hash;
};
int contents_get (const struct contents *c, const struct contents_query *q,
                  struct contents_answer *a, struct err *err);

/* The raw bodies of requests. */
struct contents_request {
    const char *path;
    size_t path_len;
    char *body; /* contents_put and contents_body_notebook use it up; the others read it */
    size_t body_len;
    struct recorded *recorded; /* PUT of a notebook: outputs that it may lack; or NULL */
};
int contents_post (const struct contents *c, const struct contents_request *r,
                   struct contents_answer *a, struct err *err);
int contents_put (const struct contents *c, const struct contents_request *r,
                  struct contents_answer *a, struct err *err);
int contents_patch (const struct contents *c, const struct contents_request *r,
                    struct contents_answer *a, struct err *err);
int contents_delete (const struct contents *c, const struct contents_request *r,
                     struct err *err);
/* The file or directory that a URL means, malloc'ed OS path; NOT_FOUND if it is missing or
 * hidden. */
char *contents_locate (const struct contents *c, const char *path, size_t n, bool *ret_dir,
                       struct err *err);
/* NOT_FOUND, INVALID "Unreadable Notebook"...: can it be converted?  *RET_MODIFIED_US: its
 * mtime. */
int contents_check_notebook (const struct contents *c, const char *path, size_t n,
                             int64_t *ret_modified_us, struct err *err);
/* Mark all cells of the notebook as trusted and sign it. */
int contents_trust (const struct contents *c, const struct contents_request *r,
                    struct err *err);

/* Put recorded outputs into the notebook at PATH; R tells what became of each cell.  NOT_FOUND, INVALID: not
 * a notebook (any more); other errors may pass.  No page is asked about the change (contents_base.h). */
int contents_record (const struct contents *c, const char *path, struct recorded *r,
                     struct err *err);

/* The notebook in a contents model that was sent: its name ("notebook.ipynb") and its file
 * form. */
int contents_body_notebook (const struct contents_request *r, char **ret_name,
                            struct buf *b, struct err *err);

/* What else a request touches, malloc'ed API path, or NULL: the target of a PATCH, the
 * source of a copy.  For small bodies only: cheap, the loop may call them. */
char *contents_patch_target (const struct contents_request *r);
char *contents_copy_source (const struct contents_request *r);

#endif
