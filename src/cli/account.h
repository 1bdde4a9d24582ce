/* account.h - which hub, and as whom: what `labwright login` wrote (floyd-contract 3.5)
 *
 *     struct account a;
 *     account_load (&a, url_option, &err)          UNAUTHENTICATED: nobody is logged in, and how to
 *     account_done (&a);
 *
 * From, in this order: the environment (LABWRIGHT_URL, LABWRIGHT_APIKEY), $XDG_CONFIG_HOME/labwright/login.json
 * (~/.config, 0600), the original CLI's ~/.floydconfig.  A key is only ever sent to the hub it was written
 * for: one from login.json is not used when --url or LABWRIGHT_URL name another; ~/.floydconfig does not say
 * a hub, so it is used for the one that is named and for the default.  Blocking.
 */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H

#include "base/err.h"
#include <stdbool.h>

#define ACCOUNT_URL "http://localhost:8888"

struct account {
    char *url;   /* without a slash at the end */
    char *name;  /* login name, or "" where nothing says it */
    char *key;   /* API key, or NULL */
    char *token; /* access token, or NULL */
};

/* URL: --url, or NULL.  RET is initialised by this in any case; on UNAUTHENTICATED its url is right. */
int account_load (struct account *ret, const char *url, struct err *err);
void account_done (struct account *a);
/* To login.json; with FLOYD to ~/.floydconfig too. */
int account_save (const struct account *a, bool floyd, struct err *err);
/* Removes login.json, and ~/.floydconfig if it holds the same key.  Silent when there is none. */
int account_forget (struct err *err);

/* "https://hub.example/" as it is kept: INVALID unless http or https with a host, without a user or query. */
char *account_check_url (const char *url, struct err *err);

#endif
