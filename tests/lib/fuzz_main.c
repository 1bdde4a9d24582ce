/* fuzz_main.c - runs a fuzz target over its corpus in `make check`
 *
 * The files of tests/fuzz/corpus/NAME below $srcdir, NAME from the program's own name, or
 * those that the arguments name.  With --enable-fuzzers libFuzzer's main takes this one's
 * place.
 */

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define INPUT_MAX (16 << 20)

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static int run_file (const char *path)
{
    autodone (buf_done) struct buf b;
    struct err err;
    buf_init (&b, INPUT_MAX);
    if (fd_read_file (path, &b, &err)) {
        (void)fprintf (stderr, "%s\n", err.text);
        return 1;
    }
    /* An exact copy, so that a sanitizer sees one byte too many. */
    uint8_t *copy = malloc (b.len ? b.len : 1);
    if (!copy)
        return 1;
    memcpy (copy, b.data, b.len);
    (void)LLVMFuzzerTestOneInput (copy, b.len);
    free (copy);
    return 0;
}

static int run_dir (const char *dir)
{
    DIR *d = opendir (dir);
    int failed = 0, count = 0;
    if (!d) {
        (void)fprintf (stderr, "no corpus: %s\n", dir);
        return 1;
    }
    for (struct dirent *e; (e = readdir (d));) {
        autofree char *path = xasprintf ("%s/%s", dir, e->d_name);
        if (e->d_name[0] == '.')
            continue;
        failed |= run_file (path);
        count++;
    }
    (void)closedir (d);
    (void)printf ("%d inputs from %s\n", count, dir);
    return failed || !count;
}

int main (int argc, char **argv)
{
    const char *slash = strrchr (argv[0], '/'), *name = slash ? slash + 1 : argv[0];
    const char *srcdir = getenv ("srcdir");
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= run_file (argv[i]);
    if (argc > 1)
        return failed;
    if (!strncmp (name, "lt-", 3))
        name += 3;
    if (!strncmp (name, "fuzz_", 5))
        name += 5;
    autofree char *dir = xasprintf ("%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name);
    return run_dir (dir);
}
