/* term_reply.h - what a viewer's terminal answers to a program, told from what a person types
 *
 * Several terminals that look at the same program all answer; the server lets one through.
 * A few keys look like an answer (Shift-F3 like a cursor position).  Pure; any thread.
 */
#ifndef SERVER_TERM_REPLY_H
#define SERVER_TERM_REPLY_H

#include <stdbool.h>
#include <stddef.h>

/* All of TEXT is answers: attributes, status, cursor position, modes, colours, settings. */
bool term_reply_is (const char *text, size_t n);

#endif
