/* passwords.h - hashing and comparing passwords, in children
 *
 * argon2 takes tens of milliseconds and ten megabytes each, so `labwright worker password` does it: at most
 * PASSWORDS_AT_ONCE, PASSWORDS_WAITING more wait in order, and then BUSY.
 *
 * Loop thread only.
 */
#ifndef HUB_PASSWORDS_H
#define HUB_PASSWORDS_H

#include "loop/loop.h"
#include <stdbool.h>

#define PASSWORDS_AT_ONCE 2
#define PASSWORDS_WAITING 64
#define PASSWORD_MIN 8
#define PASSWORD_MAX 1024

struct passwords;

struct passwords *passwords_new (struct loop *l);
/* What is under way ends with CANCELLED: call before the requests that wait go away. */
void passwords_free (struct passwords *p);

/* ERR NULL: MATCH tells, or HASH is the new hash (borrowed).  Called once, never before the function that
 * was asked has returned. */
typedef void (*passwords_fn) (void *arg, bool match, const char *hash,
                              const struct err *err);
/* STORED NULL: nobody has that name; takes as long, and never matches. */
int passwords_verify (struct passwords *p, const char *stored, const char *password,
                      passwords_fn done, void *arg, struct err *err);
int passwords_hash (struct passwords *p, const char *password, passwords_fn done, void *arg,
                    struct err *err);
/* Is it long enough, and not too long?  INVALID. */
int passwords_check (const char *password, struct err *err);

#endif
