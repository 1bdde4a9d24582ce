/* ask.h - the person at the terminal: questions, passwords, and what verbs print */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/err.h"
#include "cli/api.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes (floyd-contract 3). */
enum {
    EXIT_FINE = 0,
    EXIT_ERROR = 1,
    EXIT_USAGE = 2,
    EXIT_NO_CHOICE = 3,
    EXIT_NO_LOGIN = 5
};

/* "QUESTION [y/N]: " on standard error, the answer from standard input.  0 yes; -1 CANCELLED "Aborted!" for
 * anything else, and where nobody can answer: INVALID "... --yes". */
int ask_yes (const char *question, struct err *err);
/* One line of standard input, without its end; from a terminal it is asked for with PROMPT and not shown.
 * malloc'ed; NULL and INVALID at the end of input or above 4096 bytes. */
char *ask_secret (const char *prompt, struct err *err);
/* The line, shown; DFLT for an empty one. */
char *ask_line (const char *prompt, const char *dflt, struct err *err);

/* "Error: TEXT" on standard error; the exit code for it. */
int ask_fail (const struct err *err);
/* J indented on standard output. */
void ask_print_json (const json_t *j);
/* "3 hours ago" of a time in ISO 8601; "" for NULL. */
void ask_age (const char *iso, int64_t now_s, char ret[32]);
/* Start the browser at URL ($BROWSER, xdg-open); false: there is none. */
bool ask_open_browser (const char *url);

#endif
