/* shell.h - the bash that runs the cells
 *
 * An interactive bash on a terminal, which stays for the kernel's life with everything that cells did to it.
 * One turn at a time:
 *
 *     struct shell *sh = shell_new (loop, dir, bash, &ops, me);
 *     shell_start (sh, cwd, environ, false, &err);      -> ops->prompt once it is ready
 *     shell_run (sh, code, len, true, &err);            -> ops->output ..., ops->done
 *     shell_ask (sh, "compgen -v -- HO", &err);         -> ops->done, then shell_answer
 *     shell_interrupt (sh);                             SIGINT to the foreground process group
 *     shell_free (sh);                                  what is left of its session is killed
 *
 * When ops->done is called, all output of the turn has been delivered.  If the shell ends, ops->ended is called
 * instead, in the same order; shell_start makes the next one.  init.bash tells how the two talk.  DIR is a
 * directory of ours with the pipes and files for that.  Loop thread only.
 */
#ifndef BASH_SHELL_H
#define BASH_SHELL_H

#include "base/strv.h"
#include "bash/tty.h"
#include "loop/loop.h"
#include <stdbool.h>

#define SHELL_ANSWER_MAX (4u << 20) /* bytes of the answer to a question that are read */

enum shell_stream { SHELL_OUT, SHELL_ERR, SHELL_STREAMS };

struct shell_ops {
    /* The first prompt of a shell that was started. */
    void (*ready) (void *arg);
    void (*output) (void *arg, enum shell_stream which, const char *data, size_t n);
    /* The turn is over; STATUS is $?. */
    void (*done) (void *arg, int status);
    /* The shell is gone; STATUS as waitpid gives it. */
    void (*ended) (void *arg, int status);
    /* What was printed before shell_sync was called has been delivered. */
    void (*synced) (void *arg);
};

struct shell;
struct shell *shell_new (struct loop *l, const char *dir, const char *bash,
                         const struct shell_ops *ops, void *arg);
void shell_free (struct shell *sh); /* NULL is fine */
/* PLAIN: without the user's start-up files. */
int shell_start (struct shell *sh, const char *cwd, const struct strv *environ_, bool plain,
                 struct err *err);
/* Ready for a turn. */
bool shell_at_prompt (const struct shell *sh);
bool shell_was_ready (const struct shell *sh); /* since shell_start */
bool shell_takes_input (
    const struct shell *sh); /* what is typed now goes to the turn's programs */

int shell_run (struct shell *sh, const char *code, size_t n, bool remember,
               struct err *err);
int shell_ask (struct shell *sh, const char *script, struct err *err);
/* What the last question printed.  Blocking, a file of at most SHELL_ANSWER_MAX bytes. */
void shell_answer (struct shell *sh, struct buf *ret);

void shell_interrupt (struct shell *sh);
/* A cell that set PROMPT_COMMAND and was then interrupted leaves a shell that does not report: make it. */
void shell_recall (struct shell *sh);
/* To the foreground process group, unless that is the shell itself. */
void shell_signal_program (struct shell *sh, int signo);
void shell_sync (struct shell *sh);
/* Read no output, so that programs wait; or go on. */
void shell_pause (struct shell *sh, bool on);

pid_t shell_pid (const struct shell *sh); /* 0: none */
struct tty *shell_tty (struct shell *sh,
                       enum shell_stream which); /* SHELL_OUT: the controlling one */
const char *shell_cwd (const struct shell *sh);  /* at the last prompt */
const char *shell_version (const struct shell *sh);

#endif
