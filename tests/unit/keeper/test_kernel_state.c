/* test_kernel_state.c - states, activity, running cells and routes, and how an end is told
 */

#include "keeper/kernel_fate.h"
#include "keeper/kernel_route.h"
#include "keeper/kernel_say.h"
#include "keeper/kernel_state.h"

#include "base/jsonx.h"
#include "jupyter/wsv1.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct slice text (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

static bool hear (struct kernel_state *s, struct keep_object *pub, const char *type,
                  const char *content, const char *parent_type, const char *parent_id)
{
    autofree char *header = xasprintf ("{\"msg_id\":\"x\",\"msg_type\":\"%s\"}", type);
    autofree char *parent =
        *parent_type
            ? xasprintf ("{\"msg_id\":\"%s\",\"msg_type\":\"%s\"}", parent_id, parent_type)
            : xstrdup ("{}");
    struct slice parts[4] = { text (header), text (parent), text ("{}"), text (content) };
    struct jhead head, of_parent;

    jhead_scan (parts[0], &head);
    jhead_scan (parts[1], &of_parent);
    return kernel_state_hear (s, pub, parts, &head, &of_parent);
}

/* As a server may configure it; `comm_open` counts, as in the default. */
static char *types[] = { "comm_info_request", "kernel_info_request", "debug_request",
                         "status", "stream" };
static const struct strv untracked = { .v = types, .n = ARRAY_SIZE (types) };

static const char busy[] = "{\"execution_state\": \"busy\"}";
static const char idle[] = "{\"execution_state\": \"idle\"}";

static void test_states (void **state)
{
    struct keep_object pub = { .state = KEEP_STARTING };
    struct kernel_state s;

    kernel_state_init (&s, &untracked);
    (void)hear (&s, &pub, "status", "{\"execution_state\":\"starting\"}", "", "");
    assert_int_equal (pub.state, KEEP_STARTING);
    /* A probe ends `starting` and never makes it busy. */
    assert_true (hear (&s, &pub, "status", busy, "kernel_info_request", "p"));
    assert_int_equal (pub.state, KEEP_IDLE);
    (void)hear (&s, &pub, "status", busy, "kernel_info_request", "p");
    assert_int_equal (pub.state, KEEP_IDLE);
    assert_true (hear (&s, &pub, "status", busy, "execute_request", "m"));
    assert_int_equal (pub.state, KEEP_BUSY);
    (void)hear (&s, &pub, "status", idle, "debug_request", "d");
    assert_int_equal (pub.state, KEEP_BUSY);
    assert_true (hear (&s, &pub, "status", idle, "execute_request", "m"));
    assert_int_equal (pub.state, KEEP_IDLE);
    (void)hear (&s, &pub, "status", "{\"execution_state\":\"confused\"}", "execute_request",
                "m");
    assert_int_equal (pub.state, KEEP_UNKNOWN);
    kernel_state_done (&s);
}

/* What is answered on control, or in a subshell, while a cell runs. */
static void test_busy_with_a_cell (void **state)
{
    struct keep_object pub = { .state = KEEP_IDLE };
    struct kernel_state s;

    kernel_state_init (&s, &untracked);
    (void)hear (&s, &pub, "status", busy, "execute_request", "m");
    (void)hear (&s, &pub, "status", busy, "inspect_request", "i");
    (void)hear (&s, &pub, "status", idle, "inspect_request", "i");
    assert_int_equal (pub.state, KEEP_BUSY);
    (void)hear (&s, &pub, "status", idle, "execute_request", "m");
    assert_int_equal (pub.state, KEEP_IDLE);
    kernel_state_done (&s);
}

static void test_activity (void **state)
{
    struct keep_object pub = { .state = KEEP_IDLE };
    struct kernel_state s;

    kernel_state_init (&s, &untracked);
    (void)hear (&s, &pub, "status", idle, "comm_info_request", "c");
    assert_int_equal (pub.last_activity_us, 0);
    (void)hear (&s, &pub, "comm_open", "{}", "comm_info_request", "c");
    assert_true (pub.last_activity_us > 0);
    pub.last_activity_us = 0;
    pub.state = KEEP_BUSY;
    (void)hear (&s, &pub, "stream", "{}", "kernel_info_request", "c");
    assert_true (pub.last_activity_us > 0);
    kernel_state_done (&s);
}

