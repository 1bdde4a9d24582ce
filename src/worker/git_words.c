/* git_words.c - what git says while it clones, and why it could not, for people */

#include "worker/git_words.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define LAST_MAX 200

static const struct {
    const char *says, *phase;
} phases[] = {
    { "Counting objects:", "counting" },   { "Compressing objects:", "compressing" },
    { "Receiving objects:", "receiving" }, { "Resolving deltas:", "resolving" },
    { "Updating files:", "writing" },
};

bool git_words_progress (const char *line, const char **ret_phase, unsigned *ret_percent)
{
    if (!strncmp (line, "remote: ", 8))
        line += 8;
    for (size_t i = 0; i < ARRAY_SIZE (phases); i++) {
        size_t n = strlen (phases[i].says);
        unsigned percent = 0;
        const char *p = line + n;
        if (strncmp (line, phases[i].says, n) != 0)
            continue;
        p += strspn (p, " ");
        while (*p >= '0' && *p <= '9' && percent <= 100)
            percent = percent * 10 + (unsigned)(*p++ - '0');
        if (*p != '%' || percent > 100)
            return false;
        *ret_phase = phases[i].phase;
        *ret_percent = percent;
        return true;
    }
    return false;
}

/* Each FMT takes URL, then BRANCH. */
static const struct {
    const char *says;
    enum git_again again;
    enum problem problem;
    const char *fmt;
} failures[] = {
    { "dumb http transport does not support shallow", GIT_AGAIN_WHOLE, PROBLEM_UNAVAILABLE,
      "%s gives whole histories only" },
    { "could not read Username", GIT_AGAIN_NO, PROBLEM_NOT_FOUND,
      "%s does not exist, or is private: only public repositories can be imported" },
    { "Authentication failed", GIT_AGAIN_NO, PROBLEM_NOT_FOUND,
      "%s does not exist, or is private: only public repositories can be imported" },
    { "error: 403", GIT_AGAIN_NO, PROBLEM_FORBIDDEN,
      "%s is private: only public repositories can be imported" },
    { "Remote branch", GIT_AGAIN_NO, PROBLEM_NOT_FOUND, "%s has no branch or tag '%s'" },
    { "not found", GIT_AGAIN_NO, PROBLEM_NOT_FOUND, "there is no repository at %s" },
    { "error: 404", GIT_AGAIN_NO, PROBLEM_NOT_FOUND, "there is no repository at %s" },
    { "error: 301", GIT_AGAIN_DOTGIT, PROBLEM_NOT_FOUND,
      "%s has moved: use the address that a browser shows for it" },
    { "error: 302", GIT_AGAIN_DOTGIT, PROBLEM_NOT_FOUND,
      "%s leads elsewhere: use the address that a browser shows for it" },
    { "error: 307", GIT_AGAIN_DOTGIT, PROBLEM_NOT_FOUND,
      "%s leads elsewhere: use the address that a browser shows for it" },
    { "error: 308", GIT_AGAIN_DOTGIT, PROBLEM_NOT_FOUND,
      "%s has moved: use the address that a browser shows for it" },
    { "error: 429", GIT_AGAIN_NO, PROBLEM_BUSY,
      "the server of %s asks for patience: try again in some minutes" },
    { "certificate", GIT_AGAIN_NO, PROBLEM_UNAVAILABLE,
      "the certificate of the server of %s is not trusted here" },
    { "too slow", GIT_AGAIN_NO, PROBLEM_TIMEOUT,
      "the server of %s sends nothing any more: try again later" },
    { "timed out", GIT_AGAIN_NO, PROBLEM_TIMEOUT, "the server of %s does not answer" },
    { "refused", GIT_AGAIN_NO, PROBLEM_UNAVAILABLE,
      "the server of %s takes no connections" },
    { "Could not connect", GIT_AGAIN_NO, PROBLEM_UNAVAILABLE,
      "the server of %s cannot be reached" },
    { "Couldn't connect", GIT_AGAIN_NO, PROBLEM_UNAVAILABLE,
      "the server of %s cannot be reached" },
    { "Failed to connect", GIT_AGAIN_NO, PROBLEM_UNAVAILABLE,
      "the server of %s cannot be reached" },
    { "not valid: is this a git repository", GIT_AGAIN_NO, PROBLEM_NOT_FOUND,
      "%s is a page, but no git repository" },
    { "No space left", GIT_AGAIN_NO, PROBLEM_NO_SPACE,
      "there is no room on the disk for %s" },
    { "Disk quota exceeded", GIT_AGAIN_NO, PROBLEM_NO_SPACE,
      "there is no room on the disk for %s" },
};

/* The last line that begins with "fatal: " or "error: ", cleaned. */
static void last_words (const char *said, char *ret, size_t room)
{
    const char *line = "", *p = said;
    while ((p = strstr (p, ": "))) {
        if (p - said >= 5 && (!strncmp (p - 5, "fatal", 5) || !strncmp (p - 5, "error", 5)))
            line = p + 2;
        p += 2;
    }
    size_t n = strcspn (line, "\r\n");
    (void)snprintf (ret, room, "%.*s", (int)(n < room ? n : room - 1), line);
    for (; *ret; ret++)
        if ((unsigned char)*ret < 0x20 || (unsigned char)*ret >= 0x7f)
            *ret = '?';
}

/* The formats are those of the table above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
static void say (struct err *err, size_t row, const char *url, const char *branch)
{
    (void)err_set (err, failures[row].problem, failures[row].fmt, url, branch);
}
#pragma GCC diagnostic pop

enum git_again git_words_failure (const char *said, const char *url, const char *branch,
                                  struct err *err)
{
    char last[LAST_MAX];
    for (size_t i = 0; i < ARRAY_SIZE (failures); i++) {
        if (!strstr (said, failures[i].says))
            continue;
        say (err, i, url, branch);
        return failures[i].again;
    }
    last_words (said, last, sizeof (last));
    (void)err_set (err, PROBLEM_UNAVAILABLE, "git could not clone %s%s%s", url,
                   *last ? ": " : "", last);
    return GIT_AGAIN_NO;
}
