/* fuzz_query.c - query strings, forms, cookies, ranges and tags */

#include "http/pairs.h"
#include "http/range.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct pairs args = { 0 }, cookies = { 0 };
    char *text = malloc (size + 1);
    uint64_t from, len;

    if (!text)
        return 0;
    memcpy (text, data, size);
    text[size] = '\0';
    pairs_add_query (&args, (const char *)data, size);
    pairs_add_cookies (&cookies, text);
    assert (args.n <= PAIRS_MAX && cookies.n <= PAIRS_MAX);
    for (size_t i = 0; i < args.n; i++)
        assert (pairs_last (&args, args.v[i].key));
    pairs_done (&args);
    pairs_done (&cookies);
    if (range_parse (text, size, &from, &len) != RANGE_UNSATISFIABLE)
        assert (from + len <= size);
    (void)range_etag_matches (text, "\"a\"");
    (void)range_not_modified (NULL, text, NULL, 0);
    free (text);
    return 0;
}
