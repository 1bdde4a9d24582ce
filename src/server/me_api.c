/* me_api.c - /api/me: who am I, what may I do (contract 3.1)
 *
 * Everybody who is logged in may do everything (contract 2.10), so asked-for permissions
 * are granted as far as they are names of actions.
 */

#include "base/jsonx.h"
#include "http/http.h"
#include "server/identity.h"
#include "server/nouns.h"
#include "server/server.h"

#include <string.h>

#define ME_BODY 65536

/* Those that are configured, as far as there are such fields. */
static json_t *updatable_fields (const struct server *s)
{
    json_t *list = json_array (), *field;
    size_t i;
    json_array_foreach (
        options_json (s->options, "PasswordIdentityProvider.updatable_fields"), i,
        field) if (user_has_field (json_string_value (field))) (void)
        json_array_append (list, field);
    return list;
}

static int bad_permissions (const char *text, struct err *err)
{
    return err_set (
        err, PROBLEM_INVALID,
        "permissions should be a JSON dict of {\"resource\": [\"action\",]}, got '%.200s'",
        text);
}

/* Copies WANTED, a dict of lists of strings, into GRANTED. */
static int grant (json_t *granted, const json_t *wanted, const char *text, struct err *err)
{
    const char *resource;
    json_t *actions, *action;
    size_t i;
    if (!json_is_object (wanted))
        return bad_permissions (text, err);
    json_object_foreach ((json_t *)wanted, resource, actions)
    {
        if (!json_is_array (actions))
            return bad_permissions (text, err);
        json_array_foreach (
            actions, i, action) if (!json_is_string (action)) return bad_permissions (text,
                                                                                      err);
        (void)json_object_set (granted, resource, actions);
    }
    return 0;
}

static void me_get (struct http_req *req)
{
    const char *text = http_req_arg (req, "permissions");
    autojson json_t *permissions = json_object ();
    struct err err;
    if (text && *text) {
        autojson json_t *wanted = jsonx_parse (text, strlen (text), NULL);
        if (grant (permissions, wanted, text, &err)) {
            http_fail (req, &err);
            return;
        }
    }
    (void)json_object_set_new (permissions, "updatable_fields",
                               updatable_fields (http_req_server (req)));
    json_t *out = json_object ();
    (void)json_object_set_new (out, "identity", user_to_json (http_req_user (req)));
    (void)json_object_set (out, "permissions", permissions);
    http_reply_json (req, 200, out);
}

static bool is_updatable (const json_t *fields, const char *field)
{
    size_t i;
    json_t *f;
    json_array_foreach (fields, i,
                        f) if (!strcmp (json_string_value (f), field)) return true;
    return false;
}

static int update (json_t *identity, const json_t *changes, const json_t *fields,
                   struct err *err)
{
    const char *field;
    json_t *value;
    if (!json_is_object (changes) || json_object_size (changes) == 0)
        return err_set (err, PROBLEM_INVALID, "Invalid or missing JSON body");
    json_object_foreach ((json_t *)changes, field, value)
    {
        if (!is_updatable (fields, field))
            return err_set (err, PROBLEM_INVALID, "Field %.100s is not updatable", field);
        if (!json_is_string (value) && !json_is_null (value))
            return err_set (err, PROBLEM_INVALID, "Field %.100s is not a string", field);
        (void)json_object_set (identity, field, value);
    }
    return 0;
}

static void me_patch (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct err err;
    autojson json_t *changes = NULL;
    autojson json_t *identity = user_to_json (http_req_user (req));
    autojson json_t *fields = updatable_fields (s);
    if (http_req_json (req, &changes, &err) || update (identity, changes, fields, &err)) {
        http_fail (req, &err);
        return;
    }
    autocleanup (user_free) struct user *u = user_from_json (identity);
    identity_set_cookie (s->identity, req, u);
    json_t *out = json_object ();
    jsonx_set_str (out, "status", "success");
    (void)json_object_set_new (out, "identity", user_to_json (u));
    http_reply_json (req, 200, out);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/me", NULL, 0, 0, me_get },
    { HTTP_PATCH, "/api/me", NULL, 0, ME_BODY, me_patch },
};
const struct route_table me_routes = { rows, ARRAY_SIZE (rows) };
