/* kernel_private.h - one kernel, shared by the files that handle its requests
 *
 * kernel.c      life, the queue, which handler a request gets
 * execute.c     cells, and what the shell says while they run
 * failure.c     cells that fail, and what was sent behind them
 * input.c       programs that read from the terminal
 * questions.c   completion, inspection and expressions: answered by the shell itself
 * check.c       is_complete
 * info.c        what needs no shell
 */
#ifndef BASH_KERNEL_PRIVATE_H
#define BASH_KERNEL_PRIVATE_H

#include "base/jsonx.h"
#include "bash/channels.h"
#include "bash/dir.h"
#include "bash/display.h"
#include "bash/history.h"
#include "bash/kernel.h"
#include "bash/outstream.h"
#include "bash/shell.h"
#include "loop/proc.h"

#define KERNEL_QUEUE_BYTES (64u << 20) /* of requests that wait; beyond, none are read */

struct kernel {
    struct loop *loop;
    const struct connfile *conn;
    struct channels *channels;
    struct shell *shell;
    struct outstream *out;
    struct history *history;
    struct display *display;
    struct dir dir; /* private files; removed at the end */
    char *bash;
    struct strv environ_;

    struct list queue; /* struct request of the shell channel, not begun */
    size_t queue_bytes;
    struct request *now;    /* the one of them that is being handled */
    struct request *parent; /* outputs belong to this: the last cell; NULL before any */
    struct loop_timer *next, *start_timer, *ask_timer;
    bool plain; /* the shell was started without the user's files */
    bool ending;
    int count; /* execution_count */
    struct loop_io *parent_io;
    int parent_fd;

    /* What handles the answer of shell_ask. */
    void (*answered) (struct kernel *k, const char *text, size_t n);
    struct command *check;

    struct cell {
        bool running;
        bool silent, store, allow_stdin, stop_on_error, interrupted;
        json_t *expressions; /* borrowed from the request; may be NULL */
        void *expression;    /* json_object_iter: the one that is being asked */
        json_t *values;      /* what user_expressions of the reply will be */
    } cell;

    struct failure {
        json_t *error; /* to be told when the timer is over */
        struct loop_timer *timer;
    } failure;

    struct input {
        struct loop_timer *probe;
        int64_t delay_us;
        bool asked;              /* an input_request is out */
        enum shell_stream which; /* the terminal that is read: less reads that of stderr */
        unsigned seen;           /* looks in a row that found a reader */
        unsigned refused;
    } input;
};

/* kernel.c */
void kernel_wake (struct kernel *k);   /* look at the queue soon */
void kernel_finish (struct kernel *k); /* NOW is done */
/* Cells that have been sent by now are not run. */
void kernel_abort_queue (struct kernel *k);
int kernel_start_shell (struct kernel *k, bool plain, struct err *err);

/* Handlers: true when done, false if kernel_finish comes later. */
typedef bool (*handler_fn) (struct kernel *k, struct request *req);
bool execute_request (struct kernel *k, struct request *req);
bool complete_request (struct kernel *k, struct request *req);
bool inspect_request (struct kernel *k, struct request *req);
bool is_complete_request (struct kernel *k, struct request *req);
bool kernel_info_request (struct kernel *k, struct request *req);
bool connect_request (struct kernel *k, struct request *req);
bool comm_info_request (struct kernel *k, struct request *req);
bool comm_open (struct kernel *k, struct request *req);
bool comm_other (struct kernel *k, struct request *req);
bool history_request (struct kernel *k, struct request *req);
bool debug_request (struct kernel *k, struct request *req);

/* execute.c: what follows when the expressions have their values */
void execute_end (struct kernel *k);
void execute_over (
    struct kernel *k); /* the cell does not run any more; its reply may follow */
extern const struct shell_ops execute_shell_ops;
extern const struct outstream_ops execute_out_ops;
extern const struct display_ops execute_display_ops;

/* failure.c: end the cell that runs with this error */
void failure_tell (struct kernel *k, const char *ename, const char *evalue,
                   const char *traceback);
void failure_forget (struct kernel *k);

/* questions.c */
void questions_expressions (struct kernel *k);

/* input.c */
void input_watch (struct kernel *k);  /* something happened: look soon */
void input_forget (struct kernel *k); /* the cell is over */
bool input_look (struct kernel *k);   /* now; true if input was asked for */
void input_reply (struct kernel *k, struct request *req);

#endif
