/* jschema.c - JSON Schema draft 7 over jansson
 *
 * One function per group of keywords; each returns 0 or -1 with the error set.  The place in the instance
 * is kept as a chain of stack frames and printed only when something fails.
 */

#define PCRE2_CODE_UNIT_WIDTH 8
#include "jupyter/jschema.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/url.h"

#include <math.h>
#include <pcre2.h>
#include <string.h>

struct place {
    const struct place *up;
    const char *key; /* NULL: INDEX */
    size_t index;
};

struct check {
    const json_t *root;
    struct err *err;
    int depth;
    size_t *budget; /* shared by all of one validation */
};

static int check (struct check *c, const json_t *schema, const json_t *v,
                  const struct place *at);

static void add_place (struct buf *b, const struct place *at)
{
    if (!at)
        return;
    add_place (b, at->up);
    if (at->key)
        buf_addf (b, "/%s", at->key);
    else
        buf_addf (b, "/%zu", at->index);
}

#define SHOWN 120 /* bytes of the offending value that an error quotes */

static int fail (struct check *c, const struct place *at, const json_t *v, const char *what)
{
    if (!c->err)
        return -1;
    autodone (buf_done) struct buf where, shown;
    buf_init (&where, 200);
    buf_init (&shown, SHOWN);
    add_place (&where, at);
    if (jsonx_dump (v, &shown, 0, true) < 0)
        buf_clear (&shown);
    return err_set (c->err, PROBLEM_INVALID, "%s: %s %s", where.len ? where.data : "/",
                    shown.len ? shown.data : "the value", what);
}

/* Alternatives that refer to themselves would take exponential time, and comparing all items of a long array
 * quadratic: each step has a price.  False: the budget is used up, and stays so. */
static bool spend (struct check *c, size_t price)
{
    *c->budget -= price < *c->budget ? price : *c->budget;
    return *c->budget > 0;
}

/* Does V satisfy the schema, without a message? */
static bool satisfies (struct check *c, const json_t *schema, const json_t *v)
{
    struct check quiet = { .root = c->root, .depth = c->depth, .budget = c->budget };

    return check (&quiet, schema, v, NULL) == 0;
}

/* ---- types -------------------------------------------------------------------------------------- */

static bool is_type (const char *type, const json_t *v)
{
    if (!strcmp (type, "integer"))
        return json_is_integer (v) ||
               (json_is_real (v) && floor (json_real_value (v)) == json_real_value (v));
    return (!strcmp (type, "object") && json_is_object (v)) ||
           (!strcmp (type, "array") && json_is_array (v)) ||
           (!strcmp (type, "string") && json_is_string (v)) ||
           (!strcmp (type, "number") && json_is_number (v)) ||
           (!strcmp (type, "boolean") && json_is_boolean (v)) ||
           (!strcmp (type, "null") && json_is_null (v));
}

static int check_type (struct check *c, const json_t *schema, const json_t *v,
                       const struct place *at)
{
    const json_t *type = json_object_get (schema, "type");
    char what[100];

    if (json_is_string (type)) {
        if (is_type (json_string_value (type), v))
            return 0;
        (void)snprintf (what, sizeof (what), "is not of type '%s'",
                        json_string_value (type));
        return fail (c, at, v, what);
    }
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)type, i,
                        one) if (json_is_string (one) &&
                                 is_type (json_string_value (one), v)) return 0;
    return json_array_size (type) ? fail (c, at, v, "is of none of the types allowed") : 0;
}

/* json_equal, but 1 and 1.0 are the same number. */
static bool same (const json_t *a, const json_t *b)
{
    if (json_is_number (a) && json_is_number (b))
        return json_number_value (a) == json_number_value (b);
    return json_equal (a, b);
}

