/* lab_settings.h - settings of plugins: schema, defaults, and what the person typed
 * (contract 4.3)
 *
 *     struct lab_settings_view view;
 *     lab_settings_view_init (&view, lab, "");            pool: overrides and language,
 * read once json_t *all = lab_settings_list (&view, false); json_t *one = lab_settings_get
 * (&view, "@jupyterlab/apputils-extension:themes", &err); lab_settings_view_done (&view);
 *
 * What a person typed is JSON5 text, kept verbatim in <user
 * settings>/<package>/<plugin>.jupyterlab-settings. Text that violates the schema is
 * answered as "{}", with a warning in the log; the file stays as it is.
 *
 * Blocking file system calls; any thread.
 */
#ifndef SERVER_LAB_SETTINGS_H
#define SERVER_LAB_SETTINGS_H

#include "server/lab.h"
#include <jansson.h>
#include <stdbool.h>

#define LAB_SETTINGS_MAX (4 * 1024 * 1024) /* bytes of one plugin's text */

struct langpack;

struct lab_settings_view {
    struct lab *lab;
    json_t *overrides;
    struct langpack *langpack; /* NULL: schemas stay in English */
};

/* LOCALE: of the language pack last asked for, "" if none; the person's own choice in the
 * settings of the translation plugin goes before. */
void lab_settings_view_init (struct lab_settings_view *v, struct lab *l,
                             const char *locale);
void lab_settings_view_done (struct lab_settings_view *v);

/* {"settings": [...]} by descending id.  A plugin whose schema is broken is left out;
 * settings that cannot be parsed are answered as none, with a warning in the item. */
json_t *lab_settings_list (struct lab_settings_view *v, bool ids_only);
/* NOT_FOUND; INTERNAL if schema or settings are broken. */
json_t *lab_settings_get (struct lab_settings_view *v, const char *id, struct err *err);
/* PAYLOAD is the request body {"raw": "..."}.  INVALID with the texts of the contract,
 * NOT_FOUND. */
int lab_settings_put (struct lab_settings_view *v, const char *id, const char *payload,
                      size_t n, struct err *err);

#endif
