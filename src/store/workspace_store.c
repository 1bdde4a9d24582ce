/* workspace_store.c - workspaces, their runs and their events in the database */

#include "store/workspace_store.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/jsonx.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                            \
    "w.id, w.task, w.project, w.owner, w.name, w.git_url, w.state, w.reason, "             \
    "w.environment, w.machine, w.idle_s, w.inputs, w.generation, w.size, w.created, "      \
    "w.updated, coalesce (r.session, r.began, 0), w.again, w.git_branch"
#define TABLES                                                                             \
    " FROM workspace w LEFT JOIN run r ON r.workspace = w.id AND r.ended IS NULL "

static int64_t now_s (void)
{
    return clock_wall_us () / CLOCK_S;
}

static void from_row (struct db_query *q, struct workspace_model *ret)
{
    const char *inputs = db_text (q, 11), *git_url = db_text (q, 5);

    *ret = (struct workspace_model){
        .name = xstrdup (db_text (q, 4)),
        .git_url = git_url ? xstrdup (git_url) : NULL,
        .reason = xstrdup (db_text (q, 7)),
        .environment = xstrdup (db_text (q, 8)),
        .machine = xstrdup (db_text (q, 9)),
        .idle_s = db_is_null (q, 10) ? -1 : db_int (q, 10),
        .inputs = jsonx_parse (inputs, strlen (inputs), NULL),
        .generation = db_int (q, 12),
        .size = (uint64_t)db_int (q, 13),
        .created = db_int (q, 14),
        .updated = db_int (q, 15),
        .began = db_int (q, 16),
        .again = db_int (q, 17) != 0,
        .git_branch = xstrdup (db_text (q, 18)),
    };
    (void)snprintf (ret->id, sizeof (ret->id), "%s", db_text (q, 0));
    (void)snprintf (ret->task, sizeof (ret->task), "%s", db_text (q, 1));
    (void)snprintf (ret->project, sizeof (ret->project), "%s", db_text (q, 2));
    (void)snprintf (ret->owner, sizeof (ret->owner), "%s", db_text (q, 3));
    if (!workspace_state_parse (db_text (q, 6), &ret->state))
        ret->state = WORKSPACE_FAILED;
    if (!ret->inputs)
        ret->inputs = json_array ();
}

static int each (struct db_query *q,
                 void (*fn) (void *arg, const struct workspace_model *w), void *arg,
                 struct err *err)
{
    while (db_next (q)) {
        struct workspace_model w;

        from_row (q, &w);
        fn (arg, &w);
        workspace_model_done (&w);
    }
    return db_end (q, err);
}

/* For 'i' and NULL: idle_s is bound as text, which the column turns into a number. */
static const char *idle_text (int64_t idle_s, char ret[24])
{
    if (idle_s < 0)
        return NULL;
    (void)snprintf (ret, 24, "%lld", (long long)idle_s);
    return ret;
}

int workspace_store_add (struct db *db, struct workspace_model *w, struct err *err)
{
    autofree char *inputs = jsonx_dump_string (w->inputs, 0, false);
    char idle[24];

    name_new_workspace_id (w->id);
    ident_short (w->task, IDENT_SHORT);
    w->created = w->updated = now_s ();
    return db_run (
        db, err,
        "INSERT INTO workspace (id, task, project, owner, name, git_url, git_branch, "
        "state, "
        "reason, environment, machine, idle_s, inputs, generation, size, created, "
        "updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "sssssssssssssiiii", w->id, w->task, w->project, w->owner, w->name, w->git_url,
        w->git_branch ? w->git_branch : "", workspace_state_name (w->state),
        w->reason ? w->reason : "", w->environment, w->machine, idle_text (w->idle_s, idle),
        inputs, w->generation, (int64_t)w->size, w->created, w->updated);
}

int workspace_store_get (struct db *db, const char *id, struct workspace_model *ret,
                         struct err *err)
{
    struct db_query *q = db_query (
        db, err, "SELECT " COLUMNS TABLES "WHERE w.id = ?1 OR w.task = ?1", "s", id);
    bool found = db_next (q);

    if (found)
        from_row (q, ret);
    if (db_end (q, err) < 0)
        return -1;
    return found ? 0 : err_set (err, PROBLEM_NOT_FOUND, "there is no such workspace");
}

static int changed (struct db *db, struct err *err)
{
    return db_changes (db) ? 0
                           : err_set (err, PROBLEM_NOT_FOUND, "there is no such workspace");
}

int workspace_store_update (struct db *db, const struct workspace_model *w, struct err *err)
{
    autofree char *inputs = jsonx_dump_string (w->inputs, 0, false);
    char idle[24];

    if (db_run (db, err,
                "UPDATE workspace SET name = ?, environment = ?, machine = ?, idle_s = ?, "
                "inputs = ?, size = ?, updated = ? WHERE id = ?",
                "sssssiis", w->name, w->environment, w->machine,
                idle_text (w->idle_s, idle), inputs, (int64_t)w->size, now_s (), w->id) < 0)
        return -1;
    return changed (db, err);
}

int workspace_store_delete (struct db *db, const char *id, struct err *err)
{
    if (db_run (db, err, "DELETE FROM workspace WHERE id = ?", "s", id) < 0)
        return -1;
    return changed (db, err);
}

/* ---- states ---- */

static int64_t when (int64_t at)
{
    int64_t now = now_s ();
    return at > 0 && at < now ? at : now;
}

static int run_begins (struct db *db, const struct workspace_model *w, int64_t at,
                       struct err *err)
{
    return db_run (db, err,
                   "INSERT INTO run (workspace, namespace, user, machine, environment, "
                   "began) SELECT ?1, p.namespace, ?2, ?3, ?4, ?5 FROM project p "
                   "WHERE p.id = ?6",
                   "ssssis", w->id, w->owner, w->machine, w->environment, when (at),
                   w->project);
}

