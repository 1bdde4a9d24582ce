/* keep.h - role `labwright keep`: owner of kernels, terminals and commands (design.md 2)
 *
 * Runs in the keeper process only.  No HTTP, no notebooks; JSON only in message headers and
 * in the content of `status`.  Started by the server (or as pid 1 of a sandbox) with the
 * socket's directory:
 *
 *     labwright keep --dir DIR [--fd N] [--linger SECONDS]
 *
 * --fd N: a byte is written to N and N is closed once the socket listens.  DIR is 0700 and
 * ours; it holds keep.sock, the log and the journals.  One server is attached at a time: a
 * second HELLO is answered PROBLEM_BUSY.  Without a server and without objects it ends
 * after the linger time (10 s).
 */
#ifndef KEEPER_KEEP_H
#define KEEPER_KEEP_H

int keep_main (int argc, char **argv);

#endif
