/* http_lws.h - the corner of http/ that knows libwebsockets: http.c, listener.c, conn.c, conn_write.c */
#ifndef HTTP_HTTP_LWS_H
#define HTTP_HTTP_LWS_H

#include "http/http_private.h"
#include <libwebsockets.h>

extern const struct lws_protocols http_protocols[];
int conn_callback (struct lws *wsi, enum lws_callback_reasons reason, void *in, size_t len);

#endif
