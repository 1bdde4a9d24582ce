/* lab_job.h - a request of the lab layer whose work happens in the pool
 *
 *     static int work (struct lab_job *job, struct err *err)      pool thread
 *     {
 *         job->json = ...;  job->status = 200;  return 0;          or -1 with *err
 *     }
 *     static void settings_get (struct http_req *req)              loop thread
 *     {
 *         struct lab_job *job = lab_job_new (req, "id");
 *         job->flag = http_req_arg (req, "ids_only") != NULL;
 *         lab_job_run (job, work);
 *     }
 *
 * WORK may use job->lab->dirs, ->cache and options, and what the job owns or borrows; never
 * the request. When it is done the loop answers: json, else data, else file, else an empty
 * body with STATUS; http_fail if WORK failed.  JSON is turned into text in the pool, too.
 */
#ifndef SERVER_LAB_JOB_H
#define SERVER_LAB_JOB_H

#include "base/buf.h"
#include "base/err.h"
#include "server/lab.h"
#include <jansson.h>
#include <stdbool.h>

/* Largest JSON answer; language packs are the biggest, about 1 MiB. */
#define LAB_JOB_MAX_JSON (256 * 1024 * 1024)

struct lab_job {
    struct lab *lab;
    struct http_req *req; /* loop thread only */

    /* what is asked */
    char *name; /* captured part of the path, decoded; may hold NUL; NULL if none was asked
                   for */
    size_t name_len;
    const char *body; /* borrowed from the request */
    size_t body_len;
    char *locale; /* in which settings schemas are wanted; "" as they are */
    bool
        gzip; /* the client takes gzip: JSON goes so (the page never: it holds the token) */
    bool flag;  /* the handler's own */
    char *text; /* the handler's own; freed with the job */
    void *arg;  /* the handler's own, freed by free_arg */
    void (*free_arg) (void *arg);
    int (*work) (struct lab_job *job, struct err *err);
    void (*after) (
        struct lab_job *job); /* loop thread, after success, before the answer; or NULL */

    /* what is answered */
    int status; /* 200 unless set */
    json_t *json;
    struct buf data;
    bool gzipped;
    const char *ctype;   /* of data; static */
    char *disposition;   /* Content-Disposition, or NULL */
    int64_t mtime_us;    /* Last-Modified, or 0 */
    char *file;          /* answer with this file */
    unsigned file_flags; /* enum files_flags */
    int failed;
    struct err err;
};

/* PARAM: name of the route's capture, or NULL. */
struct lab_job *lab_job_new (struct http_req *req, const char *param);
/* Takes JOB. */
void lab_job_run (struct lab_job *job, int (*work) (struct lab_job *job, struct err *err));

#endif
