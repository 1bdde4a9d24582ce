/* test_contents.c - the contents operations on a real directory (contract 3.4) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "server/checkpoint.h"
#include "server/contents.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct fixture {
    char *dir, *root, *home;
    struct strv globs;
    struct contents *c;
};

static int setup_with (void **state, bool trash, bool hidden)
{
    char dir[] = "/tmp/lw-contents-XXXXXX";
    struct fixture *f = xnew (struct fixture);
    if (!mkdtemp (dir))
        return -1;
    (void)unsetenv ("XDG_DATA_HOME");
    f->dir = xstrdup (dir);
    f->root = path_join (dir, "root");
    f->home = path_join (dir, "home");
    strv_init (&f->globs);
    strv_add (&f->globs, "__pycache__");
    strv_add (&f->globs, "*.pyc");
    strv_add (&f->globs, "*~");
    struct contents_config config = CONTENTS_CONFIG_DEFAULT;
    config.root_dir = f->root;
    config.trust.data_dir = f->home;
    config.home = f->home;
    config.hide_globs = &f->globs;
    config.delete_to_trash = trash;
    config.allow_hidden = hidden;
    config.max_copy_mb = 1;
    f->c = contents_new (&config);
    *state = f;
    return mkdir (f->root, 0755) || mkdir (f->home, 0755);
}

static int setup (void **state)
{
    return setup_with (state, true, false);
}
static int setup_unlink (void **state)
{
    return setup_with (state, false, false);
}
static int setup_hidden (void **state)
{
    return setup_with (state, true, true);
}

static int teardown (void **state)
{
    struct fixture *f = *state;
    contents_free (f->c);
    (void)fd_remove_tree (f->dir, NULL);
    strv_done (&f->globs);
    free (f->dir);
    free (f->root);
    free (f->home);
    free (f);
    return 0;
}

/* ---- helpers --------------------------------------------------------------------- */

static char *os_path (const struct fixture *f, const char *name)
{
    return path_join (f->root, name);
}

static void put_file (const struct fixture *f, const char *name, const char *text)
{
    autofree char *path = os_path (f, name);
    assert_int_equal (fd_write_file_atomic (path, text, strlen (text), 0644, NULL), 0);
}

static void put_dir (const struct fixture *f, const char *name)
{
    autofree char *path = os_path (f, name);
    assert_int_equal (fd_mkdirs (path, 0755, NULL), 0);
}

static void expect_file (const struct fixture *f, const char *name, const char *text)
{
    autofree char *path = os_path (f, name);
    autodone (buf_done) struct buf b;
    buf_init (&b, 1 << 20);
    assert_int_equal (fd_read_file (path, &b, NULL), 0);
    assert_string_equal (b.data, text);
}

static bool have (const struct fixture *f, const char *name)
{
    struct stat st;
    autofree char *path = os_path (f, name);
    return lstat (path, &st) == 0;
}

typedef int (*request_fn) (const struct contents *, const struct contents_request *,
                           struct contents_answer *, struct err *);

/* The model, or NULL with the error. */
static json_t *call (const struct fixture *f, request_fn fn, const char *path,
                     const char *body, struct err *err)
{
    autofree char *copy = xstrdup (body); /* it is used up */
    struct contents_request r = { .path = path,
                                  .path_len = strlen (path),
                                  .body = copy,
                                  .body_len = strlen (copy) };
    struct contents_answer a;
    json_t *model = NULL;
    contents_answer_init (&a);
    if (fn (f->c, &r, &a, err) == 0) {
        model = jsonx_parse (a.body.data, a.body.len, NULL);
        assert_non_null (model);
        assert_string_equal (jsonx_str (model, "path", NULL), a.path);
        if (a.created)
            json_object_set_new (model, "created!", json_true ());
    }
    contents_answer_done (&a);
    return model;
}

static json_t *get (const struct fixture *f, struct contents_query q, const char *path,
                    struct err *err)
{
    struct contents_answer a;
    json_t *model = NULL;
    q.path = path;
    q.path_len = strlen (path);
    contents_answer_init (&a);
    if (contents_get (f->c, &q, &a, err) == 0)
        model = jsonx_parse (a.body.data, a.body.len, NULL);
    contents_answer_done (&a);
    return model;
}

#define CONTENT                                                                            \
    (struct contents_query)                                                                \
    {                                                                                      \
        .content = true                                                                    \
    }

