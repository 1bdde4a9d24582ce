/* program.h - where the program that runs lies, what was brought with it, and what it goes on as
 *
 * In a build tree its data are in the tree, beside the directory of the build; installed they are where configure
 * said.  Strings are malloc'ed.  Any thread.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stdbool.h>

/* Absolute path; "" if the system does not say. */
char *program_path (void);
/* Its directory; "" likewise. */
char *program_dir (void);
/* The directory NAME beside or below that of the program in which PROBE is; NULL: it was installed. */
char *program_find (const char *name, const char *probe);

/* Goes on as the command ARGV (ends with NULL), in place of this process's own: executes it, with no signal blocked.
 * Its first word is looked for in PATH, but PROGRAM_NAME is this program: IDLE says that this process has started
 * nothing yet, and then it goes on by a call of what program_main was told, which saves the milliseconds that
 * loading it again takes; ps(1) shows ARGV, as far as it is no longer than what the process was given.  Returns the exit status, 127 if it could not be executed. */
int program_then (char **argv, bool idle);
/* What PROGRAM_NAME with arguments means, and those that the process was given; main() tells it, once. */
void program_main (int (*run) (int argc, char **argv), int argc, char **argv);

#define PROGRAM_NAME "labwright"

#endif
