/* when_ready.c - requests that need to know what the keeper runs */

#include "server/when_ready.h"

#include "http/http.h"
#include "server/keep_client.h"
#include "server/server.h"

struct waiting {
    struct http_req *req;
    void (*handler) (struct http_req *req);
};

static void on_ready (void *arg, const struct err *err)
{
    autofree struct waiting *w = arg;
    if (err)
        http_fail (w->req, err);
    else
        w->handler (w->req);
}

void when_ready (struct http_req *req, void (*handler) (struct http_req *req))
{
    struct server *s = http_req_server (req);
    struct waiting *w = xnew (struct waiting);
    *w = (struct waiting){ req, handler };
    keep_client_when_ready (s->keeper, on_ready, w);
}
