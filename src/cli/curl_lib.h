/* curl_lib.h - libcurl, loaded when the client's verbs need it
 *
 *     const struct curl_lib *curl = curl_lib (&err);
 *     if (curl)
 *         c = curl->easy_init ();
 *
 * Not linked: it brings two dozen libraries, whose start is a third of that of a `labwright` that never asks
 * a hub anything, and a workspace's start is several of them.  It is never unloaded.
 * Problem: UNAVAILABLE, this host lacks it.
 */
#ifndef CLI_CURL_LIB_H
#define CLI_CURL_LIB_H

#include "base/err.h"
#include <curl/curl.h>

struct curl_lib {
    typeof (curl_global_init) *global_init;
    typeof (curl_global_cleanup) *global_cleanup;
    typeof (curl_easy_init) *easy_init;
    typeof (curl_easy_reset) *easy_reset;
    typeof (curl_easy_cleanup) *easy_cleanup;
    typeof (curl_easy_setopt) *easy_setopt;
    typeof (curl_easy_getinfo) *easy_getinfo;
    typeof (curl_easy_perform) *easy_perform;
    typeof (curl_easy_send) *easy_send;
    typeof (curl_easy_recv) *easy_recv;
    typeof (curl_easy_strerror) *easy_strerror;
    typeof (curl_slist_append) *slist_append;
    typeof (curl_slist_free_all) *slist_free_all;
};

/* The same one at each call; NULL with ERR, which may be NULL. */
const struct curl_lib *curl_lib (struct err *err);

#endif
