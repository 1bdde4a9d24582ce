/* spawn_wire.h - what the hub and the spawner say to each other (docs/PROTOCOL.md, "spawner")
 *
 * A unix socket of kind SOCK_SEQPACKET: one packet is one JSON object.  The spawner looks at SO_PEERCRED
 * once, at accept; hubs may come and go, the last one that said hello with "subscribe" gets the events.
 *
 *     {"v":1, "id":7, "do":"gate", "sandbox":"run_x", "machine":"gpu"}        request
 *     {"id":7, "ok":{...}}   {"id":7, "error":{"slug":"conflict", "message":"..."}}
 *     {"event":"oom", ...}                                                    to the subscriber
 *
 * The table of requests is closed: a word, a key or a type that does not stand here is refused.
 *
 *     hello    subscribe(bool)                -> {"version", "program", "backend", "rootless", "pid"}
 *     list                                    -> {"sandboxes":[state, ...]}   what runs, then what ended
 *     create   spec(sandbox_spec.h)           -> state.  CONFLICT while one with its id runs
 *     stop     sandbox, grace_ms              -> {} at once; SIGTERM to its first process, then kill
 *     kill     sandbox                        -> {} at once; the end comes as event
 *     destroy  sandbox                        -> {} when it is gone: kills it and removes ws/ID with home
 *     gate     sandbox, machine, dry_run(bool)-> {"machine", "lost":[text], "took_us"}
 *     freeze   sandbox                        -> {} when nothing in it runs
 *     thaw     sandbox                        -> {}
 *     stats    sandbox, every_ms              -> sample; EVERY_MS (0: SPAWN_STATS_MS) is the pace from now on
 *     check                                   -> {"backend", "rootless", "items":[check, ...]}
 *
 * Events, each with "sandbox" and "generation": ready (it runs: after create), exit, oom, stats.  What
 * ended stays in list (the latest SPAWN_ENDED), so that a hub which was away learns how.
 *
 * Pure codec, both ends; any process.
 */
#ifndef SANDBOX_SPAWN_WIRE_H
#define SANDBOX_SPAWN_WIRE_H

#include "base/buf.h"
#include "base/err.h"
#include "model/sandbox_spec.h"
#include <jansson.h>

#define SPAWN_VERSION 1
#define SPAWN_PACKET (SANDBOX_SPEC_BYTES + (4u << 10)) /* a request */
#define SPAWN_ANSWER                                                                       \
    (1u << 20)                 /* what the spawner may say in one packet: a list of 2,000 */
#define SPAWN_SNDBUF (4 << 20) /* of both ends, see spawn_socket_room */
#define SPAWN_ENDED 256
#define SPAWN_GRACE_MAX_MS 600000
#define SPAWN_STATS_MS 10000
#define SPAWN_STATS_MIN_MS 250
#define SPAWN_LISTEN_FD 3 /* lab.sock inside */

enum spawn_do {
    SPAWN_HELLO,
    SPAWN_LIST,
    SPAWN_CREATE,
    SPAWN_STOP,
    SPAWN_KILL,
    SPAWN_DESTROY,
    SPAWN_GATE,
    SPAWN_FREEZE,
    SPAWN_THAW,
    SPAWN_STATS,
    SPAWN_CHECK,
    SPAWN_DO_COUNT
};
extern const char *const spawn_do_names[SPAWN_DO_COUNT];

enum spawn_event { SPAWN_READY, SPAWN_EXIT, SPAWN_OOM, SPAWN_SAMPLE, SPAWN_EVENT_COUNT };
extern const char
    *const spawn_event_names[SPAWN_EVENT_COUNT]; /* "ready", "exit", "oom", "stats" */

/* ---- requests ---- */

struct spawn_request {
    int64_t id; /* the asker's number, 1 and up */
    enum spawn_do what;
    char sandbox[SANDBOX_ID];   /* "" for hello, list, create, check */
    char machine[SANDBOX_NAME]; /* gate */
    bool subscribe;             /* hello */
    bool dry_run;               /* gate: say what it would do */
    int64_t grace_ms;           /* stop */
    int64_t every_ms;           /* stats; 0: the usual pace */
    struct sandbox_spec *spec;  /* create, else NULL */
};
void spawn_request_done (
    struct spawn_request *r); /* frees SPEC, made by spawn_request_parse */
