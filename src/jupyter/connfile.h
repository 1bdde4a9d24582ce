/* connfile.h - a kernel's connection file: where its five sockets are and with which key
 * (jupyter-contract 7.2)
 *
 *     struct connfile c;
 *     connfile_init (&c, "ipc", "/tmp/labwright-0/a1b2c3/k", "python3");
 *     if (connfile_pick_ports (&c, &err) < 0 || connfile_write (&c, path, &err) < 0) ...
 *     connfile_done (&c);
 *
 * Blocking but short (one small file, five sockets); any thread.
 */
#ifndef JUPYTER_CONNFILE_H
#define JUPYTER_CONNFILE_H

#include "base/buf.h"
#include "base/err.h"
#include <stdint.h>

enum connfile_port {
    CONN_SHELL,
    CONN_IOPUB,
    CONN_STDIN,
    CONN_CONTROL,
    CONN_HB,
    CONN_PORTS
};

struct connfile {
    char *transport; /* "tcp" or "ipc" */
    char *ip;        /* ipc: the prefix of the socket paths */
    char *key;       /* "" : unsigned */
    char *signature_scheme;
    char *kernel_name;
    char *session; /* JPY_SESSION_NAME, or "" */
    unsigned port[CONN_PORTS];
};

/* With a fresh key, hmac-sha256, and for ipc the ports 1 to 5 (which then are only names).
 */
void connfile_init (struct connfile *c, const char *transport, const char *ip,
                    const char *kernel_name);
void connfile_done (struct connfile *c); /* also on a zeroed struct */
/* tcp: five free ports of `ip`, all different.  Another program may take one before the
 * kernel does. ipc: nothing to do. */
int connfile_pick_ports (struct connfile *c, struct err *err);
/* Mode 0600, replaced in one step.  The directory must exist. */
int connfile_write (const struct connfile *c, const char *path, struct err *err);
int connfile_read (const char *path, struct connfile *ret, struct err *err);
/* "tcp://127.0.0.1:5001", "ipc:///tmp/x/k-1"; malloc'ed. */
char *connfile_endpoint (const struct connfile *c, enum connfile_port which);

#endif
