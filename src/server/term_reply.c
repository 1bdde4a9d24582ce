/* term_reply.c - what a viewer's terminal answers to a program, told from what a person types */

#include "server/term_reply.h"

#include <string.h>

static bool is_digit (char c)
{
    return c >= '0' && c <= '9';
}

/* Length of CSI ... with one of the final bytes of answers; 0: something else. */
static size_t csi_reply (const char *p, size_t n)
{
    size_t i = 2;
    char leader = i < n && (p[i] == '?' || p[i] == '>') ? p[i] : 0;
    bool semicolon = false, dollar;

    i += leader != 0;
    if (i == n || !is_digit (p[i]))
        return 0;
    for (; i < n && (is_digit (p[i]) || p[i] == ';'); i++)
        semicolon |= p[i] == ';';
    dollar = i < n && p[i] == '$';
    i += dollar;
    if (i == n)
        return 0;
    if ((p[i] == 'c' && leader && !dollar) ||                     /* what are you */
        (p[i] == 'n' && !dollar) ||                               /* are you well */
        (p[i] == 'R' && semicolon && leader != '>' && !dollar) || /* where is the cursor */
        (p[i] == 'y' && dollar) ||                                /* is a mode set */
        (p[i] == 't' && semicolon && !leader && !dollar))         /* how large */
        return i + 1;
    return 0;
}

/* Length of an OSC or DCS with its end; 0: something else.  No key sends one. */
static size_t string_reply (const char *p, size_t n)
{
    for (size_t i = 2; i < n; i++) {
        if (p[i] == '\a')
            return i + 1;
        if (p[i] == '\033')
            return i + 1 < n && p[i + 1] == '\\' ? i + 2 : 0;
    }
    return 0;
}

bool term_reply_is (const char *text, size_t n)
{
    size_t at = 0;

    while (at < n) {
        const char *p = text + at;
        size_t left = n - at, len = 0;

        if (left >= 4 && p[0] == '\033' && p[1] == '[')
            len = csi_reply (p, left);
        else if (left >= 4 && p[0] == '\033' && (p[1] == ']' || p[1] == 'P'))
            len = string_reply (p, left);
        if (!len)
            return false;
        at += len;
    }
    return n > 0;
}
