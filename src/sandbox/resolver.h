/* resolver.h - name servers that a sandbox can reach (private to src/sandbox)
 *
 * A name server on the host's loopback, as systemd-resolved and dnsmasq listen on, is none that a network of
 * one's own reaches.  systemd-resolved keeps the list of the real ones in another file, which is taken then.
 */
#ifndef SANDBOX_RESOLVER_H
#define SANDBOX_RESOLVER_H

#include "base/buf.h"
#include <stdbool.h>

/* Appends a resolv.conf.  OWN_NETWORK: without servers on loopback.  False: there is no server left. */
bool resolver_text (bool own_network, struct buf *b);
/* The same from TEXT; for tests. */
bool resolver_filter (const char *text, bool own_network, struct buf *b);

#endif
