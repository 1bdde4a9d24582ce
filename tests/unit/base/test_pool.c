/* test_pool.c - work in threads, completion on the loop, an orderly end */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pool.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

struct task {
    struct pool *pool;
    sem_t *gate;
    atomic_int worked;
    int done;
    pthread_t loop;
    int again;
};

static atomic_int running, most;

static void work (void *arg)
{
    struct task *t = arg;
    int now = atomic_fetch_add (&running, 1) + 1;

    if (now > most)
        most = now;
    if (t->gate)
        (void)sem_wait (t->gate);
    t->worked++;
    (void)atomic_fetch_sub (&running, 1);
}

static void done (void *arg)
{
    struct task *t = arg;

    assert_true (pthread_equal (pthread_self (), t->loop));
    t->done++;
    if (t->again-- > 0)
        assert_int_equal (pool_submit (t->pool, work, done, t, NULL), 0);
}

static void drain (struct pool *p)
{
    struct pollfd pfd = { .fd = pool_fd (p), .events = POLLIN };

    assert_int_equal (poll (&pfd, 1, 10000), 1);
    pool_drain (p);
}

static void test_completion (void **state)
{
    struct pool *p = pool_new (NULL);
    struct task t = { .pool = p, .loop = pthread_self (), .again = 2 };

    (void)state;
    assert_int_equal (pool_submit (p, work, done, &t, NULL), 0);
    assert_int_equal (t.done, 0);
    while (t.done < 3)
        drain (p);
    assert_int_equal (t.worked, 3);
    pool_free (p);
    assert_int_equal (t.done, 3);
}

static void test_limits (void **state)
{
    struct pool *p = pool_new (NULL);
    sem_t gate;
    struct task t = { .pool = p, .gate = &gate, .loop = pthread_self () };
    struct err err;
    int taken = 0;

    (void)state;
    assert_int_equal (sem_init (&gate, 0, 0), 0);
    most = 0;
    while (pool_submit (p, work, done, &t, &err) == 0)
        taken++;
    assert_in_range (taken, POOL_QUEUE, POOL_QUEUE + POOL_THREADS);
    assert_int_equal (err.problem, PROBLEM_BUSY);
    for (int i = 0; i < taken; i++)
        (void)sem_post (&gate);
    while (t.done < taken)
        drain (p);
    assert_int_equal (t.worked, taken);
    assert_in_range (most, 1, POOL_THREADS);
    pool_free (p);
    (void)sem_destroy (&gate);
}

static void open_gate (void *arg)
{
    for (int i = 0; i < POOL_THREADS; i++)
        (void)sem_post (arg);
}

static void resubmit (void *arg)
{
    struct task *t = arg;
    struct err err;

    t->done++;
    assert_int_equal (pool_submit (t->pool, work, done, t, &err), -1);
    assert_int_equal (err.problem, PROBLEM_CANCELLED);
}

static void *open_later (void *arg)
{
    (void)poll (NULL, 0, 50);
    open_gate (arg);
    return NULL;
}

static void test_end (void **state)
{
    struct pool *p = pool_new (NULL);
    sem_t gate;
    struct task t = { .pool = p, .gate = &gate, .loop = pthread_self () };
    pthread_t other;

    (void)state;
    assert_int_equal (sem_init (&gate, 0, 0), 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal (pool_submit (p, work, resubmit, &t, NULL), 0);
    while (running < POOL_THREADS)
        (void)poll (NULL, 0, 1);
    assert_int_equal (pthread_create (&other, NULL, open_later, &gate), 0);
    pool_free (p); /* waits for the four that run, drops sixteen, tells of all */
    assert_int_equal (pthread_join (other, NULL), 0);
    assert_int_equal (t.worked, POOL_THREADS);
    assert_int_equal (t.done, 20);
    (void)sem_destroy (&gate);
    pool_free (NULL);
}

static pthread_key_t key;
static atomic_int cleaned;

static void clean (void *value)
{
    (void)usleep (50000);
    (void)atomic_fetch_add (&cleaned, 1);
}

static void work_with_key (void *arg)
{
    (void)pthread_setspecific (key, arg);
    work (arg);
}

static void forget (void *arg) {}

/* What libraries clean up at the end of each thread has happened when the pool is gone. */
static void test_threads_are_gone (void **state)
{
    struct pool *p = pool_new (NULL);
    sem_t gate;
    struct task t = { .pool = p, .gate = &gate };

    assert_int_equal (pthread_key_create (&key, clean), 0);
    (void)sem_init (&gate, 0, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal (pool_submit (p, work_with_key, forget, &t, NULL), 0);
    while (running < 3)
        (void)usleep (1000);
    for (int i = 0; i < 3; i++)
        (void)sem_post (&gate);
    while (t.worked < 3)
        (void)usleep (1000);
    pool_free (p);
    assert_int_equal (cleaned, 3);
    (void)sem_destroy (&gate);
    (void)pthread_key_delete (key);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_completion),
        cmocka_unit_test (test_limits),
        cmocka_unit_test (test_end),
        cmocka_unit_test (test_threads_are_gone),
    };
    return cmocka_run_group_tests_name ("pool", tests, NULL, NULL);
}
