/* lab_plugins.c - switch plugins off and on again */

#include "server/lab_plugins.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "server/config_store.h"
#include "server/options.h"
#include "server/page_config.h"
#include "server/server.h"

#include <string.h>

static bool all_locked (const struct lab *l)
{
    return options_bool (l->server->options, "LabApp.lock_all_plugins");
}

/* Keys of lockedExtensions that are switched on. */
static json_t *lock_rules (struct lab *l)
{
    autojson json_t *stored = page_config_stored (l);
    json_t *rules = json_array ();
    const char *key;
    json_t *value;
    json_object_foreach (json_object_get (stored, "lockedExtensions"), key,
                         value) if (!json_is_false (value) && !json_is_null (value))
        json_array_append_new (rules, json_string (key));
    return rules;
}

json_t *lab_plugins_locks (struct lab *l)
{
    return json_pack ("{s:o, s:b}", "lockRules", lock_rules (l), "allLocked",
                      all_locked (l));
}

json_t *lab_plugins_answer (const char *status, const char *message, const char *needs)
{
    json_t *restart = json_array ();
    if (needs)
        json_array_append_new (restart, json_string (needs));
    json_t *answer = json_object ();
    jsonx_set_str (answer, "status", status);
    jsonx_set_str (answer, "message", message);
    json_object_set_new (answer, "needs_restart", restart);
    return answer;
}

bool lab_plugins_rule_matches (const char *rule, const char *name)
{
    size_t n = strlen (rule);
    return !strncmp (rule, name, n) &&
           (!name[n] || (name[n] == ':' && !strchr (rule, ':')));
}

static bool locked (struct lab *l, const char *name)
{
    if (all_locked (l))
        return true;
    autojson json_t *rules = lock_rules (l);
    size_t i;
    json_t *rule;
    json_array_foreach (
        rules, i,
        rule) if (lab_plugins_rule_matches (json_string_value (rule), name)) return true;
    return false;
}

static json_t *failed (int *ret_status, const char *what, const char *name, const char *why)
{
    *ret_status = 500;
    autofree char *message = xasprintf ("%s %s: %s", what, name, why);
    return lab_plugins_answer ("error", message, NULL);
}

json_t *lab_plugins_switch (struct lab *l, const char *name, bool enable, int *ret_status)
{
    const char *what = enable ? "enable" : "disable";
    if (locked (l, name))
        return failed (ret_status, what, name, "this plugin is locked");
    autojson json_t *changes = json_object ();
    json_t *plugins = json_object ();
    json_object_set_new (changes, "disabledExtensions", plugins);
    json_object_set_new_nocheck (plugins, name, json_boolean (!enable));
    struct err err;
    autojson json_t *stored = NULL;
    if (config_store_update (l->server->jpaths, "labconfig", "page_config", changes,
                             &stored, &err) < 0)
        return failed (ret_status, what, name, err.text);
    *ret_status = 201;
    return lab_plugins_answer ("ok", NULL, "frontend");
}
