/* fuzz_bash_words.c - any cursor in any text: the word lies within, and positions translate both ways */

#include "base/cleanup.h"
#include "bash/prompt.h"
#include "bash/verdict.h"
#include "bash/words.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    autofree char *code = xstrndup ((const char *)data + (size > 0), size ? size - 1 : 0);
    size_t n = strlen (code), cursor = words_byte_offset (code, n, size ? data[0] : 0);
    autofree char *name = words_name_at (code, n, cursor);
    autofree char *indent = verdict_indent (code);
    autofree char *prompt = prompt_clean (code);
    struct word w;

    words_at (code, n, cursor, &w);
    autofree char *escaped = words_escape (&w, w.text);
    if (w.start > cursor ||
        words_byte_offset (code, n, words_characters (code, cursor)) != cursor)
        abort ();
    words_done (&w);
    return 0;
}
