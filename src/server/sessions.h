/* sessions.h - which document is bound to which kernel (contract 3.7)
 *
 * A session is a path, a type and a kernel id.  They live in memory and, as records "session/<id>", in the
 * keeper, from where a new server gets them back in their order.  A session whose kernel is gone is dropped
 * when somebody looks.
 *
 * Creating is serialised by path: two requests for one document give one kernel.  Loop thread only.
 */
#ifndef SERVER_SESSIONS_H
#define SERVER_SESSIONS_H

#include "base/err.h"
#include "base/strv.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct server;
struct sessions;
struct session;

#define SESSIONS_MAX 4096

struct sessions *sessions_new (struct server *s);
void sessions_free (struct sessions *ss);

json_t *sessions_list (struct sessions *ss); /* array of models; drops the dead */
struct session *sessions_find (struct sessions *ss, const char *id);
const char *sessions_id (const struct session *se);
json_t *sessions_model (struct sessions *ss, const struct session *se);

/* The document of the session that uses the kernel; borrowed.  False: no session does. */
bool sessions_document (const struct sessions *ss, const char *kernel_id,
                        const char **ret_path, const char **ret_name);

/* Appends the paths of all notebooks that use the kernel. */
void sessions_notebooks (const struct sessions *ss, const char *kernel_id,
                         struct strv *ret);

/* ERR NULL: SE is the session.  Otherwise SHORT_MESSAGE may say for a dialog's title what failed (then the
 * answer is 501), else it is NULL. */
typedef void (*sessions_done_fn) (void *arg, struct session *se, const struct err *err,
                                  const char *short_message);
/* What a body says; NULL: not given.  Borrowed. */
struct session_fields {
    const char *path, *name, *type;
    const char *kernel_id, *kernel_name;
};
/* Reads the body of POST (PATCH false) or PATCH: INVALID with the texts of contract 3.7. */
int session_fields_parse (const json_t *body, bool patch, struct session_fields *ret,
                          struct err *err);

void sessions_create (struct sessions *ss, const struct session_fields *f,
                      sessions_done_fn done, void *arg);
void sessions_change (struct sessions *ss, struct session *se,
                      const struct session_fields *f, sessions_done_fn done, void *arg);
/* Shuts the kernel down and forgets the session.  GONE: its kernel is no more. */
void sessions_delete (struct sessions *ss, struct session *se, sessions_done_fn done,
                      void *arg);

#endif
