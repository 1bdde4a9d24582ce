/* shell_words.c - a command line as words */

#include "server/shell_words.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <string.h>

#define WORD_MAX 65536

/* One character of a word, P behind it.  In double quotes a backslash stands for itself except before
 * a double quote and a backslash. */
static int take (const char **p, char *quote, struct buf *word, struct err *err)
{
    char c = *(*p)++;
    if (c == *quote) {
        *quote = '\0';
        return 0;
    }
    if (!*quote && (c == '\'' || c == '"')) {
        *quote = c;
        return 0;
    }
    if (c == '\\' && *quote != '\'') {
        if (!**p)
            return err_set (err, PROBLEM_INVALID, "nothing follows the last backslash");
        if (!*quote || **p == '"' || **p == '\\')
            c = *(*p)++;
    }
    return buf_addc (word, c) ? err_set (err, PROBLEM_TOO_LARGE, "a word is too long") : 0;
}

static int take_word (const char **p, struct strv *words, struct err *err)
{
    autodone (buf_done) struct buf word;
    char quote = '\0';
    buf_init (&word, WORD_MAX);
    while (**p && (quote || !strchr (" \t\r\n", **p)))
        if (take (p, &quote, &word, err))
            return -1;
    if (quote)
        return err_set (err, PROBLEM_INVALID, "a quote is not closed");
    strv_addn (words, word.data, word.len);
    return 0;
}

int shell_words (const char *text, struct strv *words, struct err *err)
{
    for (;;) {
        text += strspn (text, " \t\r\n");
        if (!*text)
            return 0;
        if (take_word (&text, words, err))
            return -1;
    }
}
