/* curl_lib.c - libcurl, loaded when the client's verbs need it */

#include "cli/curl_lib.h"

#include "base/cleanup.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define FILE_NAME "libcurl.so.4"

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
#define FUNCTION(f)                                                                        \
    {                                                                                      \
        "curl_" #f, offsetof (struct curl_lib, f)                                          \
    }
    FUNCTION (global_init),    FUNCTION (global_cleanup), FUNCTION (easy_init),
    FUNCTION (easy_reset),     FUNCTION (easy_cleanup),   FUNCTION (easy_setopt),
    FUNCTION (easy_getinfo),   FUNCTION (easy_perform),   FUNCTION (easy_send),
    FUNCTION (easy_recv),      FUNCTION (easy_strerror),  FUNCTION (slist_append),
    FUNCTION (slist_free_all),
#undef FUNCTION
};

const struct curl_lib *curl_lib (struct err *err)
{
    static struct curl_lib lib;
    static bool loaded;
    void *so, *symbol;

    if (loaded)
        return &lib;
    so = dlopen (FILE_NAME, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; so && i < ARRAY_SIZE (functions); i++) {
        symbol = dlsym (so, functions[i].name);
        if (!symbol)
            so = NULL;
        else
            memcpy ((char *)&lib + functions[i].offset, &symbol, sizeof symbol);
    }
    if (!so) {
        const char *why = dlerror ();
        (void)err_set (err, PROBLEM_UNAVAILABLE, "libcurl is missing here: %s",
                       why ? why : FILE_NAME);
        return NULL;
    }
    loaded = true;
    return &lib;
}
