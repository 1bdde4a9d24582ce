/* test_contents.c - reading, listing and creating on a real directory (contract 3.4.1 to 3.4.3) */

#include "contents_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- reading --------------------------------------------------------------------- */

static void test_file (void **state)
{
    const struct fixture *f = *state;
    put_file (f, "a.txt", "h\xc3\xa9\n\xef\xbb\xbf");
    autojson json_t *m = get (f, CONTENT, "a.txt", NULL);
    assert_string_equal (jsonx_str (m, "content", ""), "h\xc3\xa9\n\xef\xbb\xbf");
    assert_string_equal (jsonx_str (m, "format", ""), "text");
    assert_string_equal (jsonx_str (m, "mimetype", ""), "text/plain");
    assert_string_equal (jsonx_str (m, "type", ""), "file");
    assert_int_equal (jsonx_int (m, "size", 0), 7);
    assert_true (json_is_null (json_object_get (m, "hash")));
    autojson json_t *h =
        get (f, (struct contents_query){ .content = false, .hash = true }, "a.txt", NULL);
    assert_true (json_is_null (json_object_get (h, "content")));
    assert_string_equal (jsonx_str (h, "hash_algorithm", ""), "sha256");
    autojson json_t *both =
        get (f, (struct contents_query){ .content = true, .hash = true }, "a.txt", NULL);
    assert_string_equal (jsonx_str (h, "hash", "1"), jsonx_str (both, "hash", "2"));
}

static void test_base64 (void **state)
{
    const struct fixture *f = *state;
    char want[160] = "";
    put_file (f, "b.bin",
              "\xff\xfe------------------------------------------------------------");
    autojson json_t *m = get (f, CONTENT, "b.bin", NULL);
    const char *content = jsonx_str (m, "content", "");
    assert_string_equal (jsonx_str (m, "format", ""), "base64");
    (void)snprintf (want, sizeof want, "//4t%.*s", 72, content + 4);
    assert_int_equal (strncmp (content, want, 76), 0);
    assert_int_equal (content[76], '\n');
    assert_int_equal (content[strlen (content) - 1], '\n');
    expect_get_error (f,
                      (struct contents_query){ .content = true, .format = CONTENTS_TEXT },
                      "b.bin", PROBLEM_INVALID, "bad format");
    put_file (f, "empty", "");
    autojson json_t *e =
        get (f, (struct contents_query){ .content = true, .format = CONTENTS_BASE64 },
             "empty", NULL);
    assert_string_equal (jsonx_str (e, "content", "x"), "");
}

static void test_types (void **state)
{
    const struct fixture *f = *state;
    put_dir (f, "d");
    put_file (f, "n.ipynb",
              "{\"cells\":[],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":5}");
    put_file (f, "bad.ipynb", "{");
    expect_get_error (f, (struct contents_query){ .type = CONTENTS_FILE }, "d",
                      PROBLEM_INVALID, "bad type");
    expect_get_error (f, (struct contents_query){ .type = CONTENTS_DIRECTORY }, "n.ipynb",
                      PROBLEM_INVALID, "bad type");
    expect_get_error (f, CONTENT, "bad.ipynb", PROBLEM_INVALID, "");
    expect_get_error (f, CONTENT, "no", PROBLEM_NOT_FOUND, "");
    expect_get_error (f, CONTENT, "../x", PROBLEM_NOT_FOUND, "");
    autojson json_t *m = get (f, CONTENT, "n.ipynb", NULL);
    assert_true (json_is_object (json_object_get (m, "content")));
    autojson json_t *t =
        get (f, (struct contents_query){ .content = true, .type = CONTENTS_FILE },
             "n.ipynb", NULL);
    assert_string_equal (jsonx_str (t, "type", ""), "file");
    assert_true (json_is_string (json_object_get (t, "content")));
}

