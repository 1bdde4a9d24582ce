/* project_store.c - projects in the database */

#include "store/project_store.h"
#include "base/clock.h"
#include "base/jsonx.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS "id, namespace, name, description, notes, tags, public, created, updated"

static void from_row (struct db_query *q, struct project_model *ret)
{
    const char *tags = db_text (q, 5);

    *ret = (struct project_model){
        .namespace = xstrdup (db_text (q, 1)),
        .name = xstrdup (db_text (q, 2)),
        .description = xstrdup (db_text (q, 3)),
        .notes = xstrdup (db_text (q, 4)),
        .tags = jsonx_parse (tags, strlen (tags), NULL),
        .public = db_int (q, 6) != 0,
        .created = db_int (q, 7),
        .updated = db_int (q, 8),
    };
    (void)snprintf (ret->id, sizeof (ret->id), "%s", db_text (q, 0));
    if (!ret->tags)
        ret->tags = json_array ();
}

static int one (struct db_query *q, struct project_model *ret, struct err *err)
{
    bool found = db_next (q);

    if (found)
        from_row (q, ret);
    if (db_end (q, err) < 0)
        return -1;
    return found ? 0 : err_set (err, PROBLEM_NOT_FOUND, "there is no such project");
}

int project_store_get (struct db *db, const char *id, struct project_model *ret,
                       struct err *err)
{
    return one (db_query (db, err, "SELECT " COLUMNS " FROM project WHERE id = ?", "s", id),
                ret, err);
}

int project_store_find (struct db *db, const char *namespace, const char *name,
                        struct project_model *ret, struct err *err)
{
    return one (db_query (db, err,
                          "SELECT " COLUMNS
                          " FROM project WHERE namespace = ? AND name = ?",
                          "ss", namespace, name),
                ret, err);
}

/* The words for a person when the name is taken. */
static int taken (const struct project_model *p, const struct err *why, struct err *err)
{
    if (why->problem == PROBLEM_CONFLICT)
        return err_set (err, PROBLEM_CONFLICT, "%s has a project called %s already",
                        p->namespace, p->name);
    return err_set (err, why->problem, "%s", why->text);
}

int project_store_add (struct db *db, struct project_model *p, struct err *err)
{
    autofree char *tags = jsonx_dump_string (p->tags, 0, false);
    struct err why;

    ident_short (p->id, IDENT_SHORT);
    p->created = p->updated = clock_wall_us () / CLOCK_S;
    if (db_run (db, &why,
                "INSERT INTO project (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "ssssssiii", p->id, p->namespace, p->name, p->description, p->notes, tags,
                (int64_t)p->public, p->created, p->updated) < 0)
        return taken (p, &why, err);
    return 0;
}

int project_store_update (struct db *db, const struct project_model *p, struct err *err)
{
    autofree char *tags = jsonx_dump_string (p->tags, 0, false);
    struct err why;

    if (db_run (db, &why,
                "UPDATE project SET name = ?, description = ?, notes = ?, tags = ?, "
                "public = ?, updated = ? WHERE id = ?",
                "ssssiis", p->name, p->description, p->notes, tags, (int64_t)p->public,
                clock_wall_us () / CLOCK_S, p->id) < 0)
        return taken (p, &why, err);
    return db_changes (db) ? 0
                           : err_set (err, PROBLEM_NOT_FOUND, "there is no such project");
}

int project_store_delete (struct db *db, const char *id, struct err *err)
{
    struct err why;

    if (db_run (db, &why, "DELETE FROM project WHERE id = ?", "s", id) < 0)
        return err_set (err, why.problem, "%s",
                        why.problem == PROBLEM_CONFLICT
                            ? "the project has workspaces; delete "
                              "them first"
                            : why.text);
    return db_changes (db) ? 0
                           : err_set (err, PROBLEM_NOT_FOUND, "there is no such project");
}

int project_store_each (struct db *db, const char *user, const char *namespace,
                        void (*fn) (void *arg, const struct project_model *p), void *arg,
                        struct err *err)
{
    struct db_query *q = db_query (
        db, err,
        "WITH mine (name) AS (SELECT name FROM user WHERE id = ?1 UNION SELECT t.name FROM "
        "team t JOIN team_member m ON m.team = t.id WHERE m.user = ?1) "
        "SELECT " COLUMNS " FROM project WHERE "
        "CASE WHEN ?2 IS NULL THEN namespace IN (SELECT name FROM mine) "
        "ELSE namespace = ?2 AND (public OR namespace IN (SELECT name FROM mine)) END "
        "ORDER BY updated DESC, id",
        "ss", user, namespace);

    while (db_next (q)) {
        struct project_model p;

        from_row (q, &p);
        fn (arg, &p);
        project_model_done (&p);
    }
    return db_end (q, err);
}
