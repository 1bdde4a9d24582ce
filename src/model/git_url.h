/* git_url.h - the address of a public git repository, and the addresses that nobody may be sent to
 *
 *     struct git_url u;
 *     if (git_url_parse ("https://github.com/ada/engine", &u, &err) == 0)
 *         u.host, u.port, u.name ("engine")
 *
 * Only http and https; no user, password, query or fragment in it.  What strangers wrote: what passes holds
 * no control character, space or quote and begins with its scheme, so it is no option of a program.
 * Pure; any process.
 */
#ifndef MODEL_GIT_URL_H
#define MODEL_GIT_URL_H

#include "base/err.h"
#include <stdbool.h>
#include <sys/socket.h>

#define GIT_URL_BYTES 1024
#define GIT_BRANCH_BYTES 200

struct git_url {
    char host[256]; /* lower case; of an IPv6 address without brackets */
    char port[6];
    char name[101]; /* last part of the path without ".git", for people; may be "" */
};

/* INVALID, with what is wrong and what is expected. */
int git_url_parse (const char *text, struct git_url *ret, struct err *err);
/* A branch or tag: no option, nothing that git itself forbids in a name.  "" is none. */
bool git_branch_ok (const char *name);
/* Is A an address of this machine or of a network of its owner (loopback, private, link-local, multicast...)?
 * True too for what is neither IPv4 nor IPv6. */
bool git_address_private (const struct sockaddr *a);

#endif
