/* live.h - a real server on a loopback port and a raw client beside it on the same loop */
#ifndef TESTS_LIVE_H
#define TESTS_LIVE_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "http/http.h"
#include "loop/loop.h"

struct live {
    struct loop *loop;
    struct http *http;
    int port;
    /* the client */
    int fd;
    struct loop_io *io;
    const char *send;
    size_t left, step; /* STEP bytes at a time; 0: as many as go */
    struct buf got;
    const char *until; /* stop when this was seen; NULL: at the end of the connection */
    size_t until_len;  /* bytes wanted instead, or 0 */
    bool closed, timed_out;
};

/* CONFIG without base_url is fine.  0 or -1 */
int live_open (struct live *l, const struct http_config *config, const struct route *rows,
               size_t n);
void live_close (struct live *l);
void live_connect (struct live *l); /* a new client connection; the old one is closed */
/* Sends N bytes and runs the loop until UNTIL was received after what was there before
 * (NULL: until the server closes), or for 5 s.  Everything received since live_connect is
 * in l->got. */
void live_talk (struct live *l, const char *send, size_t n, const char *until);
void live_receive (struct live *l, size_t n); /* until so many bytes are in l->got */
void live_run (struct live *l, int64_t us);   /* let the server work for a while */
/* live_connect, then live_talk until the end: the text received. */
const char *live_ask (struct live *l, const char *send);
size_t live_count (const struct live *l, const char *what);

#endif
