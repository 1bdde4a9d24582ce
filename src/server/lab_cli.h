/* lab_cli.h - the sub-commands of `labwright lab`: list, stop, path, password (contract
 * 0.3) */
#ifndef SERVER_LAB_CLI_H
#define SERVER_LAB_CLI_H

#include <stdbool.h>

struct jpaths;
struct options;

/* True if ARGV[1] is one of them; it has run and *ret_code is the exit status. */
bool lab_cli_main (int argc, char **argv, int *ret_code);
/* --generate-config: writes jupyter_lab_config.json into the user's config directory. */
int lab_cli_generate (const struct options *o, const struct jpaths *p);

#endif
