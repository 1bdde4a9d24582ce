/* record.c - what must be known of a sandbox after a `kill -9` of the spawner */

#include "sandbox/record.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/jsonx.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECORD_BYTES (SANDBOX_SPEC_BYTES + (64u << 10))

void record_init (struct record *r)
{
    *r = (struct record){ .machine = "" };
    sandbox_spec_init (&r->spec);
    strv_init (&r->gpus);
}

void record_done (struct record *r)
{
    sandbox_spec_done (&r->spec);
    strv_done (&r->gpus);
    *r = (struct record){ .machine = "" };
}

static char *file_of (const char *state, const char *id, const char *name)
{
    return xasprintf ("%s/ws/%s/%s", state, id, name);
}

static int write_json (const char *path, json_t *take, struct err *err)
{
    autojson json_t *j = take;
    autodone (buf_done) struct buf b;

    buf_init (&b, RECORD_BYTES);
    if (!j || jsonx_dump (j, &b, 1, false) < 0)
        return err_set (err, PROBLEM_TOO_LARGE, "%s: too much to write", path);
    return fd_write_file_whole (path, b.data, b.len, 0600, err);
}

int record_write (const char *state, const struct record *r, struct err *err)
{
    autofree char *path = file_of (state, r->spec.id, "spec.json");
    json_t *gpus = json_array ();

    for (size_t i = 0; i < r->gpus.n; i++)
        (void)json_array_append_new (gpus, json_string (r->gpus.v[i]));
    return write_json (path,
                       json_pack ("{s:s, s:o, s:I, s:I, s:I, s:o}", "machine", r->machine,
                                  "gpus", gpus, "pid", (json_int_t)r->pid, "ticks",
                                  (json_int_t)r->ticks, "started_us",
                                  (json_int_t)r->started_us, "spec",
                                  sandbox_spec_json (&r->spec)),
                       err);
}

int record_begin (const char *state, const struct record *r, struct err *err)
{
    autofree char *ended = file_of (state, r->spec.id, "exit.json");

    (void)unlink (ended);
    return record_write (state, r, err);
}

void record_end (const char *state, const struct record *r, const struct spawn_exit *e)
{
    autofree char *path = file_of (state, r->spec.id, "exit.json");

    (void)write_json (path, spawn_exit_json (e), NULL);
}

static int read_fields (const json_t *j, struct record *ret, struct err *err)
{
    const char *machine = jsonx_str (j, "machine", "");
    const json_t *gpus = json_object_get (j, "gpus");

    if (strlen (machine) >= sizeof ret->machine)
        return err_set (err, PROBLEM_INVALID, "machine is too long");
    (void)memcpy (ret->machine, machine, strlen (machine) + 1);
    for (size_t i = 0; i < json_array_size (gpus); i++)
        strv_add (&ret->gpus, json_string_value (json_array_get (gpus, i)) ?: "");
    ret->pid = (pid_t)jsonx_int (j, "pid", 0);
    ret->ticks = (uint64_t)jsonx_int (j, "ticks", 0);
    ret->started_us = jsonx_int (j, "started_us", 0);
    return 0;
}

int record_read (const char *state, const char *id, struct record *ret, struct err *err)
{
    autofree char *path = file_of (state, id, "spec.json");
    autojson json_t *j = jsonx_read_file (path, err);

    if (!j)
        return -1;
    record_init (ret);
    sandbox_spec_done (&ret->spec);
    if (sandbox_spec_from_json (json_object_get (j, "spec"), &ret->spec, err) < 0 ||
        read_fields (j, ret, err) < 0) {
        record_done (ret);
        return err_wrap (err, "%s", path);
    }
    if (!strcmp (ret->spec.id, id))
        return 0;
    record_done (ret);
    return err_set (err, PROBLEM_INVALID, "%s: is of another sandbox", path);
}

bool record_read_exit (const char *state, const char *id, struct spawn_exit *ret)
{
    autofree char *path = file_of (state, id, "exit.json");
    autojson json_t *j = jsonx_read_file (path, NULL);

    return j && spawn_exit_from_json (j, ret, NULL) == 0;
}

/* Field 22; the name, in parentheses, may hold anything. */
uint64_t record_ticks (pid_t pid)
{
    char path[40];
    autodone (buf_done) struct buf b;
    unsigned long long ticks = 0;

    buf_init (&b, 8192);
    (void)snprintf (path, sizeof path, "/proc/%d/stat", (int)pid);
    if (fd_read_file (path, &b, NULL) < 0)
        return 0;
    const char *after = strrchr (b.data, ')');
    if (!after || sscanf (after + 1,
                          "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                          "%*s %*s %*s %llu",
                          &ticks) != 1)
        return 0;
    return ticks;
}
