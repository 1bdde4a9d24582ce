/* test_spawn_wire.c - packets between hub and spawner, taken and refused */

#include "sandbox/spawn_wire.h"

#include "base/cleanup.h"
#include "base/jsonx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void fill_spec (struct sandbox_spec *s)
{
    sandbox_spec_init (s);
    (void)snprintf (s->id, sizeof s->id, "run_a");
    (void)snprintf (s->home, sizeof s->home, "run_a");
    (void)snprintf (s->machine, sizeof s->machine, "cpu");
    s->owner = 1;
    strv_add (&s->argv, "true");
    free (s->cwd);
    s->cwd = xstrdup ("/floyd/home");
}

static void round_trip (const struct spawn_request *r, struct spawn_request *ret)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, SPAWN_PACKET);
    assert_int_equal (spawn_request_encode (r, &b, NULL), 0);
    assert_int_equal (spawn_request_parse (b.data, b.len, ret, NULL), 0);
    assert_int_equal (ret->id, r->id);
    assert_int_equal (ret->what, r->what);
}

/* Every word goes there and back with the fields of its row. */
static void test_requests (void **state)
{
    struct sandbox_spec spec;
    struct spawn_request in;

    fill_spec (&spec);
    for (int i = 0; i < SPAWN_DO_COUNT; i++) {
        struct spawn_request out = { .id = 7 + i,
                                     .what = (enum spawn_do)i,
                                     .sandbox = "run_a",
                                     .machine = "gpu",
                                     .subscribe = true,
                                     .dry_run = true,
                                     .grace_ms = 1500,
                                     .every_ms = 1000,
                                     .spec = &spec };
        round_trip (&out, &in);
        bool named = i >= SPAWN_STOP && i <= SPAWN_STATS;
        assert_string_equal (in.sandbox, named ? "run_a" : "");
        assert_string_equal (in.machine, i == SPAWN_GATE ? "gpu" : "");
        assert_int_equal (in.dry_run, i == SPAWN_GATE);
        assert_int_equal (in.subscribe, i == SPAWN_HELLO);
        assert_int_equal (in.grace_ms, i == SPAWN_STOP ? 1500 : 0);
        assert_int_equal (in.every_ms, i == SPAWN_STATS ? 1000 : 0);
        assert_int_equal (!!in.spec, i == SPAWN_CREATE);
        spawn_request_done (&in);
    }
    sandbox_spec_done (&spec);
}

static void refused (const char *packet, int64_t id, const char *says)
{
    struct spawn_request r;
    struct err err = { 0 };

    if (spawn_request_parse (packet, strlen (packet), &r, &err) == 0)
        fail_msg ("taken: %s", packet);
    assert_int_equal (r.id, id);
    if (!strstr (err.text, says))
        fail_msg ("%s: said '%s'", packet, err.text);
    spawn_request_done (&r);
}

static void test_refused (void **state)
{
    refused ("", 0, "");
    refused ("{", 0, "");
    refused ("[]", 0, "an object");
    refused ("{\"v\":1}", 0, "id");
    refused ("{\"v\":1,\"id\":\"7\",\"do\":\"list\"}", 0, "id");
    refused ("{\"v\":1,\"id\":0,\"do\":\"list\"}", 0, "id");
    refused ("{\"v\":2,\"id\":7,\"do\":\"list\"}", 7, "version");
    refused ("{\"id\":7,\"do\":\"list\"}", 7, "version");
    refused ("{\"v\":1,\"id\":7}", 7, "no request");
    refused ("{\"v\":1,\"id\":7,\"do\":\"exec\"}", 7, "'exec' is no request");
    refused ("{\"v\":1,\"id\":7,\"do\":\"list\",\"path\":\"/\"}", 7, "what is 'path'?");
    refused ("{\"v\":1,\"id\":7,\"do\":\"list\",\"sandbox\":\"a\"}", 7, "other fields");
    refused ("{\"v\":1,\"id\":7,\"do\":\"kill\"}", 7, "other fields");
    refused ("{\"v\":1,\"id\":7,\"do\":\"kill\",\"sandbox\":\"../a\"}", 7, "no id");
    refused ("{\"v\":1,\"id\":7,\"do\":\"kill\",\"sandbox\":[]}", 7, "no name");
    refused ("{\"v\":1,\"id\":7,\"do\":\"gate\",\"sandbox\":\"a\"}", 7, "other fields");
    refused ("{\"v\":1,\"id\":7,\"do\":\"gate\",\"sandbox\":\"a\",\"machine\":\"g\","
             "\"dry_run\":1}",
             7, "dry_run");
    refused ("{\"v\":1,\"id\":7,\"do\":\"stop\",\"sandbox\":\"a\",\"grace_ms\":-1}", 7,
             "grace_ms");
    refused ("{\"v\":1,\"id\":7,\"do\":\"stop\",\"sandbox\":\"a\",\"grace_ms\":600001}", 7,
             "grace_ms");
    refused ("{\"v\":1,\"id\":7,\"do\":\"stats\",\"sandbox\":\"a\",\"every_ms\":1}", 7,
             "every_ms");
    refused ("{\"v\":1,\"id\":7,\"do\":\"create\",\"spec\":{}}", 7, "is missing");
    refused ("{\"v\":1,\"id\":7,\"do\":\"create\",\"spec\":7}", 7, "no object");
}

