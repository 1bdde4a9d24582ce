/* listen.h - where the server listens, and the URLs that lead there (contract 0.5, 0.6) */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct options;
struct server;

#define LISTEN_CANDIDATES 1024

/* Ports to try: the first five in a row from PORT, then random ones near it (contract 0.6).
 * RANDOM is asked for 32 random bits.  Returns how many of RET were set: RETRIES + 1, at
 * most LISTEN_CANDIDATES. */
int listen_candidates (int port, int retries, uint32_t (*random) (void), int *ret);

/* Opens the sockets of S by its options, or takes the one that was handed over.  *ret_port: 0 for a unix socket. */
int listen_start (struct server *s, int *ret_port, struct err *err);

/* Every address that it listens on is a loopback one, or a unix socket.  May ask the
 * resolver. */
bool listen_is_loopback (const struct options *o);
bool listen_is_tls (const struct options *o);
/* "http://localhost:8888": scheme and authority, malloc'ed.  LOCAL: with 127.0.0.1. */
char *listen_origin (const struct options *o, int port, bool local);
/* The URL to give to a person, malloc'ed: B joined with PATH, and QUERY ("" or "token=...")
 * behind it. */
char *listen_page_url (const struct server *s, int port, bool local, const char *path,
                       const char *query);

#endif
