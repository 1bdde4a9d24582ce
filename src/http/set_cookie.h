/* set_cookie.h - a cookie of a relayed server must not reach beyond the server's own path
 *
 * Pure; any thread.
 */
#ifndef HTTP_SET_COOKIE_H
#define HTTP_SET_COOKIE_H

/* VALUE of a Set-Cookie, without its Domain, its Path at or below PATH (which ends with '/'); malloc'ed. */
char *set_cookie_confine (const char *value, const char *path);

#endif
