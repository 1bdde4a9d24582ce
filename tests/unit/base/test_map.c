/* test_map.c - maps and lists keep their order, string vectors their NULL */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"
#include "base/map.h"
#include "base/strv.h"

#include <string.h>

static int freed;

static void free_counted (void *p)
{
    freed++;
    free (p);
}

static void test_map (void **state)
{
    struct map *m = map_new (free_counted);
    int i = 0;

    (void)state;
    freed = 0;
    for (i = 0; i < 500; i++) {
        autofree char *key = xasprintf ("key %d", i);
        map_set (m, key, xasprintf ("%d", i));
    }
    assert_int_equal (map_count (m), 500);
    assert_string_equal (map_get (m, "key 321"), "321");
    assert_null (map_get (m, "key 500"));
    map_set (m, "key 7", xstrdup ("seven"));
    assert_int_equal (freed, 1);
    i = 0;
    for (struct map_item *it = map_first (m); it; it = map_next (it), i++) {
        autofree char *key = xasprintf ("key %d", i);
        assert_string_equal (it->key, key);
    }
    assert_int_equal (i, 500);
    assert_string_equal (map_get (m, "key 7"), "seven");
    map_free (m);
    assert_int_equal (freed, 501);
    map_free (NULL);
}

static void test_removal (void **state)
{
    struct map *m = map_new (free_counted);

    (void)state;
    freed = 0;
    for (int i = 0; i < 100; i++) {
        autofree char *key = xasprintf ("%d", i);
        map_set (m, key, xstrdup (key));
    }
    for (struct map_item *it = map_first (m), *next; it; it = next) {
        next = map_next (it);
        if (atoi (it->key) % 2)
            map_del (m, it->key);
    }
    assert_int_equal (map_count (m), 50);
    assert_int_equal (freed, 50);
    char *stolen = map_steal (m, "0");
    assert_string_equal (stolen, "0");
    free (stolen);
    assert_null (map_steal (m, "0"));
    map_del (m, "1");
    assert_string_equal (map_first (m)->key, "2");
    map_del (m, "98");
    map_set (m, "z", xstrdup ("z"));
    assert_string_equal (map_first (m)->key, "2");
    map_free (m);
}

static void test_strv (void **state)
{
    struct strv s, t;

    (void)state;
    strv_init (&s);
    strv_init (&t);
    assert_null (s.v);
    for (size_t i = 0; i < 300; i++) {
        strv_addf (&s, "%zu", 299 - i);
        assert_int_equal (s.n, i + 1);
        assert_null (s.v[s.n]);
    }
    strv_sort (&s);
    assert_string_equal (s.v[0], "0");
    assert_string_equal (s.v[1], "1");
    assert_string_equal (s.v[2], "10");
    strv_copy (&t, &s);
    while (s.n > 5)
        strv_remove (&s, s.n / 2);
    assert_null (s.v[5]);
    for (int i = 0; i < 40; i++)
        strv_addn (&s, "xyz", 1);
    assert_null (s.v[45]);
    assert_string_equal (s.v[44], "x");
    assert_true (strv_has (&t, "123"));
    assert_false (strv_has (&s, "y"));
    strv_done (&s);
    strv_done (&s);
    strv_done (&t);
}

static void test_environ (void **state)
{
    char *given[] = { "A=1", "AB=2", "EMPTY=", "A=dup", NULL };
    struct strv s;

    (void)state;
    strv_init (&s);
    strv_from_environ (&s, NULL);
    strv_from_environ (&s, given);
    assert_string_equal (strv_env_get (&s, "A"), "1");
    assert_string_equal (strv_env_get (&s, "EMPTY"), "");
    assert_null (strv_env_get (&s, "B"));
    strv_env_set (&s, "AB", "x=y");
    assert_string_equal (strv_env_get (&s, "AB"), "x=y");
    strv_env_set (&s, "NEW", "n");
    assert_int_equal (s.n, 5);
    strv_env_unset (&s, "A");
    assert_null (strv_env_get (&s, "A"));
    assert_int_equal (s.n, 3);
    strv_done (&s);
}

struct number {
    int n;
    struct list link;
};

static void test_list (void **state)
{
    struct list head;
    struct number n[4] = { { .n = 1 }, { .n = 2 }, { .n = 3 }, { .n = 0 } };
    int sum = 0, digits = 0;

    (void)state;
    list_init (&head);
    assert_true (list_empty (&head));
    for (int i = 0; i < 3; i++)
        list_append (&head, &n[i].link);
    list_prepend (&head, &n[3].link);
    list_foreach (i, &head, struct number, link) {
        digits = digits * 10 + i->n;
        if (i->n == 2)
            list_remove (&i->link);
    }
    assert_int_equal (digits, 123);
    list_foreach (i, &head, struct number, link)
        sum += i->n;
    assert_int_equal (sum, 4);
    list_remove (&n[1].link);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_map),  cmocka_unit_test (test_removal),
        cmocka_unit_test (test_strv), cmocka_unit_test (test_environ),
        cmocka_unit_test (test_list),
    };
    return cmocka_run_group_tests_name ("map", tests, NULL, NULL);
}
