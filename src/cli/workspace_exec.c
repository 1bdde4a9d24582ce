/* workspace_exec.c - a command in a running workspace, with its exit status
 *
 * The status comes as the last thing on standard output, behind a mark that nobody can guess and that is cut
 * off again; so whatever may look like the mark's beginning is held back until more is known.
 */

#include "cli/workspace_exec.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/ident.h"
#include "base/jsonx.h"
#include "cli/ws_client.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_MAX (16u << 20)
#define HELD_MAX (32u << 20)

struct exec {
    struct api *api;
    char *base;   /* https://labs.../notebooks/ID */
    char *kernel; /* its id */
    char *mark, *msg_id;
    struct ws_client *ws;
    struct buf held; /* standard output that is not written yet */
    int status;      /* -1: not known yet */
    bool idle, died;
};

static volatile sig_atomic_t interrupts;

static void on_interrupt (int signo)
{
    interrupts++;
}

/* ---- what the kernel is asked ---- */

static void add_quoted (struct buf *b, const char *s)
{
    (void)buf_addc (b, '\'');
    for (; *s; s++)
        if (*s == '\'')
            (void)buf_adds (b, "'\\''");
        else
            (void)buf_addc (b, *s);
    (void)buf_addc (b, '\'');
}

char *workspace_exec_code (const struct strv *command, const char *mark)
{
    struct buf b;

    buf_init (&b, 1 << 20);
    /* a subshell of its own: `exit 3` and `set -e` end it and not the kernel */
    if (command->n == 1) {
        (void)buf_adds (&b, "bash -c ");
        add_quoted (&b, command->v[0]);
    } else {
        (void)buf_adds (&b, "env --");
        for (size_t i = 0; i < command->n; i++) {
            (void)buf_addc (&b, ' ');
            add_quoted (&b, command->v[i]);
        }
    }
    (void)buf_addf (&b, " </dev/null; printf '%s%%d\\n' $?", mark);
    return buf_take (&b, NULL);
}

static int ask_kernel (struct exec *e, const struct strv *command, struct err *err)
{
    autofree char *code = workspace_exec_code (command, e->mark);
    autojson json_t *m = json_pack (
        "{s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:{}, s:{}, s:s, s:[], s:{s:s, s:b, s:b, s:{}, "
        "s:b, s:b}}",
        "header", "msg_id", e->msg_id, "session", e->msg_id, "username", "labwright",
        "date", "", "msg_type", "execute_request", "version", "5.3", "parent_header",
        "metadata", "channel", "shell", "buffers", "content", "code", code, "silent", 0,
        "store_history", 0, "user_expressions", "allow_stdin", 0, "stop_on_error", 1);

    if (!m)
        return err_set (err, PROBLEM_INVALID, "the command must be UTF-8");
    autofree char *text = jsonx_dump_string (m, 0, false);
    return ws_client_send (e->ws, text, strlen (text), err);
}

/* ---- what it says ---- */

static void write_out (int fd, const char *s, size_t n)
{
    (void)fd_write_all (fd, s, n, NULL);
}

/* How many bytes at the end of HELD may be the beginning of the mark. */
static size_t maybe_mark (const struct exec *e)
{
    size_t most = strlen (e->mark);

    if (most > e->held.len)
        most = e->held.len;
    for (size_t n = most; n > 0; n--)
        if (!memcmp (e->held.data + e->held.len - n, e->mark, n))
            return n;
    return 0;
}

static void on_stdout (struct exec *e, const char *s, size_t n)
{
    (void)buf_add (&e->held, s, n);
    char *mark = strstr (e->held.data, e->mark);
    size_t out = mark ? (size_t)(mark - e->held.data) : e->held.len - maybe_mark (e);
    const char *end = mark ? strchr (mark, '\n') : NULL;

    if (end)
        e->status = (int)strtol (mark + strlen (e->mark), NULL, 10);
    write_out (STDOUT_FILENO, e->held.data, out);
    buf_consume (&e->held, out);
}

static void on_message (struct exec *e, const json_t *m)
{
    const json_t *content = json_object_get (m, "content");
    const char *type = jsonx_str (json_object_get (m, "header"), "msg_type", "");
    const char *parent = jsonx_str (json_object_get (m, "parent_header"), "msg_id", "");
    const char *state = jsonx_str (content, "execution_state", "");
    const json_t *text = json_object_get (content, "text");

    if (!strcmp (type, "status") &&
        (!strcmp (state, "dead") || !strcmp (state, "restarting")))
        e->died = true;
    if (strcmp (parent, e->msg_id) != 0)
        return;
    if (!strcmp (type, "status") && !strcmp (state, "idle"))
        e->idle = true;
    if (strcmp (type, "stream") != 0 || !json_is_string (text))
        return;
    if (!strcmp (jsonx_str (content, "name", ""), "stderr"))
        write_out (STDERR_FILENO, json_string_value (text), json_string_length (text));
    else
        on_stdout (e, json_string_value (text), json_string_length (text));
}

