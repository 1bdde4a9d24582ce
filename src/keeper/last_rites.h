/* last_rites.h - what is left in a sandbox when its first process ends
 *
 * Programs that kernels and terminals left behind (nohup, daemons) are children of process 1; the kernel kills
 * them with it. They are asked before.
 */
#ifndef KEEPER_LAST_RITES_H
#define KEEPER_LAST_RITES_H

#define LAST_RITES_US 1000000

/* As process 1 of a pid namespace, after the loop, with SIGCHLD blocked: SIGTERM to everything, then waits at
 * most LAST_RITES_US for all of it to end. Does nothing as another process. */
void last_rites (void);

#endif
