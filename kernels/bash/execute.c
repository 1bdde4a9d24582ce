/* execute.c - cells, and what the shell says while they run
 *
 * A cell whose last command fails is an error with the exit status, as on a terminal that shows $? in its
 * prompt; so "Run all" stops there.  A cell that ends the shell is an error that says so, and the next shell
 * is started in the same directory.
 */

#include "bash/kernel_private.h"
#include "base/log.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static struct slice json_slice (const char *text)
{
    return (struct slice){ text, strlen (text) };
}

/* ---- the end of a cell ---- */

static void reply_ok (struct kernel *k)
{
    json_t *content = json_pack ("{s:s, s:i, s:o, s:[]}", "status", "ok", "execution_count",
                                 k->count, "user_expressions", k->cell.values, "payload");

    k->cell.values = NULL;
    channels_reply_json (k->channels, k->now, "execute_reply", content);
}

void execute_over (struct kernel *k)
{
    k->cell.running = false;
    json_decref (k->cell.values);
    k->cell.values = NULL;
    input_forget (k);
}

void execute_end (struct kernel *k)
{
    reply_ok (k);
    execute_over (k);
    kernel_finish (k);
}

static void fail (struct kernel *k, int status)
{
    const char *signal = status > 128 ? sigabbrev_np (status - 128) : NULL;
    autofree char *evalue =
        signal ? xasprintf ("%d (SIG%s)", status, signal) : xasprintf ("%d", status);
    autofree char *text = xasprintf ("\033[31mexit status %s\033[0m", evalue);

    if (k->cell.interrupted && status == 128 + SIGINT)
        failure_tell (k, "Interrupted", "SIGINT", "\033[31minterrupted\033[0m");
    else
        failure_tell (k, "ExitStatus", evalue, text);
}

static void on_done (void *arg, int status)
{
    struct kernel *k = arg;

    outstream_flush (k->out, true);
    if (k->answered) {
        void (*answered) (struct kernel *, const char *, size_t) = k->answered;
        autodone (buf_done) struct buf text;
        buf_init (&text, SHELL_ANSWER_MAX);
        shell_answer (k->shell, &text);
        k->answered = NULL;
        answered (k, text.data, text.len);
    } else if (k->cell.running && status) {
        fail (k, status);
    } else if (k->cell.running) {
        input_forget (k);
        questions_expressions (k);
    }
}

/* ---- the end of the shell ---- */

static char *how_it_ended (int status)
{
    if (WIFSIGNALED (status)) {
        const char *name = sigabbrev_np (WTERMSIG (status));
        return xasprintf ("killed by SIG%s", name ? name : "?");
    }
    return xasprintf ("exit status %d", WEXITSTATUS (status));
}

static void tell_ended (struct kernel *k, int status)
{
    autofree char *how = how_it_ended (status);
    autofree char *text = xasprintf (
        "\033[31mthe shell ended: %s\033[0m\nA new one was started; variables, functions "
        "and background jobs of the old one are gone.",
        how);

    if (k->cell.running) {
        failure_tell (k, "ShellEnded", how, text);
        return;
    }
    autojson json_t *content =
        json_pack ("{s:s, s:s++}", "name", "stderr", "text", text, "\n", "");
    autofree char *json = jsonx_dump_string (content, 0, false);
    channels_publish (k->channels, k->parent, "stream", json_slice (json));
    if (k->answered) {
        void (*answered) (struct kernel *, const char *, size_t) = k->answered;
        k->answered = NULL;
        answered (k, "", 0);
    }
}

static void on_ended (void *arg, int status)
{
    struct kernel *k = arg;
    bool was_ready = shell_was_ready (k->shell);
    struct err err;

    outstream_flush (k->out, true);
    if (k->ending)
        return;
    if (!was_ready && k->plain) {
        log_error ("kernel", "bash ends before its first prompt");
        loop_stop (k->loop, 1);
        return;
    }
    if (kernel_start_shell (k, !was_ready, &err) < 0) {
        log_error ("kernel", "%s", err.text);
        loop_stop (k->loop, 1);
        return;
    }
    if (was_ready)
        tell_ended (k, status);
}

