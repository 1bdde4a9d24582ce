/* outstream.c - stdout and stderr on their way to iopub
 *
 * At most one of the two has more than the beginning of a character waiting: the other is published first.
 */

#include "bash/outstream.h"
#include "base/utf8.h"

#include <string.h>

#define CONTENT_MAX (6 * OUTSTREAM_BATCH + 64) /* each byte may become \u00XX */
#define PROMPT_MAX 4096

static const char *const names[SHELL_STREAMS] = { "stdout", "stderr" };

struct outstream {
    struct loop *loop;
    const struct outstream_ops *ops;
    void *arg;
    struct buf text[SHELL_STREAMS];
    struct loop_timer *timer;
};

/* How many bytes at the end may be the beginning of a character: 0 to 3. */
static size_t tail (const char *s, size_t n)
{
    for (size_t k = 1; k <= 3 && k <= n; k++) {
        unsigned char c = (unsigned char)s[n - k];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return want > k ? k : 0;
    }
    return 0;
}

static void publish (struct outstream *o, enum shell_stream which, size_t n)
{
    struct buf *t = &o->text[which];
    autodone (buf_done) struct buf content;

    buf_init (&content, CONTENT_MAX);
    if (!n)
        return;
    (void)buf_addf (&content, "{\"name\":\"%s\",\"text\":", names[which]);
    (void)buf_add_json_string (&content, t->data, n);
    (void)buf_addc (&content, '}');
    buf_consume (t, n);
    o->ops->publish (o->arg, (struct slice){ content.data, content.len });
}

static void flush_one (struct outstream *o, enum shell_stream which, bool last)
{
    const struct buf *t = &o->text[which];

    publish (o, which, t->len - (last ? 0 : tail (t->data, t->len)));
}

void outstream_flush (struct outstream *o, bool last)
{
    loop_cancel (o->timer);
    o->timer = NULL;
    for (int i = 0; i < SHELL_STREAMS; i++)
        flush_one (o, i, last);
}

static bool unfinished (const struct outstream *o)
{
    for (int i = 0; i < SHELL_STREAMS; i++)
        if (o->text[i].len && o->text[i].data[o->text[i].len - 1] != '\n')
            return true;
    return false;
}

static void on_timer (void *arg)
{
    struct outstream *o = arg;

    o->timer = NULL;
    if (!unfinished (o) || !o->ops->unfinished (o->arg))
        outstream_flush (o, false);
}

void outstream_add (struct outstream *o, enum shell_stream which, const char *data,
                    size_t n)
{
    struct buf *t = &o->text[which];

    flush_one (o, which == SHELL_OUT ? SHELL_ERR : SHELL_OUT, false);
    while (n) {
        size_t room = OUTSTREAM_BATCH - t->len;
        size_t take = n < room ? n : room;
        (void)buf_add (t, data, take);
        data += take;
        n -= take;
        if (t->len == OUTSTREAM_BATCH)
            flush_one (o, which, false);
    }
    if (!o->timer && (o->text[SHELL_OUT].len || o->text[SHELL_ERR].len))
        o->timer = loop_after (o->loop, OUTSTREAM_DELAY_US, on_timer, o);
}

char *outstream_take_line (struct outstream *o)
{
    char *line = NULL;

    for (int i = 0; i < SHELL_STREAMS; i++) {
        struct buf *t = &o->text[i];
        const char *nl = memrchr (t->data, '\n', t->len);
        size_t at = nl ? (size_t)(nl - t->data) + 1 : 0;
        if (t->len - at == 0 || t->len - at > PROMPT_MAX || line)
            continue;
        publish (o, i, at);
        line = xstrndup (t->data, t->len);
        buf_clear (t);
    }
    outstream_flush (o, false);
    return line ? line : xstrdup ("");
}

struct outstream *outstream_new (struct loop *l, const struct outstream_ops *ops, void *arg)
{
    struct outstream *o = xnew (struct outstream);

    o->loop = l;
    o->ops = ops;
    o->arg = arg;
    for (int i = 0; i < SHELL_STREAMS; i++)
        buf_init (&o->text[i], OUTSTREAM_BATCH);
    return o;
}

void outstream_free (struct outstream *o)
{
    if (!o)
        return;
    loop_cancel (o->timer);
    for (int i = 0; i < SHELL_STREAMS; i++)
        buf_done (&o->text[i]);
    free (o);
}
