/* keeper.h - the keeper's state, and what its objects ask of it
 *
 * One struct per process; everything hangs from it.  Loop thread only.
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include "base/list.h"
#include "base/map.h"
#include "keeper/kept.h"
#include "loop/loop.h"

#define KEEPER_TOTAL_BUDGET (4ull << 30) /* bytes of all journals */
#define KEEPER_MAX_RECORDS (16u << 20)   /* bytes of KEEP_PUT keys and values */
#define KEEPER_MAX_OBJECTS 4096
#define KEEPER_MAX_LOG (8u << 20) /* a larger keep.log is begun anew */

#define KEEPER_END_US 15000000 /* for everything to end, in a sandbox */

struct activation;
struct attach;
struct refusals;
struct templates;

struct keeper {
    struct loop *loop;
    void *zmq; /* ZeroMQ context */
    char *dir; /* --dir, absolute */
    struct journals *journals;
    struct templates *templates;
    struct refusals *refusals; /* NULL: no limits are seen from here */
    struct loop_timer *look;   /* at them, while a cell runs */
    struct activation *server; /* that we start; NULL: one starts us */
    struct list objects;       /* struct kept, in the order of their numbers */
    uint32_t last_object;
    struct map *records; /* KEEP_PUT: char * */
    size_t records_size;
    struct attach *attach; /* the server's connection, or NULL */
    struct list guests;    /* connections that have not said HELLO */
    size_t nguests;
    int64_t attached_us;        /* monotonic: when the server said HELLO */
    uint64_t last_token;        /* of requests that are answered later */
    struct loop_timer *pump;    /* due in this turn */
    struct loop_timer *recheck; /* something has ended and waits for its viewers */
    struct loop_timer *trim;    /* memory is given back a little later */
    uint64_t said;              /* bytes since that was last done */
    struct loop_timer *linger;  /* nobody and nothing is here */
    int64_t linger_us;
    uint32_t turn;    /* object that is served first next time */
    bool log_is_file; /* stderr is keep.log, in append mode */
    uint64_t logged;  /* its bytes, roughly */
    bool quitting;
    uint64_t quit_token;         /* KEEP_QUIT to answer; 0: none */
    struct loop_timer *end_soon; /* KEEPER_END_US */
};

struct kept *keeper_find (struct keeper *k, uint32_t object);

/* In this turn of the loop: send what journals and states have to say, end what has ended.
 */
void keeper_pump_soon (struct keeper *k);
/* So many bytes were journalled: what that cost in memory is given back when it is over. */
void keeper_said (struct keeper *k, uint64_t bytes);
/* To the server's log and ours; OBJECT 0: the keeper itself. */
void keeper_log_line (struct keeper *k, uint32_t object, const char *line);
/* To ours alone. */
void keeper_log_text (struct keeper *k, const char *module, const char *line);
/* The rest goes to the server, if one is attached.  TOKEN is of attach_defer. */
void keeper_answer (struct keeper *k, uint64_t token, const struct err *err,
                    const struct buf *payload);
void keeper_gap (struct keeper *k, const struct kept *kept, const struct subscription *s,
                 uint64_t first);
void keeper_pressure (struct keeper *k, const struct kept *kept, bool on);
/* A message for S alone that is not in the journal, numbered as the last one before it. */
void keeper_aside (struct keeper *k, const struct kept *kept, const struct subscription *s,
                   unsigned channel, const struct buf *message);
/* End everything gracefully, then the loop. */
void keeper_quit (struct keeper *k);
/* The server's connection is gone. */
void keeper_detached (struct keeper *k);

#endif
