/* prompt.c - the line that a program left unfinished before it waited for input */

#include "bash/prompt.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>

#define PROMPT_MAX 65536

/* The length of the escape sequence at S: CSI, OSC, or two characters. */
static size_t escape_length (const char *s)
{
    size_t n = 2;

    if (s[1] == '[') {
        while (s[n] && (s[n] < '@' || s[n] > '~'))
            n++;
        return s[n] ? n + 1 : n;
    }
    if (s[1] == ']') {
        while (s[n] && s[n] != '\a' && s[n] != '\033')
            n++;
        return s[n] == '\033' && s[n + 1] == '\\' ? n + 2 : s[n] ? n + 1 : n;
    }
    return s[1] ? 2 : 1;
}

char *prompt_clean (const char *line)
{
    struct buf b;

    buf_init (&b, PROMPT_MAX);
    for (const char *p = line; *p;) {
        uint32_t cp;
        size_t n = utf8_next (p, strlen (p), &cp);
        if (*p == '\r' && p[1]) {
            buf_clear (&b);
            p++;
        } else if (*p == '\033') {
            p += escape_length (p);
        } else if (n == 0 || cp < ' ') {
            (void)(n == 0       ? buf_adds (&b, "\xef\xbf\xbd")
                   : cp == '\t' ? buf_addc (&b, ' ')
                                : 0);
            p++;
        } else {
            (void)buf_add (&b, p, n);
            p += n;
        }
    }
    return buf_take (&b, NULL);
}

bool prompt_is_secret (const char *prompt)
{
    static const char *const words[] = { "password", "passphrase", "passwort",
                                         "passcode", "passwd",     "secret",
                                         "token",    "pin:",       "verification code" };

    for (size_t i = 0; i < ARRAY_SIZE (words); i++)
        if (strcasestr (prompt, words[i]))
            return true;
    return false;
}
