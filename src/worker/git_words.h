/* git_words.h - what git says while it clones, and why it could not, for people
 *
 * git speaks English here (LC_ALL=C).  What it says holds words of a stranger's server: nothing of it is
 * repeated but a last resort, on one line without control characters.  Pure.
 */
#ifndef WORKER_GIT_WORDS_H
#define WORKER_GIT_WORDS_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum git_again {
    GIT_AGAIN_NO,
    GIT_AGAIN_WHOLE,  /* the server gives whole histories only */
    GIT_AGAIN_DOTGIT, /* the server has it at another address, perhaps with ".git" */
};

/* "Receiving objects:  45% (9/20)" -> "receiving" and 45.  False: no such line. */
bool git_words_progress (const char *line, const char **ret_phase, unsigned *ret_percent);
/* SAID: the end of what git wrote.  Fills ERR, which names URL and BRANCH. */
enum git_again git_words_failure (const char *said, const char *url, const char *branch,
                                  struct err *err);

#endif
