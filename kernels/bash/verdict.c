/* verdict.c - is a cell complete? */

#include "bash/verdict.h"
#include "base/cleanup.h"

#include <stdbool.h>
#include <string.h>

#define STEP 4

/* An odd number of backslashes at the very end goes on in the next line. */
static bool continues (const char *code)
{
    size_t n = strlen (code), slashes = 0;

    if (n && code[n - 1] == '\n')
        n--;
    while (slashes < n && code[n - 1 - slashes] == '\\')
        slashes++;
    return slashes % 2;
}

const char *verdict (const char *code, int status, const char *errors)
{
    static const char *const open_ended[] = { "unexpected end of file",
                                              "unexpected EOF while looking for",
                                              "delimited by end-of-file" };

    for (size_t i = 0; i < ARRAY_SIZE (open_ended); i++)
        if (strstr (errors, open_ended[i]))
            return "incomplete";
    if (status)
        return "invalid";
    return continues (code) ? "incomplete" : "complete";
}

static bool ends_in (const char *line, size_t n, const char *word)
{
    size_t len = strlen (word);

    return n >= len && !memcmp (line + n - len, word, len) &&
           (n == len || strchr (" \t;&|)", line[n - len - 1]));
}

char *verdict_indent (const char *code)
{
    static const char *const openers[] = { "then", "do", "else", "{", "(", "in" };
    size_t n = strlen (code), indent;
    const char *line;

    while (n && strchr (" \t\n", code[n - 1]))
        n--;
    line = memrchr (code, '\n', n);
    line = line ? line + 1 : code;
    n -= (size_t)(line - code);
    indent = strspn (line, " \t");
    indent = indent > n ? n : indent;
    for (size_t i = 0; i < ARRAY_SIZE (openers); i++)
        if (ends_in (line, n, openers[i]))
            return xasprintf ("%.*s%*s", (int)indent, line, STEP, "");
    return xstrndup (line, indent);
}
