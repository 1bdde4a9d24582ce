/* recorder_pages.c - who looks at the kernel, and whom a save may come from
 *
 * HTTP does not say which page a save comes from.  So it is held to be the page's that has the output only if
 * no other page could have sent it: none is connected, and none has gone without a goodbye.
 */

#include "server/recorder_private.h"

#include "base/clock.h"
#include "server/kernel_ws.h"

#include <string.h>

const struct kernel *recorder_kernel (const struct recorder *r)
{
    return r->dead ? NULL : kernels_by_object (r->server->kernels, r->object);
}

static struct page *find (const struct recorder *r, const char *session)
{
    list_foreach (p, &r->pages, struct page, link)
        if (!strcmp (p->session, session))
            return p;
    return NULL;
}

bool page_connected (const struct recorder *r, const char *session)
{
    const struct page *p = find (r, session);
    return p && !p->left_us;
}

int64_t page_left_us (const struct recorder *r, const char *session, bool *ret_clean)
{
    const struct page *p = find (r, session);
    *ret_clean = p && p->clean;
    return p ? p->left_us : r->born_us;
}

static void page_free (struct page *p)
{
    list_remove (&p->link);
    free (p->session);
    free (p);
}

void pages_free (struct recorder *r)
{
    list_foreach (p, &r->pages, struct page, link)
        page_free (p);
}

static void bound (struct recorder *r)
{
    size_t n = 0;
    list_foreach (p, &r->pages, struct page, link)
        n++;
    list_foreach (p, &r->pages, struct page, link) {
        if (n <= RECORDER_PAGES)
            return;
        if (p->left_us) {
            page_free (p);
            n--;
        }
    }
}

static struct page *page (struct recorder *r, const char *session)
{
    struct page *p = find (r, session);
    if (p)
        return p;
    p = xnew (struct page);
    p->session = xstrdup (session);
    list_append (&r->pages, &p->link);
    bound (r);
    return p;
}

size_t pages_count (const struct recorder *r)
{
    static char present[] = "";
    size_t n = 0;
    autocleanup (map_free) struct map *unknown = map_new (NULL);
    list_foreach (p, &r->pages, struct page, link)
        n += !p->left_us || !p->clean;
    /* those of which only requests are known: they were connected before this process was */
    list_foreach (e, &r->entries, struct entry, link)
        if (!e->displays && !find (r, e->owner))
            map_set (unknown, e->owner, present);
    return n + map_count (unknown);
}

void page_drops_repeats (struct recorder *r, const char *session)
{
    page (r, session)->once = true;
}

bool recorder_page_drops_repeats (const struct recorder *r, const char *session)
{
    const struct page *p = r ? find (r, session) : NULL;
    return p && p->once;
}

void recorder_page_came (struct recorder *r, const char *session)
{
    if (!r)
        return;
    struct page *p = page (r, session);
    p->left_us = 0;
    recorder_plan (r);
}

void recorder_page_left (struct recorder *r, const char *session, bool clean)
{
    if (!r)
        return;
    struct page *p = page (r, session);
    p->left_us = clock_mono_us ();
    p->clean = clean;
    recorder_plan (r);
}
