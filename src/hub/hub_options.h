/* hub_options.h - the command line of `labwright serve --hub` */
#ifndef HUB_HUB_OPTIONS_H
#define HUB_HUB_OPTIONS_H

#include "base/err.h"
#include <stdbool.h>
#include <stdio.h>

struct hub_options {
    char *state;                    /* absolute */
    const char *listen;             /* NULL: 127.0.0.1 and ::1 */
    int port;                       /* 0: any free one */
    const char *hub_url, *labs_url; /* NULL: localhost and 127.0.0.1 with the port */
    const char *certfile, *keyfile; /* NULL: no TLS */
    bool behind_proxy, git_private, verbose;
    bool help, routes;
};

/* Strings are borrowed from ARGV but for state.  INVALID. */
int hub_options_parse (struct hub_options *o, int argc, char **argv, struct err *err);
void hub_options_done (struct hub_options *o);
void hub_options_help (FILE *to);

#endif
