/* handed.h - what the one who started us handed over: a listening socket, a keeper, a person
 *
 *     struct handed h;
 *     if (handed_take (&h, &err) == 0) ...     before anything else is opened
 *     handed_done (&h);
 *
 * The socket comes as sd_listen_fds(3) has it: LISTEN_PID is our process id, LISTEN_FDS 1, and descriptor 3 a
 * unix socket that listens. LABWRIGHT_KEEPER names the directory of the keeper that holds the socket and what must
 * not die (docs/PROTOCOL.md, "Process 1, and the server on demand"). With both and LABWRIGHT_USER, whoever
 * reaches the socket comes through the hub: it has checked that this is the owner of the workspace, and what it
 * says in X-Forwarded-* is true.
 *
 * The variables are removed from our environment, except LABWRIGHT_USER: a server that is started in one of our
 * terminals is no business of the hub.
 */
#ifndef SERVER_HANDED_H
#define SERVER_HANDED_H

#include "base/err.h"
#include <stdbool.h>

struct http_req;

struct handed {
    int fd;         /* the socket; taken by http_listen_fd; -1: none */
    char *keeper;   /* directory; NULL: find or start one */
    char *user;     /* of the hub; NULL: nobody says */
    bool socket;    /* there was a socket */
    char sock[128]; /* its path where it was made, or "" */
};

/* INVALID: LISTEN_FDS is for us and is not what it says. */
int handed_take (struct handed *h, struct err *err);
void handed_done (struct handed *h);

/* The value of X-Forwarded-NAME if the hub says it about REQ, or NULL. */
const char *handed_forwarded (const struct handed *h, const struct http_req *req,
                              const char *name);
/* The host and port that the browser asked: of the hub, or the header Host.  May be NULL. */
const char *handed_host (const struct handed *h, const struct http_req *req);

#endif
