/* client.c - bench_client: the table of its verbs, and the small helpers */

#include "client.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/signals.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    void (*run) (const struct target *t, char **argv);
    const char *usage;
} verbs[] = {
    { "load", verb_load,
      "PATH CONNECTIONS SECONDS: small requests, each after its answer" },
    { "probe", verb_probe, "PATH EVERY_US: until standard input ends" },
    { "time", verb_time, "METHOD PATH COUNT [BODY_FILE]" },
    { "start", verb_start, "PROGRAM ARGUMENTS...: until it answers; then it is ended" },
    { "upload", verb_upload, "PATH MIB: in chunks of 1 MiB" },
    { "download", verb_download, "PATH BYTES" },
    { "execute", verb_execute, "KERNEL COUNT CODE" },
    { "execute-direct", verb_execute_direct, "CONNECTION_FILE COUNT CODE" },
    { "flood", verb_flood, "KERNEL CODE" },
    { "flood-direct", verb_flood_direct, "CONNECTION_FILE CODE" },
    { "first", verb_first, "KERNELSPEC CODE: from POST to the first result" },
    { "terminal", verb_terminal, "NAME BYTES" },
    { "echo", verb_echo, "NAME COUNT" },
    { "pty", verb_pty, "BYTES: without any server" },
};

void die (const char *fmt, ...)
{
    va_list ap;

    va_start (ap, fmt);
    (void)fputs ("bench_client: ", stderr);
    (void)vfprintf (stderr, fmt, ap);
    (void)fputc ('\n', stderr);
    va_end (ap);
    exit (1);
}

char *argument (char **argv, size_t i)
{
    for (size_t k = 0; k <= i; k++)
        if (!argv[k])
            die ("argument %zu is missing", i + 1);
    return argv[i];
}

size_t number_argument (char **argv, size_t i)
{
    char *end;
    unsigned long n = strtoul (argument (argv, i), &end, 10);

    if (*end || end == argv[i])
        die ("no number: %s", argv[i]);
    return n;
}

/* ---- samples ---- */

void samples_add (struct samples *s, int64_t us)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 1024;
        s->us = xrealloc (s->us, s->cap, sizeof (*s->us));
    }
    s->us[s->n++] = us;
}

static int by_size (const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double quantile (const struct samples *s, double q)
{
    return s->n ? (double)s->us[(size_t)(q * (double)(s->n - 1) + 0.5)] / CLOCK_MS : 0;
}

void samples_print (struct samples *s)
{
    double sum = 0;

    qsort (s->us, s->n, sizeof (*s->us), by_size);
    for (size_t i = 0; i < s->n; i++)
        sum += (double)s->us[i] / CLOCK_MS;
    (void)printf ("\"n\": %zu, \"p50\": %.4f, \"p99\": %.4f, \"max\": %.4f, \"mean\": %.4f",
                  s->n, quantile (s, 0.5), quantile (s, 0.99), quantile (s, 1),
                  s->n ? sum / (double)s->n : 0);
}

void samples_done (struct samples *s)
{
    free (s->us);
    *s = (struct samples){ 0 };
}

/* ---- main ---- */

static _Noreturn void usage (void)
{
    (void)fprintf (stderr, "usage: bench_client [-t TOKEN] [-p PORT] VERB ...\n");
    for (size_t i = 0; i < ARRAY_SIZE (verbs); i++)
        (void)fprintf (stderr, "  %-15s %s\n", verbs[i].name, verbs[i].usage);
    exit (2);
}

int main (int argc, char **argv)
{
    struct target t = { .token = "" };
    int option;

    signals_ignore (SIGPIPE);
    while ((option = getopt (argc, argv, "+t:p:")) != -1) {
        if (option == 't')
            t.token = optarg;
        else if (option == 'p')
            t.port = (unsigned)strtoul (optarg, NULL, 10);
        else
            usage ();
    }
    for (size_t i = 0; argv[optind] && i < ARRAY_SIZE (verbs); i++)
        if (!strcmp (verbs[i].name, argv[optind])) {
            (void)printf ("{");
            verbs[i].run (&t, argv + optind + 1);
            (void)printf ("}\n");
            return 0;
        }
    usage ();
}
