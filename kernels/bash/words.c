/* words.c - what stands at the cursor
 *
 * One pass from the beginning to the cursor.  The state is what a reader of the line would know at each place:
 * is a quote open, where did the word begin, is this the place of a command, which command is it.
 */

#include "bash/words.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

#define COMMAND_MAX 64

struct scan {
    size_t start; /* of the word that is being read */
    bool in_word;
    bool command; /* this word is in the place of a command */
    bool expands; /* a '$' name begins at DOLLAR and goes on */
    size_t dollar;
    char quote;
    char name[COMMAND_MAX]; /* of the command whose arguments these are */
    struct buf text;        /* of the word, unquoted */
};

static bool is_separator (char c)
{
    return strchr (";|&()\n`", c) != NULL;
}

static bool in_list (const char *const *list, size_t n, const char *s)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp (list[i], s))
            return true;
    return false;
}

/* Words after which a command comes again. */
static bool leads_command (const char *s)
{
    static const char *const words[] = { "if",      "then", "else",  "elif", "while",
                                         "until",   "do",   "!",     "{",    "time",
                                         "exec",    "sudo", "nohup", "env",  "command",
                                         "builtin", "type", "which", "man",  "help",
                                         "xargs",   "eval" };

    return in_list (words, ARRAY_SIZE (words), s);
}

static bool takes_names (const char *s)
{
    static const char *const words[] = { "unset", "export",   "declare", "local",
                                         "read",  "readonly", "typeset", "printenv" };

    return in_list (words, ARRAY_SIZE (words), s);
}

static bool takes_directories (const char *s)
{
    return !strcmp (s, "cd") || !strcmp (s, "pushd") || !strcmp (s, "rmdir");
}

