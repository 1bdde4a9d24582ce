/* sessions_api.c - /api/sessions (contract 3.7) */

#include "base/jsonx.h"
#include "http/http.h"
#include "server/nouns.h"
#include "server/server.h"
#include "server/sessions.h"
#include "server/when_ready.h"

#define SESSIONS_BODY 65536

/* The session of the URL, or NULL and it has answered 404. */
static struct session *session_of (struct http_req *req)
{
    struct server *s = http_req_server (req);
    const char *id = http_req_param (req, "session_id", NULL);
    struct session *se = sessions_find (s->sessions, id);
    struct err err;
    if (!se) {
        (void)err_set (&err, PROBLEM_NOT_FOUND, "Session not found: session_id='%s'", id);
        http_fail (req, &err);
    }
    return se;
}

/* 501 with the short message that JupyterLab's dialog has for a title. */
static void fail (struct http_req *req, const struct err *err, const char *short_message)
{
    if (!short_message) {
        http_fail (req, err);
        return;
    }
    http_reply_json (
        req, 501,
        json_pack ("{s:s, s:s}", "message", err->text, "short_message", short_message));
}

static void list_sessions (struct http_req *req)
{
    struct server *s = http_req_server (req);
    http_reply_json (req, 200, sessions_list (s->sessions));
}

static void sessions_get (struct http_req *req)
{
    when_ready (req, list_sessions);
}

static void reply_session (struct http_req *req, int status, const struct session *se)
{
    struct server *s = http_req_server (req);
    json_t *model = sessions_model (s->sessions, se);
    struct err err;
    if (model) {
        http_reply_json (req, status, model);
        return;
    }
    (void)err_set (&err, PROBLEM_NOT_FOUND, "Session not found: session_id='%s'",
                   sessions_id (se));
    http_fail (req, &err);
}

static void get_session (struct http_req *req)
{
    struct session *se = session_of (req);
    if (se)
        reply_session (req, 200, se);
}

static void session_get (struct http_req *req)
{
    when_ready (req, get_session);
}

/* ---- create
 * -------------------------------------------------------------------------------------- */

static void on_created (void *arg, struct session *se, const struct err *err,
                        const char *short_message)
{
    struct http_req *req = arg;
    struct server *s = http_req_server (req);
    if (err) {
        fail (req, err, short_message);
        return;
    }
    autofree char *location =
        xasprintf ("%sapi/sessions/%s", s->base_url, sessions_id (se));
    http_header_set (req, "Location", location);
    reply_session (req, 201, se);
}

static void create_session (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct session_fields f;
    struct err err;
    autojson json_t *body = NULL;
    if (http_req_json (req, &body, &err) || session_fields_parse (body, false, &f, &err)) {
        http_fail (req, &err);
        return;
    }
    sessions_create (s->sessions, &f, on_created, req);
}

static void sessions_post (struct http_req *req)
{
    when_ready (req, create_session);
}

/* ---- change and end
 * ------------------------------------------------------------------------------ */

static void on_changed (void *arg, struct session *se, const struct err *err,
                        const char *short_message)
{
    if (err)
        fail (arg, err, short_message);
    else
        reply_session (arg, 200, se);
}

static void change_session (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct session *se;
    struct session_fields f;
    struct err err;
    autojson json_t *body = NULL;
    if (http_req_json (req, &body, &err) || session_fields_parse (body, true, &f, &err))
        http_fail (req, &err);
    else if ((se = session_of (req)))
        sessions_change (s->sessions, se, &f, on_changed, req);
}

static void session_patch (struct http_req *req)
{
    when_ready (req, change_session);
}

static void on_deleted (void *arg, struct session *se, const struct err *err,
                        const char *short_message)
{
    if (err)
        http_fail (arg, err);
    else
        http_reply_empty (arg, 204);
}

static void delete_session (struct http_req *req)
{
    struct server *s = http_req_server (req);
    struct session *se = session_of (req);
    if (se)
        sessions_delete (s->sessions, se, on_deleted, req);
}

static void session_delete (struct http_req *req)
{
    when_ready (req, delete_session);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/sessions", "sessions", 0, 0, sessions_get },
    { HTTP_POST, "/api/sessions", "sessions", 0, SESSIONS_BODY, sessions_post },
    { HTTP_GET, "/api/sessions/{session_id:id}", "sessions", 0, 0, session_get },
    { HTTP_PATCH, "/api/sessions/{session_id:id}", "sessions", 0, SESSIONS_BODY,
      session_patch },
    { HTTP_DELETE, "/api/sessions/{session_id:id}", "sessions", 0, 0, session_delete },
};
const struct route_table sessions_routes = { rows, ARRAY_SIZE (rows) };