static int check_values (struct check *c, const json_t *schema, const json_t *v,
                         const struct place *at)
{
    const json_t *list = json_object_get (schema, "enum");
    const json_t *only = json_object_get (schema, "const");

    if (only && !same (only, v))
        return fail (c, at, v, "is not the one value allowed");
    if (!json_is_array (list))
        return 0;
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)list, i, one) if (same (one, v)) return 0;
    return fail (c, at, v, "is not one of the values allowed");
}

/* ---- numbers ------------------------------------------------------------------------------------ */

static int check_number (struct check *c, const json_t *schema, const json_t *v,
                         const struct place *at)
{
    double d = json_number_value (v);
    const json_t *min = json_object_get (schema, "minimum");
    const json_t *max = json_object_get (schema, "maximum");
    const json_t *xmin = json_object_get (schema, "exclusiveMinimum");
    const json_t *xmax = json_object_get (schema, "exclusiveMaximum");
    const json_t *step = json_object_get (schema, "multipleOf");

    if ((json_is_number (min) && d < json_number_value (min)) ||
        (json_is_number (xmin) && d <= json_number_value (xmin)))
        return fail (c, at, v, "is less than the minimum");
    if ((json_is_number (max) && d > json_number_value (max)) ||
        (json_is_number (xmax) && d >= json_number_value (xmax)))
        return fail (c, at, v, "is greater than the maximum");
    if (json_is_number (step) && json_number_value (step) > 0) {
        double q = d / json_number_value (step);
        if (fabs (q - nearbyint (q)) > 1e-9 * fmax (1, fabs (q)))
            return fail (c, at, v, "is not a multiple of the step");
    }
    return 0;
}

/* ---- strings ------------------------------------------------------------------------------------ */

