/* account.c - which hub, and as whom */

#include "cli/account.h"

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (64 << 10)

static const char *variable (const char *name)
{
    const char *s = getenv (name);

    return s && *s ? s : NULL;
}

static char *own_file (void)
{
    const char *config = variable ("XDG_CONFIG_HOME");

    if (config && *config == '/')
        return path_join (config, "labwright/login.json");
    return path_expand_user ("~/.config/labwright/login.json");
}

static char *floyd_file (void)
{
    return path_expand_user ("~/.floydconfig");
}

char *account_check_url (const char *url, struct err *err)
{
    size_t scheme = !strncmp (url, "https://", 8)  ? 8
                    : !strncmp (url, "http://", 7) ? 7
                                                   : 0;
    size_t n = strlen (url);

    while (n && url[n - 1] == '/')
        n--;
    if (!scheme || n <= scheme || n > 512 || strpbrk (url, "@?#\"\\ \t\r\n")) {
        (void)err_set (err, PROBLEM_INVALID,
                       "'%.200s' is no address of a hub: like https://hub.example or "
                       "http://localhost:8888",
                       url);
        return NULL;
    }
    return xstrndup (url, n);
}

/* ---- the files ---- */

static json_t *read_file (const char *path)
{
    autodone (buf_done) struct buf b;
    struct stat st;

    buf_init (&b, FILE_MAX);
    if (fd_read_file (path, &b, NULL) < 0)
        return NULL;
    if (stat (path, &st) == 0 && (st.st_mode & 077))
        (void)fprintf (stderr,
                       "labwright: %s holds a key and can be read by others: chmod "
                       "600 it\n",
                       path);
    json_t *j = jsonx_parse (b.data, b.len, NULL);
    if (!j)
        (void)fprintf (
            stderr, "labwright: %s is damaged: `labwright login` writes it anew\n", path);
    return j;
}

static void take (char **to, const json_t *j, const char *key)
{
    const char *s = jsonx_str (j, key, NULL);

    if (!s || !*s || strpbrk (s, "\r\n"))
        return;
    free (*to);
    *to = xstrdup (s);
}

/* False: it is for another hub than WANTED, or there is none. */
static bool from_own (struct account *a, const char *wanted)
{
    autofree char *path = own_file ();
    autojson json_t *j = read_file (path);
    const char *url = jsonx_str (j, "url", NULL);
    autofree char *clean = url ? account_check_url (url, NULL) : NULL;

    if (!clean || (wanted && strcmp (clean, wanted) != 0))
        return false;
    free (a->url);
    a->url = take_ptr (clean);
    take (&a->name, j, "username");
    take (&a->key, j, "apikey");
    take (&a->token, j, "token");
    return a->key || a->token;
}

static bool from_floyd (struct account *a)
{
    autofree char *path = floyd_file ();
    autojson json_t *j = read_file (path);

    take (&a->name, j, "username");
    take (&a->key, j, "apikey");
    if (!a->key)
        take (&a->token, j, "token");
    return a->key || a->token;
}

int account_load (struct account *ret, const char *url, struct err *err)
{
    const char *said = url ? url : variable ("LABWRIGHT_URL");
    const char *key = variable ("LABWRIGHT_APIKEY");

    *ret = (struct account){ .name = xstrdup ("") };
    autofree char *wanted = said ? account_check_url (said, err) : NULL;
    ret->url = xstrdup (wanted ? wanted : ACCOUNT_URL);
    if (said && !wanted)
        return -1;
    if (key) {
        if (!wanted) { /* the key is of the hub that one is logged in at */
            (void)from_own (ret, NULL);
            free (ret->token);
            ret->token = NULL;
        }
        free (ret->key);
        ret->key = xstrdup (key);
        return 0;
    }
    if (from_own (ret, wanted) || from_floyd (ret))
        return 0;
    return err_set (err, PROBLEM_UNAUTHENTICATED,
                    "nobody is logged in at %s: labwright login --url %s", ret->url,
                    ret->url);
}

void account_done (struct account *a)
{
    char *secrets[] = { a->key, a->token };

    for (size_t i = 0; i < ARRAY_SIZE (secrets); i++)
        if (secrets[i])
            explicit_bzero (secrets[i], strlen (secrets[i]));
    free (a->url);
    free (a->name);
    free (a->key);
    free (a->token);
    *a = (struct account){ .url = NULL };
}

static int write_file (const char *path, const struct account *a, bool with_url,
                       struct err *err)
{
    autojson json_t *j = json_object ();

    if (with_url)
        jsonx_set_str (j, "url", a->url);
    jsonx_set_str (j, "username", a->name);
    if (a->key)
        jsonx_set_str (j, "apikey", a->key);
    else
        jsonx_set_str (j, "token", a->token);
    autofree char *text = jsonx_dump_string (j, 2, false);
    return fd_write_file_atomic (path, text, strlen (text), 0600, err);
}

int account_save (const struct account *a, bool floyd, struct err *err)
{
    autofree char *own = own_file ();
    autofree char *theirs = floyd_file ();

    if (write_file (own, a, true, err) < 0)
        return -1;
    return floyd ? write_file (theirs, a, false, err) : 0;
}

int account_forget (struct err *err)
{
    autofree char *own = own_file ();
    autofree char *theirs = floyd_file ();
    struct account mine = { .name = xstrdup ("") }, floyd = { .name = xstrdup ("") };
    int rc = 0;

    if (!access (own, F_OK))
        (void)from_own (&mine, NULL);
    if (!access (theirs, F_OK))
        (void)from_floyd (&floyd);
    if (unlink (own) < 0 && errno != ENOENT)
        rc = err_sys (err, errno, "%s", own);
    bool same = mine.key && floyd.key && !strcmp (mine.key, floyd.key);
    if (rc == 0 && same && unlink (theirs) < 0 && errno != ENOENT)
        rc = err_sys (err, errno, "%s", theirs);
    account_done (&mine);
    account_done (&floyd);
    return rc;
}
