/* scrollback.c - the lines that have left the top of a terminal's screen */

#include "keeper/scrollback.h"

#include "base/cleanup.h"

#include <string.h>

static void drop_first (struct scrollback *sb)
{
    struct scrollback_line *l = &sb->line[sb->first];

    sb->bytes -= l->len;
    free (l->text);
    *l = (struct scrollback_line){ 0 };
    sb->first = (sb->first + 1) % SCROLLBACK_LINES;
    sb->n--;
}

void scrollback_push (struct scrollback *sb, const char *text, size_t len, bool continues,
                      bool open)
{
    struct scrollback_line *l;
    bool joined = continues && sb->open;

    sb->open = false;
    if (len > SCROLLBACK_BYTES / 4)
        return;
    while (sb->n == SCROLLBACK_LINES || (sb->n && sb->bytes + len > SCROLLBACK_BYTES))
        drop_first (sb);
    l = &sb->line[(sb->first + sb->n++) % SCROLLBACK_LINES];
    l->text = xcalloc (1, len + 1);
    memcpy (l->text, text, len);
    l->len = len;
    l->continues = joined;
    sb->open = open;
    sb->bytes += len;
}

void scrollback_clear (struct scrollback *sb)
{
    while (sb->n)
        drop_first (sb);
    sb->first = 0;
    sb->open = false;
}

const struct scrollback_line *scrollback_line (const struct scrollback *sb, size_t i)
{
    return &sb->line[(sb->first + i) % SCROLLBACK_LINES];
}
