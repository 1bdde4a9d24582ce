/* events.h - the event bus: /api/events and /api/events/subscribe (contract 3.9, 6.11).  Loop thread. */
#ifndef SERVER_EVENTS_H
#define SERVER_EVENTS_H

#include <jansson.h>
#include <stdbool.h>

struct server;
struct events;

struct events *events_new (struct server *s);
void events_free (struct events *e);
/* Send DATA (an object, taken) as an event of the schema to all subscribers; nothing listens: free. */
void events_emit (struct events *e, const char *schema_id, json_t *data);
bool events_wanted (const struct events *e); /* somebody listens */

#define EVENTS_CONTENTS "https://events.jupyter.org/jupyter_server/contents_service/v1"
#define EVENTS_KERNEL "https://events.jupyter.org/jupyter_server/kernel_actions/v1"

#endif
