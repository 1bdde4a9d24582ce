/* netfilter.c - which packets of sandboxes pass
 *
 * "Not to the host" is the input chain, which sees whatever is addressed to any of the host's own addresses:
 * so the hub's ports are out of reach on each of them.  A sandbox that fills the connection table is stopped at
 * its own share of it.
 */
#include "sandbox/netfilter.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT_BYTES 16384
#define FORWARD "/proc/sys/net/ipv4/ip_forward"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

const char *netfilter_program (void)
{
    static const char *const where[] = { "/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft" };
    for (size_t i = 0; i < ARRAY_SIZE (where); i++)
        if (access (where[i], X_OK) == 0)
            return where[i];
    return NULL;
}

/* `add` and `delete` in front: replaced in one transaction, whether it was there or not. */
static const char table[] =
    "add table inet labwright\n"
    "delete table inet labwright\n"
    "table inet labwright {\n"
    "  set busy { type ipv4_addr; size 65536; flags dynamic; }\n"
    "  chain input {\n"
    "    type filter hook input priority -10; policy accept;\n"
    "    iifname \"" NETFILTER_PREFIX "*\" ct state established,related accept\n"
    "    iifname \"" NETFILTER_PREFIX "*\" counter drop\n"
    "  }\n"
    "  chain forward {\n"
    "    type filter hook forward priority -10; policy accept;\n"
    "    iifname \"" NETFILTER_PREFIX "*\" goto leaving\n"
    "    oifname \"" NETFILTER_PREFIX "*\" ct state established,related accept\n"
    "    oifname \"" NETFILTER_PREFIX "*\" counter drop\n"
    "%s"
    "  }\n"
    "  chain leaving {\n"
    "    meta nfproto != ipv4 counter drop\n"
    "    oifname \"" NETFILTER_PREFIX "*\" counter drop\n"
    "    ip saddr != " ROOMS_NET_TEXT " counter drop\n"
    "    ip daddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, " ROOMS_NET_TEXT
    ", 224.0.0.0/3 } counter drop\n"
    "    ct state new add @busy { ip saddr ct count over 4096 } counter drop\n"
    "    accept\n"
    "  }\n"
    "  chain leave {\n"
    "    type nat hook postrouting priority 100; policy accept;\n"
    "    ip saddr " ROOMS_NET_TEXT " oifname != \"" NETFILTER_PREFIX "*\" masquerade\n"
    "  }\n"
    "}\n";
static const char no_router[] = "    counter drop\n";

static int read_line (const char *path, struct buf *b, struct err *err)
{
    buf_clear (b);
    if (fd_read_file (path, b, err) < 0)
        return -1;
    b->data[strcspn (b->data, "\n")] = '\0';
    return 0;
}

/* Was the host no router before this program made it one, since it was booted? */
static int was_no_router (const char *state, bool *ret, struct err *err)
{
    char path[PATH_MAX];
    autodone (buf_done) struct buf boot, seen;
    buf_init (&boot, 256);
    buf_init (&seen, 256);
    (void)snprintf (path, sizeof path, "%s/base/no-router", state);
    if (read_line (BOOT_ID, &boot, err) < 0 || read_line (FORWARD, &seen, err) < 0)
        return -1;
    if (strcmp (seen.data, "0") == 0) {
        *ret = true;
        return fd_write_file_whole (path, boot.data, strlen (boot.data), 0600, err);
    }
    *ret = read_line (path, &seen, NULL) == 0 && strcmp (seen.data, boot.data) == 0;
    return 0;
}

static int wait_for (pid_t pid, int errors, struct err *err)
{
    int status;
    autodone (buf_done) struct buf said;
    buf_init (&said, 65536);
    (void)fd_read_all (errors, &said, NULL);
    if (TEMP_FAILURE_RETRY (waitpid (pid, &status, 0)) < 0)
        return err_sys (err, errno, "wait for nft");
    if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
        return 0;
    return err_set (err, PROBLEM_UNSUPPORTED, "nft refused the rules: %.*s",
                    (int)strcspn (said.data, "\n"), said.data);
}

static int run_nft (const char *script, struct err *err)
{
    const char *program = netfilter_program ();
    if (!program)
        return err_set (err, PROBLEM_UNSUPPORTED,
                        "nft is missing: install the package nftables for network nat");
    int in[2], out[2];
    if (pipe2 (in, O_CLOEXEC) < 0)
        return err_sys (err, errno, "make a pipe");
    if (pipe2 (out, O_CLOEXEC) < 0) {
        (void)close (in[0]);
        (void)close (in[1]);
        return err_sys (err, errno, "make a pipe");
    }
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init (&actions);
    (void)posix_spawn_file_actions_adddup2 (&actions, in[0], 0);
    (void)posix_spawn_file_actions_adddup2 (&actions, out[1], 1);
    (void)posix_spawn_file_actions_adddup2 (&actions, out[1], 2);
    char *argv[] = { (char *)"nft", (char *)"-f", (char *)"-", NULL };
    char *environ[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C",
                        NULL };
    pid_t pid;
    int failed = posix_spawn (&pid, program, &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy (&actions);
    (void)close (in[0]);
    (void)close (out[1]);
    if (!failed)
        (void)fd_write_all (in[1], script, strlen (script),
                            NULL); /* less than a pipe holds */
    (void)close (in[1]);
    int rc =
        failed ? err_sys (err, failed, "start %s", program) : wait_for (pid, out[0], err);
    (void)close (out[0]);
    return rc;
}

int netfilter_prepare (const char *state, struct err *err)
{
    bool alone;
    char script[SCRIPT_BYTES];
    if (was_no_router (state, &alone, err) < 0)
        return -1;
    (void)snprintf (script, sizeof script, table, alone ? no_router : "");
    if (run_nft (script, err) < 0)
        return -1;
    autoclose int fd = open (FORWARD, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write (fd, "1", 1) != 1)
        return err_sys (err, errno, "let the host forward packets");
    return 0;
}
