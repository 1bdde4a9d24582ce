/* lab_news_api.c - lab/api/news and lab/api/update (contract 4.9)
 *
 * A server of one's own asks nobody on the network on its own account, so there is never
 * any news and never a newer version; the overrides of lab_overrides.c keep the front end
 * from asking the person.
 */
#include "server/lab_api.h"

#include "base/cleanup.h"
#include "http/http.h"

static void news_get (struct http_req *req)
{
    http_reply_json (req, 200, json_pack ("{s:[]}", "news"));
}

static void update_get (struct http_req *req)
{
    http_reply_json (req, 200, json_pack ("{s:n}", "notification"));
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/news", NULL, 0, 0, news_get },
    { HTTP_GET, "/lab/api/news/", NULL, 0, 0, news_get },
    { HTTP_GET, "/lab/api/update", NULL, 0, 0, update_get },
    { HTTP_GET, "/lab/api/update/", NULL, 0, 0, update_get },
};
const struct route_table lab_news_routes = { rows, ARRAY_SIZE (rows) };
