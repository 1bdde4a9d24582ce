/* login_verb.c - verbs `labwright login` and `labwright logout`
 *
 * A password is used once: with the access token that it gives, an API key is made, which does not end after
 * a week and can be taken back on the settings page.  Where that is refused, the token is kept.
 */

#include "cli/login_verb.h"

#include "base/args.h"
#include "base/jsonx.h"
#include "base/table.h"
#include "cli/ask.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct login_args {
    const char *url, *key, *token, *user;
    bool floyd, json, help, password_stdin;
    struct strv words;
};

static int usage (FILE *to, int code)
{
    (void)fprintf (
        to, "usage: labwright login [--url URL] [-u NAME] [--floyd] [--json]\n"
            "       labwright login [--url URL] --apikey KEY|-\n"
            "       labwright login [--url URL] --token TOKEN|-\n"
            "       labwright logout\n\n"
            "The password, or a key or token of '-', is read from standard input; on a\n"
            "terminal it is asked for and not shown. --floyd lets FloydHub's own command\n"
            "line in too (~/.floydconfig).\n");
    return code;
}

static int parse (struct login_args *a, int argc, char **argv, struct err *err)
{
    const struct arg table[] = {
        { "url", 0, ARG_TEXT, &a->url },
        { "host", 0, ARG_TEXT, &a->url },
        { "apikey", 'k', ARG_TEXT, &a->key },
        { "token", 't', ARG_TEXT, &a->token },
        { "user", 'u', ARG_TEXT, &a->user },
        { "username", 0, ARG_TEXT, &a->user },
        { "floyd", 0, ARG_FLAG, &a->floyd },
        { "json", 0, ARG_FLAG, &a->json },
        { "help", 'h', ARG_FLAG, &a->help },
        { "password-stdin", 0, ARG_FLAG, &a->password_stdin },
    };

    if (args_parse (table, ARRAY_SIZE (table), argc, argv, 0, &a->words, err) < 0)
        return -1;
    if (a->words.n)
        return err_set (err, PROBLEM_INVALID, "what is '%.100s'?", a->words.v[0]);
    if (!!a->key + !!a->token + !!a->user > 1)
        return err_set (err, PROBLEM_INVALID, "one of --apikey, --token and --user");
    return 0;
}

/* GET user/ with what A holds: fills in the name. */
static int who_am_i (struct account *a, struct err *err)
{
    autojson json_t *user = NULL;
    struct api *api = api_new (a, err);
    int rc = api ? api_call (api, "GET", "user/", NULL, &user, err) : -1;

    api_free (api);
    if (rc < 0)
        return err && err->problem == PROBLEM_UNAUTHENTICATED
                   ? err_set (err, PROBLEM_FORBIDDEN, "%s does not know this %s", a->url,
                              a->key ? "key" : "token")
                   : -1;
    free (a->name);
    a->name = xstrdup (jsonx_str (user, "username", ""));
    return 0;
}

static int token_by_password (struct account *a, const char *user, const char *password,
                              struct err *err)
{
    autojson json_t *body =
        json_pack ("{s:s, s:s}", "username", user, "password", password);
    autojson json_t *answer = NULL;
    struct api *api = body ? api_new (a, err) : NULL;

    if (!body)
        return err_set (err, PROBLEM_INVALID, "name and password must be UTF-8");
    int rc = api ? api_call (api, "POST", "user/login", body, &answer, err) : -1;
    api_free (api);
    if (rc < 0)
        return err && err->problem == PROBLEM_UNAUTHENTICATED
                   ? err_set (err, PROBLEM_FORBIDDEN, "wrong name or password")
                   : -1;
    const char *token = jsonx_str (answer, "access_token", "");
    if (!*token)
        return err_set (err, PROBLEM_UNAVAILABLE, "%s gave no token", a->url);
    a->token = xstrdup (token);
    return 0;
}

