/* user_model.c - a person who can log in */

#include "model/user_model.h"
#include "base/clock.h"

void user_model_done (struct user_model *u)
{
    free (u->name);
    free (u->email);
    *u = (struct user_model){ .id = "" };
}

json_t *user_model_json (const struct user_model *u)
{
    char created[CLOCK_TEXT];

    (void)clock_iso_z (u->created * CLOCK_S, created);
    return json_pack ("{s:s, s:s, s:s, s:s, s:b, s:b, s:s}", "uid", u->id, "username",
                      u->name, "email", u->email, "type", u->admin ? "admin" : "user",
                      "admin", u->admin, "disabled", u->disabled, "created", created);
}
