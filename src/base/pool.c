/* pool.c - a small pool of threads for calls that block in the file system
 *
 * Two lists under one mutex: waiting and finished.  The loop hears of finished work by an eventfd.  Threads
 * block all signals, so that the loop's signalfd sees them.
 *
 * Whoever closes the pool waits for threads to be gone and not only idle: libraries clean up after each thread
 * as it ends, which must not happen while the process cleans up after itself.
 */

#include "base/pool.h"
#include "base/list.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>

#define IDLE_SECONDS 60

struct job {
    struct list link;
    void (*work) (void *arg);
    void (*done) (void *arg);
    void *arg;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t more, quiet;
    struct list waiting, finished;
    unsigned n_waiting, n_threads, n_idle;
    bool closing, any_ended;
    pthread_t ended; /* the thread that ended last; it joins the one before */
    int fd;
};

struct pool *pool_new (struct err *err)
{
    int fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (fd < 0) {
        err_sys (err, errno, "eventfd");
        return NULL;
    }
    struct pool *p = xnew (struct pool);
    pthread_condattr_t attr;
    (void)pthread_condattr_init (&attr);
    (void)pthread_condattr_setclock (&attr, CLOCK_MONOTONIC);
    (void)pthread_mutex_init (&p->lock, NULL);
    (void)pthread_cond_init (&p->more, &attr);
    (void)pthread_cond_init (&p->quiet, NULL);
    (void)pthread_condattr_destroy (&attr);
    list_init (&p->waiting);
    list_init (&p->finished);
    p->fd = fd;
    return p;
}

/* The next job, or NULL when this thread should end.  Called and returns with the lock held. */
static struct job *next_job (struct pool *p)
{
    struct timespec until;

    (void)clock_gettime (CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_SECONDS;
    while (list_empty (&p->waiting)) {
        if (p->closing)
            return NULL;
        p->n_idle++;
        int rc = pthread_cond_timedwait (&p->more, &p->lock, &until);
        p->n_idle--;
        if (rc == ETIMEDOUT && list_empty (&p->waiting))
            return NULL;
    }
    if (p->closing)
        return NULL;
    struct job *j = list_entry (p->waiting.next, struct job, link);
    list_remove (&j->link);
    p->n_waiting--;
    return j;
}

static void *run (void *arg)
{
    struct pool *p = arg;
    struct job *j;

    (void)pthread_mutex_lock (&p->lock);
    while ((j = next_job (p))) {
        (void)pthread_mutex_unlock (&p->lock);
        j->work (j->arg);
        (void)pthread_mutex_lock (&p->lock);
        list_append (&p->finished, &j->link);
        (void)eventfd_write (p->fd, 1);
    }
    pthread_t before = p->ended;
    bool any = p->any_ended;
    p->ended = pthread_self ();
    p->any_ended = true;
    if (--p->n_threads == 0)
        (void)pthread_cond_signal (&p->quiet);
    (void)pthread_mutex_unlock (&p->lock);
    if (any)
        (void)pthread_join (before, NULL);
    return NULL;
}

/* With the lock held. */
static int start_thread (struct pool *p)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;

    (void)pthread_attr_init (&attr);
    (void)pthread_attr_setstacksize (&attr, 1 << 20);
    (void)sigfillset (&all);
    (void)pthread_sigmask (SIG_SETMASK, &all, &old);
    int rc = pthread_create (&thread, &attr, run, p);
    (void)pthread_sigmask (SIG_SETMASK, &old, NULL);
    (void)pthread_attr_destroy (&attr);
    if (rc == 0)
        p->n_threads++;
    return rc;
}

/* With the lock held.  A thread that does not start matters only if there is none. */
static int admit (struct pool *p, struct err *err)
{
    if (p->closing)
        return err_set (err, PROBLEM_CANCELLED, "the program ends");
    if (p->n_waiting >= POOL_QUEUE)
        return err_set (err, PROBLEM_BUSY, "%d file operations are waiting already",
                        POOL_QUEUE);
    if (p->n_idle > p->n_waiting || p->n_threads >= POOL_THREADS)
        return 0;
    int rc = start_thread (p);
    return rc && p->n_threads == 0 ? err_sys (err, rc, "start thread") : 0;
}

int pool_submit (struct pool *p, void (*work) (void *arg), void (*done) (void *arg),
                 void *arg, struct err *err)
{
    (void)pthread_mutex_lock (&p->lock);
    int rc = admit (p, err);
    if (rc == 0) {
        struct job *j = xnew (struct job);
        *j = (struct job){ .work = work, .done = done, .arg = arg };
        list_append (&p->waiting, &j->link);
        p->n_waiting++;
        (void)pthread_cond_signal (&p->more);
    }
    (void)pthread_mutex_unlock (&p->lock);
    return rc;
}

int pool_fd (const struct pool *p)
{
    return p->fd;
}

static void finish (struct list *jobs)
{
    while (!list_empty (jobs)) {
        struct job *j = list_entry (jobs->next, struct job, link);
        list_remove (&j->link);
        j->done (j->arg);
        free (j);
    }
}

static void splice (struct list *to, struct list *from)
{
    while (!list_empty (from)) {
        struct list *e = from->next;
        list_remove (e);
        list_append (to, e);
    }
}

void pool_drain (struct pool *p)
{
    struct list jobs;
    eventfd_t n;

    list_init (&jobs);
    (void)pthread_mutex_lock (&p->lock);
    (void)eventfd_read (p->fd, &n);
    splice (&jobs, &p->finished);
    (void)pthread_mutex_unlock (&p->lock);
    finish (&jobs);
}

void pool_close (struct pool *p)
{
    struct list jobs;

    list_init (&jobs);
    (void)pthread_mutex_lock (&p->lock);
    p->closing = true;
    (void)pthread_cond_broadcast (&p->more);
    while (p->n_threads)
        (void)pthread_cond_wait (&p->quiet, &p->lock);
    splice (&jobs, &p->finished);
    splice (&jobs, &p->waiting);
    bool any = p->any_ended;
    p->any_ended = false;
    (void)pthread_mutex_unlock (&p->lock);
    if (any)
        (void)pthread_join (p->ended, NULL);
    finish (&jobs);
}

void pool_free (struct pool *p)
{
    if (!p)
        return;
    pool_close (p);
    (void)pthread_mutex_destroy (&p->lock);
    (void)pthread_cond_destroy (&p->more);
    (void)pthread_cond_destroy (&p->quiet);
    (void)close (p->fd);
    free (p);
}
