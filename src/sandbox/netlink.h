/* netlink.h - the five requests to the kernel's routing socket that a sandbox's network takes
 *
 * A socket belongs to the network namespace in which it was opened, also after its process moved on.  Blocking;
 * each call waits for the kernel's acknowledgement, about 50 us.  CONFLICT: the name is taken.
 */
#ifndef SANDBOX_NETLINK_H
#define SANDBOX_NETLINK_H

#include "base/err.h"
#include <stdint.h>

int netlink_open (struct err *err);
/* A pair of interfaces: NAME here, "eth0" in the namespace NETNS. */
int netlink_veth (int nl, const char *name, int netns, unsigned mtu, struct err *err);
int netlink_delete (int nl, const char *name, struct err *err);
/* ADDRESS in host byte order. */
int netlink_address (int nl, const char *name, uint32_t address, unsigned prefix,
                     struct err *err);
int netlink_up (int nl, const char *name, struct err *err);
int netlink_default_route (int nl, uint32_t gateway, struct err *err);

#endif
