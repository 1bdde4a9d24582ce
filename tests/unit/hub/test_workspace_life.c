/* test_workspace_life.c - states by table, slots, and an hour of samples */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/jsonx.h"
#include "hub/life.h"
#include "hub/samples.h"
#include "hub/slots.h"

/* ---- states ---- */

static void test_every_pair (void **state)
{
    (void)state;
    /* By state: events that lead somewhere, and where.  '-': not known. */
    static const char *const table[WORKSPACE_STATE_COUNT] = {
        [WORKSPACE_STOPPED] = "queued - - - -",
        [WORKSPACE_QUEUED] = "- starting - stopped failed",
        [WORKSPACE_STARTING] = "- - running stopping failed",
        [WORKSPACE_RUNNING] = "- - - stopping failed",
        [WORKSPACE_STOPPING] = "- - - stopping stopped",
        [WORKSPACE_FAILED] = "queued - - - -",
    };
    for (int s = 0; s < WORKSPACE_STATE_COUNT; s++) {
        char words[64];
        autodone (buf_done) struct buf b;
        buf_init (&b, sizeof (words));
        for (int e = 0; e < LIFE_EVENT_COUNT; e++) {
            struct life_step step;
            bool known = life_step ((enum workspace_state)s, (enum life_event)e, &step);
            (void)buf_addf (&b, "%s%s", e ? " " : "",
                            known ? workspace_state_name (step.to) : "-");
        }
        assert_int_equal (b.len, strlen (table[s]));
        assert_memory_equal (b.data, table[s], b.len);
    }
}

static unsigned rnd (unsigned *seed, unsigned n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

/* Whatever happens in whatever order: a sandbox is asked for only from a queue, is ended at most once, its run
 * begins and ends once, and whoever comes to rest has left its slot. */
static void test_any_order (void **state)
{
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        enum workspace_state s = WORKSPACE_STOPPED;
        unsigned seed = round;
        int runs = 0, ends = 0;
        for (int i = 0; i < 50; i++) {
            enum life_event e = (enum life_event)rnd (&seed, LIFE_EVENT_COUNT);
            struct life_step step;
            enum workspace_state from = s;
            if (!life_step (s, e, &step))
                continue;
            s = step.to;
            if (step.effects & LIFE_CREATE) {
                assert_int_equal (from, WORKSPACE_QUEUED);
                ends = 0;
            }
            if (step.effects & LIFE_END)
                assert_int_equal (++ends, 1);
            if (step.run == WORKSPACE_RUN_BEGINS)
                assert_int_equal (++runs, 1);
            if (step.run == WORKSPACE_RUN_ENDS)
                runs =
                    0; /* of one that was stopped while it started there is none to end */
            assert_int_equal (!life_goes_on (s), !!(step.effects & LIFE_LEAVE));
            if (!life_goes_on (s))
                assert_int_equal (runs, 0);
        }
    }
}

/* ---- slots ---- */

static void two_kinds (struct machine v[3], struct machines *ret)
{
    memset (v, 0, 3 * sizeof (*v));
    (void)snprintf (v[0].name, sizeof (v[0].name), "cpu");
    (void)snprintf (v[1].name, sizeof (v[1].name), "gpu");
    (void)snprintf (v[2].name, sizeof (v[2].name), "gpu2");
    v[1].gpus = 1;
    v[2].gpus = 2;
    for (int i = 1; i < 3; i++) {
        strv_add (&v[i].gpu_nodes, "/dev/nvidia0");
        strv_add (&v[i].gpu_nodes, "/dev/nvidia1");
    }
    v[2].slots = 1;
    *ret = (struct machines){ v, 3, 0 };
}

static void test_slots (void **state)
{
    (void)state;
    struct machine v[3];
    struct machines ms;
    struct slots s;
    two_kinds (v, &ms);
    slots_init (&s, &ms);
    assert_int_equal (slots_left (&s, &v[0]), -1);
    assert_int_equal (slots_left (&s, &v[1]), 2);
    assert_int_equal (slots_left (&s, &v[2]), 1);
    slots_take (&s, "gpu");
    slots_take (&s, "gone"); /* from an earlier machines.yml */
    assert_int_equal (slots_left (&s, &v[1]), 1);
    assert_int_equal (slots_left (&s, &v[2]), 0);
    autofree char *why = slots_why (&s, &v[2]);
    assert_string_equal (why, "The GPUs of this host are in use (1 of 2)");
    slots_leave (&s, "gpu");
    slots_take (&s, "gpu2");
    assert_false (slots_free (&s, &v[1]));
    autofree char *full = slots_why (&s, &v[2]);
    assert_string_equal (full, "All machines of kind gpu2 are in use (1 of 1)");
    slots_done (&s);
    for (int i = 0; i < 3; i++)
        strv_done (&v[i].gpu_nodes);
}

/* ---- samples ---- */

static void test_an_hour (void **state)
{
    (void)state;
    struct samples s = { .ring = NULL };
    assert_null (samples_last (&s));
    for (int64_t i = 0; i < 10000; i++)
        samples_add (&s, &(struct spawn_sample){ .t_us = i * 1000000, .mem = (uint64_t)i });
    assert_int_equal (s.n, SAMPLES_MAX);
    assert_int_equal (samples_last (&s)->mem, 9999);
    autojson json_t *late = samples_json (&s, 9989);
    assert_int_equal (json_array_size (late), 10);
    assert_int_equal (
        json_integer_value (json_object_get (json_array_get (late, 0), "mem")), 9990);
    /* After a pause of two hours the old ones are no news. */
    samples_add (&s, &(struct spawn_sample){ .t_us = 17200LL * 1000000 });
    assert_int_equal (s.n, 1);
    samples_done (&s);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_every_pair),
        cmocka_unit_test (test_any_order),
        cmocka_unit_test (test_slots),
        cmocka_unit_test (test_an_hour),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