static bool is_assignment (const char *s)
{
    size_t n =
        strspn (s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    return n && (s[n] == '=' || (s[n] == '+' && s[n + 1] == '='));
}

static void word_end (struct scan *s)
{
    if (s->in_word && s->command && !is_assignment (s->text.data) &&
        !leads_command (s->text.data)) {
        s->command = false;
        s->name[0] = '\0';
        if (s->text.len < sizeof (s->name))
            memcpy (s->name, s->text.data, s->text.len + 1);
    }
    s->in_word = s->expands = false;
    buf_clear (&s->text);
}

static void word_add (struct scan *s, size_t at, char c)
{
    if (!s->in_word) {
        s->in_word = true;
        s->start = at;
    }
    (void)buf_addc (&s->text, c);
}

static void dollar (struct scan *s, const char *code, size_t at)
{
    char c = code[at];

    if (c == '$' && s->quote != '\'') {
        s->expands = true;
        s->dollar = at;
    } else if (s->expands && !isalnum ((unsigned char)c) && c != '_' &&
               !(c == '{' && at == s->dollar + 1) &&
               !((c == '#' || c == '!') && code[at - 1] == '{')) {
        s->expands = false;
    }
}

/* One character outside single quotes and escapes. */
static void plain (struct scan *s, const char *code, size_t at)
{
    char c = code[at];

    if (c == '"' || (c == '\'' && !s->quote)) {
        bool opens = !s->quote;
        if (!s->in_word) {
            word_add (s, at, c);
            buf_clear (&s->text);
        }
        s->quote = opens ? c : 0;
        if (opens)
            s->start = at + 1;
    } else if (!s->quote && (is_separator (c) || (c == '{' && !s->in_word))) {
        word_end (s);
        s->command = true;
    } else if (!s->quote && (c == '<' || c == '>')) {
        bool command = s->command;
        word_end (s);
        s->command = command && s->command;
        s->name[0] = '\0';
    } else if (!s->quote && isspace ((unsigned char)c)) {
        word_end (s);
    } else {
        word_add (s, at, c);
        if (!s->quote && c == '=') { /* of an assignment or an option: a file follows */
            s->start = at + 1;
        }
    }
}

static void scan_to (struct scan *s, const char *code, size_t cursor)
{
    bool escaped = false, comment = false;

    for (size_t i = 0; i < cursor; i++) {
        char c = code[i];
        if (comment) {
            comment = c != '\n';
        } else if (escaped) {
            escaped = false;
            word_add (s, i - 1, c);
        } else if (s->quote == '\'') {
            if (c == '\'')
                s->quote = 0;
            else
                word_add (s, i, c);
        } else if (c == '\\') {
            escaped = true;
            s->expands = false;
        } else if (c == '#' && !s->quote && !s->in_word) {
            comment = true;
        } else {
            dollar (s, code, i);
            plain (s, code, i);
        }
    }
}

static enum word_kind kind_of (const struct scan *s)
{
    if (s->command && s->in_word && strchr (s->text.data, '/'))
        return WORD_FILE;
    if (s->command && !(s->in_word && is_assignment (s->text.data)))
        return WORD_COMMAND;
    if (takes_names (s->name))
        return WORD_NAME;
    return takes_directories (s->name) ? WORD_DIRECTORY : WORD_FILE;
}

static void variable_at (const struct scan *s, const char *code, size_t cursor,
                         struct word *ret)
{
    size_t at = s->dollar + 1;

    while (at < cursor && strchr ("{#!", code[at]))
        at++;
    ret->kind = WORD_VARIABLE;
    ret->start = at;
    ret->text = xstrndup (code + at, cursor - at);
}

void words_at (const char *code, size_t n, size_t cursor, struct word *ret)
{
    struct scan s = { .command = true };
    size_t from;

    cursor = cursor > n ? n : cursor;
    from = cursor > WORDS_MAX ? cursor - WORDS_MAX : 0;
    buf_init (&s.text, WORDS_MAX + 1);
    scan_to (&s, code + from, cursor - from);
    *ret = (struct word){ .kind = kind_of (&s), .start = cursor, .quote = s.quote };
    if (s.expands) {
        s.dollar += from;
        variable_at (&s, code, cursor, ret);
    } else if (s.in_word) {
        const char *text = s.text.data, *value = strrchr (text, '=');
        ret->start = s.start + from;
        if (value && ret->start > from && code[ret->start - 1] == '=')
            text = value + 1;
        ret->text = xstrdup (text);
    } else {
        ret->text = xstrdup ("");
    }
    buf_done (&s.text);
}

void words_done (struct word *w)
{
    free (w->text);
    w->text = NULL;
}

void words_quote (struct buf *b, const char *text)
{
    (void)buf_addc (b, '\'');
    for (; *text; text++)
        (void)(*text == '\'' ? buf_adds (b, "'\\''") : buf_addc (b, *text));
    (void)buf_addc (b, '\'');
}

char *words_escape (const struct word *w, const char *text)
{
    const char *special = w->quote == '"' ? "\"\\$`" : " \t\n\\'\"$`&|;()<>*?[]#!{}";
    struct buf b;

    buf_init (&b, 2 * WORDS_MAX);
    for (const char *p = text; *p; p++) {
        if (w->quote != '\'' && strchr (special, *p))
            (void)buf_addc (&b, '\\');
        (void)buf_addc (&b, *p);
    }
    return buf_take (&b, NULL);
}

static bool in_name (char c)
{
    return (unsigned char)c >= 0x80 || isalnum ((unsigned char)c) ||
           (c && strchr ("_-.+/:@%[", c));
}

char *words_name_at (const char *code, size_t n, size_t cursor)
{
    size_t from, to;

    cursor = cursor > n ? n : cursor;
    for (from = cursor; from > 0 && in_name (code[from - 1]); from--)
        continue;
    for (to = cursor; to < n && in_name (code[to]); to++)
        continue;
    return to - from > 256 ? xstrdup ("") : xstrndup (code + from, to - from);
}

size_t words_byte_offset (const char *code, size_t n, size_t characters)
{
    size_t at = 0;

    while (characters-- && at < n) {
        uint32_t cp;
        size_t len = utf8_next (code + at, n - at, &cp);
        at += len ? len : 1;
    }
    return at;
}

size_t words_characters (const char *code, size_t bytes)
{
    size_t count = 0;

    for (size_t at = 0; at < bytes; count++) {
        uint32_t cp;
        size_t len = utf8_next (code + at, bytes - at, &cp);
        at += len ? len : 1;
    }
    return count;
}
