/* lab_url.h - which page an address below /lab or /doc asks for (contract 4.1) */
#ifndef SERVER_LAB_URL_H
#define SERVER_LAB_URL_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum lab_url_kind {
    LAB_URL_PAGE,      /* the page, with workspace and path */
    LAB_URL_NOT_FOUND, /* the page, which will say that the address is unknown */
    LAB_URL_SLASH,     /* ends in a slash: 301 */
};

struct lab_url {
    enum lab_url_kind kind;
    bool single_document; /* /doc */
    char *workspace;      /* "default" unless the address names one */
    char *tree_path;      /* decoded, UTF-8; "" none; may hold NUL */
    size_t tree_path_len;
};

/* RAW is the undecoded path below B: "/lab/workspaces/w/tree/a%20b".  INVALID: the path is
 * not UTF-8. */
int lab_url_parse (const char *raw, struct lab_url *ret, struct err *err);
void lab_url_done (struct lab_url *u);

#endif
