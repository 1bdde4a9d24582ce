/* keep.h - role `labwright keep`: owner of kernels, terminals and commands (design.md 2)
 *
 * Runs in the keeper process only.  No HTTP, no notebooks; JSON only in message headers and
 * in the content of `status`.  Started by the server with the socket's directory, or as pid 1
 * of a sandbox, and then it starts the server (activate.h):
 *
 *     labwright keep --dir DIR [--fd N] [--linger SECONDS]
 *     labwright keep --dir DIR [--fd N] --listen-fd 3 -- labwright lab ARGUMENTS
 *
 * --fd N: a byte is written to N and N is closed once the socket listens.  DIR is 0700 and
 * ours; it holds keep.sock, the log and the journals.  One server is attached at a time: a
 * second HELLO is answered PROBLEM_BUSY.  Without a server and without objects it ends
 * after the linger time (10 s); one that starts the server itself stays.  SIGTERM and SIGINT end
 * kernels and terminals in order, then the server, then us; with --listen-fd that takes
 * KEEPER_END_US at most, a second signal ends us at once, and process 1 asks what else is left
 * (last_rites.h).
 */
#ifndef KEEPER_KEEP_H
#define KEEPER_KEEP_H

int keep_main (int argc, char **argv);

#endif
