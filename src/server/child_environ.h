/* child_environ.h - the environment that keeper, kernels and terminals inherit (contract 0.4) */
#ifndef SERVER_CHILD_ENVIRON_H
#define SERVER_CHILD_ENVIRON_H

#include "base/strv.h"

/* Appends the server's environment without its own tokens. */
void child_environ (struct strv *environ_);

#endif
