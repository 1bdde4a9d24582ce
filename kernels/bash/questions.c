/* questions.c - completion, inspection and expressions: answered by the shell itself
 *
 * The shell is asked with a few lines of script, which it runs in a subshell of the session, so that functions,
 * variables, aliases and the directory are those of the cells and nothing of them changes.  A question that
 * takes longer than ASK_US is interrupted and has what it printed until then as its answer.
 */

#include "bash/kernel_private.h"
#include "bash/words.h"
#include "base/clock.h"
#include "base/utf8.h"

#include <string.h>

#define ASK_US (5 * CLOCK_S)
#define SCRIPT_MAX (1u << 20)
#define MATCHES_MAX 2000
#define DETAILS_MAX 262144

static void on_ask_slow (void *arg)
{
    struct kernel *k = arg;

    k->ask_timer = NULL;
    shell_interrupt (k->shell);
}

/* ANSWERED is always called, with nothing if the shell could not be asked. */
static void ask (struct kernel *k, const struct buf *script,
                 void (*answered) (struct kernel *k, const char *text, size_t n))
{
    k->answered = answered;
    if (!script->overflow && shell_ask (k->shell, script->data, NULL) == 0) {
        k->ask_timer = loop_after (k->loop, ASK_US, on_ask_slow, k);
        return;
    }
    k->answered = NULL;
    answered (k, "", 0);
}

static void asked (struct kernel *k)
{
    loop_cancel (k->ask_timer);
    k->ask_timer = NULL;
}

static const char *code_of (const struct request *req)
{
    return jsonx_str (req->content, "code", "");
}

static size_t cursor_of (const struct request *req)
{
    const char *code = code_of (req);
    int64_t n = jsonx_int (req->content, "cursor_pos", INT32_MAX);

    return words_byte_offset (code, strlen (code), n < 0 ? 0 : (size_t)n);
}

/* ---- completion ---- */

static const char *const kind_types[] = {
    [WORD_FILE] = "path",         [WORD_DIRECTORY] = "path", [WORD_COMMAND] = "function",
    [WORD_VARIABLE] = "variable", [WORD_NAME] = "variable",
};

static void complete_script (const struct word *w, struct buf *b)
{
    static const char *const actions[] = {
        [WORD_FILE] = "-f",     [WORD_DIRECTORY] = "-d",        [WORD_COMMAND] = "-c",
        [WORD_VARIABLE] = "-v", [WORD_NAME] = "-v -A function",
    };

    (void)buf_addf (b, "compgen %s -- ", actions[w->kind]);
    words_quote (b, w->text);
    /* Directories again, to tell them from files. */
    (void)buf_adds (b, "\necho\n");
    if (w->kind == WORD_FILE || w->kind == WORD_DIRECTORY || w->kind == WORD_COMMAND) {
        (void)buf_adds (b, "compgen -d -- ");
        words_quote (b, w->text);
    }
}

/* The lines of TEXT up to an empty one; sets *REST behind it. */
static void read_lines (char *text, struct strv *ret, char **rest)
{
    char *p = text, *end;

    for (; (end = strchr (p, '\n')) && end > p; p = end + 1) {
        *end = '\0';
        if (utf8_valid (p, (size_t)(end - p)))
            strv_add (ret, p);
    }
    *rest = end ? end + 1 : p + strlen (p);
}

static void add_match (json_t *matches, json_t *types, const struct word *w,
                       const char *name, bool directory, size_t start, size_t end)
{
    autofree char *text =
        w->kind == WORD_VARIABLE ? xstrdup (name) : words_escape (w, name);
    autofree char *whole = xasprintf ("%s%s", text, directory ? "/" : "");

    json_array_append_new (matches, json_string (whole));
    json_array_append_new (types,
                           json_pack ("{s:I, s:I, s:s, s:s}", "start", (json_int_t)start,
                                      "end", (json_int_t)end, "text", whole, "type",
                                      directory ? "path" : kind_types[w->kind]));
}

static void complete_answered (struct kernel *k, const char *text, size_t n)
{
    const char *code = code_of (k->now);
    size_t cursor = cursor_of (k->now), start, end;
    autodone (strv_done) struct strv found;
    autodone (strv_done) struct strv dirs;
    autofree char *copy = xstrndup (text, n);
    json_t *matches = json_array (), *types = json_array ();
    struct word w;
    char *rest;

    asked (k);
    strv_init (&found);
    strv_init (&dirs);
    read_lines (copy, &found, &rest);
    read_lines (rest, &dirs, &rest);
    strv_copy (&found, &dirs);
    strv_sort (&found);
    words_at (code, strlen (code), cursor, &w);
    start = words_characters (code, w.start);
    end = words_characters (code, cursor);
    for (size_t i = 0; i < found.n && json_array_size (matches) < MATCHES_MAX; i++)
        if (i == 0 || strcmp (found.v[i], found.v[i - 1]))
            add_match (matches, types, &w, found.v[i], strv_has (&dirs, found.v[i]), start,
                       end);
    words_done (&w);
    channels_reply_json (k->channels, k->now, "complete_reply",
                         json_pack ("{s:s, s:o, s:I, s:I, s:{s:o}}", "status", "ok",
                                    "matches", matches, "cursor_start", (json_int_t)start,
                                    "cursor_end", (json_int_t)end, "metadata",
                                    "_jupyter_types_experimental", types));
    kernel_finish (k);
}

