/* contents_history.c - names of versions, and which are old enough to go */
#include "server/contents_history.h"
#include "server/checkpoint.h"
#include "server/contents_rescue.h"
#include "server/tree.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>

#define ID_LEN 19 /* 20260102T030405678Z */

static void make_id (char ret[ID_LEN + 1])
{
    int64_t now = clock_wall_us ();
    time_t s = (time_t)(now / CLOCK_S);
    struct tm tm;
    (void)gmtime_r (&s, &tm);
    size_t n = strftime (ret, ID_LEN + 1, "%Y%m%dT%H%M%S", &tm);
    (void)snprintf (ret + n, ID_LEN + 1 - n, "%03dZ", (int)(now / CLOCK_MS % 1000));
}

/* ---- listing ---- */

static bool is_id (const char *s)
{
    return strspn (s, "0123456789") == 8 && s[8] == 'T' &&
           strspn (s + 9, "0123456789") == 9 && s[18] == 'Z';
}

/* The ids of the versions, oldest first. */
static void list (const struct contents *c, const struct place *p, struct strv *ret)
{
    struct err err;
    autofree char *any = checkpoint_path (c, p, "");
    autofree char *dir = path_dirname (any);
    const char *name = path_basename (any), *dot = strrchr (name, '.');
    size_t stem = dot ? (size_t)(dot - name) : strlen (name);
    autodone (strv_done) struct strv names;
    strv_init (&names);
    if (fd_list_dir (dir, name + stem, &names, &err) < 0)
        return;
    for (size_t i = 0; i < names.n; i++) {
        const char *id = names.v[i] + stem;
        if (strlen (names.v[i]) != strlen (name) + ID_LEN ||
            strncmp (names.v[i], name, stem) || !is_id (id))
            continue;
        autofree char *text = xstrndup (id, ID_LEN);
        strv_add (ret, text);
    }
}

/* ---- what save and rename call ---- */

static bool same (const struct place *p, const char *text, size_t n)
{
    struct err err;
    autodone (buf_done) struct buf b;
    buf_init (&b, n + 1);
    return fd_read_file (p->os, &b, &err) == 0 && b.len == n && !memcmp (b.data, text, n);
}

/* malloc'ed; NULL: there is no room. */
static char *new_version (const struct contents *c, const struct place *p)
{
    struct err err;
    char id[ID_LEN + 1];
    if (checkpoint_make_dir (c, p, &err) < 0)
        return NULL;
    make_id (id);
    return checkpoint_path (c, p, id);
}

char *history_place (const struct contents *c, const struct place *p, const char *text,
                     size_t n)
{
    struct stat st;
    if (stat (p->os, &st) < 0 || !S_ISREG (st.st_mode) || st.st_size > HISTORY_BYTES ||
        ((size_t)st.st_size == n && same (p, text, n)))
        return NULL;
    return new_version (c, p);
}

void history_rescue (const struct contents *c, const struct place *p)
{
    autofree char *path = contents_target (p->os);
    if (!contents_rescue_needed (path))
        return;
    autofree char *keep = model_is_notebook_name (p->api) ? new_version (c, p) : NULL;
    contents_rescue (c->notes, path, keep);
    if (keep)
        history_prune (c, p);
}

void history_prune (const struct contents *c, const struct place *p)
{
    off_t bytes = 0;
    autodone (strv_done) struct strv ids;
    strv_init (&ids);
    list (c, p, &ids);
    for (size_t i = ids.n, kept = 0; i-- > 0; kept++) {
        struct stat st;
        autofree char *path = checkpoint_path (c, p, ids.v[i]);
        bytes += stat (path, &st) == 0 ? st.st_size : 0;
        if (kept >= HISTORY_VERSIONS || (kept && bytes > HISTORY_BYTES))
            (void)unlink (path);
    }
}

void history_moved (const struct contents *c, const struct place *from,
                    const struct place *to)
{
    struct err err;
    autodone (strv_done) struct strv ids;
    strv_init (&ids);
    list (c, from, &ids);
    if (!ids.n || checkpoint_make_dir (c, to, &err) < 0)
        return;
    for (size_t i = 0; i < ids.n; i++) {
        autofree char *old = checkpoint_path (c, from, ids.v[i]);
        autofree char *new = checkpoint_path (c, to, ids.v[i]);
        (void)tree_move (old, new, &err);
    }
}

void history_forget (const struct contents *c, const struct place *p)
{
    autodone (strv_done) struct strv ids;
    strv_init (&ids);
    list (c, p, &ids);
    for (size_t i = 0; i < ids.n; i++) {
        autofree char *path = checkpoint_path (c, p, ids.v[i]);
        (void)unlink (path);
    }
}
