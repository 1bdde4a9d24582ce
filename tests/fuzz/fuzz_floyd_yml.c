/* fuzz_floyd_yml.c - what strangers put into a repository, and its address
 *
 * What is taken keeps its promises: bounded, one line, and in JSON again what it was.
 */

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "model/floyd_yml.h"
#include "model/git_url.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct floyd_yml f;
    struct git_url u;

    if (floyd_yml_parse ((const char *)data, size, &f, NULL) == 0) {
        assert (json_array_size (f.inputs) <= FLOYD_YML_INPUTS);
        assert (strlen (f.description) <= FLOYD_YML_TEXT && !strchr (f.description, '\n'));
        autojson json_t *j = floyd_yml_json (&f);
        assert (j);
        floyd_yml_done (&f);
    }
    autofree char *text = xstrndup ((const char *)data, size);
    if (git_url_parse (text, &u, NULL) == 0) {
        assert (*u.host && *u.port && !strncasecmp (text, "http", 4));
        assert (!strpbrk (text, " \t\r\n\"'\\`;$<>|"));
    }
    (void)git_branch_ok (text);
    return 0;
}
