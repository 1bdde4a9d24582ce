/* netlink.c - requests to the kernel's routing socket, built by hand
 *
 * Each is one fixed message of a few hundred bytes with nested attributes; a library would be longer than this.
 */
#include "sandbox/netlink.h"

#include "base/cleanup.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct message {
    alignas (NLMSG_ALIGNTO) char data[1024];
    size_t len;
};

static void *add_raw (struct message *m, size_t n)
{
    void *at = m->data + m->len;
    m->len += NLMSG_ALIGN (n);
    return at;
}

static void begin (struct message *m, int type, int flags)
{
    *m = (struct message){ 0 };
    struct nlmsghdr *h = add_raw (m, sizeof *h);
    h->nlmsg_type = (uint16_t)type;
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
}

/* Returns where it begins, for `end` of one that holds others. */
static size_t attribute (struct message *m, int type, const void *data, size_t n)
{
    size_t at = m->len;
    struct rtattr *a = add_raw (m, sizeof *a);
    a->rta_type = (uint16_t)type;
    a->rta_len = (uint16_t)RTA_LENGTH (n);
    if (n)
        memcpy (add_raw (m, n), data, n);
    return at;
}

static void end (struct message *m, size_t at)
{
    ((struct rtattr *)(m->data + at))->rta_len = (uint16_t)(m->len - at);
}

static int talk (int nl, struct message *m, struct err *err, const char *what)
{
    alignas (NLMSG_ALIGNTO) char answer[4096];
    ((struct nlmsghdr *)m->data)->nlmsg_len = (uint32_t)m->len;
    if (send (nl, m->data, m->len, 0) < 0)
        return err_sys (err, errno, "%s", what);
    ssize_t n = TEMP_FAILURE_RETRY (recv (nl, answer, sizeof answer, 0));
    const struct nlmsghdr *h = (const void *)answer;
    if (n < (ssize_t)NLMSG_LENGTH (sizeof (struct nlmsgerr)) ||
        h->nlmsg_type != NLMSG_ERROR)
        return err_set (err, PROBLEM_INTERNAL, "%s: no answer of the kernel", what);
    int failed = -((const struct nlmsgerr *)NLMSG_DATA (h))->error;
    return failed ? err_sys (err, failed, "%s", what) : 0;
}

int netlink_open (struct err *err)
{
    autoclose int nl = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
    if (nl < 0 || connect (nl, (struct sockaddr *)&kernel, sizeof kernel) < 0)
        return err_sys (err, errno, "open the routing socket");
    return take_fd (nl);
}

int netlink_veth (int nl, const char *name, int netns, unsigned mtu, struct err *err)
{
    struct message m;
    begin (&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    (void)add_raw (&m, sizeof (struct ifinfomsg));
    (void)attribute (&m, IFLA_IFNAME, name, strlen (name) + 1);
    (void)attribute (&m, IFLA_MTU, &mtu, sizeof mtu);
    size_t info = attribute (&m, IFLA_LINKINFO, NULL, 0);
    (void)attribute (&m, IFLA_INFO_KIND, "veth", 4);
    size_t data = attribute (&m, IFLA_INFO_DATA, NULL, 0);
    size_t peer = attribute (&m, VETH_INFO_PEER, NULL, 0);
    (void)add_raw (&m, sizeof (struct ifinfomsg));
    (void)attribute (&m, IFLA_IFNAME, "eth0", 5);
    (void)attribute (&m, IFLA_MTU, &mtu, sizeof mtu);
    (void)attribute (&m, IFLA_NET_NS_FD, &netns, sizeof netns);
    end (&m, peer);
    end (&m, data);
    end (&m, info);
    return talk (nl, &m, err, "make an interface");
}

int netlink_delete (int nl, const char *name, struct err *err)
{
    struct message m;
    begin (&m, RTM_DELLINK, 0);
    (void)add_raw (&m, sizeof (struct ifinfomsg));
    (void)attribute (&m, IFLA_IFNAME, name, strlen (name) + 1);
    return talk (nl, &m, err, "remove an interface");
}

int netlink_up (int nl, const char *name, struct err *err)
{
    struct message m;
    begin (&m, RTM_NEWLINK, 0);
    struct ifinfomsg *i = add_raw (&m, sizeof *i);
    i->ifi_flags = IFF_UP;
    i->ifi_change = IFF_UP;
    (void)attribute (&m, IFLA_IFNAME, name, strlen (name) + 1);
    return talk (nl, &m, err, "set an interface up");
}

/* Its number in the namespace of the socket, which may not be the caller's. */
static int index_of (int nl, const char *name, struct err *err)
{
    alignas (NLMSG_ALIGNTO) char answer[8192];
    struct message m;
    begin (&m, RTM_GETLINK, 0);
    ((struct nlmsghdr *)m.data)->nlmsg_flags = NLM_F_REQUEST;
    (void)add_raw (&m, sizeof (struct ifinfomsg));
    (void)attribute (&m, IFLA_IFNAME, name, strlen (name) + 1);
    ((struct nlmsghdr *)m.data)->nlmsg_len = (uint32_t)m.len;
    if (send (nl, m.data, m.len, 0) < 0)
        return err_sys (err, errno, "look for %s", name);
    ssize_t n = TEMP_FAILURE_RETRY (recv (nl, answer, sizeof answer, 0));
    const struct nlmsghdr *h = (const void *)answer;
    if (n < (ssize_t)NLMSG_LENGTH (sizeof (struct ifinfomsg)) ||
        h->nlmsg_type != RTM_NEWLINK)
        return err_set (err, PROBLEM_NOT_FOUND, "there is no interface %s", name);
    return ((const struct ifinfomsg *)NLMSG_DATA (h))->ifi_index;
}

int netlink_address (int nl, const char *name, uint32_t address, unsigned prefix,
                     struct err *err)
{
    struct message m;
    uint32_t wire = htonl (address);
    int index = index_of (nl, name, err);
    if (index < 0)
        return -1;
    begin (&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    struct ifaddrmsg *a = add_raw (&m, sizeof *a);
    a->ifa_family = AF_INET;
    a->ifa_prefixlen = (uint8_t)prefix;
    a->ifa_index = (unsigned)index;
    (void)attribute (&m, IFA_LOCAL, &wire, sizeof wire);
    (void)attribute (&m, IFA_ADDRESS, &wire, sizeof wire);
    return talk (nl, &m, err, "give an interface its address");
}

int netlink_default_route (int nl, uint32_t gateway, struct err *err)
{
    struct message m;
    uint32_t wire = htonl (gateway);
    begin (&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    struct rtmsg *t = add_raw (&m, sizeof *t);
    t->rtm_family = AF_INET;
    t->rtm_table = RT_TABLE_MAIN;
    t->rtm_protocol = RTPROT_STATIC;
    t->rtm_scope = RT_SCOPE_UNIVERSE;
    t->rtm_type = RTN_UNICAST;
    (void)attribute (&m, RTA_GATEWAY, &wire, sizeof wire);
    return talk (nl, &m, err, "set the default route");
}
