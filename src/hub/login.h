/* login.h - signing in: what a login, the set-up and a new account have in common
 *
 * Loop thread only.
 */
#ifndef HUB_LOGIN_H
#define HUB_LOGIN_H

#include "http/http.h"
#include "model/user_model.h"

/* Makes a login of U and answers: WITH_COOKIE, the cookie and who it is; otherwise {"access_token"}. */
void login_reply (struct http_req *req, const struct user_model *u, bool with_cookie);

/* A new person: checks name and password, hashes, stores, tells.  DONE must answer REQ; U is borrowed.
 * Answers by itself, and does not call DONE, if it fails. */
struct account {
    const char *name, *email, *password;
    bool admin;
};
void login_create_account (struct http_req *req, const struct account *a,
                           void (*done) (struct http_req *req, const struct user_model *u));
/* "" is fine.  INVALID. */
int login_check_email (const char *email, struct err *err);

#endif