static void test_configured_activity (void **state)
{
    struct keep_object pub = { .state = KEEP_IDLE };
    static const struct strv none = { 0 };
    struct kernel_state s;

    kernel_state_init (&s, &none);
    (void)hear (&s, &pub, "status", busy, "kernel_info_request", "k");
    assert_int_equal (pub.state, KEEP_BUSY);
    assert_true (pub.last_activity_us > 0);
    kernel_state_done (&s);
}

static void test_cells (void **state)
{
    struct keep_object pub = { .state = KEEP_IDLE };
    struct kernel_state s;
    struct kernel_cell c;
    struct jhead parent;

    kernel_state_init (&s, &untracked);
    assert_int_equal (kernel_state_doomed (&s).len, 0);
    kernel_state_sent (&s, text ("{\"msg_id\":\"one\",\"msg_type\":\"execute_request\"}"));
    kernel_state_sent (&s,
                       text ("{\"msg_id\":\"info\",\"msg_type\":\"kernel_info_request\"}"));
    kernel_state_sent (&s, text ("{\"msg_id\":\"two\",\"msg_type\":\"execute_request\"}"));
    assert_int_equal (kernel_state_running (&s).len, 0);
    assert_non_null (strstr (kernel_state_doomed (&s).data, "one"));
    (void)hear (&s, &pub, "status", busy, "execute_request", "two");
    assert_non_null (strstr (kernel_state_running (&s).data, "two"));
    assert_non_null (strstr (kernel_state_doomed (&s).data, "two"));
    /* Over when it has both its reply and its idle, in either order. */
    (void)hear (&s, &pub, "status", idle, "execute_request", "two");
    assert_non_null (strstr (kernel_state_doomed (&s).data, "one"));
    assert_int_equal (s.ncells, 2);
    jhead_scan (text ("{\"msg_id\":\"two\",\"msg_type\":\"execute_request\"}"), &parent);
    kernel_state_replied (&s, &parent);
    assert_int_equal (s.ncells, 1);
    jhead_scan (text ("{\"msg_id\":\"one\",\"msg_type\":\"execute_request\"}"), &parent);
    kernel_state_replied (&s, &parent);
    assert_true (kernel_state_take (&s, &c));
    assert_true (c.replied && !c.idle);
    assert_non_null (strstr (c.header.data, "one"));
    free ((void *)c.header.data);
    assert_false (kernel_state_take (&s, &c));
    /* One that lost an end does not stay for ever. */
    kernel_state_sent (&s, text ("{\"msg_id\":\"half\",\"msg_type\":\"execute_request\"}"));
    (void)hear (&s, &pub, "status", busy, "execute_request", "half");
    (void)hear (&s, &pub, "status", idle, "execute_request", "half");
    (void)hear (&s, &pub, "status", busy, "execute_request", "next");
    assert_int_equal (s.ncells, 1);
    for (int i = 0; i < 2000; i++)
        kernel_state_sent (&s,
                           text ("{\"msg_id\":\"many\",\"msg_type\":\"execute_request\"}"));
    assert_int_equal (s.ncells, KERNEL_STATE_MAX_CELLS);
    kernel_state_done (&s);
    assert_int_equal (s.ncells, 0);
}

static uint32_t route (struct kernel_route *r, const char *parent)
{
    struct jhead head;

    jhead_scan (text (parent), &head);
    return kernel_route_find (r, &head);
}

static void test_routes (void **state)
{
    autocleanup (kernel_route_free) struct kernel_route *r = kernel_route_new ();

    assert_int_equal (route (r, "{}"), 0);
    kernel_route_sent (r, text ("{\"msg_id\":\"m1\",\"session\":\"s\"}"), 3);
    kernel_route_sent (r, text ("{\"msg_id\":\"m2\",\"session\":\"s\"}"), 4);
    assert_int_equal (route (r, "{\"msg_id\":\"m1\",\"session\":\"s\"}"), 3);
    assert_int_equal (route (r, "{\"msg_id\":\"m2\",\"session\":\"s\"}"), 4);
    assert_int_equal (route (r, "{\"msg_id\":\"m3\",\"session\":\"s\"}"),
                      4); /* the latest of that session */
    assert_int_equal (route (r, "{\"msg_id\":\"m3\",\"session\":\"t\"}"), 0);
    for (int i = 0; i < KERNEL_ROUTE_IDS; i++) {
        autofree char *header =
            xasprintf ("{\"msg_id\":\"n%d\",\"session\":\"u%d\"}", i, i);
        kernel_route_sent (r, text (header), 9);
    }
    assert_int_equal (route (r, "{\"msg_id\":\"m1\",\"session\":\"s\"}"),
                      0); /* bounded: long forgotten */
}

