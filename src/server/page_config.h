/* page_config.h - what the page tells the front end (contract 5.3, 5.4, 5.5)
 *
 *     json_t *config = page_config_base (lab, req);        loop thread: options, identity,
 * URLs json_t *disk = page_config_disk (lab);               pool: files and extensions
 *     jsonx_merge (config, disk);
 *     page_config_target (config, &target);
 *     page_config_tojson (config, &b);
 */
#ifndef SERVER_PAGE_CONFIG_H
#define SERVER_PAGE_CONFIG_H

#include "base/buf.h"
#include "server/lab.h"
#include "server/labextensions.h"
#include <jansson.h>

struct http_req;

/* Groups A and B of contract 5.4, with the full...Url forms.  New reference.  Loop thread.
 */
json_t *page_config_base (struct lab *l, struct http_req *req);

/* The on-disk page config of contract 5.5 with federated_extensions and disabledExtensions;
 * every object of it has become the list of its truthy keys.  New reference.  Blocking; any
 * thread. */
json_t *page_config_disk (struct lab *l);
/* Before objects become lists: app settings below labconfig.  For the plugin manager.
 * Blocking. */
json_t *page_config_stored (struct lab *l);

/* The same from what was read; pure.  STORED is an object (borrowed), APP_PACKAGE the
 * application's static/package.json or NULL. */
json_t *page_config_combine (const json_t *stored, const struct labextensions *extensions,
                             const json_t *app_package);
/* disabledExtensions, lockedExtensions and deferredExtensions given as lists become
 * objects. */
void page_config_lists_to_objects (json_t *stored);

/* Appends CONFIG as JSON with sorted keys that can stand inside a script element: < > & '
 * are escaped. */
int page_config_tojson (const json_t *config, struct buf *b);

#endif
