/* fake_kernel.c - a kernel for tests: small, in C, and it does what the code says
 *
 *     fake_kernel [options] CONNECTION_FILE
 *
 * The lines of a cell are commands:
 *     print TEXT          a line on the stream stdout
 *     flood N SIZE        N stream messages of SIZE bytes, each beginning with its number in 8 digits
 *     sleep SECONDS       interruptible: then the reply is an error
 *     input PROMPT        asks, then prints what was answered
 *     buffers             the request's buffers come back in a comm_msg
 *     env NAME            prints a variable
 *     stderr TEXT         to the process's own stderr
 *     exit N, signal N    dies in the cell, without a word
 *
 * Options, for the ways in which kernels are difficult:
 *     --colon             ipc sockets are <ip>:<port>, as some bind them
 *     --mute              answers no kernel_info_request
 *     --stubborn          ignores shutdown_request and SIGTERM
 *     --fragile FILE      dies at once as long as FILE exists
 *     --slow MS           binds only after MS milliseconds
 *
 * One thread; blocking; no part of the product links it.
 */

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/jsonx.h"
#include "base/signals.h"
#include "jupyter/connfile.h"
#include "jupyter/jmsg.h"
#include "jupyter/wire.h"
#include "jupyter/wsv1.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define MAX_FRAMES 64
#define MAX_TEXT (256u << 20)

struct request {
    zmq_msg_t msg[MAX_FRAMES];
    struct slice frame[MAX_FRAMES];
    size_t n, first; /* frames; the header */
};

static struct {
    struct connfile conn;
    struct wire *wire;
    void *sock[CONN_PORTS];
    bool colon, mute, stubborn, ending;
    int slow_ms;
    char session[IDENT_UUID];
    int count;
} kernel;

static volatile sig_atomic_t interrupted;

static void on_sigint (int signo)
{
    interrupted = 1;
}

/* ---- messages ---- */

static struct slice slice_of (const char *s)
{
    return (struct slice){ s, strlen (s) };
}

static struct slice part (const struct request *r, size_t i)
{
    return r->frame[r->first + i];
}

