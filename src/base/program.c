/* program.c - where the program that runs lies, and what was brought with it */

#include "base/program.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <unistd.h>

char *program_path (void)
{
    char path[4096];
    ssize_t n = readlink ("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return xstrdup (path);
}

char *program_dir (void)
{
    autofree char *path = program_path ();
    return path_dirname (path);
}

char *program_find (const char *name, const char *probe)
{
    static const char *const where[] = { "..", "." };
    autofree char *dir = program_dir ();
    for (size_t i = 0; *dir && i < ARRAY_SIZE (where); i++) {
        autofree char *joined = xasprintf ("%s/%s/%s", dir, where[i], name);
        autofree char *found = path_absolute (joined);
        autofree char *file = path_join (found, probe);
        if (!access (file, R_OK))
            return take_ptr (found);
    }
    return NULL;
}
