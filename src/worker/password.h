/* password.h - worker `password`: argon2 takes tens of milliseconds, so it never runs on a
 * server's loop
 *
 *     {"password": "...", "stored": "argon2:..."}  ->  {"match": true}
 *     {"password": "..."}                          ->  {"hash": "argon2:..."}
 */
#ifndef WORKER_PASSWORD_H
#define WORKER_PASSWORD_H

#include "base/err.h"
#include <jansson.h>

json_t *worker_password (const json_t *in, struct err *err);

#endif
