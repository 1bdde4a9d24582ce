/* kept_terminal.h - a terminal in the keeper: a pty and the shell on it
 * (jupyter-contract 7.10)
 *
 * What the shell prints goes to the journal; a slow viewer is a cursor in it.  Only when
 * there are viewers and every one of them is more than TERMINAL_BEHIND bytes behind,
 * reading pauses, and with it the program that prints: somebody watches and cannot follow.
 * With no viewer, or none that took anything for TERMINAL_PATIENCE_US, it prints on; who is
 * far behind then gets a repaint.  Its screen (screen.h) is what every viewer begins with.
 *
 * What a program asks the terminal (where is the cursor, what are you) is answered by the
 * viewers' terminals; while there is none, by the screen.
 *
 * Loop thread only; keeper process only.
 */
#ifndef KEEPER_KEPT_TERMINAL_H
#define KEEPER_KEPT_TERMINAL_H

#include "keeper/kept.h"

#define TERMINAL_BEHIND (1 << 20)
#define TERMINAL_PATIENCE_US 1000000LL
#define TERMINAL_MAX_INPUT (16u << 20) /* bytes typed and not yet taken by the pty */

struct kept_terminal_spec {
    char *name, *cwd;
    struct strv argv, environ;
    uint32_t rows, cols;
};
void kept_terminal_spec_done (struct kept_terminal_spec *s);
struct kept *kept_terminal_start (struct keeper *keeper,
                                  const struct kept_terminal_spec *spec, struct err *err);

#endif
