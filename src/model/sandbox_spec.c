/* sandbox_spec.c - what the spawner is asked to build
 *
 * The keys stand in one table with the type that each must have; what is not in the table is refused,
 * so that a misspelt or a newer key is an error and never a limit that silently does not hold.
 */

#include "model/sandbox_spec.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define WHAT "sandbox spec: "
#define STRING_BYTES (32u << 10) /* one argument or variable */
#define TOTAL_BYTES (128u << 10) /* all of them */
#define CPUSET_BYTES 256

const char *const sandbox_kind_names[] = { "workspace", "job" };
const char *const sandbox_network_names[] = { "machine", "none", "nat", "host" };
const char *const sandbox_source_names[] = { "home", "env", "tree" };
_Static_assert(ARRAY_SIZE (sandbox_network_names) == SANDBOX_NET_COUNT, "");
_Static_assert(ARRAY_SIZE (sandbox_source_names) == SANDBOX_SOURCE_COUNT, "");

void sandbox_spec_init (struct sandbox_spec *s)
{
    *s = (struct sandbox_spec){ .cwd = xstrdup (""), .limits.cpuset = xstrdup ("") };
    strv_init (&s->argv);
    strv_init (&s->environ);
}

void sandbox_spec_done (struct sandbox_spec *s)
{
    strv_done (&s->argv);
    strv_done (&s->environ);
    for (size_t i = 0; i < s->n_binds; i++)
        free (s->binds[i].target);
    free (s->binds);
    free (s->cwd);
    free (s->limits.cpuset);
    *s = (struct sandbox_spec){ .id = "" };
}

void sandbox_spec_add_bind (struct sandbox_spec *s, enum sandbox_source source,
                            const char *id, const char *target, bool read_only)
{
    s->binds = xrealloc (s->binds, s->n_binds + 1, sizeof *s->binds);
    struct sandbox_bind *b = &s->binds[s->n_binds++];
    *b = (struct sandbox_bind){ .source = source,
                                .target = xstrdup (target),
                                .read_only = read_only };
    (void)strncpy (b->id, id, sizeof b->id - 1);
}

/* ---- rules ---- */

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

bool sandbox_id_valid (const char *id)
{
    size_t n = strlen (id);

    return n > 0 && n <= SANDBOX_ID_CHARS && id[0] != '-' && strspn (id, WORD "-") == n;
}

/* Of machines, environments and trees: ids, and '.', but never hidden and never "..". */
static bool name_valid (const char *name)
{
    size_t n = strlen (name);

    return n > 0 && n < SANDBOX_NAME && name[0] != '-' && name[0] != '.' &&
           strspn (name, WORD "-.") == n;
}

/* Absolute, no empty component, no "." and no "..", no slash at the end. */
static bool path_valid (const char *p)
{
    if (p[0] != '/' || !p[1] || strlen (p) > 1024 || !utf8_valid (p, strlen (p)))
        return false;
    while (*p) {
        size_t n = strcspn (++p, "/");

        if (n == 0 || n > 255 || (n == 1 && p[0] == '.') ||
            (n == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)p[i] < 0x20)
                return false;
        p += n;
    }
    return true;
}

static bool below (const char *path, const char *dir)
{
    size_t n = strlen (dir);

    return !strncmp (path, dir, n) && (!path[n] || path[n] == '/');
}

/* "0-3,6": what the kernel reads; numbers up to 4 digits. */
static bool cpuset_valid (const char *s)
{
    if (strlen (s) > CPUSET_BYTES)
        return false;
    while (*s) {
        size_t n = strspn (s, "0123456789");

        if (n == 0 || n > 4)
            return false;
        s += n;
        if (*s == '-') {
            n = strspn (++s, "0123456789");
            if (n == 0 || n > 4)
                return false;
            s += n;
        }
        if (*s == ',' && s[1])
            s++;
        else if (*s)
            return false;
    }
    return true;
}

static int check_strings (const char *what, const struct strv *v, size_t max, size_t *total,
                          struct err *err)
{
    if (v->n > max)
        return err_set (err, PROBLEM_INVALID, WHAT "%s: more than %zu", what, max);
    for (size_t i = 0; i < v->n; i++) {
        size_t n = strlen (v->v[i]);

        *total += n + 1;
        if (n > STRING_BYTES || *total > TOTAL_BYTES)
            return err_set (err, PROBLEM_TOO_LARGE, WHAT "%s: is too long", what);
        if (!utf8_valid (v->v[i], n))
            return err_set (err, PROBLEM_INVALID, WHAT "%s: item %zu is not UTF-8", what,
                            i);
    }
    return 0;
}

