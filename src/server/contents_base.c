/* contents_base.c - the note is two lines at most: "algorithm ours base mtime_ns"
 *
 * It is written before the file, because we may be killed in between; the second line is what it said
 * before, which is then still true.
 */
#include "server/contents_base.h"

#include <stdio.h>
#include <string.h>

#define NAME "base"

struct note {
    char algorithm[32], ours[CRYPTO_HEX];
    struct contents_base base;
};

bool contents_base_any (const struct contents_notes *n, const char *path)
{
    char text[CONTENTS_NOTE];
    return contents_notes_get (n, path, -1, NAME, text) > 0;
}

static bool parse (const char *line, struct note *ret)
{
    long long mtime;
    _Static_assert(CRYPTO_HEX >= 129, "the longest hash fits the format below");
    if (sscanf (line, "%31s %128s %128s %lld", ret->algorithm, ret->ours, ret->base.hash,
                &mtime) != 4)
        return false;
    ret->base.mtime_ns = mtime;
    return true;
}

bool contents_base_get (const struct contents_notes *n, const char *path,
                        const char *algorithm, const char *hex, struct contents_base *ret)
{
    char text[CONTENTS_NOTE];
    struct note note;
    char *save = NULL;
    if (contents_notes_get (n, path, -1, NAME, text) < 0)
        return false;
    for (char *line = strtok_r (text, "\n", &save); line;
         line = strtok_r (NULL, "\n", &save)) {
        if (!parse (line, &note) || strcmp (note.algorithm, algorithm) ||
            strcmp (note.ours, hex))
            continue;
        *ret = note.base;
        return true;
    }
    return false;
}

void contents_base_note (const struct contents_notes *n, const char *path,
                         const char *algorithm, const char *old_hex, int64_t old_mtime_ns,
                         const char *new_hex)
{
    struct contents_base base = { .mtime_ns = old_mtime_ns };
    (void)snprintf (base.hash, sizeof base.hash, "%s", old_hex);
    bool again = contents_base_get (n, path, algorithm, old_hex, &base);
    autofree char *text = xasprintf ("%s %s %s %lld\n", algorithm, new_hex, base.hash,
                                     (long long)base.mtime_ns);
    autofree char *both = again ? xasprintf ("%s%s %s %s %lld\n", text, algorithm, old_hex,
                                             base.hash, (long long)base.mtime_ns)
                                : xstrdup (text);
    (void)contents_notes_put (n, path, NAME, both);
}

void contents_base_forget (const struct contents_notes *n, const char *path)
{
    contents_notes_drop (n, path, -1, NAME);
}