/* Instead of the token, which ends in a week; without it where the hub refuses. */
static void make_key (struct account *a)
{
    char host[64] = "";

    (void)gethostname (host, sizeof host - 1);
    autofree char *name = xasprintf ("labwright on %s", host);
    autojson json_t *body = json_pack ("{s:s}", "name", name);
    autojson json_t *answer = NULL;
    struct api *api = body ? api_new (a, NULL) : NULL;
    if (api && api_call (api, "POST", "apikeys/", body, &answer, NULL) == 0) {
        const char *key = jsonx_str (answer, "apikey", "");
        if (*key)
            a->key = xstrdup (key);
    }
    api_free (api);
}

static int by_password (struct account *a, const char *user, struct err *err)
{
    const struct passwd *pw = getpwuid (getuid ());
    autofree char *asked =
        user ? xstrdup (user) : ask_line ("Name", pw ? pw->pw_name : "", err);
    autofree char *prompt = asked ? xasprintf ("Password of %s", asked) : NULL;
    char *password = prompt ? ask_secret (prompt, err) : NULL;
    if (!password)
        return -1;
    int rc = token_by_password (a, asked, password, err);
    explicit_bzero (password, strlen (password));
    free (password);
    if (rc < 0 || who_am_i (a, err) < 0)
        return -1;
    make_key (a);
    return 0;
}

/* KEY or, of "-", what standard input says. */
static char *secret_of (const char *said, const char *prompt, struct err *err)
{
    char *s = !strcmp (said, "-") ? ask_secret (prompt, err) : xstrdup (said);

    if (s && (!*s || strpbrk (s, " \t\r\n"))) {
        free (s);
        (void)err_set (err, PROBLEM_INVALID, "that is no %s", prompt);
        return NULL;
    }
    return s;
}

static int fill (struct account *a, const struct login_args *args, struct err *err)
{
    if (!args->key && !args->token)
        return by_password (a, args->user, err);
    if (args->key)
        a->key = secret_of (args->key, "API key", err);
    else
        a->token = secret_of (args->token, "access token", err);
    if (!a->key && !a->token)
        return -1;
    return who_am_i (a, err);
}

static int login (const struct login_args *args, struct err *err)
{
    struct account before, now = { .name = xstrdup ("") };
    struct err none;

    if (account_load (&before, args->url, &none) < 0 && none.problem == PROBLEM_INVALID) {
        account_done (&before);
        account_done (&now);
        return err_set (err, PROBLEM_INVALID, "%s", none.text);
    }
    now.url = xstrdup (before.url); /* the hub one was at, unless another is named */
    account_done (&before);
    int rc = fill (&now, args, err);
    if (rc == 0)
        rc = account_save (&now, args->floyd, err);
    if (rc == 0 && args->json) {
        autojson json_t *j = json_pack ("{s:s, s:s}", "username", now.name, "url", now.url);
        ask_print_json (j);
    } else if (rc == 0) {
        autofree char *clean = table_clean (now.name);
        (void)printf ("Logged in at %s as %s\n", now.url, clean);
    }
    account_done (&now);
    return rc;
}

int login_verb_main (int argc, char **argv)
{
    struct login_args a = { .url = NULL };
    struct err err;
    int code = EXIT_FINE;

    if (parse (&a, argc, argv, &err) < 0) {
        (void)fprintf (stderr, "labwright login: %s\n", err.text);
        code = EXIT_USAGE;
    } else if (a.help) {
        (void)usage (stdout, 0);
    } else if (login (&a, &err) < 0) {
        code = ask_fail (&err) ? EXIT_ERROR : EXIT_FINE;
    }
    strv_done (&a.words);
    return code;
}

int logout_verb_main (int argc, char **argv)
{
    struct err err;

    if (argc > 1)
        return usage (!strcmp (argv[1], "--help") ? stdout : stderr,
                      !strcmp (argv[1], "--help") ? EXIT_FINE : EXIT_USAGE);
    return account_forget (&err) < 0 ? ask_fail (&err) : EXIT_FINE;
}
