/* contents_fixture.h - a directory with contents over it, for the tests of contents
 *
 *     T (test_x) in main makes a fresh one: f->root is served, f->home is the home with the
 * trash and the signatures.
 */
#ifndef TESTS_UNIT_SERVER_CONTENTS_FIXTURE_H
#define TESTS_UNIT_SERVER_CONTENTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "server/contents.h"

struct fixture {
    char *dir, *root, *home;
    struct strv globs;
    struct contents *c;
};

int setup (void **state);
int setup_unlink (void **state); /* without a trash */
int setup_hidden (void **state); /* hidden files are shown */
int teardown (void **state);

/* Names are relative to the root. */
char *os_path (const struct fixture *f, const char *name);
void put_file (const struct fixture *f, const char *name, const char *text);
void put_dir (const struct fixture *f, const char *name);
void expect_file (const struct fixture *f, const char *name, const char *text);
bool have (const struct fixture *f, const char *name);
/* contents_post, contents_put, contents_patch. */
typedef int (*request_fn) (const struct contents *, const struct contents_request *,
                           struct contents_answer *, struct err *);
/* The model, or NULL with the error. */
json_t *call (const struct fixture *f, request_fn fn, const char *path, const char *body,
              struct err *err);
json_t *get (const struct fixture *f, struct contents_query q, const char *path,
             struct err *err);
void expect_error (const struct fixture *f, request_fn fn, const char *path,
                   const char *body, enum problem problem, const char *text);
void expect_get_error (const struct fixture *f, struct contents_query q, const char *path,
                       enum problem problem, const char *reason);
void expect_path (const struct fixture *f, request_fn fn, const char *path,
                  const char *body, const char *result);
bool listed (const struct fixture *f, const char *dir, const char *name);

#define CONTENT                                                                            \
    (struct contents_query)                                                                \
    {                                                                                      \
        .content = true                                                                    \
    }

#define T(fn) cmocka_unit_test_setup_teardown (fn, setup, teardown)

#endif
