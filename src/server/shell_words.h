/* shell_words.h - a command line as words, as Python's shlex.split does it.  Any thread. */
#ifndef SERVER_SHELL_WORDS_H
#define SERVER_SHELL_WORDS_H

#include "base/err.h"
#include "base/strv.h"

/* Appends the words.  INVALID: a quote is not closed, or a backslash is the last character. */
int shell_words (const char *text, struct strv *words, struct err *err);

#endif
