/* verdict.h - is a cell complete, by what `bash -n` says about it?  Pure; any thread. */
#ifndef BASH_VERDICT_H
#define BASH_VERDICT_H

#include <stddef.h>

/* "complete", "incomplete" or "invalid".  ERRORS is what `LC_ALL=C bash -n` printed. */
const char *verdict (const char *code, int status, const char *errors);
/* The indentation of the next line, malloc'ed: that of the last one, and more after `then`, `do`, `{` .... */
char *verdict_indent (const char *code);

#endif
