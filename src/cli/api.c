/* api.c - calls of a hub's API, by libcurl */

#include "cli/api.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/table.h"
#include "cli/curl_lib.h"

#include <stdio.h>
#include <string.h>

struct api {
    const struct account *account;
    const struct curl_lib *lib;
    CURL *curl;
    struct curl_slist *headers;
    struct curl_slist *inside; /* for a workspace's server: with its XSRF token */
    char xsrf[256];            /* the cookie _xsrf that a server set, or "" */
    char problem[CURL_ERROR_SIZE];
};

static size_t on_body (char *data, size_t size, size_t n, void *arg)
{
    return buf_add (arg, data, size * n) < 0 ? 0 : size * n;
}

/* The one cookie that matters: libcurl's own jar would be lost at each reset of the handle. */
static size_t on_header (char *data, size_t size, size_t n, void *arg)
{
    static const char name[] = "set-cookie: _xsrf=";
    struct api *api = arg;
    size_t k = sizeof name - 1;

    if (size * n > k && !strncasecmp (data, name, k)) {
        size_t len = 0;
        while (k + len < size * n && !strchr ("; \t\r\n", data[k + len]))
            len++;
        if (len < sizeof api->xsrf) {
            memcpy (api->xsrf, data + k, len);
            api->xsrf[len] = '\0';
        }
    }
    return size * n;
}

static const char *authority (void)
{
    static const char *const names[] = { "LABWRIGHT_CA", "CURL_CA_BUNDLE",
                                         "SSL_CERT_FILE" };

    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        const char *s = getenv (names[i]);
        if (s && *s)
            return s;
    }
    return NULL;
}

static void set_common (struct api *api, CURL *c, const char *url)
{
    const char *ca = authority ();

    (void)api->lib->easy_setopt (c, CURLOPT_URL, url);
    (void)api->lib->easy_setopt (c, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)api->lib->easy_setopt (c, CURLOPT_USERAGENT, "labwright/" LABWRIGHT_VERSION);
    (void)api->lib->easy_setopt (c, CURLOPT_NOSIGNAL, 1L);
    (void)api->lib->easy_setopt (c, CURLOPT_CONNECTTIMEOUT, 10L);
    (void)api->lib->easy_setopt (c, CURLOPT_ERRORBUFFER, api->problem);
    if (ca)
        (void)api->lib->easy_setopt (c, CURLOPT_CAINFO, ca);
}

static void add_header (struct api *api, const char *name, const char *value)
{
    autofree char *line = xasprintf ("%s: %s", name, value);

    api->headers = api->lib->slist_append (api->headers, line);
}

struct api *api_new (const struct account *a, struct err *err)
{
    struct api *api = xnew (struct api);

    api->lib = curl_lib (err);
    if (!api->lib) {
        free (api);
        return NULL;
    }
    if (api->lib->global_init (CURL_GLOBAL_DEFAULT) == CURLE_OK)
        api->curl = api->lib->easy_init ();
    if (!api->curl) {
        free (api);
        (void)err_set (err, PROBLEM_INTERNAL, "libcurl cannot be used");
        return NULL;
    }
    api->account = a;
    add_header (api, "Accept", "application/json");
    add_header (api, "Content-Type", "application/json");
    add_header (api, "Expect", ""); /* no pause before a body */
    if (a->key || a->token) {
        autofree char *auth =
            xasprintf ("%s %s", a->key ? "apikey" : "Bearer", a->key ? a->key : a->token);
        add_header (api, "Authorization", auth);
        explicit_bzero (auth, strlen (auth));
    }
    return api;
}

void api_free (struct api *api)
{
    if (!api)
        return;
    api->lib->easy_cleanup (api->curl);
    api->lib->slist_free_all (api->headers);
    api->lib->slist_free_all (api->inside);
    api->lib->global_cleanup ();
    free (api);
}

const struct account *api_account (const struct api *api)
{
    return api->account;
}

/* ---- what went wrong ---- */

static int not_reached (const struct api *api, CURLcode code, const char *url,
                        struct err *err)
{
    const char *why = *api->problem ? api->problem : api->lib->easy_strerror (code);

    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_set (err, PROBLEM_TIMEOUT, "the hub at %s does not answer in time",
                        api->account->url);
    if (code == CURLE_WRITE_ERROR)
        return err_set (err, PROBLEM_TOO_LARGE, "the answer of %s is too long", url);
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return err_set (err, PROBLEM_UNAVAILABLE,
                        "the certificate of %s is not trusted (%s): LABWRIGHT_CA names the "
                        "file of its authority",
                        api->account->url, why);
    return err_set (err, PROBLEM_UNAVAILABLE,
                    "the hub at %s is not reached (%s): is it running, and is --url right?",
                    api->account->url, why);
}

static enum problem problem_of (long status)
{
    static const struct {
        long status;
        enum problem problem;
    } rows[] = {
        { 400, PROBLEM_INVALID },     { 401, PROBLEM_UNAUTHENTICATED },
        { 403, PROBLEM_FORBIDDEN },   { 404, PROBLEM_NOT_FOUND },
        { 405, PROBLEM_METHOD },      { 409, PROBLEM_CONFLICT },
        { 413, PROBLEM_TOO_LARGE },   { 429, PROBLEM_LIMIT },
        { 502, PROBLEM_UNAVAILABLE }, { 503, PROBLEM_UNAVAILABLE },
        { 504, PROBLEM_TIMEOUT },     { 507, PROBLEM_NO_SPACE },
    };

    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        if (rows[i].status == status)
            return rows[i].problem;
    return PROBLEM_INTERNAL;
}

