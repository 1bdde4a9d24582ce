/* kernels.h - the server's view of the kernels that the keeper runs (contract 3.5, 7)
 *
 * Processes, sockets, restarts after a death and execution states are the keeper's; here are ids, models,
 * starting by kernelspec, culling, and how many websockets look at a kernel.
 *
 *     kernels_start (ks, &params, on_started, me);      -> on_started (me, kernel, NULL)
 *     struct kernel *k = kernels_find (ks, id);
 *     kernels_shutdown (ks, k, on_gone, me);
 *
 * A kernel that the keeper reports gone is removed at once; a pointer to one is good until the next turn of
 * the loop, an id for ever.  Loop thread only; nothing blocks.
 */
#ifndef SERVER_KERNELS_H
#define SERVER_KERNELS_H

#include "base/err.h"
#include "base/list.h"
#include "base/strv.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options;
struct server;
struct kernels;
struct kernel_ws;
struct kernelspecs;
struct recorder;
struct specs;

#define KERNELS_RETAINED 16 /* cursors of closed websockets that one kernel keeps */

struct kernel {
    struct list link;
    char *id, *name; /* NAME: the kernelspec as asked for */
    char *cwd;
    char *reason; /* "" or how the last start or life failed */
    char *connection_file;
    char *session;   /* of its latest message, as JSON has it; "": none yet */
    uint32_t object; /* the keeper's number */
    uint32_t pid;
    uint32_t state;           /* enum keep_kernel_state */
    int64_t last_activity_us; /* wall clock */
    size_t connections;
    bool paused;                      /* the keeper takes no more for it at the moment */
    struct list sockets;              /* struct kernel_ws */
    struct recorder *recorder;        /* NULL: no notebook uses it */
    char *retained[KERNELS_RETAINED]; /* session ids, oldest first */
    size_t nretained;
};

struct kernels *kernels_new (struct server *s, struct err *err);
void kernels_free (struct kernels *ks);

struct kernel *kernels_find (const struct kernels *ks,
                             const char *id); /* NULL: no such kernel */
struct kernel *kernels_by_object (const struct kernels *ks, uint32_t object);
struct kernel *kernels_first (const struct kernels *ks); /* in the order of creation */
struct kernel *kernels_next (const struct kernels *ks, const struct kernel *k);
size_t kernels_count (const struct kernels *ks);
size_t kernels_connections (const struct kernels *ks);

json_t *kernels_model (const struct kernel *k);
json_t *kernels_list (const struct kernels *ks); /* array of models */

/* DONE is called once; K is NULL when ERR is not. */
typedef void (*kernels_done_fn) (void *arg, struct kernel *k, const struct err *err);

struct kernel_params {
    const char
        *name; /* kernelspec; NULL or "": the default.  Any letter case, "python" too */
    const char *path;     /* API path, NULL: the server's working directory */
    const char *id;       /* NULL: a new one.  One that runs or is starting is returned */
    bool session;         /* for the document at PATH, which is called ... */
    const char *document; /* ... this, or NULL (JPY_SESSION_NAME of contract 3.7) */
};
/* UNSUPPORTED: no such kernelspec; INVALID: the id cannot be used; NOT_FOUND: the path is no good. */
void kernels_start (struct kernels *ks, const struct kernel_params *p, kernels_done_fn done,
                    void *arg);
void kernels_interrupt (struct kernels *ks, struct kernel *k, kernels_done_fn done,
                        void *arg);
/* Done when the new process runs.  PATH and DOCUMENT of its session, or NULL: then JPY_SESSION_NAME stays. */
void kernels_restart (struct kernels *ks, struct kernel *k, const char *path,
                      const char *document, kernels_done_fn done, void *arg);
/* Done, with K NULL, when the process is really gone. */
void kernels_shutdown (struct kernels *ks, struct kernel *k, kernels_done_fn done,
                       void *arg);
/* Somebody opens a page: the default kernel may be asked for soon. */
void kernels_expect (struct kernels *ks);
/* The kernelspec of a kernel that is asked for without a name: the configured one, or python3, or, where that
 * is not installed, the first of LIST (the original still says python3 then, which fails).  Borrowed from the
 * options or from LIST; for specs_run's work. */
const char *kernels_default_name (const struct kernels *ks, struct kernelspecs *list);

/* Appends the message types that are no activity: those configured, or the default. */
void kernels_untracked (const struct options *o, struct strv *ret);

struct specs *kernels_specs (const struct kernels *ks);

/* For sessions: record what the kernel's cells show, if a notebook uses it.  FRESH as in recorder_new.  */
void kernels_record (struct kernels *ks, struct kernel *k, bool fresh);

/* For kernel_ws: came, went with or without leaving its cursor. */
void kernels_socket_opened (struct kernels *ks, struct kernel *k, const char *session);
/* RETAINED: its cursor is kept; CLEAN: it said goodbye. */
void kernels_socket_closed (struct kernels *ks, struct kernel *k, const char *session,
                            bool retained, bool clean);

#endif