static int check_environ (const struct strv *v, struct err *err)
{
    for (size_t i = 0; i < v->n; i++) {
        size_t n = strcspn (v->v[i], "=");

        if (n == 0 || !v->v[i][n] || strspn (v->v[i], WORD) != n || isdigit (v->v[i][0]))
            return err_set (err, PROBLEM_INVALID, WHAT "environ: item %zu is no KEY=VALUE",
                            i);
    }
    return 0;
}

static int check_binds (const struct sandbox_spec *s, struct err *err)
{
    static const char *const kept[] = { "/proc", "/sys", "/dev" };

    if (s->n_binds > SANDBOX_BINDS)
        return err_set (err, PROBLEM_INVALID, WHAT "binds: more than %d", SANDBOX_BINDS);
    for (size_t i = 0; i < s->n_binds; i++) {
        const struct sandbox_bind *b = &s->binds[i];

        if (!name_valid (b->id))
            return err_set (err, PROBLEM_INVALID, WHAT "binds: item %zu: id is no name", i);
        if (!path_valid (b->target))
            return err_set (err, PROBLEM_INVALID, WHAT "binds: item %zu: target is no path",
                            i);
        for (size_t k = 0; k < ARRAY_SIZE (kept); k++)
            if (below (b->target, kept[k]))
                return err_set (err, PROBLEM_INVALID,
                                WHAT "binds: item %zu: nothing is bound on %s", i, kept[k]);
        if (!b->read_only && b->source != SANDBOX_FROM_HOME)
            return err_set (err, PROBLEM_INVALID,
                            WHAT "binds: item %zu: only a home is writable", i);
    }
    return 0;
}

static int check_limits (const struct sandbox_limits *l, struct err *err)
{
    if (!isfinite (l->cpus) || l->cpus < 0 || l->cpus > 65536)
        return err_set (err, PROBLEM_INVALID, WHAT "limits.cpus: is no number of cpus");
    if (!cpuset_valid (l->cpuset))
        return err_set (err, PROBLEM_INVALID, WHAT "limits.cpuset: is no list like 0-3,6");
    if (l->memory > INT64_MAX || l->disk > INT64_MAX)
        return err_set (err, PROBLEM_INVALID, WHAT "limits: too large");
    return 0;
}

