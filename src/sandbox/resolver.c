/* resolver.c - name servers that a sandbox can reach */
#include "sandbox/resolver.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES 65536
#define LINE_BYTES 512 /* a longer one is passed over */

static bool is_reachable (const char *address, bool own_network)
{
    struct in_addr a;
    if (!own_network)
        return true;
    return inet_pton (AF_INET, address, &a) == 1 && (ntohl (a.s_addr) >> 24) != 127;
}

bool resolver_filter (const char *text, bool own_network, struct buf *b)
{
    bool found = false;
    for (const char *at = text; *at;) {
        size_t n = strcspn (at, "\n");
        char line[LINE_BYTES] = "",
             server[64]; /* of its own: sscanf takes an end of line for a space */
        if (n < LINE_BYTES)
            memcpy (line, at, n);
        if (sscanf (line, "nameserver %63[^ \t\r]", server) == 1) {
            if (is_reachable (server, own_network)) {
                (void)buf_addf (b, "nameserver %s\n", server);
                found = true;
            }
        } else if (strncmp (line, "search ", 7) == 0 ||
                   strncmp (line, "options ", 8) == 0) {
            (void)buf_addf (b, "%s\n", line);
        }
        at += n + (at[n] == '\n');
    }
    return found;
}

bool resolver_text (bool own_network, struct buf *b)
{
    static const char *const files[] = { "/etc/resolv.conf",
                                         "/run/systemd/resolve/resolv.conf",
                                         "/run/NetworkManager/resolv.conf" };
    for (size_t i = 0; i < ARRAY_SIZE (files); i++) {
        autodone (buf_done) struct buf text;
        buf_init (&text, FILE_BYTES);
        size_t before = b->len;
        if (fd_read_file (files[i], &text, NULL) == 0 &&
            resolver_filter (text.data, own_network, b))
            return true;
        b->len = before;
        b->data[before] = '\0';
    }
    (void)buf_adds (b, "# the host's name servers cannot be reached from here\n");
    return false;
}
