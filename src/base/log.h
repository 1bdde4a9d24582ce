/* log.h - leveled lines on stderr, and the trace switch
 *
 * One line per event: time, level, module, message, key=value pairs.  Never log tokens, cookies, cell
 * contents or environment values.  Any thread.
 *
 *     log_info ("kernels", "started kernel=%s name=%s pid=%d", id, name, pid);
 *
 * LABWRIGHT_TRACE=wire,http,state (or "all") turns on traces, which go the same way at level trace.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_trace { TRACE_WIRE = 1, TRACE_HTTP = 2, TRACE_STATE = 4, TRACE_ZMQ = 8 };

void log_set_level (enum log_level level);
enum log_level log_get_level (void);
/* Prefix in every line, such as "keep" or "lab"; borrowed, must stay. */
void log_set_program (const char *name);
/* Also append every line to FD (-1: stop); the caller keeps FD. */
void log_set_copy_fd (int fd);

void log_line (enum log_level level, const char *module, const char *fmt, ...)
    __attribute__ ((format (printf, 3, 4)));
#define log_error(module, ...) log_line (LOG_LEVEL_ERROR, module, __VA_ARGS__)
#define log_warning(module, ...) log_line (LOG_LEVEL_WARNING, module, __VA_ARGS__)
#define log_info(module, ...) log_line (LOG_LEVEL_INFO, module, __VA_ARGS__)
#define log_debug(module, ...) log_line (LOG_LEVEL_DEBUG, module, __VA_ARGS__)

bool log_tracing (enum log_trace what);
void log_trace (enum log_trace what, const char *fmt, ...)
    __attribute__ ((format (printf, 2, 3)));

#endif
