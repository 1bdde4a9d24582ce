/* history.c - the cells that were run, kept over restarts */

#include "bash/history.h"
#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define ROW_MAX (1u << 20) /* bytes of one line: longer cells are not kept */
#define TAIL_DEFAULT 10

struct history {
    char *path;
    int64_t session;
};

/* ---- the file ---- */

/* All rows as JSON objects, oldest first; lines that are none are left out. */
static json_t *load (const struct history *h)
{
    json_t *rows = json_array ();
    autodone (buf_done) struct buf b;

    buf_init (&b, 2 * HISTORY_FILE_MAX);
    if (fd_read_file (h->path, &b, NULL) < 0)
        return rows;
    for (char *p = b.data, *end; (end = strchr (p, '\n')); p = end + 1) {
        json_t *row = jsonx_parse (p, (size_t)(end - p), NULL);
        if (json_is_object (row) && json_is_string (json_object_get (row, "code")))
            json_array_append_new (rows, row);
        else
            json_decref (row);
    }
    return rows;
}

static int64_t last_session (const json_t *rows)
{
    size_t n = json_array_size (rows);

    return n ? jsonx_int (json_array_get (rows, n - 1), "session", 0) : 0;
}

/* Keep the younger half. */
static void shorten (struct history *h)
{
    autodone (buf_done) struct buf b;
    struct stat st;
    const char *half;

    buf_init (&b, 4 * HISTORY_FILE_MAX);
    if (stat (h->path, &st) < 0 || st.st_size <= HISTORY_FILE_MAX)
        return;
    if (fd_read_file (h->path, &b, NULL) < 0) {
        (void)unlink (h->path);
        return;
    }
    half = strchr (b.data + b.len / 2, '\n');
    if (half)
        (void)fd_write_file_atomic (h->path, half + 1, b.len - (size_t)(half + 1 - b.data),
                                    0600, NULL);
}

struct history *history_open (struct err *err)
{
    const char *data = getenv ("XDG_DATA_HOME");
    const char *home = getenv ("HOME");
    autofree char *base =
        data && *data ? xstrdup (data) : path_join (home ? home : "/", ".local/share");
    autofree char *dir = path_join (base, "labwright");
    struct history *h = xnew (struct history);

    (void)fd_mkdirs (dir, 0700, NULL);
    h->path = path_join (dir, "bash_history.jsonl");
    shorten (h);
    autojson json_t *rows = load (h);
    h->session = last_session (rows) + 1;
    return h;
}

void history_close (struct history *h)
{
    if (!h)
        return;
    free (h->path);
    free (h);
}

void history_add (struct history *h, int line, const char *code, size_t n)
{
    autodone (buf_done) struct buf b;
    autoclose int fd = open (h->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    buf_init (&b, ROW_MAX);
    while (n && code[n - 1] == '\n')
        n--;
    (void)buf_addf (&b, "{\"session\":%lld,\"line\":%d,\"code\":", (long long)h->session,
                    line);
    (void)buf_add_json_string (&b, code, n);
    (void)buf_adds (&b, "}\n");
    if (fd >= 0 && !b.overflow)
        (void)fd_write_all (fd, b.data, b.len, NULL);
}

/* ---- asking ---- */

static json_t *row_reply (const json_t *row, bool output)
{
    json_t *code = json_object_get (row, "code");
    int64_t session = jsonx_int (row, "session", 0), line = jsonx_int (row, "line", 0);

    if (output)
        return json_pack ("[I, I, [O, n]]", (json_int_t)session, (json_int_t)line, code);
    return json_pack ("[I, I, O]", (json_int_t)session, (json_int_t)line, code);
}

static bool wanted (const struct history *h, const json_t *content, const char *type,
                    const json_t *row)
{
    int64_t session = jsonx_int (content, "session", 0);
    int64_t line = jsonx_int (row, "line", 0);

    if (!strcmp (type, "search"))
        return fnmatch (jsonx_str (content, "pattern", "*"), jsonx_str (row, "code", ""),
                        0) == 0;
    if (strcmp (type, "range"))
        return true;
    if (session <= 0) /* 0 is this session, -1 the one before */
        session += h->session;
    return jsonx_int (row, "session", 0) == session &&
           line >= jsonx_int (content, "start", 0) &&
           line < jsonx_int (content, "stop", INT_MAX);
}

static bool is_repeated (const json_t *found, const json_t *row)
{
    size_t i;
    json_t *seen;

    json_array_foreach (found, i,
                        seen) if (json_equal (json_object_get (seen, "code"),
                                              json_object_get (row, "code"))) return true;
    return false;
}

json_t *history_get (struct history *h, const json_t *content)
{
    const char *type = jsonx_str (content, "hist_access_type", "tail");
    bool range = !strcmp (type, "range"), unique = jsonx_bool (content, "unique", false);
    int64_t n = jsonx_int (content, "n", range ? INT_MAX : TAIL_DEFAULT);
    autojson json_t *rows = load (h);
    autojson json_t *found = json_array (); /* youngest first */
    json_t *reply = json_array ();

    for (size_t i = json_array_size (rows); i > 0 && (int64_t)json_array_size (found) < n;
         i--) {
        json_t *row = json_array_get (rows, i - 1);
        if (wanted (h, content, type, row) && !(unique && is_repeated (found, row)))
            json_array_append (found, row);
    }
    for (size_t i = json_array_size (found); i > 0; i--)
        json_array_append_new (reply, row_reply (json_array_get (found, i - 1),
                                                 jsonx_bool (content, "output", false)));
    return reply;
}
