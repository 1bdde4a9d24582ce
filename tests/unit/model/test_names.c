/* test_names.c - what may be a name */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/ident.h"
#include "model/names.h"
#include "model/workspace_model.h"

#include <string.h>

static void test_components (void **state)
{
    static const char *const good[] = { "a", "mnist", "p.q", "A-b_c.9", "..x", "-" };
    static const char *const bad[] = { "", ".", "..", "a.", "a b", "a/b", "é", "a\n" };
    char longest[NAME_MAX_CHARS + 2];

    for (size_t i = 0; i < ARRAY_SIZE (good); i++)
        assert_int_equal (name_check ("project", good[i], NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_int_equal (name_check ("project", bad[i], NULL), -1);
    memset (longest, 'x', sizeof (longest));
    longest[NAME_MAX_CHARS + 1] = '\0';
    assert_int_equal (name_check ("project", longest, NULL), -1);
    longest[NAME_MAX_CHARS] = '\0';
    assert_int_equal (name_check ("project", longest, NULL), 0);
}

static void test_reserved (void **state)
{
    assert_int_equal (name_check_namespace ("alice", NULL), 0);
    assert_int_equal (name_check_namespace ("Settings", NULL), -1);
    assert_int_equal (name_check_namespace ("run_module", NULL), -1);
    assert_int_equal (name_check ("project", "settings", NULL), 0);
}

static void test_titles (void **state)
{
    assert_int_equal (name_check_title ("workspace", "mnist workspace \xe2\x9c\x93", NULL),
                      0);
    assert_int_equal (name_check_title ("workspace", "  ", NULL), -1);
    assert_int_equal (name_check_title ("workspace", "a\nb", NULL), -1);
    assert_int_equal (name_check_title ("workspace", "\xff", NULL), -1);
}

static void test_ids (void **state)
{
    char id[NAME_WORKSPACE_ID], task[IDENT_SHORT + 1];

    name_new_workspace_id (id);
    assert_int_equal (strlen (id), 28);
    assert_true (name_is_workspace_id (id));
    id[27] = '0'; /* not of the alphabet */
    assert_false (name_is_workspace_id (id));
    ident_short (task, IDENT_SHORT);
    assert_true (ident_is_short (task, 22));
    assert_false (ident_is_short (task, 24));
}

static void test_states (void **state)
{
    enum workspace_state s;

    for (int i = 0; i < WORKSPACE_STATE_COUNT; i++) {
        assert_true (workspace_state_parse (workspace_state_name (i), &s));
        assert_int_equal (s, i);
    }
    assert_false (workspace_state_parse ("Running", &s));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_components), cmocka_unit_test (test_reserved),
        cmocka_unit_test (test_titles),     cmocka_unit_test (test_ids),
        cmocka_unit_test (test_states),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