/* One packet into B, which is cleared. */
int spawn_request_encode (const struct spawn_request *r, struct buf *b, struct err *err);
/* RET->id is what could be read of it also on failure (0: nothing), so that the refusal finds its way. */
int spawn_request_parse (const void *data, size_t n, struct spawn_request *ret,
                         struct err *err);

/* ---- answers and events ---- */

/* Packets into B, which is cleared; they take OK and BODY. */
int spawn_reply_ok (struct buf *b, int64_t id, json_t *ok);
int spawn_reply_error (struct buf *b, int64_t id, const struct err *e);
int spawn_event_encode (struct buf *b, enum spawn_event event, json_t *body);

struct spawn_message {
    bool is_event;
    enum spawn_event event;
    int64_t id;   /* of an answer */
    json_t *body; /* owned: "ok" of an answer, all of an event; NULL if it was refused */
    struct err error; /* of an answer without BODY */
};
void spawn_message_done (struct spawn_message *m);
/* INVALID: not from a spawner. */
int spawn_message_parse (const void *data, size_t n, struct spawn_message *ret,
                         struct err *err);

/* ---- what is told ---- */

/* Event exit, and "exit" of a state that ended. */
struct spawn_exit {
    int code;   /* of the first process; -1: it died by SIGNAL, or nobody saw its end */
    int signal; /* 0: none */
    bool asked; /* a stop, kill or destroy came before */
    uint64_t
        oom_kills; /* processes that the kernel ended for want of memory, in all its life */
    uint64_t mem_peak, mem_limit; /* bytes; 0 unknown */
    uint64_t cpu_us;              /* used in all its life */
    int64_t ended_us;             /* wall clock; 0: nobody saw it */
    char reason[240];             /* a sentence for a person: "ended with status 0" */
};
json_t *spawn_exit_json (const struct spawn_exit *e);
int spawn_exit_from_json (const json_t *j, struct spawn_exit *ret, struct err *err);

enum spawn_life { SPAWN_RUNNING, SPAWN_FROZEN, SPAWN_ENDED_LIFE, SPAWN_LIFE_COUNT };
extern const char
    *const spawn_life_names[SPAWN_LIFE_COUNT]; /* "running", "frozen", "ended" */

/* One of list; what create answers. */
struct spawn_state {
    char sandbox[SANDBOX_ID];
    int64_t generation;
    enum sandbox_kind kind;
    char machine[SANDBOX_NAME]; /* that it is on now: gate changes it */
    enum spawn_life life;
    int pid;                /* of its first process, on the host; 0: ended */
    int64_t started_us;     /* wall clock */
    char socket[108];       /* path of lab.sock; "": it has none */
    struct spawn_exit exit; /* if ended */
};
json_t *spawn_state_json (const struct spawn_state *s);
int spawn_state_from_json (const json_t *j, struct spawn_state *ret, struct err *err);

/* Answer and event stats.  A limit of 0: none.  "gpu" is an array of {util, mem, mem_total}, or null when
 * nothing on this host can tell. */
struct spawn_sample {
    char sandbox[SANDBOX_ID];
    int64_t generation;
    int64_t t_us;              /* wall clock */
    double cpu, cpu_limit;     /* cores, since the sample before; the limit */
    uint64_t cpu_us;           /* in all its life */
    uint64_t throttled_us;     /* time it was held back by its limit, in all its life */
    uint64_t mem, mem_limit;   /* bytes, without page cache that can go */
    uint64_t disk, disk_limit; /* bytes of home and what was installed */
    uint32_t pids, pids_limit;
    uint64_t oom_kills;
};
json_t *spawn_sample_json (const struct spawn_sample *s);
int spawn_sample_from_json (const json_t *j, struct spawn_sample *ret, struct err *err);

/* Event oom: told within 0.5 s of the kernel's deed. */
struct spawn_oom {
    char sandbox[SANDBOX_ID];
    int64_t generation;
    uint64_t kills, kills_before;      /* in all its life, now and when last told */
    uint64_t mem, mem_limit, mem_peak; /* bytes */
};
json_t *spawn_oom_json (const struct spawn_oom *o);
int spawn_oom_from_json (const json_t *j, struct spawn_oom *ret, struct err *err);

/* Line of check. */
struct spawn_check {
    const char *name; /* "memory", "devices"... */
    bool ok;          /* enforced here */
    const char *text; /* how, or what is not enforced and what would mend it */
};

/* Room for the largest packet in the socket's buffer; what the system allows is enough when the caller
 * is root or net.core.wmem_max is as usual. */
void spawn_socket_room (int fd);

#endif
