/* fuzz_kernelspec.c - kernel.json: what is accepted can be launched and shown */

#include "base/jsonx.h"
#include "jupyter/kernelspec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct err err;
    autocleanup (kernelspec_free) struct kernelspec *s =
        kernelspec_parse ("Fuzz", "/nowhere", (const char *)data, size, &err);
    struct strv argv, env;

    if (!s)
        return 0;
    strv_init (&argv);
    strv_init (&env);
    strv_env_set (&env, "PATH", "/bin");
    kernelspec_argv (s, "/nowhere", "/run/k.json", &argv);
    kernelspec_environ (s, &env);
    autojson json_t *model = kernelspec_to_json (s, "/base/");
    if (!model || argv.n != s->argv.n)
        abort ();
    strv_done (&argv);
    strv_done (&env);
    return 0;
}
