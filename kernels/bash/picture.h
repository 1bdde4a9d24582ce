/* picture.h - what the commands `display` and `clear` send to the kernel, and the message that it becomes
 *
 * One line of JSON, then the data to the end of the stream:
 *
 *     {"verb": "show", "mime": "image/png", "id": "plot", "update": false, "alt": "a plot",
 *      "metadata": {"width": 300}}
 *     {"verb": "clear", "wait": true}
 *
 *     if (picture_parse (bytes, n, &p, &err) == 0 && picture_content (&p, &content, &err) == 0)
 *         ... publish CONTENT as picture_message (&p) ...
 *     picture_done (&p);
 *
 * The bytes come from any program that a cell starts.  Pure; any thread.
 */
#ifndef BASH_PICTURE_H
#define BASH_PICTURE_H

#include "base/blk.h"
#include "base/buf.h"
#include "base/err.h"
#include <jansson.h>
#include <stdbool.h>

#define PICTURE_MAX (32u << 20) /* bytes of one, head and data */
#define PICTURE_HEAD_MAX 65536  /* bytes of the first line */
#define PICTURE_NAME_MAX 200    /* characters of a type or an id */
#define PICTURE_CONTENT_MAX (3 * PICTURE_MAX)

struct picture {
    json_t *head;
    bool clear, update;
    const char *mime, *id; /* borrowed from the head; ID may be NULL */
    struct slice data;     /* borrowed */
};

/* BYTES must stay. */
int picture_parse (const char *bytes, size_t n, struct picture *ret, struct err *err);
void picture_done (struct picture *p);
/* "display_data", "update_display_data" or "clear_output" */
const char *picture_message (const struct picture *p);
/* Appends the message's content.  INVALID: the data is not what the type says. */
int picture_content (const struct picture *p, struct buf *ret, struct err *err);

#endif