static void expect_error (const struct fixture *f, request_fn fn, const char *path,
                          const char *body, enum problem problem, const char *text)
{
    struct err err = { 0 };
    if (call (f, fn, path, body, &err))
        fail_msg ("%s %s succeeded", path, body);
    assert_int_equal (err.problem, problem);
    if (!strstr (err.text, text))
        fail_msg ("%s: no '%s'", err.text, text);
}

static void expect_get_error (const struct fixture *f, struct contents_query q,
                              const char *path, enum problem problem, const char *reason)
{
    struct err err = { 0 };
    assert_null (get (f, q, path, &err));
    assert_int_equal (err.problem, problem);
    assert_string_equal (err.reason, reason);
}

static void expect_path (const struct fixture *f, request_fn fn, const char *path,
                         const char *body, const char *result)
{
    struct err err = { 0 };
    autojson json_t *m = call (f, fn, path, body, &err);
    if (!m)
        fail_msg ("%s %s: %s", path, body, err.text);
    assert_string_equal (jsonx_str (m, "path", ""), result);
}

static bool listed (const struct fixture *f, const char *dir, const char *name)
{
    autojson json_t *m = get (f, CONTENT, dir, NULL);
    size_t i;
    json_t *child;
    assert_non_null (m);
    json_array_foreach (
        json_object_get (m, "content"), i,
        child) if (!strcmp (jsonx_str (child, "name", ""), name)) return true;
    return false;
}

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

/* ---- saving ---------------------------------------------------------------------- */

#define TEXT(s) "{\"type\":\"file\",\"format\":\"text\",\"content\":\"" s "\"}"
#define BASE64(s) "{\"type\":\"file\",\"format\":\"base64\",\"content\":\"" s "\"}"

static void test_save (void **state)
{
    const struct fixture *f = *state;
    autojson json_t *first = call (f, contents_put, "a.txt", TEXT ("x\\r\\ny"), NULL);
    assert_true (jsonx_bool (first, "created!", false));
    assert_true (json_is_null (json_object_get (first, "content")));
    autojson json_t *second = call (f, contents_put, "a.txt", TEXT ("y"), NULL);
    assert_false (jsonx_bool (second, "created!", false));
    expect_file (f, "a.txt", "y");
    assert_false (have (f, ".~a.txt"));
    expect_path (f, contents_put, "b", BASE64 ("aGk="), "b");
    expect_file (f, "b", "hi");
    expect_path (f, contents_put, "b", BASE64 ("a*G\\nk="), "b");
    expect_file (f, "b", "hi");
    expect_path (f, contents_put, "b", BASE64 ("*"), "b");
    expect_file (f, "b", "");
    expect_path (f, contents_put, "d", "{\"type\":\"directory\"}", "d");
    expect_path (f, contents_put, "d", "{\"type\":\"directory\"}", "d");
    expect_path (f, contents_put, "new.txt", "{\"type\":\"file\"}", "new.txt");
    expect_path (f, contents_put, "new.ipynb", "{\"x\":1}", "new.ipynb");
    expect_path (f, contents_put, "up.ipynb", TEXT ("raw"), "up.ipynb");
    expect_file (f, "up.ipynb", "raw");
    expect_path (f, contents_put, "", "", "untitled");
    expect_path (f, contents_put, "d", "{}", "d/untitled");
}

