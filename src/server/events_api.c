/* events_api.c - the rows of /api/events, and the check of events that clients send
 *
 * The two schemas are small and fixed, so they are a table of fields here.
 */

#include "server/events_api.h"

#include "base/jsonx.h"
#include "http/http.h"
#include "server/nouns.h"
#include "server/server.h"

#include <string.h>
#include <time.h>

#define EVENTS_BODY (1 << 20)
#define EVENTS_VERSION "1"

struct field {
    const char *name;
    bool required;
    const char *values; /* " a b c " or NULL: any string */
    json_type type;
};
struct schema {
    const char *id;
    struct field fields[8]; /* ends with a NULL name */
};

static const struct schema schemas[] = {
    { EVENTS_CONTENTS,
      { { "action", true, " get create save upload rename copy delete ", JSON_STRING },
        { "path", true, NULL, JSON_STRING },
        { "source_path", false, NULL, JSON_STRING },
        { NULL, false, NULL, JSON_NULL } } },
    { EVENTS_KERNEL,
      { { "action", true, " start interrupt restart shutdown ", JSON_STRING },
        { "kernel_id", false, NULL, JSON_STRING },
        { "kernel_name", false, NULL, JSON_STRING },
        { "status", false, " success error ", JSON_STRING },
        { "msg", true, NULL, JSON_STRING },
        { "status_code", false, NULL, JSON_INTEGER },
        { NULL, false, NULL, JSON_NULL } } },
};

static const struct schema *find_schema (const char *id)
{
    for (size_t i = 0; id && i < ARRAY_SIZE (schemas); i++)
        if (!strcmp (schemas[i].id, id))
            return &schemas[i];
    return NULL;
}

static bool one_of (const char *values, const char *text)
{
    if (!values)
        return true;
    size_t n = strlen (text);
    for (const char *p = values; n > 0 && (p = strstr (p, text)); p++)
        if (p[-1] == ' ' && p[n] == ' ')
            return true;
    return false;
}

static int check_field (const struct field *f, const json_t *data, struct err *err)
{
    const json_t *value = json_object_get (data, f->name);
    if (!value && !f->required)
        return 0;
    if (!value)
        return err_set (err, PROBLEM_INVALID, "'%s' is a required property", f->name);
    if (json_typeof (value) != f->type)
        return err_set (err, PROBLEM_INVALID, "'%s' has the wrong type", f->name);
    if (f->type == JSON_STRING && !one_of (f->values, json_string_value (value)))
        return err_set (err, PROBLEM_INVALID, "'%s' is not one of%s", f->name, f->values);
    return 0;
}

static int check_data (const struct schema *s, const json_t *data, struct err *err)
{
    for (const struct field *f = s->fields; f->name; f++)
        if (check_field (f, data, err))
            return -1;
    return 0;
}

/* 2022-05-26T13:50:00+05:00Z: the Z is part of the original's format. */
static bool timestamp_ok (const char *text)
{
    struct tm tm;
    memset (&tm, 0, sizeof (tm));
    const char *end = strptime (text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end)
        return false;
    if (*end == 'Z')
        return !strcmp (end, "ZZ");
    end = strptime (end, "%z", &tm);
    return end && !strcmp (end, "Z");
}

static int check_timestamp (const json_t *body, struct err *err)
{
    const json_t *value = json_object_get (body, "timestamp");
    if (!value || (json_is_string (value) && timestamp_ok (json_string_value (value))))
        return 0;
    return err_set (
        err, PROBLEM_INVALID,
        "Failed to parse timestamp from JSON request body, an ISO format datetime "
        "string with UTC offset is expected, for example, "
        "2022-05-26T13:50:00+05:00Z");
}

int events_check (const json_t *body, bool deep, struct err *err)
{
    static const char *const keys[] = { "schema_id", "version", "data" };
    if (!json_is_object (body))
        return err_set (err, PROBLEM_INVALID, "No JSON data provided");
    for (size_t i = 0; i < ARRAY_SIZE (keys); i++)
        if (!json_object_get (body, keys[i]))
            return err_set (err, PROBLEM_INVALID, "Missing `%s` in the JSON request body.",
                            keys[i]);
    const char *id = jsonx_str (body, "schema_id", NULL);
    const struct schema *s = find_schema (id);
    if (!s)
        return err_set (err, PROBLEM_INVALID,
                        "The schema_id, '%.200s', was not found in the schema registry.",
                        id ? id : "");
    const json_t *version = json_object_get (body, "version");
    bool right = json_is_integer (version)
                     ? json_integer_value (version) == 1
                     : !strcmp (jsonx_str (body, "version", ""), EVENTS_VERSION);
    if (!right)
        return err_set (err, PROBLEM_INVALID, "Unregistered version for `%s`: it is %s", id,
                        EVENTS_VERSION);
    const json_t *data = json_object_get (body, "data");
    if (!json_is_object (data))
        return err_set (err, PROBLEM_INVALID, "`data` must be an object");
    if (check_timestamp (body, err))
        return -1;
    return deep ? check_data (s, data, err) : 0;
}

static void events_post (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct err err;
    autojson json_t *body = NULL;
    if (http_req_json (req, &body, &err) ||
        events_check (body, events_wanted (s->events), &err)) {
        http_fail (req, &err);
        return;
    }
    events_emit (s->events, jsonx_str (body, "schema_id", ""),
                 json_incref (json_object_get (body, "data")));
    http_reply_empty (req, 204);
}

static void subscribe (struct http_req *req)
{
    struct server *s = http_req_server (req);
    events_subscribe (s->events, req);
}

static const struct route rows[] = {
    { HTTP_POST, "/api/events", "events", 0, EVENTS_BODY, events_post },
    { HTTP_GET, "/api/events/subscribe", "events", ROUTE_WEBSOCKET, 0, subscribe },
};
const struct route_table events_routes = { rows, ARRAY_SIZE (rows) };
