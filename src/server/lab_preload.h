/* lab_preload.h - what a page will ask for in any case, told to the browser at once
 *
 * The start script of the application asks for the start scripts of the extensions when it has run, and after
 * those for the application's core, half of all that is loaded.  <link rel="preload"> in the head lets them
 * come meanwhile.  Nothing else changes: the browser runs them when it did, and one that ignores such links
 * loads them as before.
 */
#ifndef SERVER_LAB_PRELOAD_H
#define SERVER_LAB_PRELOAD_H

#include "base/buf.h"
#include "base/err.h"
#include <jansson.h>
#include <stddef.h>

/* The core's address below the static URL, "jlab_core.<hash>.js?v=<hash>", as the application's start script
 * would put it together.  New reference; NOT_FOUND if it does so in another way.  A file_cache_parse. */
json_t *lab_preload_core (const char *script, size_t n, struct err *err);

/* Appends the links.  CONFIG: the page config; CORE: of lab_preload_core, or NULL. */
void lab_preload_links (struct buf *b, const json_t *config, const json_t *core);

#endif
