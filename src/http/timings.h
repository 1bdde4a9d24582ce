/* timings.h - how long answers took, as Prometheus' histogram http_request_duration_seconds
 *
 *     struct timings *t = timings_new ();
 *     timings_observe (t, req, status, us);            from http_config.done
 *     timings_write (t, &b);
 *
 * One series per (row, method, status) that occurred; rows are few and fixed, so their number is bounded,
 * and TIMINGS_SERIES bounds it once more.  Loop thread only.
 */
#ifndef HTTP_TIMINGS_H
#define HTTP_TIMINGS_H

#include "http/http.h"

#define TIMINGS_SERIES 4096

struct timings;
struct timings *timings_new (void);
void timings_free (struct timings *t);
void timings_observe (struct timings *t, const struct http_req *req, int status,
                      int64_t us);
void timings_write (const struct timings *t, struct buf *b);

/* "# HELP" and "# TYPE", and a gauge or counter with them; LABELS: "" or "{a=\"b\"}". */
void timings_write_head (struct buf *b, const char *name, const char *help,
                         const char *type);
void timings_write_gauge (struct buf *b, const char *name, const char *help,
                          const char *labels, double value);

#endif
