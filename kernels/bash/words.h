/* words.h - what stands at the cursor: enough of the shell's grammar to complete and to explain
 *
 *     words_at (code, len, cursor, &w);      byte offsets
 *     if (w.kind == WORD_COMMAND) ...        a name is wanted that can be run
 *     words_done (&w);
 *
 * Looks at quotes, separators, redirections and assignments; knows no here-documents.  Pure; any thread.
 */
#ifndef BASH_WORDS_H
#define BASH_WORDS_H

#include "base/buf.h"
#include <stdbool.h>

#define WORDS_MAX 65536 /* bytes in front of the cursor that are looked at */

enum word_kind { WORD_FILE, WORD_DIRECTORY, WORD_COMMAND, WORD_VARIABLE, WORD_NAME };

struct word {
    enum word_kind kind;
    size_t start; /* what a completion replaces: from here to the cursor */
    char quote;   /* 0, '\'' or '"': open at the cursor */
    char *text;   /* from START, without quotes and backslashes */
};

void words_at (const char *code, size_t n, size_t cursor, struct word *ret);
void words_done (struct word *w);
/* TEXT as one argument inside '...'. */
void words_quote (struct buf *b, const char *text);
/* TEXT as it must be written at the place of W. */
char *words_escape (const struct word *w, const char *text);
/* The name around CURSOR, for inspection; malloc'ed, "" if there is none. */
char *words_name_at (const char *code, size_t n, size_t cursor);

/* Cursor positions of the protocol count characters. */
size_t words_byte_offset (const char *code, size_t n, size_t characters);
size_t words_characters (const char *code, size_t bytes);

#endif
