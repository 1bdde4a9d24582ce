/* media.c - the media type of a file */

#include "bash/media.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *mime;
} names[] = {
    { "png", "image/png" },         { "jpg", "image/jpeg" },
    { "jpeg", "image/jpeg" },       { "gif", "image/gif" },
    { "webp", "image/webp" },       { "svg", "image/svg+xml" },
    { "html", "text/html" },        { "htm", "text/html" },
    { "md", "text/markdown" },      { "markdown", "text/markdown" },
    { "tex", "text/latex" },        { "latex", "text/latex" },
    { "json", "application/json" }, { "geojson", "application/geo+json" },
    { "pdf", "application/pdf" },   { "js", "application/javascript" },
    { "txt", "text/plain" },        { "text", "text/plain" },
};

static const struct {
    const char *magic;
    size_t at, len;
    const char *mime;
} magics[] = {
    { "\x89PNG\r\n\x1a\n", 0, 8, "image/png" },
    { "\xff\xd8\xff", 0, 3, "image/jpeg" },
    { "GIF8", 0, 4, "image/gif" },
    { "WEBP", 8, 4, "image/webp" },
    { "%PDF-", 0, 5, "application/pdf" },
    { "<svg", 0, 4, "image/svg+xml" },
    { "<!DOCTYPE html", 0, 14, "text/html" },
    { "<html", 0, 5, "text/html" },
};

const char *media_by_short_name (const char *short_name)
{
    for (size_t i = 0; i < ARRAY_SIZE (names); i++)
        if (!strcasecmp (names[i].name, short_name))
            return names[i].mime;
    return NULL;
}

const char *media_guess (const char *name, const char *data, size_t n)
{
    const char *dot = name ? strrchr (name, '.') : NULL;
    const char *mime = dot && !strchr (dot, '/') ? media_by_short_name (dot + 1) : NULL;

    if (mime)
        return mime;
    for (size_t i = 0; i < ARRAY_SIZE (magics); i++)
        if (n >= magics[i].at + magics[i].len &&
            !memcmp (data + magics[i].at, magics[i].magic, magics[i].len))
            return magics[i].mime;
    if (n > 5 && !memcmp (data, "<?xml", 5) && memmem (data, n, "<svg", 4))
        return "image/svg+xml";
    return utf8_valid (data, n) ? "text/plain" : "application/octet-stream";
}
