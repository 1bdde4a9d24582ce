/* args.h - the command line of a verb, by a table
 *
 *     bool json = false;
 *     const char *state = NULL;
 *     const struct arg table[] = { { "json", 0, ARG_FLAG, &json }, { "state", 's', ARG_TEXT, &state } };
 *     if (args_parse (table, ARRAY_SIZE (table), argc, argv, 0, &words, &err) < 0) ...     exit code 2
 *
 * --name value, --name=value, -s value; options anywhere, "--" ends them.  argv[0] is skipped; what is no
 * option goes to WORDS.  INVALID says which word is wrong and what it is near to.  Strings are borrowed
 * from ARGV but in lists.  Any thread.
 */
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include "base/err.h"
#include "base/strv.h"

enum arg_kind {
    ARG_FLAG, /* bool */
    ARG_TEXT, /* const char * */
    ARG_LIST, /* struct strv, appended */
};

struct arg {
    const char *name;
    char letter; /* 0: none */
    enum arg_kind kind;
    void *to;
};

/* After STOP_AFTER words all the rest are words, options too (0: never): for `exec NAME COMMAND...`. */
int args_parse (const struct arg *table, size_t n, int argc, char **argv, size_t stop_after,
                struct strv *words, struct err *err);

#endif
