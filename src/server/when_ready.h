/* when_ready.h - requests that need to know what the keeper runs
 *
 *     static void kernels_get (struct http_req *req) { when_ready (req, list_kernels); }
 *
 * HANDLER is called at once, or when the keeper is attached; UNAVAILABLE is answered if that takes too long,
 * because a list that hangs keeps JupyterLab from opening anything.
 */
#ifndef SERVER_WHEN_READY_H
#define SERVER_WHEN_READY_H

struct http_req;
void when_ready (struct http_req *req, void (*handler) (struct http_req *req));

#endif