static bool pattern_matches (const char *pattern, const char *s, size_t n)
{
    int code;
    size_t offset;
    pcre2_code *re = pcre2_compile ((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                    PCRE2_UTF | PCRE2_ALT_BSUX, &code, &offset, NULL);

    if (!re)
        return true;
    pcre2_match_context *mc = pcre2_match_context_create (NULL);
    pcre2_match_data *md = pcre2_match_data_create_from_pattern (re, NULL);
    (void)pcre2_set_match_limit (mc, 100000);
    (void)pcre2_set_depth_limit (mc, 1000);
    int rc = pcre2_match (re, (PCRE2_SPTR)s, n, 0, 0, md, mc);
    pcre2_match_data_free (md);
    pcre2_match_context_free (mc);
    pcre2_code_free (re);
    return rc >= 0;
}

static int check_string (struct check *c, const json_t *schema, const json_t *v,
                         const struct place *at)
{
    const char *s = json_string_value (v), *pattern = jsonx_str (schema, "pattern", NULL);
    int64_t n = (int64_t)utf8_count (s, json_string_length (v));

    if (n < jsonx_int (schema, "minLength", 0))
        return fail (c, at, v, "is too short");
    if (n > jsonx_int (schema, "maxLength", INT64_MAX))
        return fail (c, at, v, "is too long");
    if (pattern && !pattern_matches (pattern, s, json_string_length (v)))
        return fail (c, at, v, "does not match the pattern");
    return 0;
}

/* ---- arrays ------------------------------------------------------------------------------------- */

static int check_items (struct check *c, const json_t *schema, const json_t *v,
                        const struct place *at)
{
    const json_t *items = json_object_get (schema, "items");
    const json_t *more = json_object_get (schema, "additionalItems");
    size_t i;
    json_t *one;

    json_array_foreach ((json_t *)v, i, one)
    {
        struct place here = { at, NULL, i };
        const json_t *rule = items;
        if (json_is_array (items))
            rule = i < json_array_size (items) ? json_array_get (items, i) : more;
        if (rule && check (c, rule, one, &here) < 0)
            return -1;
    }
    return 0;
}

static bool all_different (struct check *c, const json_t *v)
{
    for (size_t i = 0; i < json_array_size (v) && spend (c, 1 + i / 16); i++)
        for (size_t k = 0; k < i; k++)
            if (same (json_array_get (v, i), json_array_get (v, k)))
                return false;
    return true;
}

static int check_array (struct check *c, const json_t *schema, const json_t *v,
                        const struct place *at)
{
    int64_t n = (int64_t)json_array_size (v);
    const json_t *contains = json_object_get (schema, "contains");

    if (n < jsonx_int (schema, "minItems", 0))
        return fail (c, at, v, "has too few items");
    if (n > jsonx_int (schema, "maxItems", INT64_MAX))
        return fail (c, at, v, "has too many items");
    if (jsonx_bool (schema, "uniqueItems", false) && !all_different (c, v))
        return fail (c, at, v, "has an item twice");
    if (!spend (c, 1))
        return fail (c, at, v, "takes too long to be checked");
    if (check_items (c, schema, v, at) < 0)
        return -1;
    if (!contains)
        return 0;
    for (int64_t i = 0; i < n; i++)
        if (satisfies (c, contains, json_array_get (v, (size_t)i)))
            return 0;
    return fail (c, at, v, "has no item of the kind wanted");
}

/* ---- objects ------------------------------------------------------------------------------------ */

static int check_required (struct check *c, const json_t *names, const json_t *v,
                           const struct place *at)
{
    size_t i;
    json_t *name;

    json_array_foreach ((json_t *)names, i, name)
    {
        char what[160];
        if (!json_is_string (name) || json_object_get (v, json_string_value (name)))
            continue;
        (void)snprintf (what, sizeof (what), "lacks the key '%s'",
                        json_string_value (name));
        return fail (c, at, v, what);
    }
    return 0;
}

static int check_member (struct check *c, const json_t *schema, const char *key,
                         const json_t *v, const struct place *at)
{
    const json_t *named = json_object_get (json_object_get (schema, "properties"), key);
    const json_t *patterns = json_object_get (schema, "patternProperties");
    const json_t *more = json_object_get (schema, "additionalProperties");
    const char *pattern;
    json_t *rule;
    bool known = named != NULL;

    if (named && check (c, named, v, at) < 0)
        return -1;
    json_object_foreach ((json_t *)patterns, pattern, rule)
    {
        if (!pattern_matches (pattern, key, strlen (key)))
            continue;
        known = true;
        if (check (c, rule, v, at) < 0)
            return -1;
    }
    if (known || !more)
        return 0;
    if (json_is_false (more))
        return fail (c, at, v, "stands under a key that is not known");
    return check (c, more, v, at);
}

static int check_dependencies (struct check *c, const json_t *schema, const json_t *v,
                               const struct place *at)
{
    const char *key;
    json_t *rule;

    json_object_foreach (json_object_get (schema, "dependencies"), key, rule)
    {
        if (!json_object_get (v, key))
            continue;
        if ((json_is_array (rule) ? check_required (c, rule, v, at)
                                  : check (c, rule, v, at)) < 0)
            return -1;
    }
    return 0;
}

static int check_object (struct check *c, const json_t *schema, const json_t *v,
                         const struct place *at)
{
    int64_t n = (int64_t)json_object_size (v);
    const json_t *names = json_object_get (schema, "propertyNames");
    const char *key;
    json_t *one;

    if (n < jsonx_int (schema, "minProperties", 0))
        return fail (c, at, v, "has too few keys");
    if (n > jsonx_int (schema, "maxProperties", INT64_MAX))
        return fail (c, at, v, "has too many keys");
    if (check_required (c, json_object_get (schema, "required"), v, at) < 0)
        return -1;
    json_object_foreach ((json_t *)v, key, one)
    {
        struct place here = { at, key, 0 };
        autojson json_t *name = names ? json_string (key) : NULL;
        if (name && check (c, names, name, &here) < 0)
            return -1;
        if (check_member (c, schema, key, one, &here) < 0)
            return -1;
    }
    return check_dependencies (c, schema, v, at);
}

/* ---- combinations and references ------------------------------------------------------------------ */

static int check_combined (struct check *c, const json_t *schema, const json_t *v,
                           const struct place *at)
{
    const json_t *any = json_object_get (schema, "anyOf"),
                 *one = json_object_get (schema, "oneOf");
    const json_t *no = json_object_get (schema, "not"),
                 *cond = json_object_get (schema, "if");
    size_t i, hits = 0;
    json_t *rule;

    json_array_foreach (json_object_get (schema, "allOf"), i,
                        rule) if (check (c, rule, v, at) < 0) return -1;
    json_array_foreach ((json_t *)any, i, rule) if ((hits = satisfies (c, rule, v))) break;
    if (json_array_size (any) && !hits)
        return fail (c, at, v, "is none of the alternatives");
    hits = 0;
    json_array_foreach ((json_t *)one, i, rule) hits += satisfies (c, rule, v);
    if (json_array_size (one) && hits != 1)
        return fail (c, at, v, "is not exactly one of the alternatives");
    if (no && satisfies (c, no, v))
        return fail (c, at, v, "is what it must not be");
    if (!cond)
        return 0;
    rule = json_object_get (schema, satisfies (c, cond, v) ? "then" : "else");
    return rule ? check (c, rule, v, at) : 0;
}

/* The schema that a local reference names, or NULL. */
static const json_t *resolve (const json_t *root, const char *ref)
{
    if (*ref++ != '#' || (*ref != '/' && *ref != '\0'))
        return NULL;
    while (root && *ref == '/') {
        size_t n = strcspn (++ref, "/"), len;
        autofree char *raw = url_decode (ref, n, false, &len);
        char *w = raw;
        for (char *r = raw; *r; r++) {
            bool tilde = *r == '~' && (r[1] == '0' || r[1] == '1');
            *w++ = tilde ? (*++r == '0' ? '~' : '/') : *r;
        }
        *w = '\0';
        root = json_is_array (root) ? json_array_get (root, (size_t)strtoul (raw, NULL, 10))
                                    : json_object_get (root, raw);
        ref += n;
    }
    return root;
}

static int check_all (struct check *c, const json_t *schema, const json_t *v,
                      const struct place *at)
{
    if (check_type (c, schema, v, at) < 0 || check_values (c, schema, v, at) < 0)
        return -1;
    if (json_is_number (v) && check_number (c, schema, v, at) < 0)
        return -1;
    if (json_is_string (v) && check_string (c, schema, v, at) < 0)
        return -1;
    if (json_is_array (v) && check_array (c, schema, v, at) < 0)
        return -1;
    if (json_is_object (v) && check_object (c, schema, v, at) < 0)
        return -1;
    return check_combined (c, schema, v, at);
}

static int check (struct check *c, const json_t *schema, const json_t *v,
                  const struct place *at)
{
    int rc;

    if (json_is_false (schema))
        return fail (c, at, v, "is not allowed here");
    if (!json_is_object (schema))
        return 0;
    if (!spend (c, 1))
        return fail (c, at, v, "takes too long to be checked");
    if (++c->depth > JSCHEMA_DEPTH) {
        c->depth--;
        return fail (c, at, v, "is nested too deep to be checked");
    }
    const char *ref = jsonx_str (schema, "$ref", NULL);
    if (ref) { /* draft 7: what stands beside a $ref does not count */
        const json_t *target = resolve (c->root, ref);
        rc = target ? check (c, target, v, at) : 0;
    } else {
        rc = check_all (c, schema, v, at);
    }
    c->depth--;
    return rc;
}

int jschema_validate (const json_t *schema, const json_t *instance, struct err *err)
{
    size_t budget = JSCHEMA_STEPS;
    struct check c = { .root = schema, .err = err, .budget = &budget };

    return check (&c, schema, instance, NULL);
}
