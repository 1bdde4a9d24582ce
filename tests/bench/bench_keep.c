/* bench_keep.c - what the keeper can carry, without a server in front of it
 *
 *     make bench_keep && ./bench_keep [SCALE]
 *
 * fake_kernel and programs on ptys produce, this process reads and acks; the keeper's own
 * CPU time is read from /proc.  Prints one line per quantity, with the budget of the design
 * beside it.
 */

#include "../unit/keeper/peer.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct keep k;
static struct peer p;

/* Seconds of CPU that the keeper used so far. */
static double cpu (void)
{
    char path[64], text[1024] = "";
    unsigned long user = 0, sys = 0;

    (void)snprintf (path, sizeof (path), "/proc/%d/stat", (int)k.pid);
    FILE *f = fopen (path, "r");
    if (f && fgets (text, sizeof (text), f))
        (void)sscanf (strrchr (text, ')') + 1,
                      " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys);
    if (f)
        (void)fclose (f);
    return (double)(user + sys) / (double)sysconf (_SC_CLK_TCK);
}

static long memory_kib (const char *key)
{
    char path[64], line[256];
    long n = 0;

    (void)snprintf (path, sizeof (path), "/proc/%d/status", (int)k.pid);
    FILE *f = fopen (path, "r");
    while (f && fgets (line, sizeof (line), f))
        if (!strncmp (line, key, strlen (key)))
            n = strtol (line + strlen (key) + 1, NULL, 10);
    if (f)
        (void)fclose (f);
    return n;
}

static long most_kib; /* private memory of the keeper while it was drained */

static void drain (uint64_t count, uint64_t bytes)
{
    struct keep_frame f;
    uint64_t looked = p.bytes;

    while (p.count < count || p.bytes < bytes) {
        if (!peer_next (&p, &f, PEER_TIMEOUT_MS))
            break;
        buf_clear (&p.said);
        if (p.bytes - looked < 4 << 20)
            continue;
        looked = p.bytes;
        long now = memory_kib ("RssAnon:");
        most_kib = now > most_kib ? now : most_kib;
    }
}

static void flood (uint32_t o, const char *id, unsigned long n, unsigned long size)
{
    autofree char *code = xasprintf ("flood %lu %lu", n, size);
    double before = cpu ();
    int64_t begin = clock_mono_us ();

    most_kib = 0;
    peer_forget (&p);
    peer_execute (&p, o, "bench", id, code);
    drain (n + 3, 0);
    double s = (double)(clock_mono_us () - begin) / 1e6, used = cpu () - before;
    (void)printf ("%lu messages of %lu bytes: %.0f/s, %.0f MB/s, keeper CPU %.1f us each, "
                  "at most %ld KiB private\n",
                  n, size, (double)n / s, (double)p.bytes / s / 1e6, used * 1e6 / (double)n,
                  most_kib);
}

static void terminal (void)
{
    static const char *const argv[] = {
        "sh", "-c", "read x; head -c 400000000 /dev/zero | tr '\\0' x; echo; read x", NULL
    };
    uint32_t t = peer_start_terminal (&p, "t", argv);

    peer_forget (&p);
    (void)peer_subscribe (&p, t, "bench", 0, 4 << 20);
    struct buf *b = peer_begin (&p, KEEP_SEND, t);
    (void)buf_addc (b, '\n');
    peer_tell (&p, 0);
    double before = cpu ();
    int64_t begin = clock_mono_us ();
    drain (0, 400000000);
    double s = (double)(clock_mono_us () - begin) / 1e6;
    (void)printf ("terminal: %.0f MB/s (budget 200), keeper CPU %.2f s\n", 400 / s,
                  cpu () - before);
    peer_end (&p, t);
}

static void latency (uint32_t o)
{
    enum { N = 2000 };
    int64_t begin = clock_mono_us ();
    char id[32];

    for (int i = 0; i < N; i++) {
        (void)snprintf (id, sizeof (id), "l%d", i);
        peer_forget (&p);
        peer_execute (&p, o, "bench", id, "");
        drain (3, 0);
    }
    (void)printf ("execute to idle and reply: %.0f us\n",
                  (double)(clock_mono_us () - begin) / N);
}

static void start_time (void)
{
    int64_t begin = clock_mono_us ();
    uint32_t o = peer_start_kernel (&p, &k, "s", 0, 1000, "signal", NULL);

    peer_until_state (&p, KEEP_IDLE);
    (void)printf ("start of a kernel in C to idle: %.1f ms\n",
                  (double)(clock_mono_us () - begin) / 1e3);
    begin = clock_mono_us ();
    peer_end (&p, o);
    (void)printf ("its end: %.1f ms\n", (double)(clock_mono_us () - begin) / 1e3);
}

int main (int argc, char **argv)
{
    int keeper = peer_main (argc, argv);

    unsigned long scale = argc > 1 ? strtoul (argv[1], NULL, 10) : 1;

    if (keeper >= 0)
        return keeper;
    setvbuf (stdout, NULL, _IOLBF, 0);
    keep_start (&k, 10);
    peer_attach (&p, &k);
    (void)printf ("idle: %ld KiB private\n", memory_kib ("RssAnon:"));
    start_time ();
    uint32_t o = peer_start_kernel (&p, &k, "b", 0, 1000, "signal", NULL);
    (void)peer_subscribe (&p, o, "bench", 0, 8 << 20);
    latency (o);
    flood (o, "f1", 200000 * scale, 100);
    flood (o, "f2", 50000 * scale, 10000);
    flood (o, "f3", 900 * scale,
           1000000); /* fits the journal: a slow reader misses nothing */
    peer_for (&p, 2500);
    (void)printf ("memory after that: %ld KiB private\n", memory_kib ("RssAnon:"));
    peer_end (&p, o);
    terminal ();
    peer_cut (&p);
    keep_stop (&k);
    return 0;
}