static void test_save_errors (void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *path, *body;
        enum problem problem;
        const char *text;
    } rows[] = {
        { "a", "{\"copy_from\":\"x\"}", PROBLEM_INVALID,
          "Cannot copy with PUT, only POST" },
        { "a", "{\"content\":\"x\",\"format\":\"text\"}", PROBLEM_INVALID,
          "No file type provided" },
        { "a", "{\"type\":\"file\"}", PROBLEM_INVALID, "No file content provided" },
        { "a", "{\"type\":null,\"content\":1}", PROBLEM_INVALID,
          "Unhandled contents type: None" },
        { "a", "{\"type\":\"file\",\"content\":\"x\"}", PROBLEM_INVALID,
          "Must specify format of file contents as 'text' or 'base64'" },
        { "a", "{\"type\":\"file\",\"format\":\"json\",\"content\":\"x\"}", PROBLEM_INVALID,
          "Must specify format" },
        { "a", "{\"type\":\"directory\"}", PROBLEM_INVALID, "Not a directory" },
        { "a", BASE64 ("aGk"), PROBLEM_INVALID, "Encoding error saving a" },
        { "a", "{\"type\":\"file\",\"format\":\"text\",\"content\":1}", PROBLEM_INVALID,
          "Encoding error" },
        { "a", TEXT ("\\ud800"), PROBLEM_INVALID, "" },
        { "d", TEXT ("x"), PROBLEM_INTERNAL, "[Errno 21] Is a directory" },
        { "no/x", TEXT ("x"), PROBLEM_INTERNAL,
          "Unexpected error while saving file: no/x" },
        { "a/x", TEXT ("x"), PROBLEM_INTERNAL, "Unexpected error while saving file: a/x" },
        { "../x", TEXT ("x"), PROBLEM_NOT_FOUND, "outside" },
        { "n.ipynb", "{\"type\":\"notebook\",\"content\":{}}", PROBLEM_INVALID,
          "Unexpected error" },
        { "n.ipynb", "{\"type\":\"notebook\",\"content\":\"x\"}", PROBLEM_INVALID, "" },
        { "n.ipynb", "{\"chunk\":1,\"type\":\"notebook\",\"content\":\"x\"}",
          PROBLEM_INVALID,
          "File type \"notebook\" is not supported for large file transfer" },
        { "no", "", PROBLEM_NOT_FOUND, "No such directory: no" },
        { "a", "{}", PROBLEM_INVALID, "Cannot POST to files" },
    };
    put_file (f, "a", "old");
    put_dir (f, "d");
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        expect_error (f, contents_put, rows[i].path, rows[i].body, rows[i].problem,
                      rows[i].text);
    expect_file (f, "a", "old");
    assert_false (have (f, "n.ipynb"));
}

static void test_chunks (void **state)
{
    const struct fixture *f = *state;
    put_file (f, "up", "old");
    expect_path (
        f, contents_put, "up",
        "{\"type\":\"file\",\"format\":\"base64\",\"chunk\":1,\"content\":\"YQ==\"}", "up");
    expect_path (f, contents_put, "up",
                 "{\"type\":\"file\",\"format\":\"text\",\"chunk\":2,\"content\":\"b\"}",
                 "up");
    expect_path (
        f, contents_put, "up",
        "{\"type\":\"file\",\"format\":\"base64\",\"chunk\":-1,\"content\":\"Yw==\"}",
        "up");
    expect_file (f, "up", "abc");
    expect_path (f, contents_put, "new",
                 "{\"type\":\"file\",\"format\":\"text\",\"chunk\":-1,\"content\":\"x\"}",
                 "new");
    expect_file (f, "new", "x");
}

static void test_notebook (void **state)
{
    const struct fixture *f = *state;
    static const char body[] = "{\"type\":\"notebook\",\"format\":\"json\",\"content\":{"
                               "\"nbformat\":4,\"nbformat_minor\":5,"
                               "\"metadata\":{},\"cells\":[{\"cell_type\":\"code\",\"id\":"
                               "\"a\",\"metadata\":{\"trusted\":true},"
                               "\"source\":\"1\\n2\",\"execution_count\":1,\"outputs\":[{"
                               "\"output_type\":\"display_data\","
                               "\"metadata\":{},\"data\":{\"text/html\":\"<b>\"}}]}]}}";
    expect_path (f, contents_put, "n.ipynb", body, "n.ipynb");
    assert_true (have (f, ".ipynb_checkpoints/n-checkpoint.ipynb"));
    autojson json_t *m = get (f, CONTENT, "n.ipynb", NULL);
    json_t *cell =
        json_array_get (json_object_get (json_object_get (m, "content"), "cells"), 0);
    assert_string_equal (jsonx_str (cell, "source", ""), "1\n2");
    assert_true (jsonx_bool (json_object_get (cell, "metadata"), "trusted", false));
    expect_path (f, contents_post, "", "{\"copy_from\":\"n.ipynb\"}", "n-Copy1.ipynb");
    put_file (f, "m.ipynb",
              "{\"nbformat\":4,\"nbformat_minor\":4,\"metadata\":{},\"cells\":[{\"cell_"
              "type\":\"code\","
              "\"metadata\":{},\"source\":\"\",\"execution_count\":1,\"outputs\":[{"
              "\"output_type\":"
              "\"display_data\",\"metadata\":{},\"data\":{\"text/"
              "html\":\"<b>\"}}],\"extra\":1}]}");
    autojson json_t *n = get (f, CONTENT, "m.ipynb", NULL);
    cell = json_array_get (json_object_get (json_object_get (n, "content"), "cells"), 0);
    assert_true (
        json_is_false (json_object_get (json_object_get (cell, "metadata"), "trusted")));
    assert_non_null (strstr (jsonx_str (n, "message", ""), "'extra' was unexpected"));
    struct contents_request r = { .path = "m.ipynb",
                                  .path_len = 7,
                                  .body = "",
                                  .body_len = 0 };
    assert_int_equal (contents_trust (f->c, &r, NULL), 0);
    autojson json_t *t = get (f, CONTENT, "m.ipynb", NULL);
    cell = json_array_get (json_object_get (json_object_get (t, "content"), "cells"), 0);
    assert_true (jsonx_bool (json_object_get (cell, "metadata"), "trusted", false));
}

