/* events_api.h - the rows of /api/events, and the check of events that clients send
 * (contract 3.9) */
#ifndef SERVER_EVENTS_API_H
#define SERVER_EVENTS_API_H

#include "base/err.h"
#include "server/events.h"
#include <jansson.h>
#include <stdbool.h>

struct http_req;

/* Upgrade REQ to a subscription.  It has answered in every case. */
void events_subscribe (struct events *e, struct http_req *req);
/* BODY of POST /api/events; DATA too if DEEP.  Pure. */
int events_check (const json_t *body, bool deep, struct err *err);

#endif