/* What is neither file nor directory is never opened: a FIFO would block for ever. */
static void test_special (void **state)
{
    const struct fixture *f = *state;
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    autofree char *fifo = os_path (f, "fifo"), *sock = os_path (f, "sock");
    autoclose int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    autofree char *dangling = os_path (f, "dangling"), *loop = os_path (f, "loop");
    assert_int_equal (mkfifo (fifo, 0600), 0);
    (void)snprintf (addr.sun_path, sizeof addr.sun_path, "%s", sock);
    assert_int_equal (bind (fd, (struct sockaddr *)&addr, sizeof addr), 0);
    assert_int_equal (symlink ("nowhere", dangling), 0);
    assert_int_equal (symlink ("loop", loop), 0);
    static const char *const names[] = { "fifo", "sock", "dangling" };
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        expect_get_error (f, CONTENT, names[i], PROBLEM_INVALID, "");
        autojson json_t *m = get (f, (struct contents_query){ 0 }, names[i], NULL);
        assert_non_null (m);
    }
    expect_error (f, contents_put, "fifo",
                  "{\"type\":\"file\",\"format\":\"text\",\"content\":\"x\"}",
                  PROBLEM_INVALID, "no regular file");
    assert_false (listed (f, "", "fifo"));
    assert_false (listed (f, "", "sock"));
    assert_false (listed (f, "", "loop"));
    assert_true (listed (f, "", "dangling"));
}