/* A save that was cut off: the backup comes back, the broken file is kept. */
static void test_recovery (void **state)
{
    const struct fixture *f = *state;
    put_file (f, "n.ipynb", "{\"cells\"");
    put_file (f, ".~n.ipynb",
              "{\"cells\":[],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":5}");
    autojson json_t *m = get (f, CONTENT, "n.ipynb", NULL);
    assert_non_null (m);
    assert_true (have (f, "n.ipynb.invalid"));
    assert_false (have (f, ".~n.ipynb"));
}

/* ---- moving and deleting --------------------------------------------------------- */

static void test_rename (void **state)
{
    const struct fixture *f = *state;
    struct contents_request r = { .path = "a.txt",
                                  .path_len = 5,
                                  .body = "",
                                  .body_len = 0 };
    autodone (buf_done) struct buf b;
    buf_init (&b, 1000);
    put_file (f, "a.txt", "a");
    put_file (f, "b.txt", "b");
    put_file (f, "d/x", "x");
    assert_int_equal (checkpoint_create (f->c, &r, &b, NULL), 0);
    expect_path (f, contents_patch, "a.txt", "{\"path\":\"/d/c.txt/\"}", "d/c.txt");
    assert_true (have (f, "d/.ipynb_checkpoints/c-checkpoint.txt"));
    assert_false (have (f, ".ipynb_checkpoints/a-checkpoint.txt"));
    expect_path (f, contents_patch, "d", "{\"path\":\"e\"}", "e");
    expect_path (f, contents_patch, "b.txt", "{\"path\":\"b.txt\"}", "b.txt");
    expect_path (f, contents_patch, "b.txt", "{\"x\":1}", "b.txt");
    expect_error (f, contents_patch, "b.txt", "{\"path\":\"e/x\"}", PROBLEM_CONFLICT,
                  "File already exists: e/x");
    expect_error (f, contents_patch, "no", "{\"path\":\"y\"}", PROBLEM_NOT_FOUND,
                  "File or directory does not exist: no");
    expect_error (f, contents_patch, "b.txt", "{\"path\":\"no/y\"}", PROBLEM_NOT_FOUND, "");
    expect_error (f, contents_patch, "b.txt", "", PROBLEM_INVALID, "JSON body missing");
    expect_error (f, contents_patch, "b.txt", "{\"path\":1}", PROBLEM_INVALID, "");
    expect_error (f, contents_patch, "b.txt", "{\"path\":\"../y\"}", PROBLEM_NOT_FOUND,
                  "outside");
    expect_error (f, contents_patch, "", "{\"path\":\"y\"}", PROBLEM_INVALID, "");
    expect_file (f, "b.txt", "b");
    expect_file (f, "e/x", "x");
}

static int del (const struct fixture *f, const char *path, struct err *err)
{
    struct contents_request r = { .path = path,
                                  .path_len = strlen (path),
                                  .body = "",
                                  .body_len = 0 };
    return contents_delete (f->c, &r, err);
}

