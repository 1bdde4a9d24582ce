/* test_pathq.c - work for one path in order, work for others beside it */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/pathq.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct env {
    struct pool *pool;
    struct pathq *q;
    pthread_mutex_t lock;
    char order[256]; /* marks of what began (lower case) and ended (upper case) */
    size_t n;
    int done;
};

struct piece {
    struct env *env;
    char mark;
};

static int setup (void **state)
{
    struct env *e = xnew (struct env);
    e->pool = pool_new (NULL);
    e->q = pathq_new (e->pool);
    pthread_mutex_init (&e->lock, NULL);
    *state = e;
    return 0;
}

static void teardown_env (struct env *e)
{
    pathq_free (e->q);
    pool_free (e->pool);
    pthread_mutex_destroy (&e->lock);
    free (e);
}

static int teardown (void **state)
{
    teardown_env (*state);
    return 0;
}

static void note (struct env *e, char c)
{
    pthread_mutex_lock (&e->lock);
    e->order[e->n++] = c;
    pthread_mutex_unlock (&e->lock);
}

static void work (void *arg)
{
    struct piece *p = arg;
    note (p->env, p->mark);
    (void)usleep (3000);
    note (p->env, (char)(p->mark - 'a' + 'A'));
}

static void done (void *arg)
{
    struct piece *p = arg;
    p->env->done++;
    free (p);
}

static void submit (struct env *e, const char *key, const char *key2, char mark)
{
    struct piece *p = xnew (struct piece);
    p->env = e;
    p->mark = mark;
    assert_int_equal (pathq_submit (e->q, key, key2, work, done, p, NULL), 0);
}

static void run (struct env *e, int n)
{
    while (e->done < n) {
        struct pollfd fd = { .fd = pool_fd (e->pool), .events = POLLIN };
        assert_int_equal (poll (&fd, 1, 5000), 1);
        pool_drain (e->pool);
    }
}

static size_t at (const struct env *e, char c)
{
    return (size_t)(strchr (e->order, c) - e->order);
}

static void test_order (void **state)
{
    struct env *e = *state;
    for (char c = 'a'; c < 'i'; c++)
        submit (e, "same", NULL, c);
    run (e, 8);
    assert_string_equal (e->order, "aAbBcCdDeEfFgGhH");
}

static void test_beside (void **state)
{
    struct env *e = *state;
    submit (e, "x", NULL, 'a');
    submit (e, "y", NULL, 'b');
    run (e, 2);
    assert_true (at (e, 'b') < at (e, 'A') || at (e, 'a') < at (e, 'B'));
}

static void test_two_keys (void **state)
{
    struct env *e = *state;
    submit (e, "x", NULL, 'a');
    submit (e, "y", "x", 'b'); /* waits for a */
    submit (e, "x", "y", 'c'); /* waits for b */
    submit (e, "y", NULL, 'd');
    submit (e, "z", "z", 'e');
    run (e, 5);
    assert_true (at (e, 'A') < at (e, 'b'));
    assert_true (at (e, 'B') < at (e, 'c'));
    assert_true (at (e, 'C') < at (e, 'd'));
}

/* Whatever waits is handed back when the queue goes; what runs, when the pool says so. */
static void test_dropped (void **state)
{
    struct env *e = xnew (struct env);
    (void)state;
    e->pool = pool_new (NULL);
    e->q = pathq_new (e->pool);
    pthread_mutex_init (&e->lock, NULL);
    for (char c = 'a'; c < 'k'; c++)
        submit (e, c < 'f' ? "x" : "y", c % 2 ? "z" : NULL, c);
    pathq_free (e->q);
    pool_free (e->pool);
    assert_int_equal (e->done, 10);
    pthread_mutex_destroy (&e->lock);
    free (e);
}

static void test_limit (void **state)
{
    struct env *e = *state;
    struct err err;
    int n = 0;
    for (; n < PATHQ_MAX; n++)
        submit (e, "same", NULL, 'a');
    struct piece *p = xnew (struct piece);
    assert_int_equal (pathq_submit (e->q, "x", NULL, work, done, p, &err), -1);
    assert_int_equal (err.problem, PROBLEM_BUSY);
    free (p);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_order, setup, teardown),
        cmocka_unit_test_setup_teardown (test_beside, setup, teardown),
        cmocka_unit_test_setup_teardown (test_two_keys, setup, teardown),
        cmocka_unit_test (test_dropped),
        cmocka_unit_test_setup_teardown (test_limit, setup, teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
