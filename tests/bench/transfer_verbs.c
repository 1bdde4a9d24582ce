/* transfer_verbs.c - a large file up, as JupyterLab sends it, and down */

#include "client.h"
#include "link.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHUNK ((size_t)1 << 20)

static void print_rate (uint64_t bytes, int64_t us)
{
    (void)printf ("\"bytes\": %" PRIu64 ", \"seconds\": %.4f, \"mb_s\": %.2f", bytes,
                  (double)us / CLOCK_S, (double)bytes / (double)us);
}

/* The same noise in each chunk: no server looks for repetitions, and the client costs little. */
static void make_content (struct buf *b)
{
    autofree char *noise = xcalloc (CHUNK, 1);
    uint64_t x = 88172645463325252ULL;

    for (size_t i = 0; i < CHUNK; i += sizeof (x)) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy (noise + i, &x, sizeof (x));
    }
    if (base64_encode (b, noise, CHUNK, 0) < 0)
        die ("no memory for a chunk");
}

void verb_upload (const struct target *t, char **argv)
{
    autofree char *path = xasprintf ("api/contents/%s", argument (argv, 0));
    size_t count = number_argument (argv, 1);
    struct buf content, body;
    struct link l;

    buf_init (&content, LINK_MAX);
    buf_init (&body, LINK_MAX);
    make_content (&content);
    link_open (&l, t);
    int64_t began = clock_mono_us ();
    for (size_t i = 1; i <= count; i++) {
        buf_clear (&body);
        (void)buf_addf (
            &body,
            "{\"type\":\"file\",\"format\":\"base64\",\"name\":\"%s\",\"chunk\":"
            "%d,\"content\":\"",
            argv[0], i == count ? -1 : (int)i);
        (void)buf_add (&body, content.data, content.len);
        (void)buf_adds (&body, "\"}");
        link_request (&l, "PUT", path, body.data, body.len);
        int status = link_reply (&l, NULL, NULL);
        if (status / 100 != 2)
            die ("chunk %zu: %d", i, status);
    }
    print_rate (count * CHUNK, clock_mono_us () - began);
    link_close (&l);
    buf_done (&content);
    buf_done (&body);
}

void verb_download (const struct target *t, char **argv)
{
    autofree char *path = xasprintf ("files/%s", argument (argv, 0));
    size_t want = number_argument (argv, 1);
    uint64_t bytes;
    struct link l;

    link_open (&l, t);
    int64_t began = clock_mono_us ();
    link_request (&l, "GET", path, NULL, 0);
    int status = link_reply (&l, NULL, &bytes);
    if (status != 200 || bytes != want)
        die ("GET %s: %d, %" PRIu64 " bytes", path, status, bytes);
    print_rate (bytes, clock_mono_us () - began);
    link_close (&l);
}
