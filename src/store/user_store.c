/* user_store.c - people and their passwords in the database */

#include "store/user_store.h"
#include "base/clock.h"
#include "store/key_store.h"

#include <string.h>

#define COLUMNS "id, name, email, role, number, disabled, created"

static void from_row (struct db_query *q, struct user_model *ret)
{
    *ret = (struct user_model){
        .name = xstrdup (db_text (q, 1)),
        .email = xstrdup (db_text (q, 2)),
        .admin = !strcmp (db_text (q, 3), "admin"),
        .number = db_int (q, 4),
        .disabled = db_int (q, 5) != 0,
        .created = db_int (q, 6),
    };
    (void)snprintf (ret->id, sizeof (ret->id), "%s", db_text (q, 0));
}

/* Ends Q. */
static int one (struct db_query *q, const char *who, struct user_model *ret,
                struct err *err)
{
    bool found = db_next (q);

    if (found)
        from_row (q, ret);
    if (db_end (q, err) < 0)
        return -1;
    return found ? 0 : err_set (err, PROBLEM_NOT_FOUND, "nobody is called %s", who);
}

int user_store_get (struct db *db, const char *id, struct user_model *ret, struct err *err)
{
    return one (db_query (db, err, "SELECT " COLUMNS " FROM user WHERE id = ?", "s", id),
                id, ret, err);
}

int user_store_find (struct db *db, const char *name, struct user_model *ret,
                     struct err *err)
{
    return one (
        db_query (db, err, "SELECT " COLUMNS " FROM user WHERE name = ?", "s", name), name,
        ret, err);
}

static int add_namespace (struct db *db, const char *name, struct err *err)
{
    struct err why;

    if (db_run (db, &why, "INSERT INTO namespace (name, kind) VALUES (?, 'user')", "s",
                name) == 0)
        return 0;
    if (why.problem == PROBLEM_CONFLICT)
        return err_set (err, PROBLEM_CONFLICT, "the name %s is taken", name);
    return err_set (err, why.problem, "%s", why.text);
}

/* The next number is remembered, so that the files of one who was deleted are nobody's. */
static int next_number (struct db *db, int64_t *ret, struct err *err)
{
    struct db_query *q;

    if (db_run (db, err,
                "INSERT INTO setting (key, value) VALUES ('next_user_number', '2') "
                "ON CONFLICT (key) DO UPDATE SET value = CAST (value AS INTEGER) + 1",
                "") < 0)
        return -1;
    q = db_query (db, err, "SELECT value - 1 FROM setting WHERE key = 'next_user_number'",
                  "");
    if (q && db_next (q))
        *ret = db_int (q, 0);
    return db_end (q, err);
}

int user_store_add (struct db *db, struct user_model *u, const char *password,
                    struct err *err)
{
    autotx struct db_tx *tx = db_begin (db, err);

    if (!tx || add_namespace (db, u->name, err) < 0 ||
        next_number (db, &u->number, err) < 0)
        return -1;
    ident_short (u->id, IDENT_SHORT);
    u->created = clock_wall_us () / CLOCK_S;
    if (db_run (db, err,
                "INSERT INTO user (" COLUMNS ", password) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                "ssssiiis", u->id, u->name, u->email ? u->email : "",
                u->admin ? "admin" : "user", u->number, (int64_t)u->disabled, u->created,
                password) < 0)
        return -1;
    return db_commit (&tx, err);
}

char *user_store_password (struct db *db, const char *id)
{
    struct db_query *q =
        db_query (db, NULL, "SELECT password FROM user WHERE id = ?", "s", id);
    char *hash = NULL;

    if (db_next (q) && !db_is_null (q, 0))
        hash = xstrdup (db_text (q, 0));
    (void)db_end (q, NULL);
    return hash;
}

int user_store_set_password (struct db *db, const char *id, const char *password,
                             const char *keep, struct err *err)
{
    autotx struct db_tx *tx = db_begin (db, err);

    if (!tx || db_run (db, err, "UPDATE user SET password = ? WHERE id = ?", "ss", password,
                       id) < 0)
        return -1;
    if (db_changes (db) == 0)
        return err_set (err, PROBLEM_NOT_FOUND, "nobody has the id %s", id);
    if (login_store_end_all (db, id, keep, err) < 0)
        return -1;
    return db_commit (&tx, err);
}

static int check_admins (struct db *db, struct err *err)
{
    struct db_query *q = db_query (
        db, err, "SELECT count(*) FROM user WHERE role = 'admin' AND NOT disabled", "");
    int64_t n = db_next (q) ? db_int (q, 0) : 0;

    if (db_end (q, err) < 0)
        return -1;
    return n > 0
               ? 0
               : err_set (err, PROBLEM_LIMIT,
                          "that would leave nobody who may administer; make somebody else "
                          "an admin first");
}

int user_store_update (struct db *db, const struct user_model *u, struct err *err)
{
    autotx struct db_tx *tx = db_begin (db, err);

    if (!tx ||
        db_run (db, err, "UPDATE user SET email = ?, role = ?, disabled = ? WHERE id = ?",
                "ssis", u->email, u->admin ? "admin" : "user", (int64_t)u->disabled,
                u->id) < 0)
        return -1;
    if (db_changes (db) == 0)
        return err_set (err, PROBLEM_NOT_FOUND, "nobody has the id %s", u->id);
    if (check_admins (db, err) < 0)
        return -1;
    if (u->disabled && login_store_end_all (db, u->id, NULL, err) < 0)
        return -1;
    return db_commit (&tx, err);
}

int user_store_any (struct db *db, bool *ret, struct err *err)
{
    struct db_query *q = db_query (db, err, "SELECT 1 FROM user LIMIT 1", "");

    *ret = db_next (q);
    return db_end (q, err);
}

bool user_store_belongs (struct db *db, const char *id, const char *namespace)
{
    struct db_query *q = db_query (
        db, NULL,
        "SELECT 1 FROM user WHERE id = ?1 AND name = ?2 UNION ALL SELECT 1 FROM team t "
        "JOIN team_member m ON m.team = t.id WHERE m.user = ?1 AND t.name = ?2",
        "ss", id, namespace);
    bool found = db_next (q);

    return db_end (q, NULL) == 0 && found;
}

int user_store_each (struct db *db, void (*fn) (void *arg, const struct user_model *u),
                     void *arg, struct err *err)
{
    struct db_query *q =
        db_query (db, err, "SELECT " COLUMNS " FROM user ORDER BY name", "");

    while (db_next (q)) {
        struct user_model u;

        from_row (q, &u);
        fn (arg, &u);
        user_model_done (&u);
    }
    return db_end (q, err);
}
