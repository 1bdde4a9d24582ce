/* lab_layout.h - saved window layouts, which JupyterLab calls workspaces (contract 4.4)
 *
 * One file per layout in <config>/lab/workspaces, named by a slug (lab_slug.h), holding
 * what the front end sent, byte for byte.  It saves after every change of the layout, so
 * writing is atomic and cheap.
 *
 * Blocking file system calls; any thread.
 */
#ifndef SERVER_LAB_LAYOUT_H
#define SERVER_LAB_LAYOUT_H

#include "base/err.h"
#include <jansson.h>
#include <stddef.h>

#define LAB_LAYOUT_MAX (16 * 1024 * 1024) /* bytes of one layout */
#define LAB_LAYOUT_COUNT 4096             /* in one listing */

/* {"workspaces": {"ids": [...], "values": [...]}} in order of the file names; broken files
 * are logged and left out. */
json_t *lab_layout_list (const char *dir);
/* What was saved under NAME, or {"data": {}, "metadata": {"id": "/NAME"}}. */
json_t *lab_layout_get (const char *dir, const char *name, struct err *err);
/* INVALID: no JSON, or its metadata.id is not NAME. */
int lab_layout_put (const char *dir, const char *name, const char *body, size_t n,
                    struct err *err);
int lab_layout_delete (const char *dir, const char *name, struct err *err); /* NOT_FOUND */

#endif
