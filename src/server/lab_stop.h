/* lab_stop.h - asking a running server to end (contract 0.6) */
#ifndef SERVER_LAB_STOP_H
#define SERVER_LAB_STOP_H

#include "base/err.h"
#include <jansson.h>

/* INFO is a runtime file's content.  POST /api/shutdown over its port or unix socket; when
 * that does not end it within five seconds, SIGTERM, and then SIGKILL.  Blocks until it has
 * ended. */
int lab_stop (const json_t *info, struct err *err);

#endif
