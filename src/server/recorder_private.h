/* recorder_private.h - what the files of the recorder share */
#ifndef SERVER_RECORDER_PRIVATE_H
#define SERVER_RECORDER_PRIVATE_H

#include "base/list.h"
#include "base/map.h"
#include "jupyter/jmsg.h"
#include "jupyter/outputs.h"
#include "jupyter/wsv1.h"
#include "server/keep_client.h"
#include "server/kernels.h"
#include "server/recorded.h"
#include "server/recorder.h"
#include "server/server.h"

#define ENTRY_TEXT 200          /* longer ids are not recorded */
#define ENTRY_CODE (256u << 10) /* longer code is not remembered */
#define ENTRY_HEADER (64u << 10)

enum entry_state { ENTRY_QUEUED, ENTRY_RUNNING, ENTRY_DONE, ENTRY_STATES };
extern const char *const entry_state_names[ENTRY_STATES];

/* The newest execution of a cell. */
struct entry {
    struct list link; /* in recorder->entries, in the order of the requests */
    char *cell_id, *msg_id, *session;
    char *owner;                  /* session of the page that has it, or had */
    char *code;                   /* raw JSON string; NULL: too long */
    char *header;                 /* of the request, JSON */
    uint64_t first, last;         /* numbers of its records */
    char last_msg_id[ENTRY_TEXT]; /* of the last on iopub */
    int64_t count;                /* -1: none yet */
    enum entry_state state;
    struct outputs *outputs;
    struct displays *displays; /* not NULL: nothing else is known of its outputs */
    struct blk *input;         /* the question that waits, a v1 frame; NULL: none */
    bool seen;                 /* its page was there at the end */
    bool cleared;              /* a person has other outputs there, or none */
    bool loaded;               /* no page is older than the file with it */
    /* VERSION counts changes; up to which one a save had it, and up to which one it was written to disk */
    uint64_t version, saved, written;
    unsigned misses; /* notebooks that had no such cell, in a row */
    int64_t ended_us, wrote_us;
};

/* A page that was connected. */
struct page {
    struct list link;
    char *session;
    bool clean, once; /* ONCE: it drops what it had before */
    int64_t left_us;  /* 0: it is connected */
};

struct recorder {
    struct server *server;
    char *kernel_id;
    uint32_t object;
    struct keep_sub *sub;
    uint64_t processed, cursor; /* numbers: seen; told to the keeper */
    uint64_t goal; /* what was there when we subscribed; UINT64_MAX: not known yet */
    struct list entries;
    struct map *by_msg_id; /* borrowed entries */
    struct map *marks;     /* ids of messages that an earlier process knew to be saved */
    bool marked;           /* the keeper has a record of ours */
    size_t nentries;
    struct entry *current; /* of the last record; NULL: none */
    struct list pages;
    struct list captures; /* struct capture of recorder_capture.c */
    struct list waiters;  /* struct waiter of recorder_api.c */
    struct loop_timer *timer;
    int64_t born_us, retry_us, retry_delay_us;
    size_t jobs; /* writes under way */
    bool dead;   /* the kernel is gone; freed with the last job */
};

/* recorder_entries.c */
struct entry *entries_find (const struct recorder *r, struct slice msg_id);
struct entry *entries_by_msg_id (const struct recorder *r, const char *msg_id);
/* A request of a page; NULL: it is for no cell. */
struct entry *entries_request (struct recorder *r, const struct wsv1 *m,
                               const struct jhead *head, uint64_t number);
/* One that an earlier process knew to be saved; NULL: the cell has a newer one. */
struct entry *entries_restore (struct recorder *r, const char *msg_id, const char *session,
                               const char *cell_id, int64_t count, size_t outputs);
void entries_drop (struct recorder *r, struct entry *e);
void entries_bound (struct recorder *r);
/* No save had it as it is now. */
bool entry_open (const struct entry *e);

/* recorder_displays.c */
struct displays *displays_new (size_t outputs);
void displays_free (struct displays *d);
void displays_add (struct displays *d, size_t index, const char *id);
bool displays_update (struct displays *d, struct slice content);
void displays_each (const struct displays *d, outputs_display_fn *fn, void *arg);
void displays_patch (const struct displays *d, struct recorded_cell *c);

/* recorder_pages.c */
const struct kernel *recorder_kernel (const struct recorder *r); /* NULL: gone */
bool page_connected (const struct recorder *r, const char *session);
void page_drops_repeats (struct recorder *r, const char *session);
/* When it left; *RET_CLEAN whether it said so. */
int64_t page_left_us (const struct recorder *r, const char *session, bool *ret_clean);
size_t pages_count (const struct recorder *r); /* those that may save: connected or lost */
void pages_free (struct recorder *r);

/* recorder_capture.c */
void captures_heard (struct recorder *r, struct slice type, struct slice content);
/* A widget has what E's request shows now, so that E's cell has not. */
bool captures_catch (const struct recorder *r, const struct entry *e);
void captures_free (struct recorder *r);

/* recorder_write.c */
void recorder_plan (struct recorder *r); /* something changed: when is the next write? */
void recorder_write (struct recorder *r, bool all);
struct recorded_cell *recorder_cell (const struct entry *e, struct recorded *rec);

/* recorder.c */
void recorder_ack (struct recorder *r);
void recorder_unref (struct recorder *r); /* a job has ended */

/* recorder_marks.c */
void marks_read (struct recorder *r, const char *text);
bool marks_has (const struct recorder *r, const struct entry *e);
void marks_write (struct recorder *r); /* after something was saved, and the cursor moved */
void marks_forget (struct recorder *r);

/* recorder_api.c */
void recorder_wake (struct recorder *r); /* somebody may wait for this number or page */
void recorder_refuse_all (struct recorder *r);

#endif
