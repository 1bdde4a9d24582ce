/* net.c - the network of a sandbox
 *
 * none   a network namespace with a loopback interface
 * nat    the same, and a pair of interfaces: "lwXXXX" on the host with an even address of ROOMS_NET, "eth0"
 *        inside with the odd one after it.  XXXX is the pair's number: the kernel, which refuses a second
 *        interface of the name and removes both when the sandbox ends, keeps the list of what is taken, so
 *        nobody has to remember it over restarts.  Who may talk to whom is netfilter.c's business.
 * host   the host's, with everything that any local process can reach
 *
 * The namespace belongs to the host's user namespace: no process of the sandbox, whatever its capabilities,
 * can change addresses, open raw sockets or listen to its packets.  In turn ports below 1024 are free to all in
 * it, and so is ping.  There is no IPv6 inside.
 */
#include "sandbox/room.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/ident.h"
#include "sandbox/netfilter.h"
#include "sandbox/netlink.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAIRS 65536u
#define TRIES 4096

static int set_sysctl (const char *path, const char *value, struct err *err)
{
    autoclose int fd = open (path, O_WRONLY | O_CLOEXEC);
    size_t n = strlen (value);
    if (fd < 0 || write (fd, value, n) != (ssize_t)n)
        return err_sys (err, errno, "set %s", path);
    return 0;
}

/* ---- the host's side ---- */

/* As large as what leaves through the default route can be; the kernel's own default if that is not known. */
static unsigned uplink_mtu (void)
{
    char line[256], name[64], path[128];
    unsigned destination, mtu = 1500;
    FILE *routes = fopen ("/proc/net/route", "re");
    name[0] = '\0';
    while (routes && fgets (line, sizeof line, routes))
        if (sscanf (line, "%63s %x", name, &destination) == 2 && destination == 0)
            break;
        else
            name[0] = '\0';
    if (routes)
        (void)fclose (routes);
    if (!name[0] || strchr (name, '/'))
        return mtu;
    (void)snprintf (path, sizeof path, "/sys/class/net/%s/mtu", name);
    FILE *f = fopen (path, "re");
    if (f && fscanf (f, "%u", &mtu) != 1)
        mtu = 1500;
    if (f)
        (void)fclose (f);
    return mtu < 576 || mtu > 9000 ? 1500 : mtu;
}

/* The first free pair from a random number on: an address is not used again right after it was freed. */
static int make_pair (int nl, int netns, unsigned *ret_pair, char name[16], struct err *err)
{
    unsigned mtu = uplink_mtu (), at;
    ident_random (&at, sizeof at);
    for (unsigned i = 0; i < TRIES; i++) {
        struct err why = { 0 };
        *ret_pair = (at + i) % PAIRS;
        (void)snprintf (name, 16, NETFILTER_PREFIX "%04x", *ret_pair);
        if (netlink_veth (nl, name, netns, mtu, &why) == 0)
            return 0;
        if (why.sys != EEXIST) {
            if (err)
                *err = why;
            return -1;
        }
    }
    return err_set (err, PROBLEM_LIMIT,
                    "all addresses of the network of sandboxes are taken");
}

/* Answers to packets of the sandbox only go where they came from, and IPv6 does not exist. */
static int host_sysctls (const char *name, struct err *err)
{
    static const char *const rows[][2] = {
        { "ipv4/conf/%s/forwarding", "1" },       { "ipv4/conf/%s/rp_filter", "1" },
        { "ipv4/conf/%s/accept_redirects", "0" }, { "ipv4/conf/%s/send_redirects", "0" },
        { "ipv6/conf/%s/disable_ipv6", "1" },
    };
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        char sub[64], path[128];
        int at = (int)(strchr (rows[i][0], '%') - rows[i][0]);
        (void)snprintf (sub, sizeof sub, "%.*s%s%s", at, rows[i][0], name,
                        rows[i][0] + at + 2);
        (void)snprintf (path, sizeof path, "/proc/sys/net/%s", sub);
        if (access (path, F_OK) == 0 && set_sysctl (path, rows[i][1], err) < 0)
            return -1;
    }
    return 0;
}

static int connect_host (int netns, unsigned *ret_pair, struct err *err)
{
    char name[16];
    autoclose int nl = netlink_open (err);
    if (nl < 0 || make_pair (nl, netns, ret_pair, name, err) < 0)
        return -1;
    if (host_sysctls (name, err) < 0 ||
        netlink_address (nl, name, ROOMS_NET + 2 * *ret_pair, 31, err) < 0 ||
        netlink_up (nl, name, err) < 0) {
        (void)netlink_delete (nl, name, NULL);
        return -1;
    }
    return 0;
}

/* ---- inside ---- */

static int inside (bool nat, unsigned pair, struct err *err)
{
    autoclose int nl = netlink_open (err);
    if (nl < 0 || netlink_up (nl, "lo", err) < 0)
        return -1;
    (void)set_sysctl ("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0", NULL);
    (void)set_sysctl ("/proc/sys/net/ipv4/ping_group_range", "0 4294967294", NULL);
    if (!nat)
        return 0;
    (void)set_sysctl ("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "1", NULL);
    uint32_t host = ROOMS_NET + 2 * pair;
    return netlink_address (nl, "eth0", host + 1, 31, err) < 0 ||
                   netlink_up (nl, "eth0", err) < 0 ||
                   netlink_default_route (nl, host, err) < 0
               ? -1
               : 0;
}

static int nat (struct err *err)
{
    unsigned pair;
    autoclose int host = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (host < 0 || unshare (CLONE_NEWNET) < 0)
        return err_sys (err, errno, "make a network namespace");
    autoclose int own = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0 || setns (host, CLONE_NEWNET) < 0)
        return err_sys (err, errno, "return to the host's network");
    if (connect_host (own, &pair, err) < 0)
        return -1;
    if (setns (own, CLONE_NEWNET) < 0)
        return err_sys (err, errno, "enter the network namespace");
    return inside (true, pair, err);
}

int room_net (struct room *r, struct err *err)
{
    if (r->what->network == LAUNCH_NET_HOST)
        return 0;
    if (r->what->network == LAUNCH_NET_NAT && r->root)
        return nat (err);
    if (r->what->network == LAUNCH_NET_NAT)
        return 0; /* as launch_lacks says: the host's */
    if (unshare (CLONE_NEWNET) < 0)
        return err_sys (err, errno, "make a network namespace");
    return inside (false, 0, err);
}