static void test_said (void **state)
{
    autodone (buf_done) struct buf b;
    struct wsv1 m;

    buf_init (&b, 1 << 20);
    kernel_say_status (&b, "sess", text (""), "restarting");
    assert_int_equal (wsv1_decode (b.data, b.len, &m, NULL), 0);
    assert_int_equal (m.channel, JCHANNEL_IOPUB);
    autojson json_t *header =
        jsonx_parse (wsv1_part (&m, 0).data, wsv1_part (&m, 0).len, NULL);
    static const char *const keys[] = { "msg_id",  "msg_type", "username",
                                        "session", "date",     "version" };
    for (size_t i = 0; i < ARRAY_SIZE (keys); i++)
        assert_true (strlen (jsonx_str (header, keys[i], "")) > 0);
    const char *date = jsonx_str (header, "date", "");
    assert_int_equal (strlen (date), strlen ("2026-01-01T00:00:00.000000Z"));
    assert_int_equal (date[26], 'Z');
    assert_true (slice_is (wsv1_part (&m, WSV1_PARENT), "{}"));
    buf_clear (&b);
    struct kernel_say_failure f = { "KernelDied", "it \"died\"", "Again." };
    kernel_say_error (&b, "sess", text ("{\"msg_id\":\"m\"}"), &f);
    assert_int_equal (wsv1_decode (b.data, b.len, &m, NULL), 0);
    assert_int_equal (m.channel, JCHANNEL_IOPUB);
    assert_true (slice_is (wsv1_part (&m, WSV1_PARENT), "{\"msg_id\":\"m\"}"));
    assert_true (
        slice_is (wsv1_part (&m, WSV1_CONTENT),
                  "{\"ename\": \"KernelDied\", \"evalue\": \"it \\\"died\\\"\", "
                  "\"traceback\": [\"KernelDied: it \\\"died\\\"\", \"Again.\"]}"));
    buf_clear (&b);
    f.after = "";
    kernel_say_reply (&b, "sess", text ("{\"msg_id\":\"m\"}"), &f);
    assert_int_equal (wsv1_decode (b.data, b.len, &m, NULL), 0);
    assert_int_equal (m.channel, JCHANNEL_SHELL);
    autojson json_t *content =
        jsonx_parse (wsv1_part (&m, 3).data, wsv1_part (&m, 3).len, NULL);
    assert_string_equal (jsonx_str (content, "status", ""), "error");
    assert_string_equal (jsonx_str (content, "ename", ""), "KernelDied");
    assert_true (json_is_null (json_object_get (content, "execution_count")));
    assert_int_equal (json_array_size (json_object_get (content, "traceback")), 1);
}

static void test_last_words (void **state)
{
    char words[KERNEL_FATE_TEXT];

    kernel_fate_words ("", words);
    assert_string_equal (words, "");
    kernel_fate_words ("Traceback\n  File\nModuleNotFoundError: No module named 'x'\nbye",
                       words);
    assert_string_equal (words, "ModuleNotFoundError: No module named 'x'");
    kernel_fate_words ("\n\nall is well\n", words);
    assert_string_equal (words, "");
}

static void test_fate (void **state)
{
    struct kernel_fate f;
    char told[KERNEL_FATE_TEXT];

    kernel_fate_init (&f);
    kernel_fate_look (&f, getpid ());
    assert_false (kernel_fate_tell (&f, 3 << 8, told));
    assert_string_equal (told, "it exited with status 3");
    assert_false (kernel_fate_tell (&f, SIGSEGV, told));
    assert_non_null (strstr (told, "signal 11"));
    /* As if the counter had risen since. */
    if (f.group_kills != MEMCG_UNKNOWN)
        f.group_kills--;
    else if (f.host_kills != MEMCG_UNKNOWN)
        f.host_kills--;
    if (f.group_kills != MEMCG_UNKNOWN || f.host_kills != MEMCG_UNKNOWN) {
        assert_true (kernel_fate_tell (&f, SIGKILL, told));
        assert_non_null (strstr (told, "out of memory"));
        assert_false (kernel_fate_tell (&f, SIGTERM, told));
    }
    kernel_fate_done (&f);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_states),
        cmocka_unit_test (test_busy_with_a_cell),
        cmocka_unit_test (test_activity),
        cmocka_unit_test (test_configured_activity),
        cmocka_unit_test (test_cells),
        cmocka_unit_test (test_routes),
        cmocka_unit_test (test_said),
        cmocka_unit_test (test_last_words),
        cmocka_unit_test (test_fate),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