static void test_too_large (void **state)
{
    autofree char *big = xcalloc (1, SPAWN_PACKET + 2);
    struct spawn_request r;
    struct err err = { 0 };

    memset (big, ' ', SPAWN_PACKET + 1);
    assert_int_equal (spawn_request_parse (big, SPAWN_PACKET + 1, &r, &err), -1);
    assert_int_equal (err.problem, PROBLEM_TOO_LARGE);
}

static void test_answers (void **state)
{
    autodone (buf_done) struct buf b;
    struct spawn_message m;
    struct err e;

    buf_init (&b, SPAWN_ANSWER);
    assert_int_equal (spawn_reply_ok (&b, 9, json_pack ("{s:i}", "pid", 5)), 0);
    assert_int_equal (spawn_message_parse (b.data, b.len, &m, NULL), 0);
    assert_false (m.is_event);
    assert_int_equal (m.id, 9);
    assert_int_equal (jsonx_int (m.body, "pid", 0), 5);
    spawn_message_done (&m);

    (void)err_set (&e, PROBLEM_CONFLICT, "python3 (pid 4) has /dev/x open");
    assert_int_equal (spawn_reply_error (&b, 10, &e), 0);
    assert_int_equal (spawn_message_parse (b.data, b.len, &m, NULL), 0);
    assert_null (m.body);
    assert_int_equal (m.error.problem, PROBLEM_CONFLICT);
    assert_string_equal (m.error.text, e.text);

    assert_int_equal (spawn_message_parse ("{\"id\":1}", 8, &m, NULL), -1);
    assert_int_equal (spawn_message_parse ("{\"event\":\"x\"}", 13, &m, NULL), -1);
}

static void test_states (void **state)
{
    struct spawn_state in, out = { .sandbox = "run_a",
                                   .generation = 3,
                                   .kind = SANDBOX_JOB,
                                   .machine = "gpu",
                                   .life = SPAWN_ENDED_LIFE,
                                   .started_us = 77,
                                   .socket = "/run/x",
                                   .exit = { .code = -1,
                                             .signal = 9,
                                             .asked = true,
                                             .oom_kills = 2,
                                             .mem_peak = 5,
                                             .mem_limit = 6,
                                             .cpu_us = 7,
                                             .ended_us = 8,
                                             .reason = "out of memory" } };
    autojson json_t *j = spawn_state_json (&out);

    assert_int_equal (spawn_state_from_json (j, &in, NULL), 0);
    autojson json_t *again = spawn_state_json (&in);
    assert_true (json_equal (j, again));
    json_object_set_new (j, "sandbox", json_string ("a/b"));
    assert_int_equal (spawn_state_from_json (j, &in, NULL), -1);
}

static void test_events (void **state)
{
    autodone (buf_done) struct buf b;
    struct spawn_message m;
    struct spawn_sample sample = { .sandbox = "run_a",
                                   .generation = 1,
                                   .t_us = 2,
                                   .cpu = 0.5,
                                   .cpu_limit = 2,
                                   .cpu_us = 3,
                                   .throttled_us = 4,
                                   .mem = 5,
                                   .mem_limit = 6,
                                   .disk = 7,
                                   .disk_limit = 8,
                                   .pids = 9,
                                   .pids_limit = 10,
                                   .oom_kills = 11 },
                        got;
    struct spawn_oom oom = { .sandbox = "run_a",
                             .generation = 1,
                             .kills = 3,
                             .kills_before = 2,
                             .mem = 4,
                             .mem_limit = 5,
                             .mem_peak = 6 },
                     seen;

    buf_init (&b, SPAWN_ANSWER);
    assert_int_equal (spawn_event_encode (&b, SPAWN_SAMPLE, spawn_sample_json (&sample)),
                      0);
    assert_int_equal (spawn_message_parse (b.data, b.len, &m, NULL), 0);
    assert_true (m.is_event && m.event == SPAWN_SAMPLE);
    assert_int_equal (spawn_sample_from_json (m.body, &got, NULL), 0);
    autojson json_t *one = spawn_sample_json (&sample), *two = spawn_sample_json (&got);
    assert_true (json_equal (one, two));
    spawn_message_done (&m);

    assert_int_equal (spawn_event_encode (&b, SPAWN_OOM, spawn_oom_json (&oom)), 0);
    assert_int_equal (spawn_message_parse (b.data, b.len, &m, NULL), 0);
    assert_int_equal (spawn_oom_from_json (m.body, &seen, NULL), 0);
    autojson json_t *three = spawn_oom_json (&oom), *four = spawn_oom_json (&seen);
    assert_true (json_equal (three, four));
    spawn_message_done (&m);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_requests),  cmocka_unit_test (test_refused),
        cmocka_unit_test (test_too_large), cmocka_unit_test (test_answers),
        cmocka_unit_test (test_states),    cmocka_unit_test (test_events),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
