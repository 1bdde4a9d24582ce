/* test_events_api.c - events that clients send */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonx.h"
#include "server/events_api.h"

#include <string.h>

#define C "\"schema_id\": \"" EVENTS_CONTENTS "\""
#define K "\"schema_id\": \"" EVENTS_KERNEL "\""

static int check (const char *text, bool deep)
{
    autojson json_t *body = jsonx_parse (text, strlen (text), NULL);
    struct err err;
    return events_check (body, deep, &err);
}

static void test_good (void **state)
{
    (void)state;
    static const char *const good[] = {
        "{" C ", \"version\": \"1\", \"data\": {\"action\": \"get\", \"path\": \"\"}}",
        "{" C ", \"version\": 1, \"data\": {\"action\": \"copy\", \"path\": \"a\", "
        "\"source_path\": \"b\"}}",
        "{" K ", \"version\": \"1\", \"data\": {\"action\": \"start\", \"msg\": \"\", "
        "\"status_code\": 5}}",
        "{" C ", \"version\": \"1\", \"data\": {\"action\": \"get\", \"path\": \"\"}, "
        "\"timestamp\": \"2022-05-26T13:50:00+05:00Z\"}",
    };
    for (size_t i = 0; i < ARRAY_SIZE (good); i++)
        if (check (good[i], true))
            fail_msg ("%s", good[i]);
}

static void test_bad_envelope (void **state)
{
    (void)state;
    static const char *const bad[] = {
        "null",
        "[]",
        "{}",
        "{" C ", \"version\": \"1\"}",
        "{" C ", \"data\": {}}",
        "{\"version\": \"1\", \"data\": {}}",
        "{\"schema_id\": 5, \"version\": \"1\", \"data\": {}}",
        "{\"schema_id\": \"x\", \"version\": \"1\", \"data\": {}}",
        "{" C ", \"version\": \"2\", \"data\": {}}",
        "{" C ", \"version\": \"1\", \"data\": []}",
        "{" C ", \"version\": \"1\", \"data\": {}, \"timestamp\": \"2022-05-26T13:50:00\"}",
        "{" C
        ", \"version\": \"1\", \"data\": {}, \"timestamp\": \"2022-05-26T13:50:00+05:00\"}",
        "{" C ", \"version\": \"1\", \"data\": {}, \"timestamp\": 5}",
    };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        if (!check (bad[i], false))
            fail_msg ("%s", bad[i]);
}

static void test_bad_data_only_when_deep (void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{" C ", \"version\": \"1\", \"data\": {\"action\": \"get\"}}",
        "{" C ", \"version\": \"1\", \"data\": {\"action\": \"ge\", \"path\": \"\"}}",
        "{" C ", \"version\": \"1\", \"data\": {\"action\": \"\", \"path\": \"\"}}",
        "{" C ", \"version\": \"1\", \"data\": {\"action\": \"get save\", \"path\": \"\"}}",
        "{" C ", \"version\": \"1\", \"data\": {\"action\": \"get\", \"path\": 5}}",
        "{" K ", \"version\": \"1\", \"data\": {\"action\": \"start\", \"msg\": \"\", "
        "\"status_code\": \"5\"}}",
    };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        if (check (bad[i], false) || !check (bad[i], true))
            fail_msg ("%s", bad[i]);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_good),
        cmocka_unit_test (test_bad_envelope),
        cmocka_unit_test (test_bad_data_only_when_deep),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
