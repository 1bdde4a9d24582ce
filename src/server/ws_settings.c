/* ws_settings.c - keep-alive of kernel and terminal websockets */

#include "server/ws_settings.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "http/wsconn.h"
#include "server/server.h"

#define PING_MS 30000

void ws_settings_ping (const struct server *s, struct wsconn *ws)
{
    const json_t *settings = options_json (s->options, "ServerApp.tornado_settings");
    int64_t interval = jsonx_int (settings, "ws_ping_interval", PING_MS);
    int64_t least = 3 * interval > PING_MS ? 3 * interval : PING_MS;
    int64_t timeout = jsonx_int (settings, "ws_ping_timeout", least);
    if (interval < 0)
        interval = 0;
    wsconn_set_ping (ws, interval * CLOCK_MS, timeout * CLOCK_MS);
}
