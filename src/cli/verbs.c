/* verbs.c - a table of verbs, the account, and the one that was typed */

#include "cli/verbs.h"

#include "cli/ask.h"

#include <string.h>

static const struct verb *find (const struct verb *verbs, size_t n,
                                const struct strv *words)
{
    for (size_t i = 0; words->n && i < n; i++)
        if (!strcmp (verbs[i].name, words->v[0]))
            return words->n >= verbs[i].least && words->n <= verbs[i].most ? &verbs[i]
                                                                           : NULL;
    return NULL;
}

int verbs_run (const struct verb *verbs, size_t n, const struct strv *words,
               const char *url, void *args)
{
    const struct verb *verb = find (verbs, n, words);
    struct account account;
    struct err err = { 0 };

    if (!verb)
        return -1;
    int rc = account_load (&account, url, &err);
    struct api *api = rc == 0 ? api_new (&account, &err) : NULL;

    rc = api ? verb->run (args, api, &err) : -1;
    api_free (api);
    account_done (&account);
    return rc < 0 ? ask_fail (&err) : EXIT_FINE;
}
