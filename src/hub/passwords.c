/* passwords.c - hashing and comparing passwords, in children */

#include "hub/passwords.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/list.h"
#include "base/log.h"
#include "loop/proc.h"

#include <string.h>

#define TIMEOUT_US (20 * CLOCK_S)
#define OUTPUT_MAX 4096

/* The hash of no password, as costly as a real one. */
#define NOBODY                                                                             \
    "argon2:$argon2id$v=19$m=10240,t=10,p=8$AAAAAAAAAAAAAAAAAAAAAA$"                       \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

struct passwords {
    struct loop *loop;
    struct list waiting, running; /* struct job */
    size_t waiting_n, running_n;
};

struct job {
    struct list link;
    struct passwords *p;
    char *feed;
    struct command *command; /* NULL: waits */
    passwords_fn done;
    void *arg;
};

static void start_next (struct passwords *p);

static void job_end (struct job *j, bool match, const char *hash, const struct err *err)
{
    list_remove (&j->link);
    if (j->command)
        j->p->running_n--;
    else
        j->p->waiting_n--;
    j->done (j->arg, match, hash, err);
    explicit_bzero (j->feed, strlen (j->feed));
    free (j->feed);
    free (j);
}

static void on_done (void *arg, int status, const char *out, size_t out_len,
                     const char *errout, size_t err_len)
{
    struct job *j = arg;
    struct passwords *p = j->p;
    struct err err;
    autojson json_t *answer = status == 0 ? jsonx_parse (out, out_len, NULL) : NULL;
    if (!answer)
        log_error ("passwords", "the worker failed: %.*s", (int)err_len, errout);
    (void)err_set (&err, PROBLEM_INTERNAL, "The password could not be checked");
    job_end (j, jsonx_bool (answer, "match", false), jsonx_str (answer, "hash", NULL),
             answer ? NULL : &err);
    start_next (p);
}

static int start (struct job *j, struct err *err)
{
    struct strv argv;
    strv_init (&argv);
    strv_add (&argv, "/proc/self/exe");
    strv_add (&argv, "worker");
    strv_add (&argv, "password");
    const struct proc_spec spec = { .argv = &argv,
                                    .fd_in = -1,
                                    .fd_out = -1,
                                    .fd_err = -1 };
    j->command = command_run (j->p->loop, &spec, j->feed, strlen (j->feed), OUTPUT_MAX,
                              TIMEOUT_US, on_done, j, err);
    strv_done (&argv);
    return j->command ? 0 : -1;
}

static void start_next (struct passwords *p)
{
    while (p->running_n < PASSWORDS_AT_ONCE && !list_empty (&p->waiting)) {
        struct job *j = list_entry (p->waiting.next, struct job, link);
        struct err err;
        if (start (j, &err)) {
            job_end (j, false, NULL, &err);
            continue;
        }
        p->waiting_n--;
        p->running_n++;
        list_remove (&j->link);
        list_append (&p->running, &j->link);
    }
}

static void on_soon (void *arg)
{
    start_next (arg);
}

static int add (struct passwords *p, const json_t *input, passwords_fn done, void *arg,
                struct err *err)
{
    if (p->waiting_n >= PASSWORDS_WAITING)
        return err_set (err, PROBLEM_BUSY,
                        "Too many people log in at this moment, try again");
    struct job *j = xnew (struct job);
    j->p = p;
    j->feed = jsonx_dump_string (input, 0, false);
    j->done = done;
    j->arg = arg;
    list_append (&p->waiting, &j->link);
    p->waiting_n++;
    (void)loop_soon (p->loop, on_soon, p);
    return 0;
}

int passwords_verify (struct passwords *p, const char *stored, const char *password,
                      passwords_fn done, void *arg, struct err *err)
{
    autojson json_t *input = json_object ();
    jsonx_set_str (input, "password", password);
    jsonx_set_str (input, "stored", stored ? stored : NOBODY);
    return add (p, input, done, arg, err);
}

int passwords_hash (struct passwords *p, const char *password, passwords_fn done, void *arg,
                    struct err *err)
{
    autojson json_t *input = json_object ();
    jsonx_set_str (input, "password", password);
    return add (p, input, done, arg, err);
}

int passwords_check (const char *password, struct err *err)
{
    size_t n = strlen (password);
    if (n < PASSWORD_MIN)
        return err_set (err, PROBLEM_INVALID, "A password has at least %d characters",
                        PASSWORD_MIN);
    if (n > PASSWORD_MAX)
        return err_set (err, PROBLEM_INVALID, "A password has at most %d bytes",
                        PASSWORD_MAX);
    return 0;
}

struct passwords *passwords_new (struct loop *l)
{
    struct passwords *p = xnew (struct passwords);
    p->loop = l;
    list_init (&p->waiting);
    list_init (&p->running);
    return p;
}

void passwords_free (struct passwords *p)
{
    struct err err;
    if (!p)
        return;
    (void)err_set (&err, PROBLEM_CANCELLED, "The hub is stopping");
    list_foreach (j, &p->running, struct job, link) {
        command_cancel (j->command);
        job_end (j, false, NULL, &err);
    }
    list_foreach (k, &p->waiting, struct job, link)
        job_end (k, false, NULL, &err);
    free (p);
}
