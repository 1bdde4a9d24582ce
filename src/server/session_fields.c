/* session_fields.c - what the body of a session request says (contract 3.7)
 *
 * null counts as not given; a value of another type, or a text with NUL inside, is the client's mistake and is
 * said so: guessing would start a kernel that nobody asked for.
 */

#include "server/sessions.h"

#include "base/jsonx.h"
#include "base/path.h"

#include <string.h>

static int text (const json_t *object, const char *key, const char **ret, struct err *err)
{
    const json_t *v = json_object_get (object, key);

    if (v && !json_is_null (v) && !json_is_string (v))
        return err_set (err, PROBLEM_INVALID, "%s: expected string", key);
    if (v && json_is_string (v)) {
        if (strlen (json_string_value (v)) != json_string_length (v))
            return err_set (err, PROBLEM_INVALID, "%s: a NUL character", key);
        *ret = json_string_value (v);
    }
    return 0;
}

/* A member that is an object; NULL if it is not given. */
static int object (const json_t *body, const char *key, const json_t **ret, struct err *err)
{
    const json_t *v = json_object_get (body, key);

    *ret = v && !json_is_null (v) ? v : NULL;
    if (*ret && !json_is_object (*ret))
        return err_set (err, PROBLEM_INVALID, "%s: expected object", key);
    return 0;
}

/* {"notebook": {"path" or "name"}} of old clients. */
static int read_notebook (const json_t *body, struct session_fields *f, struct err *err)
{
    const json_t *notebook;
    const char *path = NULL;

    if (object (body, "notebook", &notebook, err) < 0 ||
        text (notebook, "name", &path, err) < 0 || text (notebook, "path", &path, err) < 0)
        return -1;
    if (path) {
        f->path = path;
        f->type = "notebook";
    }
    return 0;
}

static int read_fields (const json_t *body, struct session_fields *f, struct err *err)
{
    const json_t *kernel;

    if (object (body, "kernel", &kernel, err) < 0 ||
        text (body, "path", &f->path, err) < 0 || text (body, "name", &f->name, err) < 0 ||
        text (body, "type", &f->type, err) < 0 ||
        text (kernel, "id", &f->kernel_id, err) < 0 ||
        text (kernel, "name", &f->kernel_name, err) < 0)
        return -1;
    return read_notebook (body, f, err);
}

int session_fields_parse (const json_t *body, bool patch, struct session_fields *ret,
                          struct err *err)
{
    *ret = (struct session_fields){ .path = NULL };
    if (!json_is_object (body))
        return err_set (err, PROBLEM_INVALID, "No JSON data provided");
    if (read_fields (body, ret, err) < 0)
        return -1;
    if (patch)
        return 0;
    if (!ret->path)
        return err_set (err, PROBLEM_INVALID, "Missing field in JSON data: path");
    if (!ret->type)
        return err_set (err, PROBLEM_INVALID, "Missing field in JSON data: type");
    return 0;
}
