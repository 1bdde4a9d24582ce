/* terminals_private.h - what the files of the terminals share */
#ifndef SERVER_TERMINALS_PRIVATE_H
#define SERVER_TERMINALS_PRIVATE_H

#include "server/keep_client.h"
#include "server/server.h"
#include "server/terminals.h"

struct terminals {
    struct server *server;
    struct list all;      /* in the order of the keeper's numbers */
    struct list starting; /* struct start of terminals_start.c */
    struct list ends;
    struct loop_timer *cull;
};

struct terminal *terminals_add (struct terminals *ts, const struct keep_object *o);
void terminals_start_free_all (struct terminals *ts);

#endif
