/* pages.c - the HTML pages of the server itself
 *
 * Plain HTML without scripts; the style sheet is data/static/style/index.css.
 */

#include "server/pages.h"

#include "base/url.h"
#include "http/http.h"
#include "server/identity.h"
#include "server/server.h"
#include "server/xsrf.h"

#include <string.h>

static void add_text (struct buf *b, const char *s)
{
    (void)buf_add_html (b, s, strlen (s));
}

void pages_begin (struct http_req *req, struct buf *b, const char *title)
{
    const struct server *s = http_req_server (req);
    (void)buf_adds (b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                       "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                       "content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    add_text (b, title);
    (void)buf_adds (b, "</title>\n<link rel=\"icon\" type=\"image/x-icon\" href=\"");
    add_text (b, s->base_url);
    (void)buf_adds (b, "static/favicons/favicon.ico\">\n<link rel=\"stylesheet\" href=\"");
    add_text (b, s->base_url);
    (void)buf_adds (b, "static/style/index.css\">\n</head>\n<body>\n<main>\n"
                       "<img class=\"logo\" alt=\"\" width=\"48\" height=\"48\" src=\"");
    add_text (b, s->base_url);
    (void)buf_adds (b, "static/logo/logo.png\">\n");
}

void pages_end (struct http_req *req, struct buf *b, int status)
{
    autofree char *xsrf = xsrf_issue (req);
    (void)buf_adds (b, "</main>\n</body>\n</html>\n");
    http_reply (req, status, status >= 400 ? "text/html" : "text/html; charset=UTF-8",
                b->data, b->len);
}

void pages_error (struct http_req *req, int status, const char *message)
{
    const struct server *s = http_req_server (req);
    autodone (buf_done) struct buf b;
    buf_init (&b, PAGES_MAX);
    pages_begin (req, &b, http_phrase (status));
    (void)buf_addf (&b, "<h1>%d : %s</h1>\n", status, http_phrase (status));
    if (status == 404)
        (void)buf_adds (&b, "<p>You are requesting a page that does not exist!</p>\n");
    if (message && *message && strcmp (message, http_phrase (status)) != 0) {
        (void)buf_adds (&b, "<p class=\"message\">");
        add_text (&b, message);
        (void)buf_adds (&b, "</p>\n");
    }
    (void)buf_adds (&b, "<p><a href=\"");
    add_text (&b, s->base_url);
    (void)buf_adds (&b, "\">Back to the start page</a></p>\n");
    pages_end (req, &b, status);
}

/* The beginning of a form that posts to the login page with the same NEXT. */
static void begin_form (struct http_req *req, struct buf *b, const char *xsrf)
{
    const struct server *s = http_req_server (req);
    const char *next = http_req_arg (req, "next");
    autofree char *encoded = url_encode_all (next ? next : "");
    (void)buf_adds (b, "<form method=\"post\" action=\"");
    add_text (b, s->base_url);
    (void)buf_addf (b, "login%s%s\">\n<input type=\"hidden\" name=\"_xsrf\" value=\"",
                    *encoded ? "?next=" : "", encoded);
    add_text (b, xsrf);
    (void)buf_adds (b, "\">\n");
}

static void add_password_form (struct http_req *req, struct buf *b, const char *xsrf)
{
    const struct server *s = http_req_server (req);
    const char *what = !*identity_token (s->identity)     ? "Password"
                       : *identity_password (s->identity) ? "Password or token"
                                                          : "Token";
    begin_form (req, b, xsrf);
    (void)buf_addf (
        b,
        "<label for=\"password_input\">%s</label>\n"
        "<input type=\"password\" name=\"password\" id=\"password_input\" "
        "autocomplete=\"current-password\" autofocus required>\n"
        "<button type=\"submit\" id=\"login_submit\">Log in</button>\n</form>\n",
        what);
}

static void add_change_form (struct http_req *req, struct buf *b, const char *xsrf)
{
    (void)buf_adds (b,
                    "<details>\n<summary>Set up a password</summary>\n"
                    "<p>You can also use a password: enter the token and the new password "
                    "here. From then on the password opens this server.</p>\n");
    begin_form (req, b, xsrf);
    (void)buf_adds (b, "<label for=\"token_input\">Token</label>\n"
                       "<input type=\"password\" name=\"password\" id=\"token_input\" "
                       "autocomplete=\"off\" required>\n"
                       "<label for=\"new_password_input\">New password</label>\n"
                       "<input type=\"password\" name=\"new_password\" "
                       "id=\"new_password_input\" autocomplete=\"new-password\" required>\n"
                       "<button type=\"submit\" id=\"login_new_pass_submit\">"
                       "Log in and set new password</button>\n</form>\n</details>\n");
}

void pages_login (struct http_req *req, int status, const char *error)
{
    const struct server *s = http_req_server (req);
    bool change =
        *identity_token (s->identity) &&
        options_bool (s->options, "PasswordIdentityProvider.allow_password_change");
    autofree char *xsrf = xsrf_issue (req);
    autodone (buf_done) struct buf b;
    buf_init (&b, PAGES_MAX);
    pages_begin (req, &b, "Log in");
    (void)buf_adds (&b, "<h1>Log in</h1>\n");
    if (error) {
        (void)buf_adds (&b, "<p class=\"message error\" role=\"alert\">");
        add_text (&b, error);
        (void)buf_adds (&b, "</p>\n");
    }
    add_password_form (req, &b, xsrf);
    if (*identity_token (s->identity))
        (void)buf_adds (&b,
                        "<p>The token is in the URL that the server printed when it was "
                        "started; <code>labwright lab list</code> prints it again.</p>\n");
    if (change)
        add_change_form (req, &b, xsrf);
    (void)buf_adds (&b, "</main>\n</body>\n</html>\n");
    http_reply (req, status, "text/html; charset=UTF-8", b.data, b.len);
}

void pages_logout (struct http_req *req)
{
    const struct server *s = http_req_server (req);
    autodone (buf_done) struct buf b;
    buf_init (&b, PAGES_MAX);
    pages_begin (req, &b, "Logged out");
    if (identity_enabled (s->identity))
        (void)buf_adds (&b, "<h1>Logged out</h1>\n<p>Successfully logged out.</p>\n");
    else
        (void)buf_adds (&b,
                        "<h1>Nothing to log out from</h1>\n<p class=\"message\">Cannot log "
                        "out. Authentication is disabled.</p>\n");
    (void)buf_adds (&b, "<p><a href=\"");
    add_text (&b, s->base_url);
    (void)buf_adds (&b, identity_enabled (s->identity)
                            ? "login\">Log in again</a></p>\n"
                            : "\">Back to the start page</a></p>\n");
    pages_end (req, &b, 200);
}
