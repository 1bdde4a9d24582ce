/* lab_cli.c - the sub-commands of `labwright lab`
 *
 * They run without a loop and may block.
 */

#include "server/lab_cli.h"

#include "base/crypto.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "jupyter/jpaths.h"
#include "server/lab_dirs.h"
#include "server/lab_stop.h"
#include "server/options.h"
#include "server/password_file.h"
#include "server/runtime_file.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>

#define PASSWORD_MAX 1024

static int complain (const char *text)
{
    (void)fprintf (stderr, "labwright lab: %s\n", text);
    return 1;
}

/* ---- list
 * ----------------------------------------------------------------------------------------
 */

static void print_json (const json_t *j, int indent)
{
    autofree char *text = jsonx_dump_string (j, indent, true);
    (void)puts (text ? text : "null");
}

static void print_server (const json_t *info)
{
    const char *token = jsonx_str (info, "token", "");
    (void)printf ("%s%s%s :: %s\n", jsonx_str (info, "url", ""), *token ? "?token=" : "",
                  token, jsonx_str (info, "root_dir", ""));
}

static int cmd_list (const struct jpaths *p, int argc, char **argv)
{
    bool json = argc > 1 && !strcmp (argv[1], "--json");
    bool jsonlist = argc > 1 && !strcmp (argv[1], "--jsonlist");
    if (argc > 2 || (argc == 2 && !json && !jsonlist))
        return complain ("usage: list [--json | --jsonlist]");
    autojson json_t *servers = runtime_file_list (p);
    size_t i;
    json_t *info;
    if (jsonlist) {
        print_json (servers, 2);
        return 0;
    }
    if (!json)
        (void)puts ("Currently running servers:");
    json_array_foreach (servers, i, info)
    {
        if (json)
            print_json (info, 0);
        else
            print_server (info);
    }
    return 0;
}

/* ---- stop
 * ----------------------------------------------------------------------------------------
 */

static bool is_wanted (const json_t *info, const char *which)
{
    char *end;
    long port = strtol (which, &end, 10);
    if (!*end)
        return jsonx_int (info, "port", -1) == port;
    autofree char *path = path_absolute (which);
    return !strcmp (jsonx_str (info, "sock", ""), path);
}

static void print_running (const json_t *servers)
{
    size_t i;
    json_t *info;
    (void)fprintf (stderr, "There are currently no running servers of that kind%s\n",
                   json_array_size (servers) ? "; these are running:" : "");
    json_array_foreach (servers, i, info)
    {
        const char *sock = jsonx_str (info, "sock", "");
        if (*sock)
            (void)fprintf (stderr, "  - %s\n", sock);
        else
            (void)fprintf (stderr, "  - %lld\n", (long long)jsonx_int (info, "port", 0));
    }
}

static int cmd_stop (const struct jpaths *p, int argc, char **argv)
{
    if (argc > 2)
        return complain ("usage: stop [PORT | SOCKET]");
    const char *which = argc == 2 ? argv[1] : "8888";
    autojson json_t *servers = runtime_file_list (p);
    size_t i;
    json_t *info;
    struct err err;
    json_array_foreach (servers, i, info)
    {
        if (!is_wanted (info, which))
            continue;
        (void)printf ("Shutting down server on %s...\n", which);
        (void)fflush (stdout);
        return lab_stop (info, &err) ? complain (err.text) : 0;
    }
    print_running (servers);
    return 1;
}

/* ---- path
 * ----------------------------------------------------------------------------------------
 */

static int cmd_path (const struct jpaths *p, int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return complain ("usage: path");
    struct lab_dirs dirs = { 0 };
    autocleanup (options_free) struct options *o = options_new ();
    options_load_environ (o);
    options_load_files (o, p);
    lab_dirs_find (&dirs, o, p);
    (void)printf ("Application directory:   %s\n", dirs.app);
    (void)printf ("User Settings directory: %s\n", dirs.user_settings);
    (void)printf ("Workspaces directory: %s\n", dirs.workspaces);
    lab_dirs_done (&dirs);
    return 0;
}

/* ---- password
 * ------------------------------------------------------------------------------------ */

/* A line from the terminal without echo, or from a pipe; without its newline. */
static int read_secret (const char *prompt, char *ret, size_t size)
{
    struct termios before, silent;
    bool tty = !tcgetattr (STDIN_FILENO, &before);
    if (tty) {
        (void)fputs (prompt, stderr);
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
    }
    bool got = fgets (ret, (int)size, stdin) != NULL;
    if (tty) {
        (void)tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
        (void)fputc ('\n', stderr);
    }
    if (!got)
        return -1;
    ret[strcspn (ret, "\r\n")] = '\0';
    return 0;
}

static int cmd_password (const struct jpaths *p, int argc, char **argv)
{
    char first[PASSWORD_MAX], second[PASSWORD_MAX];
    struct err err;
    (void)argv;
    if (argc > 1)
        return complain ("usage: password");
    if (read_secret ("Enter password: ", first, sizeof (first)) ||
        read_secret ("Verify password: ", second, sizeof (second)))
        return complain ("no password was given");
    if (strcmp (first, second) != 0)
        return complain ("Passwords do not match.");
    autofree char *hash = crypto_password_hash (first, &err);
    if (!hash || password_file_write (p, hash, &err))
        return complain (err.text);
    autofree char *path = password_file_path (p);
    (void)printf ("Wrote hashed password to %s\n", path);
    return 0;
}

/* ---- the table
 * ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*run) (const struct jpaths *p, int argc, char **argv);
} commands[] = {
    { "list", cmd_list },  { "stop", cmd_stop },         { "path", cmd_path },
    { "paths", cmd_path }, { "password", cmd_password },
};

bool lab_cli_main (int argc, char **argv, int *ret_code)
{
    for (size_t i = 0; argc > 1 && i < ARRAY_SIZE (commands); i++) {
        if (strcmp (argv[1], commands[i].name) != 0)
            continue;
        struct err err;
        struct jpaths *p = jpaths_new (&err);
        *ret_code = p ? commands[i].run (p, argc - 1, argv + 1) : complain (err.text);
        jpaths_free (p);
        return true;
    }
    return false;
}

int lab_cli_generate (const struct options *o, const struct jpaths *p)
{
    autofree char *path = path_join (p->config_dir, "jupyter_lab_config.json");
    autodone (buf_done) struct buf b;
    struct err err;
    buf_init (&b, 1 << 20);
    bool ask = isatty (STDIN_FILENO) && !options_bool (o, "ServerApp.answer_yes");
    if (!access (path, F_OK) && ask) {
        char answer[16] = "";
        (void)printf ("Overwrite %s with default config? [y/N]", path);
        (void)fflush (stdout);
        if (!fgets (answer, sizeof (answer), stdin) ||
            (answer[0] != 'y' && answer[0] != 'Y'))
            return 0;
    } else if (!access (path, F_OK) && !options_bool (o, "ServerApp.answer_yes")) {
        (void)fprintf (stderr, "labwright lab: %s exists, -y overwrites it\n", path);
        return 1;
    }
    options_generate (&b);
    if (fd_write_file_atomic (path, b.data, b.len, 0600, &err))
        return complain (err.text);
    (void)printf ("Writing default config to: %s\n", path);
    return 0;
}
