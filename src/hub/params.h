/* params.h - what a request says, checked: its JSON body, its query
 *
 * All of these say in ERR what is wrong and where: "description: expected a string".  INVALID.
 * Loop thread only.
 */
#ifndef HUB_PARAMS_H
#define HUB_PARAMS_H

#include "base/jsonx.h"
#include "http/http.h"

/* Body of a row that takes an object; new reference, or NULL.  An empty body is an empty object. */
json_t *params_body (struct http_req *req, struct err *err);

/* Member KEY of OBJ, borrowed; at most MAX bytes, no NUL.  *RET is DFLT if it is absent or null;
 * params_wanted: it must be there and not be empty. */
int params_str (const json_t *obj, const char *key, size_t max, const char *dflt,
                const char **ret, struct err *err);
int params_wanted (const json_t *obj, const char *key, size_t max, const char **ret,
                   struct err *err);
int params_bool (const json_t *obj, const char *key, bool dflt, bool *ret, struct err *err);

/* Query argument KEY as a number of MIN to MAX. */
int params_int (struct http_req *req, const char *key, int64_t min, int64_t max,
                int64_t dflt, int64_t *ret, struct err *err);
/* Capture of the route's pattern as text: NOT_FOUND if it holds NUL or is no UTF-8. */
int params_name (struct http_req *req, const char *name, const char **ret, struct err *err);

#endif
