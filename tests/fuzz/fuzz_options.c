/* fuzz_options.c - literals of the command line, and sections of config files that are
 * merged */

#include "base/jsonx.h"
#include "base/log.h"
#include "server/option_value.h"
#include "server/options_private.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void parse_all_types (const char *text)
{
    static const char *const traits[] = {
        "port", "ip", "open_browser", "local_hostnames", "tornado_settings", "cookie_secret"
    };
    for (size_t i = 0; i < ARRAY_SIZE (traits); i++) {
        const struct option_trait *t =
            option_find ("ServerApp", strlen ("ServerApp"), traits[i]);
        autojson json_t *once = option_value_parse (t, text, NULL, NULL);
        autojson json_t *twice = option_value_parse (t, text, once, NULL);
    }
}

static void merge (const json_t *root)
{
    struct options *o = options_new ();
    const char *class, *trait;
    json_t *section, *value;
    json_object_foreach ((json_t *)root, class, section) json_object_foreach (
        section, trait, value) for (int layer = 0; layer < OPTIONS_LAYERS; layer++)
        options_layer_set (o, (enum options_source)layer, layer % 2, class, trait, value);
    options_resolve (o);
    options_free (o);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autofree char *text = xstrndup ((const char *)data, size);
    log_set_level (LOG_LEVEL_ERROR);
    parse_all_types (text);
    autojson json_t *literal = option_literal (text, NULL);
    autojson json_t *json = jsonx_parse ((const char *)data, size, NULL);
    merge (literal);
    merge (json);
    return 0;
}