static void test_delete_to_trash (void **state)
{
    const struct fixture *f = *state;
    struct err err;
    autofree char *link = os_path (f, "link"), *trashed = NULL;
    put_file (f, "d/x", "x");
    put_file (f, "a.txt", "1");
    assert_int_equal (symlink ("d", link), 0);
    assert_int_equal (del (f, "link", &err), 0);
    assert_true (have (f, "d/x"));
    assert_int_equal (del (f, "d", &err), 0);
    assert_false (have (f, "d"));
    assert_int_equal (del (f, "a.txt", &err), 0);
    put_file (f, "a.txt", "2");
    assert_int_equal (del (f, "a.txt", &err), 0);
    trashed = path_join (f->home, ".local/share/Trash/files/a.2.txt");
    assert_int_equal (access (trashed, F_OK), 0);
    assert_int_equal (del (f, "", &err), -1);
    assert_string_equal (err.text, "Can't delete root");
    assert_int_equal (del (f, "a.txt", &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

static void test_delete_for_good (void **state)
{
    const struct fixture *f = *state;
    struct err err;
    autofree char *link = os_path (f, "link"), *dangling = os_path (f, "dangling");
    put_file (f, "d/x", "x");
    put_file (f, "e/.ipynb_checkpoints/y", "");
    put_file (f, "n.txt", "x");
    put_file (f, ".ipynb_checkpoints/n-checkpoint.txt", "x");
    assert_int_equal (symlink ("d", link), 0);
    assert_int_equal (symlink ("no", dangling), 0);
    assert_int_equal (del (f, "d", &err), -1);
    assert_int_equal (err.problem, PROBLEM_INVALID);
    assert_non_null (strstr (err.text, "not empty"));
    assert_int_equal (del (f, "e", &err), 0);
    assert_int_equal (del (f, "link", &err), 0);
    assert_int_equal (del (f, "dangling", &err), 0);
    assert_true (have (f, "d/x"));
    assert_int_equal (del (f, "n.txt", &err), 0);
    assert_false (have (f, ".ipynb_checkpoints/n-checkpoint.txt"));
}

/* ---- checkpoints ----------------------------------------------------------------- */

static void test_checkpoints (void **state)
{
    const struct fixture *f = *state;
    struct contents_request r = { .path = "a.txt",
                                  .path_len = 5,
                                  .body = "",
                                  .body_len = 0 };
    struct err err;
    struct stat st, cp;
    autofree char *file = os_path (f, "a.txt");
    autofree char *copy = os_path (f, ".ipynb_checkpoints/a-checkpoint.txt");
    autodone (buf_done) struct buf b;
    buf_init (&b, 1000);
    put_file (f, "a.txt", "one");
    assert_int_equal (checkpoint_list (f->c, &r, &b, NULL), 0);
    assert_string_equal (b.data, "[]");
    assert_false (have (f, ".ipynb_checkpoints"));
    assert_int_equal (checkpoint_restore (f->c, &r, "checkpoint", &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_int_equal (checkpoint_create (f->c, &r, &b, NULL), 0);
    assert_int_equal (stat (file, &st) || stat (copy, &cp), 0);
    assert_int_equal (st.st_mtim.tv_nsec, cp.st_mtim.tv_nsec);
    put_file (f, "a.txt", "two");
    assert_int_equal (checkpoint_restore (f->c, &r, "checkpoint", &err), 0);
    expect_file (f, "a.txt", "one");
    assert_int_equal (stat (file, &st), 0);
    assert_int_equal (st.st_mtim.tv_nsec, cp.st_mtim.tv_nsec);
    assert_int_equal (checkpoint_restore (f->c, &r, "../../x", &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
    assert_int_equal (checkpoint_remove (f->c, &r, "checkpoint", &err), 0);
    assert_int_equal (checkpoint_remove (f->c, &r, "checkpoint", &err), -1);
    assert_string_equal (err.text, "Checkpoint does not exist: a.txt@checkpoint");
    struct contents_request none = { .path = "no",
                                     .path_len = 2,
                                     .body = "",
                                     .body_len = 0 };
    assert_int_equal (checkpoint_create (f->c, &none, &b, &err), -1);
    assert_int_equal (err.problem, PROBLEM_NOT_FOUND);
}

#define T(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)

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
        T (test_save),
        T (test_save_errors),
        T (test_chunks),
        T (test_notebook),
        T (test_recovery),
        T (test_rename),
        T (test_delete_to_trash),
        cmocka_unit_test_setup_teardown (test_delete_for_good, setup_unlink, teardown),
        T (test_checkpoints),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