bool complete_request (struct kernel *k, struct request *req)
{
    const char *code = code_of (req);
    autodone (buf_done) struct buf script;
    struct word w;

    buf_init (&script, SCRIPT_MAX);
    words_at (code, strlen (code), cursor_of (req), &w);
    if (*w.text || w.kind != WORD_COMMAND) /* not everything that can be run */
        complete_script (&w, &script);
    words_done (&w);
    ask (k, &script, complete_answered);
    return false;
}

/* ---- inspection ---- */

static void inspect_answered (struct kernel *k, const char *text, size_t n)
{
    autodone (buf_done) struct buf valid;
    json_t *data = json_object ();
    bool found = n > 0;

    asked (k);
    buf_init (&valid, 4 * DETAILS_MAX);
    n = n > DETAILS_MAX ? DETAILS_MAX : n;
    while (n) {
        uint32_t cp;
        size_t len = utf8_next (text, n, &cp);
        (void)(len ? buf_add (&valid, text, len) : buf_adds (&valid, "\xef\xbf\xbd"));
        text += len ? len : 1;
        n -= len ? len : 1;
    }
    if (found)
        jsonx_set_str (data, "text/plain", valid.data);
    channels_reply_json (k->channels, k->now, "inspect_reply",
                         json_pack ("{s:s, s:b, s:o, s:{}}", "status", "ok", "found",
                                    (int)found, "data", data, "metadata"));
    kernel_finish (k);
}

bool inspect_request (struct kernel *k, struct request *req)
{
    /* $1 is the name. */
    static const char look[] =
        "declare -p -- \"$1\" 2>/dev/null\n"
        "type -a -- \"$1\" 2>/dev/null\n"
        "case $(type -t -- \"$1\") in\n"
        "builtin | keyword) echo; help -m -- \"$1\" ;;\n"
        "file) type -P man >/dev/null && echo &&\n"
        "    MANPAGER=cat MAN_KEEP_FORMATTING= MANWIDTH=80 man -- \"${1##*/}\" 2>/dev/null "
        "|\n"
        "    if type -P col >/dev/null; then col -bx; else cat; fi ;;\n"
        "esac\n";
    const char *code = code_of (req);
    autofree char *name = words_name_at (code, strlen (code), cursor_of (req));
    autodone (buf_done) struct buf script;

    buf_init (&script, SCRIPT_MAX);
    if (*name) {
        (void)buf_adds (&script, "set -- ");
        words_quote (&script, name);
        (void)buf_addf (&script, "\n%s", look);
    }
    ask (k, &script, inspect_answered);
    return false;
}

/* ---- user_expressions: each as it would expand inside "..." ---- */

static void expression_answered (struct kernel *k, const char *text, size_t n)
{
    const char *key = json_object_iter_key (k->cell.expression);
    autofree char *value =
        n > 3 && utf8_valid (text, n) ? xstrndup (text + 3, n - 3) : xstrdup ("");
    json_t *reply;

    asked (k);
    if (n >= 3 && !memcmp (text, "ok\n", 3))
        reply = json_pack ("{s:s, s:{s:s}, s:{}}", "status", "ok", "data", "text/plain",
                           value, "metadata");
    else
        reply = json_pack ("{s:s, s:s, s:s, s:[]}", "status", "error", "ename",
                           "ExpansionError", "evalue", "the shell could not expand it",
                           "traceback");
    json_object_set_new (k->cell.values, key, reply);
    k->cell.expression = json_object_iter_next (k->cell.expressions, k->cell.expression);
    questions_expressions (k);
}

void questions_expressions (struct kernel *k)
{
    autodone (buf_done) struct buf script;
    const char *text;

    buf_init (&script, SCRIPT_MAX);
    if (json_is_object (k->cell.expressions) && !k->cell.expression &&
        json_object_size (k->cell.values) == 0)
        k->cell.expression = json_object_iter (k->cell.expressions);
    if (!k->cell.expression) {
        execute_end (k);
        return;
    }
    text = json_string_value (json_object_iter_value (k->cell.expression));
    (void)buf_adds (&script, "__labwright_value=");
    words_quote (&script, text ? text : "");
    (void)buf_adds (&script,
                    "\nif eval \"__labwright_value=\\\"$__labwright_value\\\"\"; then\n"
                    "printf 'ok\\n%s' \"$__labwright_value\"\nfi\n");
    ask (k, &script, expression_answered);
}
