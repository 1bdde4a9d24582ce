/* workspaces.h - the workspaces that go on: what is decided about them is done here
 *
 * The database knows every workspace; those that are neither stopped nor failed are in memory as well, with
 * their sandbox's socket and an hour of what it used.  Each change goes through the table of life.h, is
 * committed, then its effects are done, then pages are told; so a hub that is killed between two of these
 * finds at its next start what it had decided, asks the spawner what runs, and does the rest (adoption).
 *
 *     workspaces_want (ws, id, &err)                it shall run
 *     workspaces_end (ws, id, LIFE_END_STOPPED, "why", &err)          it shall stop
 *
 * What the spawner lists and nobody knows is left alone and named in the log: the database may be an old
 * one.  What belongs to a workspace that is stopped in the database is ended.
 *
 * Loop thread only.
 */
#ifndef HUB_WORKSPACES_H
#define HUB_WORKSPACES_H

#include "hub/hub.h"
#include "hub/idle.h"
#include "hub/life.h"
#include "hub/samples.h"
#include "hub/slots.h"
#include "hub/spawn_client.h"
#include "model/workspace_model.h"

struct workspaces;

struct workspaces *workspaces_new (struct hub *h, struct err *err);
void workspaces_free (struct workspaces *ws); /* NULL is fine; sandboxes go on */

/* NOT_FOUND; CONFLICT: it stops at the moment. */
int workspaces_want (struct hub *h, const char *id, struct err *err);
/* WHY: what people read as reason afterwards.  Fine if it does not run. */
int workspaces_end (struct hub *h, const char *id, enum life_end how, const char *why,
                    struct err *err);
/* Ends it and starts it again, on the machine and with the environment that the database says by then. */
int workspaces_again (struct hub *h, const char *id, const char *why, struct err *err);
/* WAS: as it was last, borrowed; NULL: ERR says why it is not removed. */
typedef void (*workspaces_removed_fn) (void *arg, const struct workspace_model *was,
                                       const struct err *err);
/* Ends it, has its files removed, then forgets it.  CB once, later, unless this fails. */
int workspaces_remove (struct hub *h, const char *id, const char *why,
                       workspaces_removed_fn cb, void *arg, struct err *err);

/* What it has in memory; NULL: it does not go on.  Borrowed until the next turn. */
struct live;
struct live *workspaces_live (struct hub *h, const char *id);
const struct workspace_model *live_model (const struct live *l);
/* Path of lab.sock while it runs, else NULL.  One may be stale for a moment after its end. */
const char *live_socket (const struct live *l);
const char *live_namespace (const struct live *l);
const struct samples *live_samples (const struct live *l);
/* Number in the queue, from 1; 0: it does not wait. */
unsigned live_position (const struct live *l);
/* The sandbox is on MACHINE now (switch.h): written down, and its run begins anew.  What cannot be written
 * down is tried again when the spawner has listed once more. */
int live_moved (struct live *l, const char *machine, struct err *err);
/* Somebody looks at what it uses: a sample a second for the next half minute. */
void live_watched (struct live *l);

/* Who is on which machine (slots_done). */
void workspaces_slots (struct hub *h, struct slots *ret);
struct spawn_client *workspaces_spawner (struct hub *h);
/* `up`, and `trouble`: a sentence for an administrator or null (new reference). */
json_t *workspaces_spawner_json (struct hub *h);
/* Each that goes on. */
void workspaces_each (struct hub *h, void (*fn) (void *arg, struct live *l), void *arg);

/* The workspace as the API says it, with what only memory knows (new reference). */
json_t *workspaces_item (struct hub *h, const struct workspace_model *w);
/* It was changed otherwise: renamed, settings.  Reads it anew. */
void workspaces_reload (struct hub *h, const char *id);
/* A person did something with it, now (idle.h). */
void workspaces_used (struct hub *h, const char *id, enum idle_use use);

#endif
