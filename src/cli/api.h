/* api.h - calls of a hub's API (docs/API.md), by libcurl
 *
 *     struct api *api = api_new (&account, &err);
 *     json_t *j;
 *     if (api_call (api, "POST", "workspaces/", body, &j, &err) < 0) ...      err.text is for a person
 *     api_free (api);
 *
 * Proxies are those of the environment (https_proxy, no_proxy...); a private authority is named by
 * LABWRIGHT_CA, CURL_CA_BUNDLE or SSL_CERT_FILE.  Redirects are not followed: the key would go along.
 * Problems: UNAVAILABLE the hub is not reached (and why), UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, INVALID,
 * LIMIT as the hub answered, with its words; TIMEOUT.  Blocking: 10 s to connect, 60 s for an answer.
 */
#ifndef CLI_API_H
#define CLI_API_H

#include "base/err.h"
#include "cli/account.h"
#include <jansson.h>

#define API_ANSWER (16u << 20)

struct api;

/* A is borrowed until api_free. */
struct api *api_new (const struct account *a, struct err *err);
void api_free (struct api *api);

/* PATH is below /api/v1, already encoded.  BODY is borrowed, NULL: none.  *RET (may be NULL) is a new reference,
 * NULL for an empty answer. */
int api_call (struct api *api, const char *method, const char *path, const json_t *body,
              json_t **ret, struct err *err);
/* The answer as it is; malloc'ed. */
int api_text (struct api *api, const char *path, char **ret, struct err *err);
/* What a page does first at a workspace's server: BASE is ".../notebooks/ID".  From then on its token goes
 * along with api_call_url to addresses that are not the hub's own. */
int api_enter (struct api *api, const char *base, struct err *err);
/* The same at another address of the hub: URL is whole, and the hub said it.  The key goes along. */
int api_call_url (struct api *api, const char *method, const char *url, const json_t *body,
                  json_t **ret, struct err *err);
const struct account *api_account (const struct api *api);
/* What connections of our own set: proxies, authorities, time limits, Authorization.  A CURL *. */
void *api_new_handle (struct api *api, const char *url, struct err *err);

#endif
