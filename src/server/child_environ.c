/* child_environ.c - the environment that keeper, kernels and terminals inherit */

#include "server/child_environ.h"

#include "base/cleanup.h"

extern char **environ;

void child_environ (struct strv *environ_)
{
    static const char *const secrets[] = { "JUPYTER_TOKEN", "JUPYTERHUB_API_TOKEN",
                                           "JPY_API_TOKEN" };
    strv_from_environ (environ_, environ);
    for (size_t i = 0; i < ARRAY_SIZE (secrets); i++)
        strv_env_unset (environ_, secrets[i]);
}
