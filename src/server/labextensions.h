/* labextensions.h - prebuilt (federated) extensions on disk (contract 5.5)
 *
 *     struct labextensions all;
 *     labextensions_scan (cache, &dirs->labextensions, &all);
 *     for (size_t i = 0; i < all.n; i++)  ... all.v[i].name, .dir, .package ...
 *     labextensions_done (&all);
 *
 * An extension is a directory with a package.json whose "jupyterlab._build.load" names its
 * entry script. The search list holds directories of extensions (<dir>/<name>,
 * <dir>/@<scope>/<name>) and extensions by themselves; the first occurrence of a package
 * name wins.  Linked directories count (develop installs). What cannot be read is skipped
 * and logged.
 *
 * Blocking file system calls; any thread.
 */
#ifndef SERVER_LABEXTENSIONS_H
#define SERVER_LABEXTENSIONS_H

#include "base/strv.h"
#include "server/file_cache.h"
#include <jansson.h>
#include <stdbool.h>

#define LABEXTENSIONS_MAX 4096 /* directories looked at in one scan */

struct labextension {
    char *name;      /* package name, "@scope/name" */
    char *dir;       /* where it is */
    json_t *package; /* its package.json: shared, never change it */
};

struct labextensions {
    struct labextension *v;
    size_t n;
};

/* In order of the search list, by name within one directory. */
void labextensions_scan (struct file_cache *c, const struct strv *path,
                         struct labextensions *ret);
void labextensions_done (struct labextensions *e);

/* The package.json takes part: it has a name and jupyterlab._build.load. */
bool labextension_usable (const json_t *package);
/* Its entry of federated_extensions in the page config: new reference, NULL if it is not
 * usable. */
json_t *labextension_entry (const json_t *package);
/* The list of plugin ids that it asks to disable, borrowed; NULL if there is none. */
const json_t *labextension_disables (const json_t *package);

/* The file for the URL path REL (N bytes, "<name>/<file>") below /lab/extensions: the first
 * existing one in the search list; malloc'ed, NULL if there is none. */
char *labextensions_file (struct file_cache *c, const struct strv *path, const char *rel,
                          size_t n);

#endif
