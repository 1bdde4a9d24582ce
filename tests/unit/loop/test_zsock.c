/* test_zsock.c - ZeroMQ's one edge for a thousand messages, and the budget between */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loop/zsock.h"

#include <string.h>

struct pair {
    struct loop *loop;
    void *ctx;
    struct zsock *server, *client;
    int got, want, turns;
    size_t parts;
    bool answer, free_it, pause_it;
};

static void send_text (struct zsock *z, const char *s)
{
    zmq_msg_t part;
    struct err err;

    assert_int_equal (zmq_msg_init_size (&part, strlen (s)), 0);
    memcpy (zmq_msg_data (&part), s, strlen (s));
    assert_int_equal (zsock_send (z, &part, 1, &err), 0);
}

static void on_message (void *arg, zmq_msg_t *parts, size_t n)
{
    struct pair *p = arg;

    p->parts = n;
    for (size_t i = 0; i < n; i++)
        (void)zmq_msg_close (&parts[i]);
    p->got++;
    if (p->pause_it && p->got == 10)
        zsock_pause (p->server, true);
    if (p->answer)
        send_text (p->server, "back");
    if (p->free_it) {
        zsock_free (p->server);
        p->server = NULL;
    }
    if (p->got == p->want)
        loop_stop (p->loop, 0);
}

static int setup (void **state)
{
    struct pair *p = xnew (struct pair);
    struct err err;

    p->loop = loop_new (&err);
    p->ctx = zmq_ctx_new ();
    p->server = zsock_new (p->loop, p->ctx, ZMQ_PAIR, NULL, 0, on_message, p, &err);
    p->client = zsock_new (p->loop, p->ctx, ZMQ_PAIR, "me", 2, on_message, p, &err);
    *state = p;
    if (!p->server || !p->client)
        return -1;
    return zsock_bind (p->server, "inproc://t", &err) < 0 ||
           zsock_connect (p->client, "inproc://t", &err) < 0;
}

static int teardown (void **state)
{
    struct pair *p = *state;

    zsock_free (p->server);
    zsock_free (p->client);
    loop_free (p->loop);
    (void)zmq_ctx_term (p->ctx);
    free (p);
    return 0;
}

static void stop (void *arg)
{
    loop_stop (((struct pair *)arg)->loop, 0);
}

static void test_a_thousand (void **state)
{
    struct pair *p = *state;

    p->want = 1000;
    for (int i = 0; i < 1000; i++)
        send_text (p->client, "x");
    (void)loop_after (p->loop, 5000000, stop, p);
    (void)loop_run (p->loop);
    assert_int_equal (p->got, 1000);
}

static void count_turn (void *arg)
{
    struct pair *p = arg;

    p->turns++;
    if (p->got < p->want)
        (void)loop_soon (p->loop, count_turn, p);
}

static void test_budget (void **state)
{
    struct pair *p = *state;

    p->want = 10 * ZSOCK_BUDGET;
    for (int i = 0; i < p->want; i++)
        send_text (p->client, "x");
    (void)loop_soon (p->loop, count_turn, p);
    (void)loop_run (p->loop);
    assert_true (p->turns >= 9); /* others had their turn between */
}

/* Every answer is a send, which may take the edge of what came meanwhile. */
static void test_both_ways (void **state)
{
    struct pair *p = *state;

    p->answer = true;
    p->want = 1000; /* each answer is answered */
    for (int i = 0; i < 20; i++)
        send_text (p->client, "x");
    (void)loop_after (p->loop, 3000000, stop, p);
    (void)loop_run (p->loop);
    assert_true (p->got >= 40);
}

static void test_multipart (void **state)
{
    struct pair *p = *state;
    zmq_msg_t parts[5];
    struct err err;

    for (int i = 0; i < 5; i++)
        assert_int_equal (zmq_msg_init_size (&parts[i], 3), 0);
    p->want = 1;
    assert_int_equal (zsock_send (p->client, parts, 5, &err), 0);
    (void)loop_run (p->loop);
    assert_int_equal (p->parts, 5);
}

static void test_too_many_parts (void **state)
{
    struct pair *p = *state;
    struct err err;

    for (int i = 0; i <= ZSOCK_MAX_PARTS; i++) {
        zmq_msg_t part;
        (void)zmq_msg_init (&part);
        (void)zmq_msg_send (&part, zsock_raw (p->client),
                            i < ZSOCK_MAX_PARTS ? ZMQ_SNDMORE : 0);
    }
    send_text (p->client, "after");
    p->want = 1;
    (void)loop_run (p->loop);
    assert_int_equal (p->parts, 1);
    assert_int_equal (zsock_connect (p->client, "nonsense", &err), -1);
}

static void resume (void *arg)
{
    struct pair *p = arg;

    assert_int_equal (p->got, 10);
    zsock_pause (p->server, false);
}

static void test_pause (void **state)
{
    struct pair *p = *state;

    p->pause_it = true;
    p->want = 50;
    for (int i = 0; i < 50; i++)
        send_text (p->client, "x");
    (void)loop_after (p->loop, 50000, resume, p);
    (void)loop_run (p->loop);
    assert_int_equal (p->got, 50);
}

/* More than a turn's budget, and while nothing is read otherwise. */
static void test_drain (void **state)
{
    struct pair *p = *state;

    zsock_pause (p->server, true);
    for (int i = 0; i < 3 * ZSOCK_BUDGET; i++)
        send_text (p->client, "x");
    zsock_drain (p->server);
    assert_int_equal (p->got, 3 * ZSOCK_BUDGET);
    zsock_drain (p->server);
    assert_int_equal (p->got, 3 * ZSOCK_BUDGET);
}

static void test_free_in_callback (void **state)
{
    struct pair *p = *state;

    p->free_it = true;
    p->want = 1;
    send_text (p->client, "a");
    send_text (p->client, "b");
    (void)loop_run (p->loop);
    assert_int_equal (p->got, 1);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_a_thousand, setup, teardown),
        cmocka_unit_test_setup_teardown (test_budget, setup, teardown),
        cmocka_unit_test_setup_teardown (test_both_ways, setup, teardown),
        cmocka_unit_test_setup_teardown (test_multipart, setup, teardown),
        cmocka_unit_test_setup_teardown (test_too_many_parts, setup, teardown),
        cmocka_unit_test_setup_teardown (test_pause, setup, teardown),
        cmocka_unit_test_setup_teardown (test_drain, setup, teardown),
        cmocka_unit_test_setup_teardown (test_free_in_callback, setup, teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
