/* test_term_reply.c - answers of a terminal, and keys that are none */

#include "server/term_reply.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void test_answers (void **state)
{
    static const char *const answers[] = {
        "\033[?1;2c",
        "\033[>0;276;0c",
        "\033[0n",
        "\033[12;40R",
        "\033[?3;7R",
        "\033[?2004;1$y",
        "\033[4;2$y",
        "\033[8;24;80t",
        "\033]11;rgb:ffff/ffff/ffff\033\\",
        "\033]10;rgb:0/0/0\a",
        "\033P1$r0m\033\\",
        "\033[?1;2c\033[>0;276;0c",
        "\033P0+r\033\\\033[1;1R",
    };

    for (size_t i = 0; i < ARRAY_SIZE (answers); i++)
        assert_true (term_reply_is (answers[i], strlen (answers[i])));
}

static void test_keys (void **state)
{
    static const char *const keys[] = {
        "",
        "a",
        "\033",
        "\033[A",
        "\033[1;5C",
        "\033[3~",
        "\033OP",
        "\033[15;2~",
        "\033[I",
        "\033[O",
        "\033[200~text\033[201~",
        "\033[M !!",
        "\033[<0;10;20M",
        "\033[<0;10;20m",
        "\033[?1;2cx",
        "\033]11;rgb:",
        "\033P1$r",
        "\033[",
        "\033[12",
        "\033[?",
        "\033[3;R1",
    };

    for (size_t i = 0; i < ARRAY_SIZE (keys); i++)
        assert_false (term_reply_is (keys[i], strlen (keys[i])));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_answers),
        cmocka_unit_test (test_keys),
    };

    return cmocka_run_group_tests_name ("term_reply", tests, NULL, NULL);
}
