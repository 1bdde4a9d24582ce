/* idle_exit.h - ending a server that nobody needs
 *
 * --LabwrightApp.exit_when_idle=SECONDS is for servers that are started on demand (handed.h): when no client has been
 * connected for that long and no output waits to be written into a notebook, the process ends and what the keeper has
 * goes on. --ServerApp.shutdown_no_activity_timeout is Jupyter's: no kernels, no terminals and no use for that long.
 *
 * Loop thread only.
 */
#ifndef SERVER_IDLE_EXIT_H
#define SERVER_IDLE_EXIT_H

struct idle_exit;
struct server;

struct idle_exit *idle_exit_new (struct server *s);
void idle_exit_free (struct idle_exit *i); /* NULL is fine */

#endif
