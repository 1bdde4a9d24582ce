/* shortage.h - the numbers behind an error that a program met: open files, space on a disk
 *
 *     char text[SHORTAGE_TEXT];
 *     if (shortage_of_files (content, pid, text)) ...   a line for the cell
 *     if (shortage_of_space (content, pid, text)) ...
 *
 * CONTENT is that of an `error` or a `stream` message; it is searched for the system's words and numbers of the
 * error, not parsed.  What it says is told only if it is true of the process now.  Loop thread.
 */
#ifndef KEEPER_SHORTAGE_H
#define KEEPER_SHORTAGE_H

#include "base/blk.h"
#include <stdbool.h>
#include <sys/types.h>

#define SHORTAGE_TEXT 512
#define SHORTAGE_SEARCHED (16u << 10) /* bytes at the beginning of a content */

bool shortage_of_files (struct slice content, pid_t pid, char ret[SHORTAGE_TEXT]);
bool shortage_of_space (struct slice content, pid_t pid, char ret[SHORTAGE_TEXT]);

#endif
