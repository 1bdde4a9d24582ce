/* keep_client_private.h - what the files of the keeper's client share */
#ifndef SERVER_KEEP_CLIENT_PRIVATE_H
#define SERVER_KEEP_CLIENT_PRIVATE_H

#include "base/list.h"
#include "loop/proc.h"
#include "server/keep_client.h"
#include "server/keep_in.h"
#include "server/keep_out.h"

#define KEEP_SUB_BUCKETS 64
#define KEEP_SUB_ENDED 64

enum keep_client_state {
    KC_IDLE,     /* not started, or quit */
    KC_RESTING,  /* failed; the timer tries again */
    KC_STARTING, /* a keeper was spawned and is not yet listening */
    KC_HELLO,    /* connected; until the greeting is answered */
    KC_SYNC,     /* until LIST and GET are answered */
    KC_READY,
};

struct keep_watcher {
    uint32_t type;
    const struct keep_events *events;
    void *arg;
};

struct keep_request {
    struct list link;
    struct keep_client *kc;
    uint64_t id;
    keep_answer_fn answer;
    void *arg;
    struct loop_timer *timer;
};

struct keep_waiter {
    struct list link;
    struct keep_client *kc;
    keep_ready_fn ready;
    void *arg;
    struct loop_timer *timer;
};

struct keep_client {
    struct loop *loop;
    char *runtime_dir, *root_dir;
    char *fixed; /* the only directory to look in; or NULL */
    enum keep_client_state state;
    unsigned index; /* of the directory */
    /* the connection */
    unsigned connection; /* counts them */
    int fd;
    struct loop_io *io;
    struct keep_in *in;
    struct keep_out *out;
    bool writing;
    bool overflowed; /* half a frame may be in OUT: the connection is of no use */
    struct loop_timer *flush;
    pid_t pid;        /* the keeper's */
    pid_t synced_pid; /* of the last keeper that was READY */
    /* a keeper being started */
    struct proc *proc;
    int ready_fd;
    struct loop_io *ready_io;
    struct loop_timer *timer; /* start, greeting, rest */
    int64_t rest_us;
    bool spawned; /* for this directory, since the last connection */
    /* frames */
    struct buf build, waiting;
    uint64_t last_id;
    struct list requests, waiters;
    bool pressed;
    struct keep_watcher watchers[KEEP_CLIENT_WATCHERS];
    size_t nwatchers;
    /* subscriptions */
    struct list subs[KEEP_SUB_BUCKETS];
    struct {
        uint32_t object;
        char *name;
    } ended[KEEP_SUB_ENDED];
    size_t nended;
    /* quitting */
    bool quitting;
    void (*quit_done) (void *arg);
    void *quit_arg;
};

/* keep_request.c */
void keep_requests_answer (struct keep_client *kc, const struct keep_frame *f);
void keep_requests_fail (struct keep_client *kc, const struct err *err);
/* A request of our own before READY: goes out at once. */
void keep_request_now (struct keep_client *kc, keep_answer_fn answer, void *arg);
void keep_waiters_tell (struct keep_client *kc, const struct err *err);
/* Another keeper than the one before: what was told to that one's objects is for nobody. */
void keep_told_forget (struct keep_client *kc);
/* What waited for READY goes out. */
void keep_requests_release (struct keep_client *kc);
void keep_requests_free (struct keep_client *kc);

/* keep_frames.c: a keep_in_fn for a keep_client */
int keep_client_frame (void *arg, const struct keep_frame *f, struct blk *b);

/* keep_sync.c */
void keep_sync_begin (struct keep_client *kc);

/* keep_sub.c */
void keep_subs_init (struct keep_client *kc);
void keep_subs_data (struct keep_client *kc, const struct keep_frame *f, struct blk *b);
void keep_subs_gap (struct keep_client *kc, const struct keep_frame *f);
void keep_subs_again (struct keep_client *kc, bool fresh); /* attached again */
void keep_subs_free (struct keep_client *kc);

/* keep_client.c */
void keep_client_flush_soon (struct keep_client *kc);
void keep_client_synced (struct keep_client *kc);
/* The connection is of no use: try again. */
void keep_client_lost (struct keep_client *kc, const struct err *err);

#endif
