/* lab_switch.h - the POST that enables or disables a plugin or an extension (contract 4.10, 4.11)
 *
 * The body is {"cmd": "enable" or "disable", "KIND_name": NAME}.  Loop thread.
 */
#ifndef SERVER_LAB_SWITCH_H
#define SERVER_LAB_SWITCH_H

#include <stdbool.h>

struct http_req;

/* KIND "plugin" or "extension".  OTHER, or NULL, is asked about every other command that
 * has a name: true if it has answered; else the request is refused with 422. */
void lab_switch_post (struct http_req *req, const char *kind,
                      bool (*other) (struct http_req *req, const char *cmd));

#endif