static void interrupt_kernel (struct exec *e)
{
    autofree char *url = xasprintf ("%s/api/kernels/%s/interrupt", e->base, e->kernel);

    (void)api_call_url (e->api, "POST", url, NULL, NULL, NULL);
}

static int listen_to_kernel (struct exec *e, struct err *err)
{
    autodone (buf_done) struct buf b;
    int seen = 0;

    buf_init (&b, MESSAGE_MAX);
    while (!e->idle && !e->died) {
        int rc = ws_client_receive (e->ws, &b, 1000, err);
        if (interrupts > 1)
            return err_set (err, PROBLEM_CANCELLED, "Aborted!");
        if (interrupts > seen) {
            seen = interrupts;
            interrupt_kernel (e);
        }
        if (rc < 0)
            return -1;
        autojson json_t *m = rc ? jsonx_parse (b.data, b.len, NULL) : NULL;
        if (m)
            on_message (e, m);
    }
    if (e->status >= 0)
        return 0;
    if (interrupts) {
        e->status = 128 + SIGINT;
        return 0;
    }
    return err_set (
        err, PROBLEM_UNAVAILABLE,
        "the command ended without telling how: the workspace may have stopped");
}

/* ---- a kernel for it ---- */

/* The address of the workspace's server: what GET url leads to, without its token. */
static int find_base (struct exec *e, const json_t *item, struct err *err)
{
    autofree char *path = xasprintf ("workspaces/%s/url", jsonx_str (item, "id", ""));
    autojson json_t *answer = NULL;

    if (api_call (e->api, "GET", path, NULL, &answer, err) < 0)
        return -1;
    const char *url = jsonx_str (answer, "url", "");
    const char *enter = strstr (url, "/_enter");
    if (!enter || !strstr (url, "://"))
        return err_set (err, PROBLEM_UNAVAILABLE, "the hub does not say where it runs");
    e->base = xstrndup (url, (size_t)(enter - url));
    return 0;
}

static int start_kernel (struct exec *e, struct err *err)
{
    autofree char *url = xasprintf ("%s/api/kernels", e->base);
    autojson json_t *body = json_pack ("{s:s}", "name", "bash"), *answer = NULL;

    if (api_call_url (e->api, "POST", url, body, &answer, err) < 0)
        return err_wrap (err, "starting a shell in the workspace");
    const char *id = jsonx_str (answer, "id", "");
    if (!*id || strspn (id, "0123456789abcdef-") != strlen (id))
        return err_set (err, PROBLEM_UNAVAILABLE, "the workspace started no shell");
    e->kernel = xstrdup (id);
    return 0;
}

static int run (struct exec *e, const struct strv *command, struct err *err)
{
    autofree char *url = xasprintf ("%s/api/kernels/%s/channels", e->base, e->kernel);

    e->ws = ws_client_open (e->api, url, err);
    if (!e->ws || ask_kernel (e, command, err) < 0)
        return -1;
    return listen_to_kernel (e, err);
}

static void done (struct exec *e)
{
    ws_client_free (e->ws);
    if (e->kernel) {
        autofree char *url = xasprintf ("%s/api/kernels/%s", e->base, e->kernel);
        (void)api_call_url (e->api, "DELETE", url, NULL, NULL, NULL);
    }
    buf_done (&e->held);
    free (e->base);
    free (e->kernel);
    free (e->mark);
    free (e->msg_id);
}

int workspace_exec (struct api *api, const json_t *item, const struct strv *command,
                    int *ret_status, struct err *err)
{
    const struct sigaction sa = { .sa_handler = on_interrupt };
    struct exec e = { .api = api, .status = -1 };
    struct sigaction before;

    if (strcmp (jsonx_str (item, "state", ""), "running") != 0)
        return err_set (err, PROBLEM_UNAVAILABLE,
                        "the workspace is %s: labwright workspace start %s",
                        jsonx_str (item, "state", "?"), jsonx_str (item, "id", ""));
    buf_init (&e.held, HELD_MAX);
    e.msg_id = ident_hex (16);
    autofree char *secret = ident_hex (12);
    e.mark = xasprintf ("[labwright-exec-%s:", secret);
    interrupts = 0;
    (void)sigaction (SIGINT, &sa, &before);
    int rc = find_base (&e, item, err);
    if (rc == 0)
        rc = api_enter (api, e.base, err);
    if (rc == 0)
        rc = start_kernel (&e, err);
    if (rc == 0)
        rc = run (&e, command, err);
    *ret_status = e.status;
    done (&e);
    (void)sigaction (SIGINT, &before, NULL);
    return rc;
}
