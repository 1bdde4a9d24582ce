/* lab_api.h - the route tables of the lab layer (contract 4), in the order in which they
 * must be searched: the API and files first, the page last, because it answers for
 * everything below /lab.
 */
#ifndef SERVER_LAB_API_H
#define SERVER_LAB_API_H

#include "http/route.h"

extern const struct route_table lab_static_routes;
extern const struct route_table lab_settings_routes;
extern const struct route_table lab_layout_routes;
extern const struct route_table lab_themes_routes;
extern const struct route_table lab_translations_routes;
extern const struct route_table lab_licenses_routes;
extern const struct route_table lab_news_routes;
extern const struct route_table lab_extensions_routes;
extern const struct route_table lab_plugins_routes;
extern const struct route_table lab_build_routes; /* build, listings, language servers */
extern const struct route_table lab_page_routes;

#endif
