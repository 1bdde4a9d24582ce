/* box.h - the sandboxes of this host: made, watched, changed, ended, and found again after a restart
 *
 *     struct boxes *bs = boxes_new (&config, &err);        adopts what runs (box_adopt.c)
 *     struct box *b = boxes_create (bs, &spec, &err);
 *     box_stop (b, 20000);   ...   config.tell (SPAWN_EXIT, ...)
 *     boxes_free (bs);                                     what runs goes on
 *
 *     box.c        made and ended
 *     box_start.c  a spec becomes what launch takes
 *     box_adopt.c  what runs when a spawner starts
 *     box_gate.c   another machine under a running one
 *     box_use.c    what it uses, and when it ran out of memory
 *
 * Nothing is here that a `kill -9` would lose: STATE/ws/ID/spec.json (record.h) and the control groups have it
 * all.  Spawner process only; all calls are short, create takes about 20 ms.
 */
#ifndef SANDBOX_BOX_H
#define SANDBOX_BOX_H

#include "base/list.h"
#include "sandbox/grant.h"
#include "sandbox/helper.h"
#include "sandbox/launch.h"
#include "sandbox/limits.h"
#include "sandbox/record.h"
#include "sandbox/spawn_wire.h"
#include "sandbox/turn.h"

struct boxes_config {
    const char *state;
    struct turn *turn;
    struct limits *limits;
    bool root;
    /* Takes BODY. */
    void (*tell) (void *arg, enum spawn_event event, json_t *body);
    void *arg;
};

struct boxes {
    struct boxes_config config;
    struct machine_host host;
    struct launch_probe probe;
    struct strv programs; /* what is bound into each, so that `labwright` is there */
    char *program_dir;
    uid_t hub_uid;
    gid_t hub_gid;
    struct list running;                   /* struct box */
    struct spawn_state ended[SPAWN_ENDED]; /* a ring */
    size_t n_ended;
};

struct box {
    struct list link;
    struct boxes *all;
    struct record r;
    struct grant g;
    int pidfd, oom_fd;
    struct turn_watch *end_watch, *oom_watch;
    struct turn_timer *grace, *pace, *settle, *oom_look;
    int oom_looks;
    struct helper *counting;
    bool asked, frozen;
    int64_t every_us;
    uint64_t disk, kills_told, cpu_us, cpu_at_us;
    int64_t disk_us;
    struct spawn_exit exit;
    int settles; /* times that somebody was still in its group */
    /* Who waits for its end; NULL: nobody. */
    void (*gone) (void *arg);
    void *gone_arg;
};

/* ---- box.c ---- */
struct boxes *boxes_new (const struct boxes_config *config, struct err *err);
void boxes_free (struct boxes *bs);
struct box *boxes_find (struct boxes *bs, const char *id);
struct box *boxes_create (struct boxes *bs, const struct sandbox_spec *spec,
                          struct err *err);
void box_stop (struct box *b, int64_t grace_ms);
void box_kill (struct box *b);
int box_freeze (struct box *b, bool freeze, struct err *err);
void box_state (const struct box *b, struct spawn_state *ret);
json_t *boxes_list (struct boxes *bs);
/* A box for what R says, watched from now on.  Takes R and G.  NULL: its process is gone. */
struct box *box_watch (struct boxes *bs, struct record *r, struct grant *g, int pidfd);
void boxes_note_end (struct boxes *bs, const struct record *r, const struct spawn_exit *e);
/* GPUs that others than B (may be NULL) have. */
void boxes_taken_gpus (struct boxes *bs, const struct box *b, struct strv *ret);
/* machines.yml as it is now. */
int boxes_machines (struct boxes *bs, struct machines *ret, struct err *err);

/* ---- box_start.c ---- */
/* Makes directories, lab.sock and the first process; *RET_PID, and its pidfd returned. */
int box_start (struct boxes *bs, struct record *r, const struct grant *g, pid_t *ret_pid,
               struct err *err);
void box_find_programs (struct boxes *bs);

/* ---- box_adopt.c ---- */
int boxes_adopt (struct boxes *bs, struct err *err);

/* ---- box_gate.c ---- */
int box_gate (struct box *b, const char *machine, bool dry_run, json_t **ret,
              struct err *err);

/* ---- box_use.c ---- */
void box_use_begin (struct box *b);
void box_use_end (struct box *b);
void box_pace (struct box *b, int64_t every_ms);
json_t *box_sample (struct box *b);

#endif
