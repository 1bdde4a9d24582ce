/* args.c - the command line of a verb, by a table */

#include "base/args.h"

#include <stdbool.h>
#include <string.h>

static const struct arg *by_name (const struct arg *table, size_t n, const char *name,
                                  size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen (table[i].name) == len && !strncmp (table[i].name, name, len))
            return &table[i];
    return NULL;
}

static const struct arg *by_letter (const struct arg *table, size_t n, char letter)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].letter == letter)
            return &table[i];
    return NULL;
}

/* The one option that begins like what was typed, for the error. */
static const char *near_to (const struct arg *table, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (*name && !strncmp (table[i].name, name, 3))
            return table[i].name;
    return NULL;
}

static int unknown (const struct arg *table, size_t n, const char *word, struct err *err)
{
    const char *like = near_to (table, n, word + strspn (word, "-"));

    if (like)
        return err_set (err, PROBLEM_INVALID, "no such option: %.100s (--%s?)", word, like);
    return err_set (err, PROBLEM_INVALID, "no such option: %.100s", word);
}

static void store (const struct arg *a, const char *value)
{
    if (a->kind == ARG_TEXT)
        *(const char **)a->to = value;
    else
        strv_add (a->to, value);
}

/* One option at argv[*i], which may take the next word as its value. */
static int option (const struct arg *table, size_t n, int argc, char **argv, int *i,
                   struct err *err)
{
    const char *word = argv[*i], *value = NULL;
    const struct arg *a;

    if (word[1] == '-') {
        size_t len = strcspn (word + 2, "=");
        a = by_name (table, n, word + 2, len);
        value = word[2 + len] ? word + 2 + len + 1 : NULL;
    } else {
        a = by_letter (table, n, word[1]);
        value = a && word[2] ? word + 2 : NULL;
    }
    if (!a)
        return unknown (table, n, word, err);
    if (a->kind == ARG_FLAG) {
        if (value)
            return err_set (err, PROBLEM_INVALID, "--%s takes no value", a->name);
        *(bool *)a->to = true;
        return 0;
    }
    if (!value && *i + 1 >= argc)
        return err_set (err, PROBLEM_INVALID, "--%s needs a value", a->name);
    store (a, value ? value : argv[++*i]);
    return 0;
}

int args_parse (const struct arg *table, size_t n, int argc, char **argv, size_t stop_after,
                struct strv *words, struct err *err)
{
    bool ended = false;

    for (int i = 1; i < argc; i++) {
        if (ended || argv[i][0] != '-' || !argv[i][1])
            strv_add (words, argv[i]);
        else if (!strcmp (argv[i], "--"))
            ended = true;
        else if (option (table, n, argc, argv, &i, err) < 0)
            return -1;
        ended = ended || (stop_after && words->n >= stop_after);
        /* `exec NAME -- ls -l`: the mark may stand there all the same */
        if (stop_after && words->n == stop_after && i + 1 < argc &&
            !strcmp (argv[i + 1], "--"))
            i++;
    }
    return 0;
}
