/* user_model.h - a person who can log in
 *
 * To add a field: struct, codec, a step of the schema, store/user_store.c, docs/API.md, the CLI's column,
 * the golden file.
 *
 * Values; any process.
 */
#ifndef MODEL_USER_MODEL_H
#define MODEL_USER_MODEL_H

#include "base/cleanup.h"
#include "base/ident.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct user_model {
    char id[IDENT_SHORT + 1];
    char *name, *email;
    bool admin, disabled;
    int64_t number;  /* chooses the range of uids; never used again */
    int64_t created; /* seconds since 1970 */
};

void user_model_done (struct user_model *u);
/* As GET /user/ says it, and more (floyd-contract 2.4): uid, username, email, type, admin, created. */
json_t *user_model_json (const struct user_model *u);

#endif
