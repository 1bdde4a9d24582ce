/* test_sum.c - the same bytes have the same sum however they come, others have another */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/sum.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 1000

static int by_value (const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void test_pieces (void **state)
{
    unsigned char data[SIZE];
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (unsigned char)(i * 7 + i / 256);
    for (size_t n = 0; n <= SIZE; n += 13) {
        for (size_t piece = 1; piece < 100; piece += 6) {
            struct sum s;
            sum_init (&s);
            for (size_t at = 0; at < n; at += piece)
                sum_add (&s, data + at, n - at < piece ? n - at : piece);
            assert_true (sum_value (&s) == sum_of (data, n));
        }
    }
}

/* Lengths of zeros, one changed bit anywhere, two swapped words: all differ. */
static void test_differences (void **state)
{
    unsigned char data[SIZE] = { 0 };
    autofree uint64_t *sums = xcalloc (10 * SIZE, sizeof (*sums));
    size_t n = 0;
    for (size_t len = 0; len <= SIZE; len++)
        sums[n++] = sum_of (data, len);
    for (size_t bit = 0; bit < 8 * SIZE; bit++) {
        data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        sums[n++] = sum_of (data, SIZE);
        data[bit / 8] = 0;
    }
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (unsigned char)(i / 8);
    sums[n++] = sum_of (data, SIZE);
    for (size_t word = 0; word + 16 <= SIZE; word += 8) {
        unsigned char swapped[SIZE];
        memcpy (swapped, data, SIZE);
        memcpy (swapped + word, data + word + 8, 8);
        memcpy (swapped + word + 8, data + word, 8);
        sums[n++] = sum_of (swapped, SIZE);
    }
    qsort (sums, n, sizeof (*sums), by_value);
    for (size_t i = 1; i < n; i++)
        assert_true (sums[i - 1] != sums[i]);
}

/* Notes on disk hold it: it stays what it is. */
static void test_constant (void **state)
{
    assert_true (sum_of ("", 0) == 0x3249e2b9cfe73232u);
    assert_true (sum_of ("what a save will write", 22) == 0x999efcf55dad020bu);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_pieces),
        cmocka_unit_test (test_differences),
        cmocka_unit_test (test_constant),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