static bool receive (enum connfile_port port, struct request *r)
{
    int more = 1;

    for (r->n = 0; more && r->n < MAX_FRAMES; r->n++) {
        (void)zmq_msg_init (&r->msg[r->n]);
        if (zmq_msg_recv (&r->msg[r->n], kernel.sock[port], r->n ? 0 : ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close (&r->msg[r->n]);
            return false;
        }
        r->frame[r->n] =
            (struct slice){ zmq_msg_data (&r->msg[r->n]), zmq_msg_size (&r->msg[r->n]) };
        more = zmq_msg_more (&r->msg[r->n]);
    }
    return wire_accept (kernel.wire, r->frame, r->n, &r->first, NULL) == 0;
}

static void release (struct request *r)
{
    for (size_t i = 0; i < r->n; i++)
        (void)zmq_msg_close (&r->msg[i]);
    r->n = 0;
}

static void put (void *sock, struct slice s, bool more)
{
    while (zmq_send (sock, s.data, s.len, more ? ZMQ_SNDMORE : 0) < 0 && errno == EINTR)
        continue;
}

/* On iopub with TYPE as the topic, else to the identity of the request. */
static void reply (enum connfile_port port, const struct request *r, const char *type,
                   const char *content, size_t nbuffers, const struct slice *buffers)
{
    char id[IDENT_UUID], header[512], signature[CRYPTO_HEX], date[CLOCK_TEXT];
    struct slice p[4] = { [2] = { "{}", 2 } };
    void *sock = kernel.sock[port];
    size_t len;

    ident_uuid4 (id);
    (void)snprintf (
        header, sizeof (header),
        "{\"msg_id\":\"%s\",\"session\":\"%s\",\"username\":\"fake\",\"date\":\"%s\","
        "\"msg_type\":\"%s\",\"version\":\"5.3\"}",
        id, kernel.session, clock_iso_z (clock_wall_us (), date), type);
    p[0] = slice_of (header);
    p[1] = r ? part (r, WSV1_HEADER) : slice_of ("{}");
    p[3] = slice_of (content);
    len = wire_sign (kernel.wire, p, signature);
    put (sock, port == CONN_IOPUB ? slice_of (type) : r->frame[0], true);
    put (sock, slice_of (WIRE_DELIMITER), true);
    put (sock, (struct slice){ signature, len }, true);
    for (int i = 0; i < 4; i++)
        put (sock, p[i], i < 3 || nbuffers);
    for (size_t i = 0; i < nbuffers; i++)
        put (sock, buffers[i], i + 1 < nbuffers);
}

static void status (const struct request *r, const char *state)
{
    autofree char *content = xasprintf ("{\"execution_state\":\"%s\"}", state);

    reply (CONN_IOPUB, r, "status", content, 0, NULL);
}

static void stream (const struct request *r, const char *text, size_t n)
{
    autodone (buf_done) struct buf b;

    buf_init (&b, MAX_TEXT);
    (void)buf_adds (&b, "{\"name\":\"stdout\",\"text\":");
    (void)buf_add_json_string (&b, text, n);
    (void)buf_addc (&b, '}');
    reply (CONN_IOPUB, r, "stream", b.data, 0, NULL);
}

/* ---- commands ---- */

static void serve (int wait_ms, const struct request *running);

/* The content is laid out once and only its number changes: a flood shows what those can take
 * who listen, not how long escaping takes. */
static void do_flood (const struct request *r, const char *args)
{
    static const char begin[] = "{\"name\":\"stdout\",\"text\":\"";
    unsigned long n = 0, size = 0;
    char number[32];

    if (sscanf (args, "%lu %lu", &n, &size) != 2 || size > MAX_TEXT / 2)
        return;
    autofree char *content = xcalloc (sizeof (begin) + size + 2, 1);
    char *text = content + sizeof (begin) - 1;
    memcpy (content, begin, sizeof (begin) - 1);
    memset (text, 'x', size);
    memcpy (text + size, "\"}", 2);
    for (unsigned long i = 0; i < n && !interrupted; i++) {
        if (snprintf (number, sizeof (number), "%08lu", i) == 8 && size >= 8)
            memcpy (text, number, 8);
        reply (CONN_IOPUB, r, "stream", content, 0, NULL);
    }
}

static bool do_sleep (const struct request *r, const char *args)
{
    int64_t end = clock_mono_us () + (int64_t)(strtod (args, NULL) * CLOCK_S);

    while (clock_mono_us () < end && !interrupted && !kernel.ending)
        serve (10, r);
    return !interrupted;
}

static void do_input (const struct request *r, const char *args)
{
    autodone (buf_done) struct buf b;
    struct request answer = { 0 };
    struct slice value = { "", 0 };

    buf_init (&b, 1 << 16);
    (void)buf_adds (&b, "{\"password\":false,\"prompt\":");
    (void)buf_add_json_string (&b, args, strlen (args));
    (void)buf_addc (&b, '}');
    reply (CONN_STDIN, r, "input_request", b.data, 0, NULL);
    for (int i = 0; i < 1000 && !interrupted; i++) {
        if (receive (CONN_STDIN, &answer)) {
            (void)jmsg_string (part (&answer, WSV1_CONTENT), "value", &value);
            autofree char *text =
                xasprintf ("got %.*s\n", (int)value.len, (const char *)value.data);
            stream (r, text, strlen (text));
            release (&answer);
            return;
        }
        release (&answer);
        serve (10, r);
    }
}

static void do_buffers (const struct request *r)
{
    size_t first = r->first + WSV1_BUFFERS;

    reply (CONN_IOPUB, r, "comm_msg", "{\"comm_id\":\"c\",\"data\":{}}", r->n - first,
           r->frame + first);
}

/* False: interrupted. */
static bool do_line (const struct request *r, char *line)
{
    char *args = strchr (line, ' ');
    autofree char *text = NULL;

    if (args)
        *args++ = '\0';
    else
        args = line + strlen (line);
    if (!strcmp (line, "print")) {
        text = xasprintf ("%s\n", args);
        stream (r, text, strlen (text));
    } else if (!strcmp (line, "flood")) {
        do_flood (r, args);
    } else if (!strcmp (line, "sleep")) {
        return do_sleep (r, args);
    } else if (!strcmp (line, "input")) {
        do_input (r, args);
    } else if (!strcmp (line, "buffers")) {
        do_buffers (r);
    } else if (!strcmp (line, "env")) {
        text = xasprintf ("%s=%s\n", args, getenv (args) ? getenv (args) : "");
        stream (r, text, strlen (text));
    } else if (!strcmp (line, "stderr")) {
        (void)fprintf (stderr, "%s\n", args);
    } else if (!strcmp (line, "exit")) {
        _exit ((int)strtol (args, NULL, 10));
    } else if (!strcmp (line, "signal")) {
        (void)raise ((int)strtol (args, NULL, 10));
    }
    return !interrupted;
}

static void execute (const struct request *r)
{
    autojson json_t *content =
        jsonx_parse (part (r, WSV1_CONTENT).data, part (r, WSV1_CONTENT).len, NULL);
    autofree char *code = xstrdup (content ? jsonx_str (content, "code", "") : "");
    autofree char *end = NULL;
    bool fine = true;
    char *save = NULL;

    interrupted = 0;
    kernel.count++;
    for (char *line = strtok_r (code, "\n", &save); line && fine;
         line = strtok_r (NULL, "\n", &save))
        fine = do_line (r, line);
    if (!fine)
        reply (CONN_IOPUB, r, "error",
               "{\"ename\":\"KeyboardInterrupt\",\"evalue\":\"\",\"traceback\":[]}", 0,
               NULL);
    end = xasprintf (
        "{\"status\":\"%s\",\"execution_count\":%d%s}", fine ? "ok" : "error", kernel.count,
        fine ? "" : ",\"ename\":\"KeyboardInterrupt\",\"evalue\":\"\",\"traceback\":[]");
    reply (CONN_SHELL, r, "execute_reply", end, 0, NULL);
}

/* ---- requests ---- */

static void handle (enum connfile_port port, const struct request *r)
{
    struct jhead head;

    jhead_scan (part (r, WSV1_HEADER), &head);
    if (kernel.mute && slice_is (head.msg_type, "kernel_info_request"))
        return;
    status (r, "busy");
    if (slice_is (head.msg_type, "kernel_info_request")) {
        reply (
            port, r, "kernel_info_reply",
            "{\"status\":\"ok\",\"protocol_version\":\"5.3\",\"implementation\":\"fake\","
            "\"implementation_version\":\"1\",\"language_info\":{\"name\":\"fake\","
            "\"version\":\"1\",\"mimetype\":\"text/plain\",\"file_extension\":\".txt\"},"
            "\"banner\":\"\",\"help_links\":[]}",
            0, NULL);
    } else if (slice_is (head.msg_type, "execute_request")) {
        execute (r);
    } else if (slice_is (head.msg_type, "shutdown_request") && !kernel.stubborn) {
        reply (port, r, "shutdown_reply", "{\"status\":\"ok\",\"restart\":false}", 0, NULL);
        kernel.ending = true;
    } else if (slice_is (head.msg_type, "interrupt_request")) {
        interrupted = 1;
        reply (port, r, "interrupt_reply", "{\"status\":\"ok\"}", 0, NULL);
    }
    status (r, "idle");
}

/* Control is served while a cell runs, shell is not. */
static void serve (int wait_ms, const struct request *running)
{
    struct request r = { 0 };
    zmq_pollitem_t items[] = {
        { .socket = kernel.sock[CONN_CONTROL], .events = ZMQ_POLLIN },
        { .socket = kernel.sock[CONN_SHELL], .events = ZMQ_POLLIN },
    };

    if (zmq_poll (items, running ? 1 : 2, wait_ms) <= 0)
        return;
    for (int i = 0; i < 2; i++) {
        enum connfile_port port = i ? CONN_SHELL : CONN_CONTROL;

        if (items[i].revents && receive (port, &r))
            handle (port, &r);
        release (&r);
    }
}

/* ---- life ---- */

static int open_sockets (void *zmq)
{
    static const int type[CONN_PORTS] = { ZMQ_ROUTER, ZMQ_PUB, ZMQ_ROUTER, ZMQ_ROUTER,
                                          ZMQ_REP };
    int none = 0;

    for (int i = 0; i < CONN_PORTS; i++) {
        autofree char *endpoint = connfile_endpoint (&kernel.conn, i);

        if (kernel.colon)
            *strrchr (endpoint, '-') = ':';
        kernel.sock[i] = zmq_socket (zmq, type[i]);
        (void)zmq_setsockopt (kernel.sock[i], ZMQ_SNDHWM, &none, sizeof (none));
        if (zmq_bind (kernel.sock[i], endpoint) < 0) {
            (void)fprintf (stderr, "fake_kernel: %s: %s\n", endpoint, zmq_strerror (errno));
            return -1;
        }
    }
    return 0;
}

static const char *read_options (int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp (argv[i], "--colon")) {
            kernel.colon = true;
        } else if (!strcmp (argv[i], "--mute")) {
            kernel.mute = true;
        } else if (!strcmp (argv[i], "--stubborn")) {
            kernel.stubborn = true;
            signals_ignore (SIGTERM);
        } else if (!strcmp (argv[i], "--fragile") && i + 1 < argc) {
            if (access (argv[++i], F_OK) == 0) {
                (void)fprintf (stderr, "fake_kernel: cannot import what I need\n");
                exit (7);
            }
        } else if (!strcmp (argv[i], "--slow") && i + 1 < argc) {
            kernel.slow_ms = (int)strtol (argv[++i], NULL, 10);
        } else {
            return argv[i];
        }
    }
    return NULL;
}

int main (int argc, char **argv)
{
    const char *file = read_options (argc, argv);
    struct sigaction sa = { .sa_handler = on_sigint };
    struct err err = { 0 };
    void *zmq;

    if (!file || connfile_read (file, &kernel.conn, &err) < 0) {
        (void)fprintf (stderr, "fake_kernel: %s\n", file ? err.text : "no connection file");
        return 2;
    }
    (void)sigaction (SIGINT, &sa, NULL);
    if (kernel.slow_ms)
        (void)poll (NULL, 0, kernel.slow_ms);
    ident_uuid4 (kernel.session);
    kernel.wire = wire_new (kernel.conn.signature_scheme, kernel.conn.key, &err);
    zmq = zmq_ctx_new ();
    if (!kernel.wire || open_sockets (zmq) < 0)
        return 1;
    status (NULL, "starting");
    while (!kernel.ending)
        serve (1000, NULL);
    for (int i = 0; i < CONN_PORTS; i++)
        (void)zmq_close (kernel.sock[i]);
    (void)zmq_ctx_term (zmq);
    wire_free (kernel.wire);
    connfile_done (&kernel.conn);
    return 0;
}
