/* answer.c - parses what an HTTP server answers, by http_parser */

#include "http/answer.h"

#include "base/cleanup.h"

#include <http_parser.h>

#include <string.h>
#include <strings.h>

#define INTERIM_MAX 16
#define TOKEN_BREAKS " \t\"(),/:;<=>?@[\\]{}"

static int bad (struct answer *a, const char *why)
{
    a->event = ANSWER_BAD;
    a->why = why;
    return -1;
}

static int stop (http_parser *hp, enum answer_event event)
{
    struct answer *a = hp->data;

    a->event = event;
    http_parser_pause (hp, 1);
    return 0;
}

/* ---- the head --------------------------------------------------------------------------------- */

/* Every byte counts, wherever it goes. */
static int count_head (struct answer *a, size_t n)
{
    a->head_bytes += n;
    return a->head_bytes > ANSWER_HEAD_MAX ? bad (a, "its headers are too long") : 0;
}

static int on_status (http_parser *hp, const char *at, size_t n)
{
    (void)at;
    return count_head (hp->data, n);
}

static int on_field (http_parser *hp, const char *at, size_t n)
{
    struct answer *a = hp->data;

    if (count_head (a, n))
        return -1;
    if (a->head_done) /* trailers are dropped */
        return 0;
    if (a->in_value || a->header_count == 0) {
        if (a->header_count == ANSWER_HEADERS)
            return bad (a, "it has too many headers");
        (void)buf_addc (&a->text, '\0');
        a->headers[a->header_count].name = a->headers[a->header_count].value =
            (uint32_t)a->text.len;
        a->header_count++;
        a->in_value = false;
    }
    return buf_add (&a->text, at, n);
}

static int on_value (http_parser *hp, const char *at, size_t n)
{
    struct answer *a = hp->data;

    if (count_head (a, n))
        return -1;
    if (a->head_done)
        return 0;
    if (!a->in_value) {
        (void)buf_addc (&a->text, '\0');
        a->headers[a->header_count - 1].value = (uint32_t)a->text.len;
        a->in_value = true;
    }
    return buf_add (&a->text, at, n);
}

static void trim (char *value)
{
    size_t n = strlen (value);

    while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        value[--n] = '\0';
}

static bool is_token (const char *name)
{
    return name[0] && !name[strcspn (name, TOKEN_BREAKS)];
}

static int check_head (struct answer *a)
{
    size_t lengths = 0;
    const char *coding = NULL;

    for (size_t i = 0; i < a->header_count; i++) {
        trim (a->text.data + a->headers[i].value);
        if (!is_token (answer_name (a, i)))
            return bad (a, "it has a bad header");
        if (!strcasecmp (answer_name (a, i), "Content-Length"))
            lengths++;
        if (!strcasecmp (answer_name (a, i), "Transfer-Encoding")) {
            if (coding)
                return bad (a, "it has two transfer codings");
            coding = answer_value (a, i);
        }
    }
    if (lengths > 1 || (lengths && coding))
        return bad (a, "it has two lengths");
    if (coding && strcasecmp (coding, "chunked"))
        return bad (a, "its transfer coding is not known");
    return 0;
}

static void begin_head (struct answer *a)
{
    buf_clear (&a->text);
    a->header_count = a->head_bytes = 0;
    a->in_value = a->head_done = false;
}

static int on_head (http_parser *hp)
{
    struct answer *a = hp->data;

    if (buf_addc (&a->text, '\0') < 0)
        return bad (a, "its headers are too long");
    if (check_head (a))
        return -1;
    if (hp->status_code < 200 && hp->status_code >= 100 && hp->status_code != 101) {
        if (++a->interim > INTERIM_MAX)
            return bad (a, "it is all interim answers");
        return 1; /* it has no body, whatever it says */
    }
    if (hp->status_code < 101 || hp->status_code > 599)
        return bad (a, "it has a bad status");
    a->head_done = true;
    a->status = hp->status_code;
    a->length = hp->content_length == UINT64_MAX || hp->content_length > INT64_MAX
                    ? -1
                    : (int64_t)hp->content_length;
    (void)stop (hp, ANSWER_HEAD);
    return !answer_has_body (a);
}

/* ---- the body --------------------------------------------------------------------------------- */

static int on_body (http_parser *hp, const char *at, size_t n)
{
    struct answer *a = hp->data;

    a->body (a->arg, at, n);
    return 0;
}

static int on_end (http_parser *hp)
{
    struct answer *a = hp->data;

    if (a->head_done) {
        a->stays = http_should_keep_alive (hp);
        return stop (hp, ANSWER_DONE);
    }
    begin_head (a); /* that was an interim answer */
    return 0;
}

static const http_parser_settings settings = {
    .on_status = on_status,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_end,
};

/* ---- public ----------------------------------------------------------------------------------- */

void answer_init (struct answer *a, const char *method,
                  void (*body) (void *arg, const char *data, size_t n), void *arg)
{
    memset (a, 0, sizeof (*a));
    a->hp = xnew (struct http_parser);
    http_parser_init (a->hp, HTTP_RESPONSE);
    a->hp->data = a;
    a->body = body;
    a->arg = arg;
    a->head_request = !strcmp (method, "HEAD");
    buf_init (&a->text, ANSWER_HEAD_MAX + 2 * ANSWER_HEADERS + 16);
}

void answer_done (struct answer *a)
{
    free (a->hp);
    a->hp = NULL;
    buf_done (&a->text);
}

/* A 101 without its two headers would leave the parser reading another answer. */
static bool switches (const struct answer *a)
{
    return a->status != 101 || a->hp->upgrade;
}

enum answer_event answer_feed (struct answer *a, const char *data, size_t n,
                               size_t *ret_used)
{
    *ret_used = 0;
    if (a->event == ANSWER_BAD || a->event == ANSWER_DONE)
        return a->event;
    a->event = ANSWER_MORE;
    *ret_used = http_parser_execute (a->hp, &settings, data, n);
    if (a->event == ANSWER_BAD)
        return ANSWER_BAD;
    if (HTTP_PARSER_ERRNO (a->hp) == HPE_PAUSED)
        http_parser_pause (a->hp, 0);
    if (HTTP_PARSER_ERRNO (a->hp) != HPE_OK)
        (void)bad (a, "it is no HTTP");
    else if (a->event == ANSWER_HEAD && !switches (a))
        (void)bad (a, "it switches to an unknown protocol");
    else if (a->event == ANSWER_MORE && n == 0)
        (void)bad (a, "it ends in the middle");
    return a->event;
}

bool answer_has_body (const struct answer *a)
{
    return !a->head_request && a->status != 101 && a->status != 204 && a->status != 304;
}

const char *answer_name (const struct answer *a, size_t i)
{
    return a->text.data + a->headers[i].name;
}

const char *answer_value (const struct answer *a, size_t i)
{
    return a->text.data + a->headers[i].value;
}

const char *answer_header (const struct answer *a, const char *name)
{
    for (size_t i = 0; i < a->header_count; i++)
        if (!strcasecmp (answer_name (a, i), name))
            return answer_value (a, i);
    return NULL;
}
