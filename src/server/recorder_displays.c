/* recorder_displays.c - displays of executions that an earlier process of ours knew to be saved
 *
 * The cursor is past them, so their outputs are not recorded any more.  What is known comes from the keeper's
 * record (recorder_marks.c): which output of which cell has which display_id.  That is enough to put an
 * update into the notebook, as long as the cell has the same count and as many outputs.
 */

#include "server/recorder_private.h"

#include <string.h>

#define DISPLAYS 4096 /* of one cell */

struct display {
    size_t index;
    char *id;         /* raw */
    struct blk *json; /* the newest; NULL: as in the notebook */
};

struct displays {
    struct display *v;
    size_t n, outputs; /* OUTPUTS: how many the cell has */
};

struct displays *displays_new (size_t outputs)
{
    struct displays *d = xnew (struct displays);
    d->outputs = outputs;
    return d;
}

void displays_free (struct displays *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->n; i++) {
        free (d->v[i].id);
        blk_unref (d->v[i].json);
    }
    free (d->v);
    free (d);
}

void displays_add (struct displays *d, size_t index, const char *id)
{
    if (d->n >= DISPLAYS || index >= d->outputs)
        return;
    d->v = xrealloc (d->v, d->n + 1, sizeof (*d->v));
    d->v[d->n++] = (struct display){ .index = index, .id = xstrdup (id) };
}

bool displays_update (struct displays *d, struct slice content)
{
    struct slice id;
    bool found = false;
    if (!outputs_display_id (content, &id))
        return false;
    for (size_t i = 0; i < d->n; i++) {
        struct blk *json = slice_is (id, d->v[i].id) ? outputs_display (content) : NULL;
        if (!json)
            continue;
        blk_unref (d->v[i].json);
        d->v[i].json = json;
        found = true;
    }
    return found;
}

void displays_each (const struct displays *d, outputs_display_fn *fn, void *arg)
{
    for (size_t i = 0; i < d->n; i++)
        fn (arg, d->v[i].index, d->outputs, d->v[i].id);
}

void displays_patch (const struct displays *d, struct recorded_cell *c)
{
    c->noutputs = d->outputs;
    for (size_t i = 0; i < d->n; i++)
        if (d->v[i].json)
            recorded_patch (c, d->v[i].index, d->v[i].json);
}