/* The run that has just begun is in the sandbox of the one before. */
static int run_goes_on (struct db *db, const struct workspace_model *w, struct err *err)
{
    return db_run (
        db, err,
        "UPDATE run SET (session, cpu_base) = (SELECT coalesce (b.session, b.began), "
        "b.cpu_base + b.cpu_us FROM run b WHERE b.workspace = ?1 AND b.ended IS NOT NULL "
        "ORDER BY b.seq DESC LIMIT 1) WHERE workspace = ?1 AND ended IS NULL",
        "s", w->id);
}

static int run_ends (struct db *db, const struct workspace_model *w, int64_t at,
                     struct err *err)
{
    return db_run (
        db, err,
        "UPDATE run SET ended = max (began, CASE WHEN ?1 THEN coalesce (seen, began) "
        "ELSE ?2 END), why = ?3 WHERE workspace = ?4 AND ended IS NULL",
        "iiss", (int64_t)(at == WORKSPACE_AT_LAST_SEEN), when (at),
        w->reason ? w->reason : "", w->id);
}

static int note_run (struct db *db, const struct workspace_model *w, enum workspace_run run,
                     int64_t at, struct err *err)
{
    switch (run) {
    case WORKSPACE_RUN_BEGINS: return run_begins (db, w, at, err);
    case WORKSPACE_RUN_ENDS: return run_ends (db, w, at, err);
    case WORKSPACE_RUN_SWITCHES:
        if (db_run (db, err, "UPDATE workspace SET machine = ? WHERE id = ?", "ss",
                    w->machine, w->id) < 0 ||
            run_ends (db, w, at, err) < 0 || run_begins (db, w, at, err) < 0)
            return -1;
        return run_goes_on (db, w, err);
    case WORKSPACE_RUN_AS_IS: break;
    }
    return 0;
}

static int note_event (struct db *db, const struct workspace_model *w, const char *event,
                       struct err *err)
{
    autojson json_t *body =
        json_pack ("{s:s, s:s, s:s, s:s, s:I}", "event", event, "state",
                   workspace_state_name (w->state), "machine", w->machine, "reason",
                   w->reason ? w->reason : "", "generation", (json_int_t)w->generation);
    autofree char *text = jsonx_dump_string (body, 0, false);

    return db_run (db, err,
                   "INSERT INTO event (at, kind, subject, namespace, body) "
                   "SELECT ?1, 'workspace.state', ?2, p.namespace, ?3 FROM project p "
                   "WHERE p.id = ?4",
                   "isss", now_s (), w->id, text, w->project);
}

int workspace_store_state (struct db *db, const struct workspace_model *w,
                           const char *event, enum workspace_run run, int64_t at,
                           int64_t *ret_seq, struct err *err)
{
    autotx struct db_tx *tx = db_begin (db, err);
    int64_t seq;

    if (!tx || note_event (db, w, event, err) < 0)
        return -1;
    seq = db_last_row_id (db);
    if (db_run (db, err,
                "UPDATE workspace SET state = ?, reason = ?, generation = ?, again = ?, "
                "updated = ? WHERE id = ?",
                "ssiiis", workspace_state_name (w->state), w->reason ? w->reason : "",
                w->generation, (int64_t)w->again, now_s (), w->id) < 0 ||
        changed (db, err) < 0 || note_run (db, w, run, at, err) < 0 ||
        db_commit (&tx, err) < 0)
        return -1;
    *ret_seq = seq;
    return 0;
}

int workspace_store_used (struct db *db, const char *id, int64_t cpu_us,
                          uint64_t memory_peak, struct err *err)
{
    return db_run (db, err,
                   "UPDATE run SET cpu_us = max (0, ? - cpu_base), memory_peak = max "
                   "(memory_peak, ?), seen = ? WHERE workspace = ? AND ended IS NULL",
                   "iiis", cpu_us, (int64_t)memory_peak, now_s (), id);
}

/* ---- lists ---- */

int workspace_store_each (struct db *db, const char *project, const char *owner,
                          void (*fn) (void *arg, const struct workspace_model *w),
                          void *arg, struct err *err)
{
    return each (
        db_query (db, err,
                  "SELECT " COLUMNS TABLES
                  "WHERE (?1 IS NULL OR w.project = ?1) AND (?2 IS NULL OR w.owner = "
                  "?2) ORDER BY w.created DESC, w.id",
                  "ss", project, owner),
        fn, arg, err);
}

int workspace_store_count (struct db *db,
                           void (*fn) (void *arg, enum workspace_state state,
                                       const char *machine, int64_t n),
                           void *arg, struct err *err)
{
    struct db_query *q = db_query (
        db, err, "SELECT state, machine, count (*) FROM workspace GROUP BY 1, 2", "");
    enum workspace_state state;

    while (db_next (q))
        if (workspace_state_parse (db_text (q, 0), &state))
            fn (arg, state, db_text (q, 1), db_int (q, 2));
    return db_end (q, err);
}

int workspace_store_each_alive (struct db *db,
                                void (*fn) (void *arg, const struct workspace_model *w),
                                void *arg, struct err *err)
{
    return each (db_query (db, err,
                           "SELECT " COLUMNS TABLES
                           "WHERE w.state NOT IN ('stopped', 'failed') ORDER BY "
                           "(SELECT max (e.seq) FROM event e WHERE e.subject = w.id "
                           "AND e.kind = 'workspace.state')",
                           ""),
                 fn, arg, err);
}
