/* fuzz_options.c - literals of the command line, and sections of config files that are
 * merged */

#include "base/jsonx.h"
#include "base/log.h"
#include "server/option_value.h"
#include "server/options_private.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Made once: looking every trait up costs a thousand times what an input does. */
static const struct option_trait *trait[6];
static struct options *options;

static void prepare (void)
{
    static const char *const names[ARRAY_SIZE (trait)] = {
        "port", "ip", "open_browser", "local_hostnames", "tornado_settings", "cookie_secret"
    };
    if (options)
        return;
    log_set_level (LOG_LEVEL_ERROR);
    for (size_t i = 0; i < ARRAY_SIZE (trait); i++)
        trait[i] = option_find ("ServerApp", strlen ("ServerApp"), names[i]);
    options = options_new ();
}

static void parse_all_types (const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE (trait); i++) {
        autojson json_t *once = option_value_parse (trait[i], text, NULL, NULL);
        json_decref (option_value_parse (trait[i], text, once, NULL));
    }
}

static void merge (const json_t *root)
{
    const char *class, *name;
    json_t *section, *value;
    json_object_foreach ((json_t *)root, class, section) json_object_foreach (
        section, name, value) for (int layer = 0; layer < OPTIONS_LAYERS; layer++)
        options_layer_set (options, (enum options_source)layer, layer % 2, class, name,
                           value);
}

static void resolve (const json_t *literal, const json_t *json)
{
    if (!json_object_size (literal) && !json_object_size (json))
        return;
    for (int i = 0; i < OPTIONS_LAYERS; i++) {
        (void)json_object_clear (options->layer[i].top);
        (void)json_object_clear (options->layer[i].nested);
    }
    merge (literal);
    merge (json);
    options_resolve (options);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    prepare ();
    autofree char *text = xstrndup ((const char *)data, size);
    parse_all_types (text);
    autojson json_t *literal = option_literal (text, NULL);
    autojson json_t *json = jsonx_parse ((const char *)data, size, NULL);
    resolve (literal, json);
    return 0;
}
