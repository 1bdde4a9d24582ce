/* verbs.h - a table of verbs, the account, and the one that was typed
 *
 *     static const struct verb verbs[] = { { "list", do_list, 1, 1 } };
 *     int code = verbs_run (verbs, ARRAY_SIZE (verbs), &words, url, &args);
 *
 * WORDS begins with the verb.  Returns an exit status (ask.h); -1: there is no such verb, or not so many
 * words belong to it, and nothing was said.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "base/strv.h"
#include "cli/api.h"

struct verb {
    const char *name;
    int (*run) (void *args, struct api *api, struct err *err);
    size_t least, most; /* words, with the verb */
};

int verbs_run (const struct verb *verbs, size_t n, const struct strv *words,
               const char *url, void *args);

#endif
