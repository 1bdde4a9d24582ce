/* lab_slug.h - the file name of a saved window layout (contract 4.4)
 *
 *     "default"  ->  "default-37a8"
 *
 * Pure; any thread.
 */
#ifndef SERVER_LAB_SLUG_H
#define SERVER_LAB_SLUG_H

#include <stddef.h>

#define LAB_SLUG_SUFFIX ".jupyterlab-workspace"

/* The slug of NAME (N bytes of UTF-8, no leading slash needed), malloc'ed; without the
 * suffix, and short enough that both have less than 128 bytes. */
char *lab_slug (const char *name, size_t n);

#endif
