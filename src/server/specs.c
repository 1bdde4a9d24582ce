/* specs.c - the kernelspecs that are installed, looked up in the pool
 *
 * The list belongs to whoever holds the lock; that is always a pool thread.  It is made with the first use,
 * so that the start of the server does not wait for the file system.
 */

#include "server/specs.h"

#include "server/server.h"

#include <pthread.h>

struct specs {
    struct server *server;
    struct strv allowed;
    pthread_mutex_t lock;
    struct kernelspecs *list; /* NULL: not yet made */
};

struct job {
    struct specs *specs;
    void (*work) (struct kernelspecs *list, void *arg);
    void (*done) (void *arg);
    void *arg;
};

struct specs *specs_new (struct server *s)
{
    struct specs *sp = xnew (struct specs);
    size_t i;
    json_t *name;
    sp->server = s;
    strv_init (&sp->allowed);
    (void)pthread_mutex_init (&sp->lock, NULL);
    json_array_foreach (
        (json_t *)options_json (s->options, "KernelSpecManager.allowed_kernelspecs"), i,
        name)
    {
        if (json_is_string (name))
            strv_add (&sp->allowed, json_string_value (name));
    }
    return sp;
}

void specs_free (struct specs *sp)
{
    if (!sp)
        return;
    kernelspecs_free (sp->list);
    (void)pthread_mutex_destroy (&sp->lock);
    strv_done (&sp->allowed);
    free (sp);
}

/* In a pool thread. */
static void work (void *arg)
{
    struct job *j = arg;
    struct specs *sp = j->specs;
    (void)pthread_mutex_lock (&sp->lock);
    if (sp->list)
        kernelspecs_refresh (sp->list);
    else
        sp->list = kernelspecs_new (sp->server->jpaths, &sp->allowed);
    j->work (sp->list, j->arg);
    (void)pthread_mutex_unlock (&sp->lock);
}

static void done (void *arg)
{
    autofree struct job *j = arg;
    j->done (j->arg);
}

int specs_run (struct specs *sp, void (*work_fn) (struct kernelspecs *list, void *arg),
               void (*done_fn) (void *arg), void *arg, struct err *err)
{
    struct job *j = xnew (struct job);
    *j = (struct job){ .specs = sp, .work = work_fn, .done = done_fn, .arg = arg };
    if (pool_submit (loop_pool (sp->server->loop), work, done, j, err)) {
        free (j);
        return -1;
    }
    return 0;
}
