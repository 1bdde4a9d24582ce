/* log.c - leveled lines on stderr
 *
 * A line is formatted into one buffer and written with one write, so that lines of several processes that
 * share a stderr do not mix.  Control characters in values become '?': a file name must not forge a line.
 */

#include "base/log.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The program's only mutable globals; pool threads read them. */
static _Atomic enum log_level level = LOG_LEVEL_INFO;
static const char *_Atomic program = "labwright";
static _Atomic int copy_fd = -1;

void log_set_level (enum log_level l)
{
    level = l;
}
enum log_level log_get_level (void)
{
    return level;
}
void log_set_program (const char *name)
{
    program = name;
}
void log_set_copy_fd (int fd)
{
    copy_fd = fd;
}

static void emit (const char *tag, const char *module, const char *fmt, va_list ap)
{
    char line[4096], when[CLOCK_TEXT];
    int n = snprintf (line, sizeof (line),
                      "%s %s %s %s: ", clock_iso_z (clock_wall_us (), when), tag, program,
                      module);
    int head = n;

    n += vsnprintf (line + n, sizeof (line) - (size_t)n - 1, fmt, ap);
    if (n > (int)sizeof (line) - 2)
        n = (int)sizeof (line) - 2;
    for (int i = head; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[n++] = '\n';
    (void)!write (STDERR_FILENO, line, (size_t)n);
    if (copy_fd >= 0)
        (void)!write (copy_fd, line, (size_t)n);
}

void log_line (enum log_level l, const char *module, const char *fmt, ...)
{
    static const char *const tags[] = { "error", "warning", "info", "debug" };
    va_list ap;

    if (l > level)
        return;
    va_start (ap, fmt);
    emit (tags[l], module, fmt, ap);
    va_end (ap);
}

static unsigned traced (void)
{
    static const struct {
        const char *name;
        unsigned bits;
    } names[] = { { "wire", TRACE_WIRE },
                  { "http", TRACE_HTTP },
                  { "state", TRACE_STATE },
                  { "zmq", TRACE_ZMQ },
                  { "all", ~0u } };
    const char *env = getenv ("LABWRIGHT_TRACE");
    unsigned bits = 0;

    for (size_t i = 0; env && i < ARRAY_SIZE (names); i++)
        if (strstr (env, names[i].name))
            bits |= names[i].bits;
    return bits;
}

bool log_tracing (enum log_trace what)
{
    static _Atomic unsigned bits;
    static _Atomic bool known;

    if (!known) {
        bits = traced ();
        known = true;
    }
    return bits & what;
}

void log_trace (enum log_trace what, const char *fmt, ...)
{
    va_list ap;

    if (!log_tracing (what))
        return;
    va_start (ap, fmt);
    emit ("trace",
          what == TRACE_WIRE   ? "wire"
          : what == TRACE_HTTP ? "http"
          : what == TRACE_ZMQ  ? "zmq"
                               : "state",
          fmt, ap);
    va_end (ap);
}
