/* prompt.h - the line that a program left unfinished before it waited for input.  Pure; any thread. */
#ifndef BASH_PROMPT_H
#define BASH_PROMPT_H

#include <stdbool.h>

/* What one would see of LINE: no escape sequences, only what follows the last carriage return, valid UTF-8.
 * malloc'ed. */
char *prompt_clean (const char *line);
/* Does it ask for something that should not be seen? */
bool prompt_is_secret (const char *prompt);

#endif
