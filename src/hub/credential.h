/* credential.h - the secret in an Authorization header
 *
 * "apikey K", "Bearer K", "token K", or Basic with K as the password (floyd-contract 2.1).  Pure.
 */
#ifndef HUB_CREDENTIAL_H
#define HUB_CREDENTIAL_H

#define CREDENTIAL_MAX 1024

/* K, malloc'ed; NULL if there is none, or more than CREDENTIAL_MAX bytes. */
char *credential_secret (const char *header);

#endif
