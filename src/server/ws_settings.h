/* ws_settings.h - keep-alive of kernel and terminal websockets (contract 6.1) */
#ifndef SERVER_WS_SETTINGS_H
#define SERVER_WS_SETTINGS_H

struct server;
struct wsconn;

/* ws_ping_interval and ws_ping_timeout of tornado_settings, in milliseconds. */
void ws_settings_ping (const struct server *s, struct wsconn *ws);

#endif
