/* outputs.h - what a cell shows: the iopub messages of one request as outputs of a notebook
 *
 *     struct outputs *o = outputs_new (OUTPUTS_MAX);
 *     outputs_add (o, head.msg_type, wsv1_part (&m, WSV1_CONTENT));       each message, in order
 *     outputs_update (o, content);                  update_display_data, whoever's request it was
 *     struct outputs_view *v = outputs_view (o);    as it is now, while O goes on
 *     outputs_view_write (v, &buf);                 the JSON array of nbformat 4, texts joined
 *     outputs_view_free (v);
 *     outputs_free (o);
 *
 * The rules are those of JupyterLab: neighbouring text of one stream is one output (streamtext.h), a
 * display_id is found again, clear_output may wait for the next output, what is transient is left out.
 * Data bundles are spliced from the message, never encoded again.  Content that a browser could not read
 * (no strict JSON) is dropped, as it is there.
 *
 * Above MAX bytes the head and the tail are kept, about half of MAX each, and an output between them says
 * how much is missing.  Pure.  An object and its views are one thread's, but outputs_view_write may run in
 * any other: that is how much text gets to a pool thread without a copy.
 */
#ifndef JUPYTER_OUTPUTS_H
#define JUPYTER_OUTPUTS_H

#include "base/blk.h"
#include "base/buf.h"
#include <stdbool.h>

#define OUTPUTS_MAX ((size_t)64 << 20)
#define OUTPUTS_MIN (64u << 10) /* of MAX */

struct outputs;
struct outputs *outputs_new (size_t max);
void outputs_free (struct outputs *o);
DEFINE_AUTO (struct outputs *, outputs_free)

/* TYPE is the message's type; what makes no output is ignored.  True: something is shown otherwise. */
bool outputs_add (struct outputs *o, struct slice type, struct slice content);
/* The displays with the display_id of CONTENT become CONTENT.  True: there were some. */
bool outputs_update (struct outputs *o, struct slice content);
/* The raw display_id of a message's content.  False: it has none. */
bool outputs_display_id (struct slice content, struct slice *ret);
/* CONTENT as the display that it makes; NULL: it cannot be one. */
struct blk *outputs_display (struct slice content);
/* Each output that can be updated: its place among the N outputs of the view, and its raw display_id. */
typedef void outputs_display_fn (void *arg, size_t index, size_t n, const char *display_id);
void outputs_each_display (const struct outputs *o, outputs_display_fn *fn, void *arg);
size_t outputs_size (const struct outputs *o); /* bytes of memory, about */
/* The next output will clear what is there. */
bool outputs_clears (const struct outputs *o);

struct outputs_view;
struct outputs_view *outputs_view (const struct outputs *o);
void outputs_view_write (const struct outputs_view *v,
                         struct buf *b); /* check B->overflow */
/* For a page that goes on from there: with `transient`, where a display can be updated, and the cursor of
 * the last text (streamtext_view_write_cursor). */
void outputs_view_write_page (const struct outputs_view *v, struct buf *b);
void outputs_view_free (struct outputs_view *v);
DEFINE_AUTO (struct outputs_view *, outputs_view_free)

#endif
