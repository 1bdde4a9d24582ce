/* sessions_private.h - what the files of the sessions share */
#ifndef SERVER_SESSIONS_PRIVATE_H
#define SERVER_SESSIONS_PRIVATE_H

#include "base/list.h"
#include "server/kernels.h"
#include "server/server.h"
#include "server/sessions.h"

struct session {
    struct list link;
    char *id, *path, *name, *type, *kernel_id; /* none is NULL */
};

struct sessions {
    struct server *server;
    struct list all;
    struct list turns; /* struct turn of session_turns.c, in the order of asking */
    bool taking;       /* a turn is being begun */
    struct list ends;  /* struct ending of session_turns.c */
};

/* sessions.c */
struct session *sessions_find_path (struct sessions *ss, const char *path);
struct session *sessions_add (struct sessions *ss, const char *id, const char *path,
                              const char *name, const char *type, const char *kernel_id);
void sessions_store (struct sessions *ss, const struct session *se);
void sessions_forget (struct sessions *ss, struct session *se);
void sessions_drop_dead (struct sessions *ss);
bool sessions_full (const struct sessions *ss);

/* session_turns.c */
void session_turns_free_all (struct sessions *ss);

#endif
