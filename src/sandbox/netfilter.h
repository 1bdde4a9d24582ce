/* netfilter.h - which packets of sandboxes pass (table "inet labwright" of nftables)
 *
 * From a sandbox: new connections to the outside, with the host's address.  Never: to the host itself, to
 * another sandbox, to link-local addresses (where clouds keep credentials of the host), broadcast or multicast.
 * To a sandbox: answers only.  The host forwards nothing else because of us: where it was no router before,
 * what is neither from nor to a sandbox is dropped.
 *
 * The table is written whole by one run of nft(8) when the spawner starts, with the interfaces' common prefix,
 * so that starting a sandbox changes no rule.
 */
#ifndef SANDBOX_NETFILTER_H
#define SANDBOX_NETFILTER_H

#include "base/err.h"
#include <stdbool.h>

#define NETFILTER_PREFIX "lw"
/* 198.18.0.0/15: set aside for networks that are not connected to others (RFC 2544), so in nobody's LAN. */
#define ROOMS_NET 0xc6120000u
#define ROOMS_NET_TEXT "198.18.0.0/15"

/* Where nft is, or NULL. */
const char *netfilter_program (void);
/* Writes the table and lets the host forward.  STATE remembers, for this boot, that it did not before. */
int netfilter_prepare (const char *state, struct err *err);

#endif
