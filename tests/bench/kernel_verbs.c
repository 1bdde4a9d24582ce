/* kernel_verbs.c - a kernel through the server's websocket */

#include "client.h"
#include "kernel_request.h"
#include "link.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "jupyter/jmsg.h"
#include "jupyter/wsv1.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MAX ((size_t)1 << 20)

static void open_kernel (struct link *l, const struct target *t, const char *id)
{
    autofree char *path =
        xasprintf ("api/kernels/%s/channels?session_id=%s", id, kernel_session ());

    link_open (l, t);
    link_websocket (l, path, WSV1_SUBPROTOCOL);
}

static void take_message (struct link *l, struct kernel_request *r)
{
    struct slice s = link_recv (l);
    struct wsv1 m;
    struct err err;

    if (wsv1_decode (s.data, s.len, &m, &err) < 0)
        die ("a message: %s", err.text);
    kernel_request_note (r, wsv1_part (&m, WSV1_HEADER), wsv1_part (&m, WSV1_PARENT),
                         wsv1_part (&m, WSV1_CONTENT), s.len);
}

static void run (struct link *l, struct kernel_request *r, const char *code)
{
    autodone (buf_done) struct buf b;

    kernel_request_make (r, code);
    buf_init (&b, ANSWER_MAX);
    if (wsv1_encode (&b, JCHANNEL_SHELL, r->part, 4) < 0)
        die ("the code is too long");
    link_send (l, true, b.data, b.len);
    while (!kernel_request_done (r))
        take_message (l, r);
}

void verb_execute (const struct target *t, char **argv)
{
    const char *id = argument (argv, 0), *code = argument (argv, 2);
    size_t count = number_argument (argv, 1);
    struct kernel_request r;
    struct samples s = { 0 };
    struct link l;

    open_kernel (&l, t, id);
    for (size_t i = 0; i < count; i++) {
        run (&l, &r, code);
        samples_add (&s, r.idle_us - r.sent_us);
        kernel_request_free (&r);
    }
    link_close (&l);
    samples_print (&s);
    samples_done (&s);
}

void verb_flood (const struct target *t, char **argv)
{
    const char *id = argument (argv, 0), *code = argument (argv, 1);
    struct kernel_request r;
    struct link l;

    open_kernel (&l, t, id);
    run (&l, &r, code);
    kernel_request_print (&r);
    kernel_request_free (&r);
    link_close (&l);
}

/* ---- first: a new kernel's first result ---- */

static char *start_kernel (const struct target *t, const char *spec)
{
    autofree char *body = xasprintf ("{\"name\":\"%s\"}", spec);
    autodone (buf_done) struct buf answer;

    buf_init (&answer, ANSWER_MAX);
    link_call (t, "POST", "api/kernels", body, &answer);
    autojson json_t *model = jsonx_parse (answer.data, answer.len, NULL);
    if (!model)
        die ("POST api/kernels: no JSON");
    return xstrdup (jsonx_str (model, "id", ""));
}

void verb_first (const struct target *t, char **argv)
{
    const char *spec = argument (argv, 0), *code = argument (argv, 1);
    int64_t began = clock_mono_us ();
    autofree char *id = start_kernel (t, spec);
    autofree char *path = xasprintf ("api/kernels/%s", id);
    int64_t posted = clock_mono_us ();
    struct kernel_request r;
    struct link l;

    open_kernel (&l, t, id);
    run (&l, &r, code);
    if (!r.result_us)
        die ("the code has no result");
    (void)printf ("\"ms\": %.3f, \"post_ms\": %.3f",
                  (double)(r.result_us - began) / CLOCK_MS,
                  (double)(posted - began) / CLOCK_MS);
    kernel_request_free (&r);
    link_close (&l);
    link_call (t, "DELETE", path, NULL, NULL);
}
