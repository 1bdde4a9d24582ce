/* answer.h - parses what an HTTP server answers: head, body, end
 *
 *     struct answer a;
 *     answer_init (&a, "GET", on_body, me);
 *     switch (answer_feed (&a, data, n, &used)) ...      stops at the end of the head and of the answer
 *     answer_feed (&a, NULL, 0, &used);                  the server closed
 *     answer_done (&a);
 *
 * Interim answers (100, 103) are passed over, 101 is an answer whose head is all of it.  Refused: more than
 * ANSWER_HEAD_MAX bytes or ANSWER_HEADERS lines of head, names that are none, two lengths, a transfer coding
 * other than chunked, a status below 200 or above 599.
 *
 * Pure; any thread.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "base/buf.h"
#include <stdbool.h>
#include <stdint.h>

#define ANSWER_HEAD_MAX (60 * 1024)
#define ANSWER_HEADERS 128

struct http_parser;

enum answer_event { ANSWER_MORE, ANSWER_HEAD, ANSWER_DONE, ANSWER_BAD };

struct answer {
    struct http_parser *hp;
    void (*body) (void *arg, const char *data, size_t n); /* chunks are decoded */
    void *arg;
    struct buf text; /* names and values, each with a NUL */
    struct {
        uint32_t name, value;
    } headers[ANSWER_HEADERS];
    size_t header_count, head_bytes;
    unsigned interim; /* answers passed over */
    bool head_request, in_value, head_done;
    bool stays; /* after ANSWER_DONE: the connection may carry another answer */
    enum answer_event event;
    const char *why; /* of ANSWER_BAD */
    /* after ANSWER_HEAD */
    unsigned status;
    int64_t length; /* -1: not told */
};

/* METHOD: of the request; HEAD has no body, whatever its head says. */
void answer_init (struct answer *a, const char *method,
                  void (*body) (void *arg, const char *data, size_t n), void *arg);
void answer_done (struct answer *a);
enum answer_event answer_feed (struct answer *a, const char *data, size_t n,
                               size_t *ret_used);
/* After ANSWER_HEAD; these statuses have none, whatever the head says. */
bool answer_has_body (const struct answer *a);
const char *answer_name (const struct answer *a, size_t i);
const char *answer_value (const struct answer *a, size_t i);
const char *answer_header (const struct answer *a, const char *name); /* any case; NULL */

#endif