static int refused (const struct api *api, long status, const struct buf *body,
                    struct err *err)
{
    autojson json_t *j = jsonx_parse (body->data, body->len, NULL);
    const char *message = jsonx_str (j, "message", NULL);

    if (status == 401)
        return err_set (
            err, PROBLEM_UNAUTHENTICATED,
            "the hub at %s does not know this login (any more): labwright login "
            "--url %s",
            api->account->url, api->account->url);
    if (message) {
        autofree char *clean = table_clean (message);
        return err_set (err, problem_of (status), "%s", clean);
    }
    if (status >= 300 && status < 400)
        return err_set (err, PROBLEM_UNAVAILABLE,
                        "%s leads elsewhere: log in with the hub's own address",
                        api->account->url);
    return err_set (err, problem_of (status),
                    "%s answered %ld, which is no hub's way of saying it: is --url right?",
                    api->account->url, status);
}

/* ---- calls ---- */

void *api_new_handle (struct api *api, const char *url, struct err *err)
{
    CURL *c = api->lib->easy_init ();

    if (!c) {
        (void)err_set (err, PROBLEM_INTERNAL, "libcurl cannot be used");
        return NULL;
    }
    set_common (api, c, url);
    return c;
}

static int perform (struct api *api, const char *method, const char *url,
                    const char *body_text, struct buf *body, struct err *err)
{
    CURL *c = api->curl;
    long status = 0;

    api->lib->easy_reset (c); /* keeps the connection */
    set_common (api, c, url);
    api->problem[0] = '\0';
    (void)api->lib->easy_setopt (c, CURLOPT_CUSTOMREQUEST, method);
    bool own = !strncmp (url, api->account->url, strlen (api->account->url));
    (void)api->lib->easy_setopt (c, CURLOPT_HTTPHEADER,
                                 own || !api->inside ? api->headers : api->inside);
    (void)api->lib->easy_setopt (c, CURLOPT_HEADERFUNCTION, on_header);
    (void)api->lib->easy_setopt (c, CURLOPT_HEADERDATA, api);
    (void)api->lib->easy_setopt (c, CURLOPT_TIMEOUT, 60L);
    (void)api->lib->easy_setopt (c, CURLOPT_WRITEFUNCTION, on_body);
    (void)api->lib->easy_setopt (c, CURLOPT_WRITEDATA, body);
    if (body_text)
        (void)api->lib->easy_setopt (c, CURLOPT_POSTFIELDS, body_text);
    CURLcode code = api->lib->easy_perform (c);
    if (code != CURLE_OK)
        return not_reached (api, code, url, err);
    (void)api->lib->easy_getinfo (c, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300 ? 0 : refused (api, status, body, err);
}

int api_call_url (struct api *api, const char *method, const char *url, const json_t *body,
                  json_t **ret, struct err *err)
{
    autodone (buf_done) struct buf b;
    /* what changes something says a body, if an empty one */
    autofree char *text = body                      ? jsonx_dump_string (body, 0, false)
                          : !strcmp (method, "GET") ? NULL
                                                    : xstrdup ("");

    buf_init (&b, API_ANSWER);
    int rc = perform (api, method, url, text, &b, err);
    if (text)
        explicit_bzero (text, strlen (text));
    if (rc < 0)
        return -1;
    if (!ret)
        return 0;
    *ret = NULL;
    if (b.len == 0)
        return 0;
    *ret = jsonx_parse (b.data, b.len, NULL);
    return *ret ? 0
                : err_set (err, PROBLEM_UNAVAILABLE,
                           "%s does not answer as a hub does: is --url right?",
                           api->account->url);
}

int api_call (struct api *api, const char *method, const char *path, const json_t *body,
              json_t **ret, struct err *err)
{
    autofree char *url = xasprintf ("%s/api/v1/%s", api->account->url, path);

    return api_call_url (api, method, url, body, ret, err);
}

int api_text (struct api *api, const char *path, char **ret, struct err *err)
{
    autofree char *url = xasprintf ("%s/api/v1/%s", api->account->url, path);
    struct buf b;

    buf_init (&b, API_ANSWER);
    int rc = perform (api, "GET", url, NULL, &b, err);
    if (rc == 0)
        *ret = buf_take (&b, NULL);
    buf_done (&b);
    return rc;
}

int api_enter (struct api *api, const char *base, struct err *err)
{
    autofree char *url = xasprintf ("%s/lab", base);
    autodone (buf_done) struct buf page;

    buf_init (&page, API_ANSWER);
    if (perform (api, "GET", url, NULL, &page, err) < 0)
        return -1;
    api->lib->slist_free_all (api->inside);
    api->inside = NULL;
    for (struct curl_slist *l = api->headers; l; l = l->next)
        api->inside = api->lib->slist_append (api->inside, l->data);
    if (*api->xsrf) {
        autofree char *token = xasprintf ("X-XSRFToken: %s", api->xsrf);
        autofree char *cookie = xasprintf ("Cookie: _xsrf=%s", api->xsrf);
        api->inside = api->lib->slist_append (api->inside, token);
        api->inside = api->lib->slist_append (api->inside, cookie);
    }
    return 0;
}
