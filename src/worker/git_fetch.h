/* git_fetch.h - a public repository of a stranger, fetched by git with nothing of ours at hand
 *
 *     struct git_fetch f = { .url = url, .branch = "", .into = dir, .timeout_us = ..., .max_bytes = ... };
 *     if (git_fetch (&f, &err) == 0) ...            a repository at DIR, with its files unless BARE_TREE
 *
 * git gets an environment of its own: no home, no configuration, no credentials and nobody to ask for them, no
 * hooks or templates; http and https to the addresses that the host's name had when it was checked, no redirects;
 * no submodules, no LFS filter; the newest commit only, where the server can.  It is ended when it takes
 * too long, is too slow for half a minute, or what it wrote is too much; what is there then is removed.
 *
 * Blocking: for a process of its own.  Errors are for people: NOT_FOUND, FORBIDDEN, TIMEOUT, TOO_LARGE,
 * UNAVAILABLE, NO_SPACE, INVALID.
 */
#ifndef WORKER_GIT_FETCH_H
#define WORKER_GIT_FETCH_H

#include "base/err.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stdint.h>

struct git_fetch {
    const char *url, *branch; /* BRANCH "": the server's default */
    const char *into;         /* absolute; is not there yet, its parent is */
    bool private_ok;          /* hosts of this machine and of private networks too */
    bool bare_tree;           /* no files: for who looks at one or two of them */
    int64_t timeout_us;
    uint64_t max_bytes;
    void (*progress) (void *arg, const char *phase, unsigned percent); /* or NULL */
    void *arg;
};

int git_fetch (const struct git_fetch *f, struct err *err);
/* The variables that git gets, for other calls of it on what was fetched. */
void git_fetch_environ (struct strv *environ);

#endif