static void test_listing (void **state)
{
    const struct fixture *f = *state;
    autofree char *odd = os_path (f, "\xff.txt"), *link = os_path (f, "link");
    put_dir (f, "d");
    put_dir (f, "__pycache__");
    put_file (f, "a.pyc", "");
    put_file (f, "b~", "");
    put_file (f, ".hidden", "");
    put_file (f, "x.ipynb", "no notebook");
    assert_int_equal (close (open (odd, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
    assert_int_equal (symlink ("d", link), 0);
    autojson json_t *m = get (f, CONTENT, "", NULL);
    assert_int_equal (json_array_size (json_object_get (m, "content")), 3);
    assert_string_equal (jsonx_str (m, "format", ""), "json");
    size_t i;
    json_t *child;
    json_array_foreach (json_object_get (m, "content"), i, child)
    {
        const char *name = jsonx_str (child, "name", "");
        const char *type = strcmp (name, "x.ipynb") ? "directory" : "notebook";
        assert_string_equal (jsonx_str (child, "type", ""), type);
        assert_true (json_is_null (json_object_get (child, "content")));
    }
}

/* ---- hidden ---------------------------------------------------------------------- */

static void test_hidden (void **state)
{
    const struct fixture *f = *state;
    put_file (f, ".h/x.txt", "x");
    put_file (f, "a.txt", "a");
    expect_get_error (f, CONTENT, ".h", PROBLEM_NOT_FOUND, "");
    expect_get_error (f, CONTENT, ".h/x.txt", PROBLEM_NOT_FOUND, "");
    expect_error (f, contents_put, ".h/y",
                  "{\"type\":\"file\",\"format\":\"text\",\"content\":\"\"}",
                  PROBLEM_INVALID, "Cannot create file or directory '.h/y'");
    expect_error (
        f, contents_put, "y",
        "{\"path\":\".y\",\"type\":\"file\",\"format\":\"text\",\"content\":\"\"}",
        PROBLEM_INVALID, "Cannot create");
    expect_error (f, contents_put, ".d", "{\"type\":\"directory\"}", PROBLEM_INVALID,
                  "Cannot create");
    expect_error (f, contents_patch, "a.txt", "{\"path\":\".a\"}", PROBLEM_INVALID,
                  "Cannot rename");
    expect_error (f, contents_patch, ".h", "{\"path\":\"h\"}", PROBLEM_INVALID,
                  "Cannot rename");
    expect_error (f, contents_post, "", "{\"copy_from\":\".h/x.txt\"}", PROBLEM_INVALID,
                  "Cannot copy");
    expect_error (f, contents_post, ".h", "{\"copy_from\":\"a.txt\"}", PROBLEM_INVALID,
                  "Cannot copy");
    expect_error (f, contents_post, ".h", "{}", PROBLEM_INVALID, "Cannot create");
    struct contents_request r = { .path = ".h/x.txt",
                                  .path_len = 8,
                                  .body = "",
                                  .body_len = 0 };
    struct err err;
    assert_int_equal (contents_delete (f->c, &r, &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
    assert_true (have (f, ".h/x.txt"));
}

static void test_allow_hidden (void **state)
{
    const struct fixture *f = *state;
    put_file (f, ".h/x.txt", "x");
    autojson json_t *m = get (f, CONTENT, ".h/x.txt", NULL);
    assert_non_null (m);
    assert_true (listed (f, "", ".h"));
    expect_path (f, contents_patch, ".h/x.txt", "{\"path\":\".y\"}", ".y");
}

/* ---- creating -------------------------------------------------------------------- */

static void test_untitled (void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *body, *path;
    } rows[] = {
        { "", "untitled" },
        { "{}", "untitled1" },
        { " \n null", "untitled2" },
        { "{\"type\":\"notebook\"}", "Untitled.ipynb" },
        { "{\"ext\":\".ipynb\"}", "Untitled1.ipynb" },
        { "{\"type\":\"file\",\"ext\":\".py\"}", "untitled.py" },
        { "{\"type\":\"file\",\"ext\":\".py\",\"path\":\"x\"}", "untitled1.py" },
        { "{\"type\":\"file\",\"ext\":\".tar.gz\"}", "untitled.tar.gz" },
        { "{\"ext\":\".tar.gz\"}", "untitled1.tar.gz" },
        { "{\"type\":\"directory\"}", "Untitled Folder" },
        { "{\"type\":\"directory\"}", "Untitled Folder 1" },
        { "{\"type\":\"weird\"}", "untitled3" },
    };
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        expect_path (f, contents_post, "", rows[i].body, rows[i].path);
    expect_file (f, "Untitled.ipynb",
                 "{\n \"cells\": [],\n \"metadata\": {},\n"
                 " \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n");
    expect_error (f, contents_post, "no", "{}", PROBLEM_NOT_FOUND, "No such directory: no");
    expect_error (f, contents_post, "untitled", "{}", PROBLEM_INVALID,
                  "Cannot POST to files, use PUT instead.");
    expect_error (f, contents_post, "", "{", PROBLEM_INVALID,
                  "Invalid JSON in body of request");
    expect_error (f, contents_post, "", "[1]", PROBLEM_INVALID, "");
    expect_error (f, contents_post, "", "{\"ext\":\"/../../x\"}", PROBLEM_INVALID, "");
}

static void test_copy (void **state)
{
    const struct fixture *f = *state;
    put_file (f, "a.txt", "a\xff");
    put_file (f, "a.tar.gz", "z");
    put_file (f, "n.b.ipynb",
              "{\"cells\":[],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":5}");
    put_file (f, "d/x/y.txt", "y");
    static const struct {
        const char *dir, *from, *path;
    } rows[] = {
        { "", "a.txt", "a-Copy1.txt" },
        { "", "a.txt", "a-Copy2.txt" },
        { "", "a-Copy1.txt", "a-Copy3.txt" },
        { "", "a.tar.gz", "a-Copy1.tar.gz" },
        { "", "n.b.ipynb", "n.b-Copy1.ipynb" },
        { "d", "a.txt", "d/a.txt" },
        { "d", "a-Copy2.txt", "d/a-Copy1.txt" },
        { "", "d", "d-Copy1" },
        { "d", "d", "d/d" },
        { "new.txt", "a.txt", "new.txt" },
    };
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        autofree char *body = xasprintf ("{\"copy_from\":\"%s\"}", rows[i].from);
        expect_path (f, contents_post, rows[i].dir, body, rows[i].path);
    }
    expect_file (f, "a-Copy1.txt", "a\xff");
    expect_file (f, "d-Copy1/x/y.txt", "y");
    assert_true (have (f, "d/d/x/y.txt"));
    assert_false (have (f, "d/d/d"));
    expect_error (f, contents_post, "", "{\"copy_from\":\"no\"}", PROBLEM_NOT_FOUND,
                  "does not exist");
    expect_error (f, contents_post, "no/no", "{\"copy_from\":\"a.txt\"}", PROBLEM_NOT_FOUND,
                  "No such parent directory");
    expect_error (f, contents_post, "", "{\"copy_from\":\"../../etc\"}", PROBLEM_NOT_FOUND,
                  "outside");
}

static void test_copy_limit (void **state)
{
    const struct fixture *f = *state;
    autofree char *big = xcalloc (2 << 20, 1);
    memset (big, 'x', (2 << 20) - 1);
    put_file (f, "d/big", big);
    expect_error (f, contents_post, "", "{\"copy_from\":\"d\"}", PROBLEM_INVALID,
                  "Can't copy folders larger than 1MB, \"d\" is 2.0");
    assert_false (have (f, "d-Copy1"));
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        T (test_file),
        T (test_base64),
        T (test_types),
        T (test_special),
        T (test_listing),
        T (test_hidden),
        cmocka_unit_test_setup_teardown (test_allow_hidden, setup_hidden, teardown),
        T (test_untitled),
        T (test_copy),
        T (test_copy_limit),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
