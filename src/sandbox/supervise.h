/* supervise.h - `labwright serve`: spawner and hub, kept running
 *
 *     labwright serve --state DIR [--stop-all] [options of the hub]
 *
 * Typed by root this is a whole installation: it makes the state directory and the user that the hub runs as, starts
 * labwright-spawner (root) and `labwright serve --hub` (which gives its privileges up before it listens), and starts
 * each again when it ends. Typed by anybody else the spawner gets --rootless. It listens nowhere and reads nothing
 * but its command line. Under systemd there are two units instead.
 *
 * SIGTERM, SIGINT, SIGHUP: ends the hub, then the spawner, and itself; workspaces go on, and the next `labwright
 * serve` finds them. With --stop-all the spawner ends them. A second signal kills both. Should this process be
 * killed, both hear SIGTERM (signals_end_with_supervisor).
 *
 * A hub that ends with an error within SUPERVISE_FIRST_US of its very first start is not started again: its words are on
 * the terminal, and its status becomes ours.
 */
#ifndef SANDBOX_SUPERVISE_H
#define SANDBOX_SUPERVISE_H

#include <stdbool.h>

#define SUPERVISE_FIRST_US 5000000
#define SUPERVISE_GRACE_US                                                                 \
    20000000 /* for hub and spawner each to end; then they are killed */

/* Is this command line for us?  Not with --hub, --routes or --help. */
bool supervise_wanted (int argc, char **argv);
int supervise_main (int argc, char **argv);

#endif
