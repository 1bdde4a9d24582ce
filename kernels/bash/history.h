/* history.h - the cells that were run, kept over restarts
 *
 * A file of one JSON object a line, {"session": 3, "line": 5, "code": "ls"}, appended to by all Bash kernels of
 * a person.  Above HISTORY_FILE_MAX bytes its older half is dropped at the next start.
 *
 *     struct history *h = history_open (&err);          a new session
 *     history_add (h, 1, "ls", 2);
 *     json_t *rows = history_get (h, request_content);  [[session, line, code], ...]
 *     history_close (h);
 *
 * Blocking: reads or appends one file of bounded size.
 */
#ifndef BASH_HISTORY_H
#define BASH_HISTORY_H

#include "base/err.h"
#include <jansson.h>
#include <stddef.h>

#define HISTORY_FILE_MAX (4u << 20)

struct history;
/* Below $XDG_DATA_HOME or ~/.local/share, as labwright/bash_history.jsonl.  Without a file that can be written
 * the history is empty. */
struct history *history_open (struct err *err);
void history_close (struct history *h); /* NULL is fine */
void history_add (struct history *h, int line, const char *code, size_t n);
/* CONTENT is that of a history_request: tail, range and search. */
json_t *history_get (struct history *h, const json_t *content);

#endif
