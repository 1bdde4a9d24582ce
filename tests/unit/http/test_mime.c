/* test_mime.c - types by name (contract 3.4.7) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "http/files.h"

#include <string.h>

/* Only what is the same with and without the system's table. */
static const struct {
    const char *name, *type, *encoding;
} rows[] = {
    { "a.html", "text/html", NULL },
    { "a.PNG", "image/png", NULL },
    { "x/y.z/a.csv", "text/csv", NULL },
    { "a.tar.gz", "application/x-tar", "gzip" },
    { "a.tgz", "application/x-tar", "gzip" },
    { "a.svgz", "image/svg+xml", "gzip" },
    { "a.txt.bz2", "text/plain", "bzip2" },
    { "a.json.br", "application/json", "br" },
    { "a.gz", NULL, "gzip" },
    { "a", NULL, NULL },
    { "", NULL, NULL },
    { ".html", NULL, NULL }, /* a name, not an extension */
    { "..html", NULL, NULL },
    { "dir.html/file", NULL, NULL },
    { "a.ipynb", NULL, NULL },
    { "a.", NULL, NULL },
    { "a.thisisaveryveryverylongextensionthatnobodyhas", NULL, NULL },
};

static void test_guess (void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        const char *type = "?", *encoding = "?";
        files_guess_type (rows[i].name, &type, &encoding);
        if (!type != !rows[i].type || (type && strcmp (type, rows[i].type)))
            fail_msg ("%s: type %s", rows[i].name, type ? type : "none");
        if (!encoding != !rows[i].encoding ||
            (encoding && strcmp (encoding, rows[i].encoding)))
            fail_msg ("%s: encoding %s", rows[i].name, encoding ? encoding : "none");
    }
    files_guess_type ("a.png", NULL, NULL);
}

static void test_content_type (void **state)
{
    assert_string_equal (files_content_type ("a.js", true), "application/javascript");
    assert_string_equal (files_content_type ("a.css", true), "text/css");
    assert_string_equal (files_content_type ("a.wasm", true), "application/wasm");
    assert_string_equal (files_content_type ("a.ipynb", false), "application/x-ipynb+json");
    assert_string_equal (files_content_type ("a.txt", false), "text/plain; charset=UTF-8");
    assert_string_equal (files_content_type ("a.csv.gz", false), "application/gzip");
    assert_string_equal (files_content_type ("a.tar.xz", false),
                         "application/octet-stream");
    assert_string_equal (files_content_type ("Makefile", false),
                         "application/octet-stream");
}

/* A table that is not sorted finds some rows and not others. */
static void test_common_types_are_found (void **state)
{
    static const char *const names[] = {
        ".html", ".css",   ".js",  ".json", ".csv", ".tsv",  ".txt",  ".py",
        ".md",   ".xml",   ".svg", ".png",  ".jpg", ".gif",  ".webp", ".ico",
        ".bmp",  ".tiff",  ".pdf", ".zip",  ".mp4", ".webm", ".mp3",  ".wav",
        ".wasm", ".woff2", ".sh",  ".c",    ".h",   ".tex",  ".7z",   ".aac",
    };

    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        autofree char *name = xasprintf ("a%s", names[i]);
        const char *type;
        files_guess_type (name, &type, NULL);
        if (!type)
            fail_msg ("%s has no type", names[i]);
    }
}

static void test_disposition (void **state)
{
    autofree char *text = files_disposition ("\xc3\xa5 b/c.txt");

    assert_string_equal (text, "attachment; filename*=utf-8''%C3%A5%20b%2Fc.txt");
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_guess),
        cmocka_unit_test (test_content_type),
        cmocka_unit_test (test_common_types_are_found),
        cmocka_unit_test (test_disposition),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
