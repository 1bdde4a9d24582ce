/* session_fields.c - what the body of a session request says (contract 3.7)
 *
 * Keys of another type than they should have count as not given, except where a value is needed.
 */

#include "server/sessions.h"

#include "base/jsonx.h"
#include "base/path.h"

static const char *text (const json_t *object, const char *key)
{
    return json_string_value (json_object_get (object, key));
}

/* {"notebook": {"path" or "name"}} of old clients. */
static void read_notebook (const json_t *body, struct session_fields *f)
{
    const json_t *notebook = json_object_get (body, "notebook");
    const char *path = text (notebook, "path");
    if (!path)
        path = text (notebook, "name");
    if (!path)
        return;
    f->path = path;
    f->type = "notebook";
}

static void read_fields (const json_t *body, struct session_fields *f)
{
    const json_t *kernel = json_object_get (body, "kernel");
    f->path = text (body, "path");
    f->name = text (body, "name");
    f->type = text (body, "type");
    f->kernel_id = text (kernel, "id");
    f->kernel_name = text (kernel, "name");
    if (json_object_get (body, "notebook"))
        read_notebook (body, f);
}

int session_fields_parse (const json_t *body, bool patch, struct session_fields *ret,
                          struct err *err)
{
    *ret = (struct session_fields){ .path = NULL };
    if (!json_is_object (body))
        return err_set (err, PROBLEM_INVALID, "No JSON data provided");
    read_fields (body, ret);
    if (patch)
        return 0;
    if (!ret->path)
        return err_set (err, PROBLEM_INVALID, "Missing field in JSON data: path");
    if (!ret->type)
        return err_set (err, PROBLEM_INVALID, "Missing field in JSON data: type");
    return 0;
}
