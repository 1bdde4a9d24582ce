/* params.c - what a request says, checked */

#include "hub/params.h"

#include "base/utf8.h"

#include <errno.h>
#include <string.h>

json_t *params_body (struct http_req *req, struct err *err)
{
    json_t *j;
    if (http_req_json (req, &j, err))
        return NULL;
    if (!j)
        return json_object ();
    if (json_is_object (j))
        return j;
    json_decref (j);
    (void)err_set (err, PROBLEM_INVALID, "the body of the request must be a JSON object");
    return NULL;
}

int params_str (const json_t *obj, const char *key, size_t max, const char *dflt,
                const char **ret, struct err *err)
{
    const json_t *v = json_object_get (obj, key);
    if (!v || json_is_null (v)) {
        *ret = dflt;
        return 0;
    }
    if (!json_is_string (v))
        return err_set (err, PROBLEM_INVALID, "%s: expected a string", key);
    const char *s = json_string_value (v);
    size_t n = json_string_length (v);
    if (n > max)
        return err_set (err, PROBLEM_INVALID, "%s: at most %zu bytes", key, max);
    if (strlen (s) != n)
        return err_set (err, PROBLEM_INVALID, "%s: holds a NUL", key);
    *ret = s;
    return 0;
}

int params_wanted (const json_t *obj, const char *key, size_t max, const char **ret,
                   struct err *err)
{
    const char *s;
    if (params_str (obj, key, max, NULL, &s, err))
        return -1;
    if (!s || !*s)
        return err_set (err, PROBLEM_INVALID, "%s is missing", key);
    *ret = s;
    return 0;
}

int params_bool (const json_t *obj, const char *key, bool dflt, bool *ret, struct err *err)
{
    const json_t *v = json_object_get (obj, key);
    if (v && !json_is_null (v) && !json_is_boolean (v))
        return err_set (err, PROBLEM_INVALID, "%s: expected true or false", key);
    *ret = v && json_is_boolean (v) ? json_is_true (v) : dflt;
    return 0;
}

int params_int (struct http_req *req, const char *key, int64_t min, int64_t max,
                int64_t dflt, int64_t *ret, struct err *err)
{
    const char *text = http_req_arg (req, key);
    char *end;
    *ret = dflt;
    if (!text || !*text)
        return 0;
    errno = 0;
    long long v = strtoll (text, &end, 10);
    if (errno || *end || v < min || v > max)
        return err_set (err, PROBLEM_INVALID, "%s: expected a number of %lld to %lld", key,
                        (long long)min, (long long)max);
    *ret = v;
    return 0;
}

int params_name (struct http_req *req, const char *name, const char **ret, struct err *err)
{
    size_t n;
    const char *s = http_req_param (req, name, &n);
    if (!s || strlen (s) != n || !utf8_valid (s, n))
        return err_set (err, PROBLEM_NOT_FOUND, "There is nothing at this address");
    *ret = s;
    return 0;
}