/* One label, RFC 1123 2.1. */
static bool hostname_valid (const char *s)
{
    size_t n = strlen (s);

    return n <= 63 && s[0] != '-' && s[n - 1] != '-' &&
           s[strspn (s,
                     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")] ==
               '\0';
}

int sandbox_spec_check (const struct sandbox_spec *s, struct err *err)
{
    size_t total = 0;

    if (!sandbox_id_valid (s->id))
        return err_set (err, PROBLEM_INVALID, WHAT "id: is no id");
    if (!sandbox_id_valid (s->home))
        return err_set (err, PROBLEM_INVALID, WHAT "home: is no id");
    if (s->generation < 0)
        return err_set (err, PROBLEM_INVALID, WHAT "generation: is negative");
    if (s->owner == 0 || s->owner > SANDBOX_OWNER_MAX)
        return err_set (err, PROBLEM_INVALID, WHAT "owner: is not from 1 to %d",
                        SANDBOX_OWNER_MAX);
    if (*s->person && !name_valid (s->person))
        return err_set (err, PROBLEM_INVALID, WHAT "person: is no name");
    if (*s->hostname && !hostname_valid (s->hostname))
        return err_set (err, PROBLEM_INVALID, WHAT "hostname: is no host name");
    if (!name_valid (s->machine))
        return err_set (err, PROBLEM_INVALID, WHAT "machine: is no name");
    if (*s->environment && !name_valid (s->environment))
        return err_set (err, PROBLEM_INVALID, WHAT "environment: is no name");
    if (s->argv.n == 0 || !*s->argv.v[0])
        return err_set (err, PROBLEM_INVALID, WHAT "argv: is empty");
    if (!path_valid (s->cwd))
        return err_set (err, PROBLEM_INVALID, WHAT "cwd: is no path");
    if (check_strings ("argv", &s->argv, SANDBOX_ARGV, &total, err) < 0 ||
        check_strings ("environ", &s->environ, SANDBOX_ENVIRON, &total, err) < 0 ||
        check_environ (&s->environ, err) < 0 || check_binds (s, err) < 0)
        return -1;
    return check_limits (&s->limits, err);
}

/* ---- out ---- */

static json_t *strings_json (const struct strv *v)
{
    json_t *a = json_array ();

    for (size_t i = 0; i < v->n; i++)
        (void)json_array_append_new (a, json_string (v->v[i]));
    return a;
}

static json_t *binds_json (const struct sandbox_spec *s)
{
    json_t *a = json_array ();

    for (size_t i = 0; i < s->n_binds; i++) {
        const struct sandbox_bind *b = &s->binds[i];
        (void)json_array_append_new (
            a, json_pack ("{s:s, s:s, s:s, s:b}", "source", sandbox_source_names[b->source],
                          "id", b->id, "target", b->target, "read_only", b->read_only));
    }
    return a;
}

json_t *sandbox_spec_json (const struct sandbox_spec *s)
{
    const struct sandbox_limits *l = &s->limits;
    json_t *limits =
        json_pack ("{s:f, s:s, s:I, s:I, s:I, s:I}", "cpus", l->cpus, "cpuset", l->cpuset,
                   "memory", (json_int_t)l->memory, "disk", (json_int_t)l->disk, "pids",
                   (json_int_t)l->pids, "files", (json_int_t)l->files);

    return json_pack (
        "{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:b, s:s, s:o, s:o}",
        "id", s->id, "kind", sandbox_kind_names[s->kind], "generation",
        (json_int_t)s->generation, "owner", (json_int_t)s->owner, "person", s->person,
        "hostname", s->hostname, "home", s->home, "machine", s->machine, "environment",
        s->environment, "argv", strings_json (&s->argv), "environ",
        strings_json (&s->environ), "cwd", s->cwd, "listen", s->listen, "network",
        sandbox_network_names[s->network], "binds", binds_json (s), "limits", limits);
}

/* ---- in ---- */

struct key {
    const char *name;
    int (*read) (const json_t *v, struct sandbox_spec *s);
    bool needed;
};

static int read_name (const json_t *v, char *to, size_t size)
{
    const char *text = json_string_value (v);
    size_t n = json_string_length (v);

    if (!text || n >= size || strlen (text) != n)
        return -1;
    memcpy (to, text, n + 1);
    return 0;
}

static int read_text (const json_t *v, char **to)
{
    const char *text = json_string_value (v);

    if (!text || strlen (text) != json_string_length (v))
        return -1;
    free (*to);
    *to = xstrdup (text);
    return 0;
}

static int read_choice (const json_t *v, const char *const *names, int count, int *to)
{
    const char *text = json_string_value (v);

    for (int i = 0; text && i < count; i++)
        if (!strcmp (text, names[i])) {
            *to = i;
            return 0;
        }
    return -1;
}

static int read_number (const json_t *v, int64_t max, int64_t *to)
{
    if (!json_is_integer (v) || json_integer_value (v) < 0 || json_integer_value (v) > max)
        return -1;
    *to = json_integer_value (v);
    return 0;
}

static int read_u32 (const json_t *v, uint32_t *to)
{
    int64_t n;

    if (read_number (v, UINT32_MAX, &n) < 0)
        return -1;
    *to = (uint32_t)n;
    return 0;
}

static int read_bool (const json_t *v, bool *to)
{
    if (!json_is_boolean (v))
        return -1;
    *to = json_is_true (v);
    return 0;
}

static int read_strings (const json_t *v, size_t max, struct strv *to)
{
    if (!json_is_array (v) || json_array_size (v) > max || to->n)
        return -1;
    for (size_t i = 0; i < json_array_size (v); i++) {
        const json_t *item = json_array_get (v, i);
        const char *text = json_string_value (item);

        if (!text || strlen (text) != json_string_length (item))
            return -1;
        strv_add (to, text);
    }
    return 0;
}

static int read_bind (const json_t *v, struct sandbox_spec *s)
{
    const char *id, *target, *key;
    int source = 0, ro = 1;
    const json_t *value;

    json_object_foreach ((json_t *)v, key, value)
    {
        if (strcmp (key, "source") && strcmp (key, "id") && strcmp (key, "target") &&
            strcmp (key, "read_only"))
            return -1;
    }
    if (json_unpack ((json_t *)v, "{s:s, s:s, s?b}", "id", &id, "target", &target,
                     "read_only", &ro) < 0 ||
        strlen (id) >= SANDBOX_NAME ||
        read_choice (json_object_get (v, "source"), sandbox_source_names,
                     SANDBOX_SOURCE_COUNT, &source) < 0)
        return -1;
    sandbox_spec_add_bind (s, (enum sandbox_source)source, id, target, ro);
    return 0;
}

static int read_binds (const json_t *v, struct sandbox_spec *s)
{
    if (!json_is_array (v) || json_array_size (v) > SANDBOX_BINDS || s->n_binds)
        return -1;
    for (size_t i = 0; i < json_array_size (v); i++)
        if (read_bind (json_array_get (v, i), s) < 0)
            return -1;
    return 0;
}

static int read_limit (const char *key, const json_t *v, struct sandbox_limits *l)
{
    int64_t n;

    if (!strcmp (key, "cpuset"))
        return read_text (v, &l->cpuset);
    if (!strcmp (key, "cpus")) {
        l->cpus = json_number_value (v);
        return json_is_number (v) ? 0 : -1;
    }
    if (!strcmp (key, "pids"))
        return read_u32 (v, &l->pids);
    if (!strcmp (key, "files"))
        return read_u32 (v, &l->files);
    if (read_number (v, INT64_MAX, &n) < 0)
        return -1;
    if (!strcmp (key, "memory"))
        l->memory = (uint64_t)n;
    else if (!strcmp (key, "disk"))
        l->disk = (uint64_t)n;
    else
        return -1;
    return 0;
}

static int read_limits (const json_t *v, struct sandbox_spec *s)
{
    const char *key;
    const json_t *value;

    if (!json_is_object (v))
        return -1;
    json_object_foreach ((json_t *)v, key, value)
    {
        if (read_limit (key, value, &s->limits) < 0)
            return -1;
    }
    return 0;
}

static int read_kind (const json_t *v, struct sandbox_spec *s)
{
    int n;

    if (read_choice (v, sandbox_kind_names, SANDBOX_KIND_COUNT, &n) < 0)
        return -1;
    s->kind = (enum sandbox_kind)n;
    return 0;
}

static int read_network (const json_t *v, struct sandbox_spec *s)
{
    int n;

    if (read_choice (v, sandbox_network_names, SANDBOX_NET_COUNT, &n) < 0)
        return -1;
    s->network = (enum sandbox_network)n;
    return 0;
}

#define READER(name, expression)                                                           \
    static int read_##name (const json_t *v, struct sandbox_spec *s)                       \
    {                                                                                      \
        return expression;                                                                 \
    }
READER (id, read_name (v, s->id, sizeof s->id))
READER (generation, read_number (v, INT64_MAX, &s->generation))
READER (owner, read_u32 (v, &s->owner))
READER (person, read_name (v, s->person, sizeof s->person))
READER (hostname, read_name (v, s->hostname, sizeof s->hostname))
READER (home, read_name (v, s->home, sizeof s->home))
READER (machine, read_name (v, s->machine, sizeof s->machine))
READER (environment, read_name (v, s->environment, sizeof s->environment))
READER (argv, read_strings (v, SANDBOX_ARGV, &s->argv))
READER (environ, read_strings (v, SANDBOX_ENVIRON, &s->environ))
READER (cwd, read_text (v, &s->cwd))
READER (listen, read_bool (v, &s->listen))
#undef READER

static const struct key keys[] = {
    { "id", read_id, true },
    { "kind", read_kind, true },
    { "generation", read_generation, true },
    { "owner", read_owner, true },
    { "person", read_person, false },
    { "hostname", read_hostname, false },
    { "home", read_home, true },
    { "machine", read_machine, true },
    { "environment", read_environment, false },
    { "argv", read_argv, true },
    { "environ", read_environ, false },
    { "cwd", read_cwd, true },
    { "listen", read_listen, false },
    { "network", read_network, false },
    { "binds", read_binds, false },
    { "limits", read_limits, false },
};

static const struct key *find_key (const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE (keys); i++)
        if (!strcmp (keys[i].name, name))
            return &keys[i];
    return NULL;
}

static int read_all (const json_t *j, struct sandbox_spec *s, struct err *err)
{
    const char *name;
    const json_t *value;

    json_object_foreach ((json_t *)j, name, value)
    {
        const struct key *k = find_key (name);

        if (!k)
            return err_set (err, PROBLEM_INVALID, WHAT "what is '%.40s'?", name);
        if (k->read (value, s) < 0)
            return err_set (err, PROBLEM_INVALID, WHAT "%s: is not what belongs there",
                            name);
    }
    for (size_t i = 0; i < ARRAY_SIZE (keys); i++)
        if (keys[i].needed && !json_object_get (j, keys[i].name))
            return err_set (err, PROBLEM_INVALID, WHAT "%s: is missing", keys[i].name);
    return sandbox_spec_check (s, err);
}

int sandbox_spec_from_json (const json_t *j, struct sandbox_spec *ret, struct err *err)
{
    if (!json_is_object (j))
        return err_set (err, PROBLEM_INVALID, WHAT "is no object");
    sandbox_spec_init (ret);
    if (read_all (j, ret, err) == 0)
        return 0;
    sandbox_spec_done (ret);
    return -1;
}
