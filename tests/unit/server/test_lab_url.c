/* test_lab_url.c - addresses below /lab and /doc */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "server/lab_url.h"

static const struct {
    const char *raw;
    enum lab_url_kind kind;
    const char *workspace, *tree;
    bool doc;
} rows[] = {
    { "/lab", LAB_URL_PAGE, "default", "", false },
    { "/doc", LAB_URL_PAGE, "default", "", true },
    { "/lab/tree/a%20b/c+d", LAB_URL_PAGE, "default", "a b/c+d", false },
    { "/lab/workspaces/foo", LAB_URL_PAGE, "foo", "", false },
    { "/lab/workspaces/f-o_1/tree/x.ipynb", LAB_URL_PAGE, "f-o_1", "x.ipynb", false },
    { "/doc/workspaces/foo/tree/x", LAB_URL_PAGE, "foo", "x", true },
    { "/lab/unknown", LAB_URL_NOT_FOUND, "default", "", false },
    { "/lab/tree", LAB_URL_NOT_FOUND, "default", "", false },
    { "/lab/workspaces/a%20b", LAB_URL_NOT_FOUND, "default", "", false },
    { "/lab/workspaces/a/b", LAB_URL_NOT_FOUND, "default", "", false },
    { "/lab/workspaces//tree/x", LAB_URL_NOT_FOUND, "default", "", false },
    { "/lab/api/licenses", LAB_URL_NOT_FOUND, "default", "", false },
    { "/lab/", LAB_URL_SLASH, NULL, NULL, false },
    { "/lab/tree/", LAB_URL_SLASH, NULL, NULL, false },
    { "/lab/tree/a//", LAB_URL_SLASH, NULL, NULL, false },
};

static void table (void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        struct lab_url u;
        struct err err;
        assert_int_equal (lab_url_parse (rows[i].raw, &u, &err), 0);
        assert_int_equal (u.kind, rows[i].kind);
        assert_int_equal (u.single_document, rows[i].doc);
        if (rows[i].workspace) {
            assert_string_equal (u.workspace, rows[i].workspace);
            assert_string_equal (u.tree_path, rows[i].tree);
        }
        lab_url_done (&u);
    }
}

static void not_utf8 (void **state)
{
    (void)state;
    struct lab_url u;
    struct err err;
    assert_int_equal (lab_url_parse ("/lab/tree/%ff", &u, &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
}

int main (void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test (table),
                                        cmocka_unit_test (not_utf8) };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
