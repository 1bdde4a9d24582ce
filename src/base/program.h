/* program.h - where the program that runs lies, and what was brought with it
 *
 * In a build tree its data are in the tree, beside the directory of the build; installed they are where configure
 * said.  Strings are malloc'ed.  Any thread.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

/* Absolute path; "" if the system does not say. */
char *program_path (void);
/* Its directory; "" likewise. */
char *program_dir (void);
/* The directory NAME beside or below that of the program in which PROBE is; NULL: it was installed. */
char *program_find (const char *name, const char *probe);

#endif
