/* check.c - is_complete: the parser of bash itself decides, in a process of its own */

#include "bash/kernel_private.h"
#include "bash/verdict.h"
#include "base/clock.h"

#include <string.h>

#define CHECK_US (5 * CLOCK_S)
#define ERRORS_MAX 65536

static void reply (struct kernel *k, const char *status)
{
    const char *code = jsonx_str (k->now->content, "code", "");
    json_t *content = json_pack ("{s:s}", "status", status);

    if (!strcmp (status, "incomplete")) {
        autofree char *indent = verdict_indent (code);
        jsonx_set_str (content, "indent", indent);
    }
    channels_reply_json (k->channels, k->now, "is_complete_reply", content);
}

static void on_checked (void *arg, int status, const char *out, size_t out_len,
                        const char *errors, size_t errors_len)
{
    struct kernel *k = arg;
    autofree char *text = xstrndup (errors, errors_len);

    k->check = NULL;
    reply (k, status < 0 ? "unknown"
                         : verdict (jsonx_str (k->now->content, "code", ""), status, text));
    kernel_finish (k);
}

bool is_complete_request (struct kernel *k, struct request *req)
{
    static const char *const words[] = { "--norc", "--noprofile", "-O", "extglob", "-n" };
    const char *code = jsonx_str (req->content, "code", "");
    autodone (strv_done) struct strv argv;
    autodone (strv_done) struct strv env;

    strv_init (&argv);
    strv_init (&env);
    strv_add (&argv, k->bash);
    for (size_t i = 0; i < ARRAY_SIZE (words); i++)
        strv_add (&argv, words[i]);
    strv_copy (&env, &k->environ_);
    strv_env_set (&env, "LC_ALL", "C");
    struct proc_spec spec = { .argv = &argv,
                              .environ = &env,
                              .fd_in = -1,
                              .fd_out = -1,
                              .fd_err = -1 };
    k->check = command_run (k->loop, &spec, code, strlen (code), ERRORS_MAX, CHECK_US,
                            on_checked, k, NULL);
    if (k->check)
        return false;
    reply (k, "unknown");
    return true;
}
