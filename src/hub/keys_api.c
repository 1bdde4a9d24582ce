/* keys_api.c - one's own API keys: the key itself is shown once, when it is made */

#include "hub/hub_nouns.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "hub/audit.h"
#include "hub/caller.h"
#include "hub/gate_hub.h"
#include "hub/params.h"
#include "model/names.h"
#include "store/key_store.h"

#define BODY_MAX 4096
#define KEYS_MAX 100

static void add_key (void *arg, const struct key_row *k)
{
    char created[CLOCK_TEXT], used[CLOCK_TEXT];
    json_t *j = json_pack ("{s:s, s:s, s:s}", "id", k->id, "name", k->name, "created",
                           clock_iso_z (k->created * CLOCK_S, created));
    jsonx_set_str (j, "last_used", k->used ? clock_iso_z (k->used * CLOCK_S, used) : NULL);
    (void)json_array_append_new (arg, j);
}

static json_t *all_keys (struct http_req *req, struct err *err)
{
    struct hub *h = http_req_server (req);
    json_t *list = json_array ();
    if (!key_store_each (h->db, caller_of (req)->user.id, add_key, list, err))
        return list;
    json_decref (list);
    return NULL;
}

static void keys_get (struct http_req *req)
{
    struct err err;
    json_t *list = all_keys (req, &err);
    if (list)
        http_reply_json (req, 200, json_pack ("{s:o}", "apikeys", list));
    else
        http_fail (req, &err);
}

/* Who steals a key must not be able to make another one, which would outlive it. */
static int check_may_make (struct http_req *req)
{
    if (caller_of (req)->by != CALLER_BY_KEY)
        return 0;
    return gate_hub_refuse (req, PROBLEM_FORBIDDEN,
                            "An API key cannot make another one: log in with the password");
}

static void keys_post (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const struct caller *c = caller_of (req);
    const char *name;
    char id[IDENT_SHORT + 1];
    struct err err;
    autojson json_t *body = params_body (req, &err);
    autojson json_t *list = body ? all_keys (req, &err) : NULL;
    if (!list || params_str (body, "name", 128, "API key", &name, &err) ||
        name_check_title ("key", name, &err)) {
        http_fail (req, &err);
        return;
    }
    if (check_may_make (req))
        return;
    autofree char *key = caller_new_key ();
    if (json_array_size (list) >= KEYS_MAX)
        (void)gate_hub_refuse (req, PROBLEM_LIMIT,
                               "You have 100 API keys already: delete some first");
    else if (key_store_add (h->db, c->user.id, name, key, id, &err))
        http_fail (req, &err);
    else {
        audit (req, "apikey.create", name, id);
        http_reply_json (
            req, 201, json_pack ("{s:s, s:s, s:s}", "id", id, "name", name, "apikey", key));
    }
}

static void key_delete (struct http_req *req)
{
    struct hub *h = http_req_server (req);
    const char *id;
    struct err err;
    if (params_name (req, "id", &id, &err) ||
        key_store_delete (h->db, caller_of (req)->user.id, id, &err)) {
        http_fail (req, &err);
        return;
    }
    audit (req, "apikey.delete", id, NULL);
    http_reply_empty (req, 204);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/v1/apikeys/", NULL, 0, 0, keys_get },
    { HTTP_POST, "/api/v1/apikeys/", NULL, 0, BODY_MAX, keys_post },
    { HTTP_DELETE, "/api/v1/apikeys/{id}", NULL, 0, 0, key_delete },
};
const struct route_table hub_keys_routes = { rows, ARRAY_SIZE (rows) };
