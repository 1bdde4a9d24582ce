/* lab_template.h - what our page takes from static/index.html (contract 5.2, frontend.md
 * 1a.1)
 *
 * The application's index.html is a template for another program.  All that it tells us is
 * which scripts start the application: those whose address begins with the static URL,
 * written as
 * {{page_config.fullStaticUrl}} or {{page_config['fullStaticUrl'] | e}}.  The rest of the
 * page is ours.
 */
#ifndef SERVER_LAB_TEMPLATE_H
#define SERVER_LAB_TEMPLATE_H

#include "base/err.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define LAB_TEMPLATE_SCRIPTS 64 /* at most */

/* The scripts, in order, as they follow the static URL and its slash:
 * ["main.<hash>.js?v=<hash>"].  New reference; INVALID if there is none.  A
 * file_cache_parse. */
json_t *lab_template_scripts (const char *html, size_t n, struct err *err);

#endif
