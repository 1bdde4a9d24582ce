/* contents_api.h - what contents has for the loop: its queue, its life, its routes
 *
 * Loop thread only.
 */
#ifndef SERVER_CONTENTS_API_H
#define SERVER_CONTENTS_API_H

#include "http/http.h"
#include "server/contents.h"
#include "server/pathq.h"

extern const struct route_table contents_routes, files_routes, nbconvert_routes;

#endif
