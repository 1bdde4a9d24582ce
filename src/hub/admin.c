/* admin.c - verb `labwright admin`: what must work before a hub runs, and beside one */

#include "hub/admin.h"

#include "base/log.h"
#include "base/path.h"
#include "base/utf8.h"
#include "hub/caller.h"
#include "hub/hub_files.h"
#include "hub/login.h"
#include "hub/passwords.h"
#include "model/names.h"
#include "store/audit_store.h"
#include "store/key_store.h"
#include "store/user_store.h"

#include <stdio.h>
#include <string.h>

struct args {
    const char *words[3]; /* "user" "add" NAME; "token" NAME */
    size_t n;
    const char *state, *email;
    bool admin, password_stdin;
};

static int usage (FILE *to, int code)
{
    (void)fprintf (
        to, "usage: labwright admin user add NAME [--admin] [--email ADDRESS] "
            "--password-stdin --state DIR\n"
            "       labwright admin token NAME --state DIR\n\n"
            "The first makes an account, with the password that standard input holds; the\n"
            "second prints a new API key of NAME.  Both work with or without a hub that "
            "runs.\n");
    return code;
}

/* ---- the command line ------------------------------------------------------------------------ */

static const char **text_option (struct args *a, const char *arg)
{
    return !strcmp (arg, "--state")   ? &a->state
           : !strcmp (arg, "--email") ? &a->email
                                      : NULL;
}

static bool *flag_option (struct args *a, const char *arg)
{
    return !strcmp (arg, "--admin")            ? &a->admin
           : !strcmp (arg, "--password-stdin") ? &a->password_stdin
                                               : NULL;
}

static int parse (struct args *a, int argc, char **argv, struct err *err)
{
    for (int i = 1; i < argc; i++) {
        const char **text = text_option (a, argv[i]);
        bool *flag = flag_option (a, argv[i]);
        if (text && i + 1 < argc)
            *text = argv[++i];
        else if (flag)
            *flag = true;
        else if (argv[i][0] == '-' || a->n == ARRAY_SIZE (a->words))
            return err_set (err, PROBLEM_INVALID, "what is '%.100s'?", argv[i]);
        else
            a->words[a->n++] = argv[i];
    }
    if (!a->state)
        return err_set (err, PROBLEM_INVALID, "--state DIR says whose hub it is");
    return 0;
}

/* ---- the verbs --------------------------------------------------------------------------------- */

static void note (struct db *db, const char *what, const char *subject)
{
    const struct audit_row row = { .who = "admin (console)",
                                   .what = what,
                                   .subject = subject };
    struct err err;
    if (audit_store_add (db, &row, &err))
        log_error ("admin", "%s %s was not noted: %s", what, subject, err.text);
}

/* One line of standard input, without its end. */
static int read_password (char ret[PASSWORD_MAX + 2], struct err *err)
{
    if (!fgets (ret, PASSWORD_MAX + 2, stdin))
        return err_set (err, PROBLEM_INVALID, "standard input holds no password");
    ret[strcspn (ret, "\r\n")] = '\0';
    if (!utf8_valid (ret, strlen (ret)))
        return err_set (err, PROBLEM_INVALID, "the password is not UTF-8");
    return passwords_check (ret, err);
}

static int user_add (struct db *db, const struct args *a, struct err *err)
{
    char password[PASSWORD_MAX + 2];
    struct user_model u = { .name = (char *)a->words[2],
                            .email = (char *)(a->email ? a->email : ""),
                            .admin = a->admin };
    if (!a->password_stdin)
        return err_set (err, PROBLEM_INVALID,
                        "--password-stdin: the password is read from standard input, "
                        "never from the command line");
    if (name_check_namespace (u.name, err) || login_check_email (u.email, err) ||
        read_password (password, err))
        return -1;
    autofree char *hash = crypto_password_hash (password, err);
    explicit_bzero (password, sizeof (password));
    if (!hash || user_store_add (db, &u, hash, err))
        return -1;
    note (db, "user.create", u.name);
    (void)printf ("%s\n", u.name);
    return 0;
}

static int token (struct db *db, const struct args *a, struct err *err)
{
    char id[IDENT_SHORT + 1];
    autodone (user_model_done) struct user_model u = { .id = "" };
    autofree char *key = caller_new_key ();
    if (user_store_find (db, a->words[1], &u, err) ||
        key_store_add (db, u.id, "made by labwright admin", key, id, err))
        return -1;
    note (db, "apikey.create", u.name);
    (void)printf ("%s\n", key);
    return 0;
}

static int run (const struct args *a, struct err *err)
{
    bool add = a->n == 3 && !strcmp (a->words[0], "user") && !strcmp (a->words[1], "add");
    bool key = a->n == 2 && !strcmp (a->words[0], "token");
    if (!add && !key)
        return err_set (err, PROBLEM_INVALID, "no such verb; see labwright admin --help");
    autofree char *state = path_absolute (a->state);
    if (hub_files_enter (state, err))
        return -1;
    struct db *db = hub_files_open_db (state, err);
    int rc = !db ? -1 : add ? user_add (db, a, err) : token (db, a, err);
    db_free (db);
    return rc;
}

int admin_main (int argc, char **argv)
{
    struct args a = { .n = 0 };
    struct err err;
    log_set_program ("admin");
    log_set_level (LOG_LEVEL_WARNING);
    if (argc == 2 && !strcmp (argv[1], "--help"))
        return usage (stdout, 0);
    if (argc < 2)
        return usage (stderr, 2);
    if (!parse (&a, argc, argv, &err) && !run (&a, &err))
        return fflush (stdout) ? 1 : 0;
    (void)fprintf (stderr, "labwright admin: %s\n", err.text);
    return problem_table[err.problem].exit_code;
}
