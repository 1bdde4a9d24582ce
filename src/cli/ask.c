/* ask.c - the person at the terminal */

#include "cli/ask.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonx.h"

#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#define LINE_MAX_BYTES 4096

/* A line of standard input by single bytes: what follows it is somebody else's. */
static char *read_line (struct err *err)
{
    autodone (buf_done) struct buf b;
    ssize_t n;
    char c;

    buf_init (&b, LINE_MAX_BYTES);
    while ((n = read (STDIN_FILENO, &c, 1)) == 1 && c != '\n')
        (void)buf_addc (&b, c);
    if (b.overflow || (n != 1 && b.len == 0)) {
        (void)err_set (err, PROBLEM_INVALID,
                       b.overflow ? "the line is too long" : "standard input is empty");
        return NULL;
    }
    if (b.len && b.data[b.len - 1] == '\r')
        b.len--;
    return xstrndup (b.data, b.len);
}

int ask_yes (const char *question, struct err *err)
{
    if (!isatty (STDIN_FILENO))
        return err_set (err, PROBLEM_INVALID, "%s --yes says so where nobody is asked",
                        question);
    (void)fprintf (stderr, "%s [y/N]: ", question);
    autofree char *line = read_line (NULL);
    if (line && (!strcasecmp (line, "y") || !strcasecmp (line, "yes")))
        return 0;
    return err_set (err, PROBLEM_CANCELLED, "Aborted!");
}

char *ask_line (const char *prompt, const char *dflt, struct err *err)
{
    if (isatty (STDIN_FILENO))
        (void)fprintf (stderr, *dflt ? "%s [%s]: " : "%s: ", prompt, dflt);
    char *line = read_line (err);
    if (line && !*line) {
        free (line);
        line = xstrdup (dflt);
    }
    return line;
}

char *ask_secret (const char *prompt, struct err *err)
{
    struct termios before, hidden;
    bool tty = tcgetattr (STDIN_FILENO, &before) == 0;

    if (tty) {
        hidden = before;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
        (void)fprintf (stderr, "%s: ", prompt);
    }
    char *line = read_line (err);
    if (tty) {
        (void)tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
        (void)fprintf (stderr, "\n");
    }
    return line;
}

int ask_fail (const struct err *err)
{
    if (err->problem == PROBLEM_CANCELLED)
        (void)fprintf (stderr, "%s\n", err->text);
    else
        (void)fprintf (stderr, "Error: %s\n", err->text);
    return err->problem == PROBLEM_UNAUTHENTICATED ? EXIT_NO_LOGIN : EXIT_ERROR;
}

void ask_print_json (const json_t *j)
{
    autofree char *text = jsonx_dump_string (j, 2, false);

    (void)printf ("%s\n", text);
}

static int64_t seconds_of (const char *iso)
{
    struct tm tm = { .tm_sec = 0 };

    return strptime (iso, "%Y-%m-%dT%H:%M:%S", &tm) ? (int64_t)timegm (&tm) : -1;
}

/* The words of floyd-contract 3. */
void ask_age (const char *iso, int64_t now_s, char ret[32])
{
    static const struct {
        int64_t below, unit;
        const char *text;
    } rows[] = {
        { 10, 1, "just now" },
        { 60, 1, "%lld seconds ago" },
        { 120, 1, "a minute ago" },
        { 3600, 60, "%lld minutes ago" },
        { 7200, 1, "an hour ago" },
        { 86400, 3600, "%lld hours ago" },
        { 2 * 86400, 1, "Yesterday" },
        { 7 * 86400, 86400, "%lld days ago" },
        { 31 * 86400, 7 * 86400, "%lld weeks ago" },
        { 365 * 86400, 30 * 86400, "%lld months ago" },
        { INT64_MAX, 365 * 86400, "%lld years ago" },
    };
    int64_t at = iso ? seconds_of (iso) : -1, ago = at < 0 ? 0 : now_s - at;

    ret[0] = '\0';
    if (at < 0)
        return;
    if (ago < 0)
        ago = 0;
    size_t i = 0;
    while (ago >= rows[i].below)
        i++;
    long long n = (long long)(ago / rows[i].unit);
    /* the rows that count hold one %lld, the others none */
    if (strchr (rows[i].text, '%'))
        (void)snprintf (ret, 32, "%lld%s", n, rows[i].text + 4);
    else
        (void)snprintf (ret, 32, "%s", rows[i].text);
}

bool ask_open_browser (const char *url)
{
    extern char **environ;
    const char *said = getenv ("BROWSER");
    char *programs[] = { said && *said ? (char *)said : NULL, "xdg-open" };
    int status;
    pid_t pid;

    for (size_t i = 0; i < ARRAY_SIZE (programs); i++) {
        char *argv[] = { programs[i], (char *)url, NULL };
        if (!programs[i] || (i == 1 && !getenv ("DISPLAY") && !getenv ("WAYLAND_DISPLAY")))
            continue;
        if (posix_spawnp (&pid, argv[0], NULL, NULL, argv, environ) == 0)
            return waitpid (pid, &status, 0) == pid && status == 0;
    }
    return false;
}
