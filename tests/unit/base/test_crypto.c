/* test_crypto.c - known vectors of HMAC, digests, base64 and password hashes */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/crypto.h"

#include <string.h>

static void test_hmac (void **state)
{
    struct slice parts[] = { { "what do ya ", 11 },
                             { NULL, 0 },
                             { "want for nothing?", 17 } };
    struct hmac *h = hmac_new ("sha256", "Jefe", 4, NULL);
    char hex[CRYPTO_HEX];
    struct err err;

    (void)state;
    for (int i = 0; i < 3; i++) { /* RFC 4231, case 2; the key stays */
        hmac_hex (h, parts, 3, hex);
        assert_string_equal (hex, "5bdcc146bf60754e6a042426089575c7"
                                  "5a003f089d2739839dec58b964ec3843");
    }
    hmac_free (h);
    h = hmac_new ("sha256", "", 0, NULL);
    hmac_hex (h, NULL, 0, hex);
    assert_string_equal (
        hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    hmac_free (h);
    unsigned char key[131]; /* longer than a block: RFC 4231, case 6 */
    memset (key, 0xaa, sizeof (key));
    h = hmac_new ("sha256", key, sizeof (key), NULL);
    struct slice text = { "Test Using Larger Than Block-Size Key - Hash Key First", 54 };
    hmac_hex (h, &text, 1, hex);
    assert_string_equal (
        hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    hmac_free (h);
    assert_null (hmac_new ("shake_128", "k", 1, &err));
    assert_null (hmac_new ("no-such", "k", 1, &err));
    assert_int_equal (err.problem, PROBLEM_INVALID);
    hmac_free (NULL);
}

static void test_digest (void **state)
{
    char hex[CRYPTO_HEX];

    (void)state;
    assert_int_equal (crypto_digest_hex ("sha1", "abc", 3, hex), 0);
    assert_string_equal (hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    struct digest *d = digest_new ("sha256");
    digest_add (d, "a", 1);
    digest_add (d, "bc", 2);
    digest_hex (d, hex);
    assert_string_equal (
        hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal (crypto_digest_hex ("sha3_256", "", 0, hex), 0);
    assert_string_equal (
        hex, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
    assert_int_equal (crypto_digest_hex ("blake2b", "", 0, hex), 0);
    assert_int_equal (strlen (hex), 128);
    assert_null (digest_new ("shake_128"));
    assert_null (digest_new (""));
    assert_null (digest_new ("no_such"));
    digest_free (digest_new ("md5"));
    digest_free (NULL);
}

static void check_encode (const char *s, size_t line, const char *want)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, 1000);
    assert_int_equal (base64_encode (&b, s, strlen (s), line), 0);
    assert_string_equal (b.data, want);
}

static void test_base64_encode (void **state)
{
    autodone (buf_done) struct buf b;

    (void)state;
    check_encode ("", 0, "");
    check_encode ("f", 0, "Zg==");
    check_encode ("fo", 0, "Zm8=");
    check_encode ("foo", 0, "Zm9v");
    check_encode ("foobar", 4, "Zm9v\nYmFy\n");
    check_encode ("fooba", 76, "Zm9vYmE=\n");
    check_encode ("", 76, "");
    buf_init (&b, 3);
    assert_int_equal (base64_encode (&b, "foo", 3, 0), -1);
    assert_true (b.overflow);
}

static void check_decode (const char *s, const char *want)
{
    autodone (buf_done) struct buf b;
    struct err err;

    buf_init (&b, 1000);
    if (!want) {
        assert_int_equal (base64_decode (&b, s, strlen (s), &err), -1);
        assert_int_equal (err.problem, PROBLEM_INVALID);
        assert_int_equal (b.len, 0);
        return;
    }
    assert_int_equal (base64_decode (&b, s, strlen (s), &err), 0);
    assert_int_equal (b.len, strlen (want));
    assert_string_equal (b.data, want);
}

/* What Python's b64decode says to the same texts. */
static void test_base64_decode (void **state)
{
    (void)state;
    check_decode ("", "");
    check_decode ("*", "");
    check_decode ("=", "");
    check_decode ("Zm9v", "foo");
    check_decode ("Z m\n9-v_", "foo");
    check_decode ("Zm9vYmFy\nZm9v\nYg==", "foobarfoob");
    check_decode ("Zm9vYm=Fy", "foobar");
    check_decode ("Zm9vYm\xc3" "Fy", "foobar");
    check_decode ("Zg==", "f");
    check_decode ("Z=g==", "f");
    check_decode ("Zg==Zm9v", "f");
    check_decode ("Zm8=", "fo");
    check_decode ("Zm9v=", "foo");
    check_decode ("=Zm9v", "foo");
    check_decode ("Zg", NULL);
    check_decode ("Zg=", NULL);
    check_decode ("Zg=x", NULL);
    check_decode ("Zg=9vZg=", NULL);
    check_decode ("Z", NULL);
    check_decode ("Zm9vZ", NULL);
    check_decode ("Z===", NULL);
}

static void test_base64_large (void **state)
{
    autodone (buf_done) struct buf text, back;
    size_t n = (4 << 20) + 1;
    autofree uint8_t *data = xcalloc (n, 1);
    struct err err;

    (void)state;
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
    buf_init (&text, 8 << 20);
    buf_init (&back, n);
    assert_int_equal (base64_encode (&text, data, n, 0), 0);
    assert_int_equal (base64_decode (&back, text.data, text.len, NULL), 0);
    assert_int_equal (back.len, n);
    assert_memory_equal (back.data, data, n);
    buf_done (&back);
    buf_init (&back, n - 1);
    assert_int_equal (base64_decode (&back, text.data, text.len, &err), -1);
    assert_int_equal (err.problem, PROBLEM_TOO_LARGE);
}

static void test_legacy_password (void **state)
{
    static const char *const bad[] = {
        "",
        "sha1",
        "sha1:0e112c3ddfce",
        "sha1:0e112c3ddfce:",
        "nope:0e112c3ddfce:a68df677475c2b47b6e86d0467eec97ac5f4b85a",
        ":0e112c3ddfce:a68df677475c2b47b6e86d0467eec97ac5f4b85a",
        "sha1:0e112c3ddfce:a68df677475c2b47b6e86d0467eec97ac5f4b85b",
        "sha1:0e112c3ddfce:a68df677475c2b47b6e86d0467eec97ac5f4b85a:",
        "argon2:",
        "argon2:$argon2id$",
        "argon2:$argon2x$v=19$m=8,t=1,p=1$c29tZXNhbHQ$x",
        "argon2:$argon2id$v=19$m=99999999999,t=1,p=1$c29tZXNhbHQ$eHh4",
    };
    const char *good = "sha1:0e112c3ddfce:a68df677475c2b47b6e86d0467eec97ac5f4b85a";

    (void)state;
    assert_true (crypto_password_verify (good, "mypassword"));
    assert_false (crypto_password_verify (good, "mypassworD"));
    assert_false (crypto_password_verify (good, ""));
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        assert_false (crypto_password_verify (bad[i], "mypassword"));
}

static void test_argon2 (void **state)
{
    /* Made by argon2-cffi with other parameters than ours. */
    static const char *const made[] = {
        "argon2:$argon2id$v=19$m=64,t=1,p=1$ZgKyjOZ/FK8$CfLyFiiWah3IYmK4PU8mtw",
        "argon2:$argon2i$v=19$m=256,t=3,p=2$EUtjAbT+Ok1Gf0KQaRyzLQ$"
        "emB337OKiavljBQsex2aNg5Dzi+Pg4Ku5wGWKMokvT8",
        "argon2:$argon2d$v=19$m=128,t=2,p=4$IoB0j2aUoJKq26Bi$"
        "XdUoIOSYquQfwb85vGBdVCJvoPc451mt",
    };
    autofree char *ours = crypto_password_hash ("mypassword", NULL);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE (made); i++) {
        assert_true (crypto_password_verify (made[i], "mypassword"));
        assert_false (crypto_password_verify (made[i], "Mypassword"));
    }
    assert_int_equal (strncmp (ours, "argon2:$argon2id$v=19$m=10240,t=10,p=8$", 39), 0);
    assert_true (crypto_password_verify (ours, "mypassword"));
    assert_false (crypto_password_verify (ours, "mypassword "));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_hmac),          cmocka_unit_test (test_digest),
        cmocka_unit_test (test_base64_encode), cmocka_unit_test (test_base64_decode),
        cmocka_unit_test (test_base64_large),  cmocka_unit_test (test_legacy_password),
        cmocka_unit_test (test_argon2),
    };
    return cmocka_run_group_tests_name ("crypto", tests, NULL, NULL);
}