static void on_ready (void *arg)
{
    struct kernel *k = arg;

    loop_cancel (k->start_timer);
    k->start_timer = NULL;
    outstream_flush (k->out, true);
    kernel_wake (k);
}

/* ---- output ---- */

static void on_output (void *arg, enum shell_stream which, const char *data, size_t n)
{
    struct kernel *k = arg;

    if (!k->parent || k->cell.silent) /* start-up files, silent cells */
        return;
    outstream_add (k->out, which, data, n);
    if (channels_clogged (k->channels))
        shell_pause (k->shell, true);
    if (k->cell.running)
        input_watch (k);
}

static void on_synced (void *arg)
{
    struct kernel *k = arg;

    outstream_flush (k->out, false);
    display_synced (k->display);
}

const struct shell_ops execute_shell_ops = { on_ready, on_output, on_done, on_ended,
                                             on_synced };

static void publish_stream (void *arg, struct slice content)
{
    struct kernel *k = arg;

    channels_publish (k->channels, k->parent, "stream", content);
}

static bool on_unfinished (void *arg)
{
    struct kernel *k = arg;

    return k->cell.running && input_look (k);
}

const struct outstream_ops execute_out_ops = { publish_stream, on_unfinished };

/* ---- display ---- */

static void sync_for_display (void *arg)
{
    struct kernel *k = arg;

    shell_sync (k->shell);
}

static void publish_display (void *arg, const char *type, struct slice content)
{
    struct kernel *k = arg;

    if (k->parent && !k->cell.silent)
        channels_publish (k->channels, k->parent, type, content);
}

const struct display_ops execute_display_ops = { sync_for_display, publish_display };

/* ---- the request ---- */

static bool is_blank (const char *s)
{
    return s[strspn (s, " \t\r\n")] == '\0';
}

/* The cell's text without NUL bytes, which bash cannot have, and with a last newline. */
static char *text_of (const json_t *code, size_t *ret_len)
{
    const char *s = json_is_string (code) ? json_string_value (code) : "";
    size_t n = json_is_string (code) ? json_string_length (code) : 0, len = 0;
    char *text = xcalloc (n + 2, 1);

    for (size_t i = 0; i < n; i++)
        if (s[i])
            text[len++] = s[i];
    text[len++] = '\n';
    *ret_len = len;
    return text;
}

static void read_options (struct kernel *k, const struct request *req)
{
    const json_t *c = req->content;

    k->cell = (struct cell){
        .running = true,
        .silent = jsonx_bool (c, "silent", false),
        .allow_stdin = jsonx_bool (c, "allow_stdin", true),
        .stop_on_error = jsonx_bool (c, "stop_on_error", true),
        .expressions = json_object_get (c, "user_expressions"),
        .values = json_object (),
    };
    k->cell.store = !k->cell.silent && jsonx_bool (c, "store_history", true);
}

static void publish_input (struct kernel *k, json_t *code)
{
    channels_publish_json (
        k->channels, k->now, "execute_input",
        json_pack ("{s:O, s:i}", "code", code, "execution_count", k->count));
}

bool execute_request (struct kernel *k, struct request *req)
{
    size_t n;
    autofree char *code = text_of (json_object_get (req->content, "code"), &n);
    struct err err;

    outstream_flush (k->out, true);
    request_unref (k->parent);
    k->parent = request_ref (req);
    read_options (k, req);
    if (k->cell.store)
        k->count++;
    if (!k->cell.silent)
        publish_input (k, json_object_get (req->content, "code"));
    if (k->cell.store && !is_blank (code))
        history_add (k->history, k->count, code, n - 1);
    if (is_blank (code)) {
        questions_expressions (k);
        return false;
    }
    if (shell_run (k->shell, code, n, k->cell.store, &err) == 0) {
        input_watch (k);
        return false;
    }
    failure_tell (k, "ShellError", err.text, err.text);
    return false;
}
