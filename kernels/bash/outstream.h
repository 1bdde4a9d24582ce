/* outstream.h - stdout and stderr on their way to iopub
 *
 *     outstream_add (o, SHELL_OUT, data, n);      flushed within OUTSTREAM_DELAY_US
 *     outstream_flush (o);                        now, both
 *     char *prompt = outstream_take_line (o);     the unfinished last line, which is then not published
 *
 * Text is collected for a short while and up to OUTSTREAM_BATCH bytes, so that a chatty program makes few
 * messages.  A message holds whole UTF-8 sequences; bytes that are none become U+FFFD.  What came on one stream
 * is published before what came later on the other.  Loop thread only.
 */
#ifndef BASH_OUTSTREAM_H
#define BASH_OUTSTREAM_H

#include "base/blk.h"
#include "bash/shell.h"

#define OUTSTREAM_DELAY_US 20000
#define OUTSTREAM_BATCH 65536

struct outstream;

struct outstream_ops {
    /* CONTENT is that of a stream message. */
    void (*publish) (void *arg, struct slice content);
    /* Before an unfinished line is published.  True: leave it for now; somebody takes it as a prompt. */
    bool (*unfinished) (void *arg);
};

struct outstream *outstream_new (struct loop *l, const struct outstream_ops *ops,
                                 void *arg);
void outstream_free (struct outstream *o);
void outstream_add (struct outstream *o, enum shell_stream which, const char *data,
                    size_t n);
/* Also what is no whole character yet if LAST. */
void outstream_flush (struct outstream *o, bool last);
/* malloc'ed, "" if there is none; everything before it is published. */
char *outstream_take_line (struct outstream *o);

#endif
