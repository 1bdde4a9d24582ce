/* peer.h - a keeper in a process of its own and a blocking server's end of its wire, for
 * tests
 *
 *     struct keep k;  keep_start (&k, linger_s);          the test program itself, as
 * `keep` struct peer p;  peer_attach (&p, &k); struct buf *b = peer_begin (&p, KEEP_END,
 * object);  peer_call (&p, &reader); peer_until (&p, text); reads until the text was said
 *     peer_cut (&p);  keep_stop (&k);
 *
 * A test program's main begins with peer_main, which is the keeper if the arguments say so.
 * Everything that a peer is sent is checked on the way: numbers of a subscription grow,
 * objects that are gone say nothing.
 */
#ifndef TESTS_UNIT_KEEPER_PEER_H
#define TESTS_UNIT_KEEPER_PEER_H

#include "keeper/keep_wire.h"
#include <sys/types.h>

#define PEER_TIMEOUT_MS 20000

struct keep {
    char dir[64];
    pid_t pid;
};
/* Returns -1 if this process is a test, else the keeper's exit status. */
int peer_main (int argc, char **argv);
void keep_start (struct keep *k, int linger_s);
/* Ends it if it lives; fails the test if it does not end, or ended badly. */
void keep_stop (struct keep *k);
/* The file beside the test program, malloc'ed. */
char *keep_beside (const char *name);

struct peer {
    int fd;
    struct buf in, out;
    size_t used; /* of `in`, by the frame given last */
    size_t begun;
    uint64_t number;   /* of the last request */
    bool no_ack;       /* otherwise every KEEP_DATA is acked */
    struct buf said;   /* payloads of KEEP_DATA without the name */
    uint64_t last_seq; /* of the last KEEP_DATA */
    uint64_t count;    /* of KEEP_DATA */
    uint64_t bytes;
    bool skipped;             /* a number was not the one after the last (kernels) */
    uint64_t requests;        /* of KEEP_DATA with KEEP_F_REQUEST */
    uint64_t gap;             /* number of the last KEEP_GAP */
    struct keep_object state; /* of the last KEEP_STATE or KEEP_GONE */
    bool gone;
    bool pressed;
    char *only; /* NULL: all; else only what this subscription got is kept */
};
void peer_attach (struct peer *p, const struct keep *k);
/* Without HELLO. */
void peer_connect (struct peer *p, const struct keep *k);
void peer_cut (struct peer *p);

struct buf *peer_begin (struct peer *p, enum keep_kind kind, uint32_t object);
/* Send what was begun and wait for its answer: PROBLEM_NONE and RET, or its problem. */
enum problem peer_call (struct peer *p, struct keep_reader *ret);
/* Send what was begun, which is not answered. */
void peer_tell (struct peer *p, uint64_t number);
/* The next frame; false: the keeper hung up. */
bool peer_next (struct peer *p, struct keep_frame *ret, int timeout_ms);
void peer_until (struct peer *p, const char *text);
void peer_until_state (struct peer *p, enum keep_kernel_state state);
void peer_until_gone (struct peer *p);
void peer_until_count (struct peer *p, uint64_t count);
/* What comes within MS. */
void peer_for (struct peer *p, int ms);
void peer_forget (struct peer *p); /* what was said so far */
bool peer_said (const struct peer *p, const char *text);

/* Shorthands. */
uint64_t peer_subscribe (struct peer *p, uint32_t object, const char *name, uint64_t from,
                         uint64_t window);
uint64_t peer_record (struct peer *p, uint32_t object, const char *name, uint64_t from);
void peer_end (struct peer *p, uint32_t object);
/* Options: words before the connection file, NULL-terminated. */
uint32_t peer_start_kernel (struct peer *p, const struct keep *k, const char *id,
                            uint32_t flags, uint32_t wait_ms, const char *interrupt_mode,
                            const char *const *options);
uint32_t peer_start_terminal (struct peer *p, const char *name, const char *const *argv);
uint32_t peer_start_command (struct peer *p, const char *name, const char *const *argv);
/* A kernel message of the subscription NAME; ID becomes its msg_id. */
void peer_send (struct peer *p, uint32_t object, const char *name, const char *channel,
                const char *type, const char *id, const char *content, const char *buffer);
void peer_execute (struct peer *p, uint32_t object, const char *name, const char *id,
                   const char *code);

#endif
