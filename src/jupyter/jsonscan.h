/* jsonscan.h - where the members of a JSON object stand, without parsing them
 *
 * For bytes that we forward: members are found and spliced, never re-serialised, so that numbers of any
 * size, NaN, unknown fields and escapes pass unchanged (jupyter-contract 11).
 *
 *     struct jsonscan s;
 *     jsonscan_init (&s, text, n);
 *     while (jsonscan_next (&s, &key, &value) > 0) ...
 *
 * Values are checked for balanced brackets and ended strings only, except by jsonscan_valid.  Pure; any
 * thread.
 */
#ifndef JUPYTER_JSONSCAN_H
#define JUPYTER_JSONSCAN_H

#include "base/blk.h"
#include <stdbool.h>

struct jsonscan {
    const char *p, *end;
    int state;
};

void jsonscan_init (struct jsonscan *s, const void *text, size_t n);
/* 1: the next member; KEY without its quotes, raw; VALUE with no white space around.  0: the object has
 * ended and only white space follows.  -1: malformed. */
int jsonscan_next (struct jsonscan *s, struct slice *key, struct slice *value);
/* The LAST member of that key (a key without escapes).  False: absent or malformed. */
bool jsonscan_member (struct slice object, const char *key, struct slice *ret);
/* A whole object, well-formed at its top level. */
bool jsonscan_is_object (struct slice text);
/* One value of strict JSON (RFC 8259: valid UTF-8, no NaN) and nothing else, at most JSONSCAN_DEPTH deep. */
#define JSONSCAN_DEPTH 800
bool jsonscan_valid (struct slice text);

#endif
