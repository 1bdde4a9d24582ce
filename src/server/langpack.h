/* langpack.h - language packs: translations of the front end (contract 4.6)
 *
 * A pack is a Python package jupyterlab_language_pack_<xx_YY> in some site-packages
 * directory; it holds locale/<xx_YY>/LC_MESSAGES/<domain>.json: {"": {...}, "<msgid>":
 * ["..."], "<context>\4<msgid>": [...]}.
 *
 *     struct langpack *p = langpack_open (cache, &dirs->site_packages, "fr_FR");    NULL:
 * not installed json_t *data = langpack_data (p); langpack_translate_schema (p, schema);
 *     langpack_free (p);
 *
 * Blocking file system calls; any thread, one pack belongs to one.
 */
#ifndef SERVER_LANGPACK_H
#define SERVER_LANGPACK_H

#include "base/strv.h"
#include "server/file_cache.h"
#include <jansson.h>
#include <stdbool.h>

#define LANGPACK_MAX_DOMAINS 1024

struct langpack;

struct langpack *langpack_open (struct file_cache *c, const struct strv *site_packages,
                                const char *locale);
void langpack_free (struct langpack *p);
DEFINE_AUTO (struct langpack *, langpack_free)

/* {"<domain>": {...}, ...}: new reference, the domains are shared. */
json_t *langpack_data (const struct langpack *p);
/* {"en": {"displayName", "nativeName"}, ...} of what is installed; new reference. */
json_t *langpack_list (const struct strv *site_packages);

/* "xx", "xxx", "xx_YY", "xx_Ssss_YY" with a language that exists. */
bool langpack_locale_valid (const char *locale);
/* The locale of this process's environment, "en" if there is none. */
void langpack_system_locale (char ret[16]);
/* Names of a language; false if we do not know it. */
bool langpack_names (const char *locale, const char **ret_display, const char **ret_native);

/* Translate titles, descriptions and labels of a settings schema in place, as the pack's
 * domain of the schema ("jupyter.lab.internationalization", default "jupyterlab") has them.
 */
void langpack_translate_schema (const struct langpack *p, json_t *schema);
/* Borrowed; NULL if there is no translation. */
const char *langpack_text (const struct langpack *p, const char *domain,
                           const char *context, const char *msgid);

#endif
