/* workspaces_private.h - inside of the workspaces that go on: workspaces.c, workspaces_hear.c, workspaces_live.c
 *
 *     workspaces.c        what is in memory, the changes of state, the queue, what people wish
 *     workspaces_hear.c   the spawner: what it is asked, what it answers, lists and tells
 *     workspaces_live.c   what others may know of one
 */
#ifndef HUB_WORKSPACES_PRIVATE_H
#define HUB_WORKSPACES_PRIVATE_H

#include "base/list.h"
#include "hub/idle_watch.h"
#include "hub/life.h"
#include "hub/session_watch.h"
#include "hub/workspaces.h"

struct workspaces {
    struct hub *h;
    struct spawn_client *spawner;
    struct list
        all; /* struct live; those that wait stand in the order in which they came */
    struct loop_timer *pump;
    struct loop_timer *settle; /* something was not written down: look again then */
};

struct live {
    struct list link;
    struct workspaces *ws;
    struct workspace_model w;
    char *namespace;
    char socket[108];
    char *waits;    /* why it is not further; "" */
    bool creating;  /* the spawner has not answered yet */
    unsigned place; /* in the queue, as pages know it */
    struct samples samples;
    struct loop_timer *watch;
    struct idle_watch *idle;       /* while it runs */
    struct session_watch *session; /* likewise */
    enum life_end how;             /* it comes to its end */
    int64_t asked_us;              /* monotonic: to start; 0: not by this hub */
    int64_t used_us;               /* when its use was last written down */
    int64_t at; /* of what is written down next, see workspace_store_state */
};

/* ---- workspaces.c ---- */
struct live *live_find (struct workspaces *ws, const char *id);
void live_free (struct live *l);
/* Pages are told where that is news. */
void live_set_waits (struct live *l, const char *why);
/* The only place where a state changes.  L may be gone afterwards.  CONFLICT: its state does not know EVENT. */
int live_move (struct live *l, enum life_event event, const char *reason, struct err *err);
/* Begins or ends to look whether it is used and how long it may last, as its state says. */
void live_look_after (struct live *l, enum idle_use since);
/* For what nobody waits for an answer to: what cannot be written down is told (live_set_waits) and tried again. */
void live_move_or_log (struct live *l, enum life_event event, const char *reason);
void workspaces_pump_soon (struct workspaces *ws);
/* In a moment: what runs is compared with what is written down, as when the spawner comes back. */
void workspaces_settle_soon (struct workspaces *ws);
void workspaces_count (struct workspaces *ws, struct slots *ret);

/* ---- workspaces_hear.c ---- */
extern const struct spawn_client_ops workspaces_hear;
void live_create_sandbox (struct live *l);
void live_end_sandbox (struct live *l);

#endif
