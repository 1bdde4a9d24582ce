/* ws_client.h - one websocket to a hub, for `labwright workspace exec`
 *
 * libcurl makes the connection (proxies, TLS and authorities as for every other call), wslay the frames.
 *
 *     struct ws_client *ws = ws_client_open (api, "https://labs.example/notebooks/ID/api/...", &err);
 *     ws_client_send (ws, text, n, &err);
 *     while (ws_client_receive (ws, &message, 1000, &err) >= 0) ...
 *     ws_client_free (ws);
 *
 * Messages are text of at most 16 MiB.  Blocking.
 */
#ifndef CLI_WS_CLIENT_H
#define CLI_WS_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/api.h"

struct ws_client;

/* URL begins with http or https; the account's key goes along. */
struct ws_client *ws_client_open (struct api *api, const char *url, struct err *err);
int ws_client_send (struct ws_client *ws, const char *text, size_t n, struct err *err);
/* 1: MESSAGE (initialised) holds the next one; 0: none came in TIMEOUT_MS, or a signal did; -1: it is over. */
int ws_client_receive (struct ws_client *ws, struct buf *message, int timeout_ms,
                       struct err *err);
void ws_client_free (struct ws_client *ws);

#endif
