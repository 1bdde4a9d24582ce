/* config_api.c - /api/config/<section> (contract 3.3)
 *
 * Files are read and written in the pool, by one job per request; config_store takes care
 * of two changes at the same time.
 */

#include "base/jsonx.h"
#include "http/http.h"
#include "server/config_store.h"
#include "server/nouns.h"
#include "server/server.h"

#define CONFIG_BODY (16 << 20)

struct job {
    struct http_req *req;
    struct server *s;
    enum http_method method;
    char *section;
    json_t *in, *out;
    bool failed;
    struct err err;
};

static void job_free (struct job *j)
{
    json_decref (j->in);
    json_decref (j->out);
    free (j->section);
    free (j);
}

static void work (void *arg)
{
    struct job *j = arg;
    const struct jpaths *p = j->s->jpaths;
    int rc = 0;
    if (j->method == HTTP_GET) {
        j->out = config_store_read (p, "serverconfig", j->section);
        return;
    }
    if (j->method == HTTP_PUT)
        rc = config_store_write (p, "serverconfig", j->section, j->in, &j->err);
    else
        rc = config_store_update (p, "serverconfig", j->section, j->in, &j->out, &j->err);
    j->failed = rc != 0;
}

static void done (void *arg)
{
    struct job *j = arg;
    if (j->failed)
        http_fail (j->req, &j->err);
    else if (j->out)
        http_reply_json (j->req, 200, take_ptr (j->out));
    else
        http_reply_empty (j->req, 204);
    job_free (j);
}

static void submit (struct http_req *req, json_t *in)
{
    struct job *j = xnew (struct job);
    j->req = req;
    j->s = http_req_server (req);
    j->method = http_req_method (req);
    j->section = xstrdup (http_req_param (req, "section", NULL));
    j->in = in;
    if (pool_submit (loop_pool (j->s->loop), work, done, j, &j->err)) {
        http_fail (req, &j->err);
        job_free (j);
    }
}

static void config_get (struct http_req *req)
{
    submit (req, NULL);
}

static void config_change (struct http_req *req)
{
    struct err err;
    json_t *in = NULL;
    if (http_req_json (req, &in, &err)) {
        http_fail (req, &err);
        return;
    }
    if (!json_is_object (in)) {
        json_decref (in);
        (void)err_set (&err, PROBLEM_INVALID, "The body must be a JSON object");
        http_fail (req, &err);
        return;
    }
    submit (req, in);
}

static const struct route rows[] = {
    { HTTP_GET, "/api/config/{section:word}", "config", 0, 0, config_get },
    { HTTP_PUT, "/api/config/{section:word}", "config", 0, CONFIG_BODY, config_change },
    { HTTP_PATCH, "/api/config/{section:word}", "config", 0, CONFIG_BODY, config_change },
};
const struct route_table config_routes = { rows, ARRAY_SIZE (rows) };
