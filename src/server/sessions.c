/* sessions.c - the list of sessions, and its copy in the keeper */

#include "server/sessions_private.h"

#include "base/jsonx.h"
#include "base/log.h"
#include "server/keep_client.h"

#include <string.h>

#define PREFIX "session/"

/* ---- the list
 * ------------------------------------------------------------------------------------ */

static void session_free (struct session *se)
{
    list_remove (&se->link);
    free (se->id);
    free (se->path);
    free (se->name);
    free (se->type);
    free (se->kernel_id);
    free (se);
}

static void put (struct sessions *ss, const char *id, const char *value)
{
    autofree char *key = xasprintf (PREFIX "%s", id);
    struct buf *b = keep_client_begin (ss->server->keeper, KEEP_PUT, 0);
    keep_put_str (b, key);
    keep_put_str (b, value);
}

static void on_put (void *arg, struct keep_reader *r, const struct err *err)
{
    if (err)
        log_warning ("sessions", "a session was not stored: %s", err->text);
}

static void send_put (struct sessions *ss)
{
    (void)keep_client_request (ss->server->keeper, on_put, ss, KEEP_CLIENT_REQUEST_US);
}

void sessions_store (struct sessions *ss, const struct session *se)
{
    autojson json_t *value =
        json_pack ("{s:s, s:s, s:s, s:s}", "path", se->path, "name", se->name, "type",
                   se->type, "kernel", se->kernel_id);
    autofree char *text = value ? jsonx_dump_string (value, 0, false) : NULL;
    if (!text)
        return;
    put (ss, se->id, text);
    send_put (ss);
}

void sessions_forget (struct sessions *ss, struct session *se)
{
    put (ss, se->id, "");
    send_put (ss);
    session_free (se);
}

static bool alive (const struct sessions *ss, const struct session *se)
{
    return kernels_find (ss->server->kernels, se->kernel_id) != NULL;
}

void sessions_drop_dead (struct sessions *ss)
{
    list_foreach (se, &ss->all, struct session, link)
        if (!alive (ss, se))
            sessions_forget (ss, se);
}

struct session *sessions_add (struct sessions *ss, const char *id, const char *path,
                              const char *name, const char *type, const char *kernel_id)
{
    struct session *se = xnew (struct session);
    se->id = xstrdup (id);
    se->path = xstrdup (path);
    se->name = xstrdup (name);
    se->type = xstrdup (type);
    se->kernel_id = xstrdup (kernel_id);
    list_append (&ss->all, &se->link);
    return se;
}

static size_t count (const struct sessions *ss)
{
    size_t n = 0;
    list_foreach (se, &ss->all, struct session, link)
        n++;
    return n;
}

bool sessions_full (const struct sessions *ss)
{
    return count (ss) >= SESSIONS_MAX;
}

struct session *sessions_find (struct sessions *ss, const char *id)
{
    list_foreach (se, &ss->all, struct session, link)
        if (!strcmp (se->id, id))
            return se;
    return NULL;
}

struct session *sessions_find_path (struct sessions *ss, const char *path)
{
    list_foreach (se, &ss->all, struct session, link)
        if (!strcmp (se->path, path))
            return se;
    return NULL;
}

bool sessions_document (const struct sessions *ss, const char *kernel_id,
                        const char **ret_path, const char **ret_name)
{
    list_foreach (se, &ss->all, struct session, link) {
        if (strcmp (se->kernel_id, kernel_id))
            continue;
        *ret_path = se->path;
        *ret_name = *se->name ? se->name : NULL;
        return true;
    }
    return false;
}

void sessions_notebooks (const struct sessions *ss, const char *kernel_id, struct strv *ret)
{
    list_foreach (se, &ss->all, struct session, link)
        if (!strcmp (se->kernel_id, kernel_id) && !strcmp (se->type, "notebook"))
            strv_add (ret, se->path);
}

const char *sessions_id (const struct session *se)
{
    return se->id;
}

json_t *sessions_model (struct sessions *ss, const struct session *se)
{
    const struct kernel *k = kernels_find (ss->server->kernels, se->kernel_id);
    if (!k)
        return NULL;
    json_t *j = json_pack ("{s:s, s:s, s:s, s:s, s:o}", "id", se->id, "path", se->path,
                           "name", se->name, "type", se->type, "kernel", kernels_model (k));
    if (j && !strcmp (se->type, "notebook"))
        (void)json_object_set_new (
            j, "notebook", json_pack ("{s:s, s:s}", "path", se->path, "name", se->name));
    return j;
}

json_t *sessions_list (struct sessions *ss)
{
    json_t *list = json_array ();
    sessions_drop_dead (ss);
    list_foreach (se, &ss->all, struct session, link)
        (void)json_array_append_new (list, sessions_model (ss, se));
    return list;
}

/* ---- from the keeper
 * ----------------------------------------------------------------------------- */

static void on_record (void *arg, const char *key, const char *value)
{
    struct sessions *ss = arg;
    const char *id = key + strlen (PREFIX);
    autojson json_t *j = jsonx_parse (value, strlen (value), NULL);
    if (!json_is_object (j) || sessions_find (ss, id) || sessions_full (ss))
        return;
    (void)sessions_add (ss, id, jsonx_str (j, "path", ""), jsonx_str (j, "name", ""),
                        jsonx_str (j, "type", ""), jsonx_str (j, "kernel", ""));
}

static const struct keep_events keeper_events = { .prefix = PREFIX, .record = on_record };

/* ---- life
 * ---------------------------------------------------------------------------------------- */

struct sessions *sessions_new (struct server *s)
{
    struct sessions *ss = xnew (struct sessions);
    ss->server = s;
    list_init (&ss->all);
    list_init (&ss->turns);
    list_init (&ss->ends);
    keep_client_watch (s->keeper, 0, &keeper_events, ss);
    return ss;
}

void sessions_free (struct sessions *ss)
{
    if (!ss)
        return;
    session_turns_free_all (ss);
    list_foreach (se, &ss->all, struct session, link)
        session_free (se);
    free (ss);
}
