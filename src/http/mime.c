/* mime.c - types by file name, as Python's mimetypes module finds them (contract 3.4.7)
 *
 * Two sorted tables: our own, and /etc/mime.types, which wins as it does in Python.  The
 * second is read once, by whoever asks first, and stays: the only state of this file.
 */
#include "http/files.h"

#include "base/fd.h"
#include "base/url.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#define MIME_FILE "/etc/mime.types"
#define MIME_FILE_MAX (1 << 20)
#define MIME_EXT 32 /* longer extensions have no type */

struct mime_row {
    const char *ext; /* with its dot */
    const char *type;
};

/* Sorted by extension. */
static const struct mime_row builtin[] = {
    { ".7z", "application/x-7z-compressed" },
    { ".aac", "audio/aac" },
    { ".ai", "application/postscript" },
    { ".aif", "audio/x-aiff" },
    { ".aiff", "audio/x-aiff" },
    { ".avi", "video/x-msvideo" },
    { ".avif", "image/avif" },
    { ".bat", "text/plain" },
    { ".bin", "application/octet-stream" },
    { ".bmp", "image/bmp" },
    { ".c", "text/plain" },
    { ".cdf", "application/x-netcdf" },
    { ".csh", "application/x-csh" },
    { ".css", "text/css" },
    { ".csv", "text/csv" },
    { ".dll", "application/octet-stream" },
    { ".doc", "application/msword" },
    { ".eml", "message/rfc822" },
    { ".eps", "application/postscript" },
    { ".exe", "application/octet-stream" },
    { ".flac", "audio/flac" },
    { ".gif", "image/gif" },
    { ".gtar", "application/x-gtar" },
    { ".h", "text/plain" },
    { ".h5", "application/x-hdf5" },
    { ".hdf", "application/x-hdf" },
    { ".heic", "image/heic" },
    { ".htm", "text/html" },
    { ".html", "text/html" },
    { ".ico", "image/vnd.microsoft.icon" },
    { ".jpe", "image/jpeg" },
    { ".jpeg", "image/jpeg" },
    { ".jpg", "image/jpeg" },
    { ".js", "text/javascript" },
    { ".json", "application/json" },
    { ".ksh", "text/plain" },
    { ".latex", "application/x-latex" },
    { ".m3u8", "application/vnd.apple.mpegurl" },
    { ".markdown", "text/markdown" },
    { ".md", "text/markdown" },
    { ".mht", "message/rfc822" },
    { ".mjs", "text/javascript" },
    { ".mov", "video/quicktime" },
    { ".mp3", "audio/mpeg" },
    { ".mp4", "video/mp4" },
    { ".mpeg", "video/mpeg" },
    { ".mpg", "video/mpeg" },
    { ".nc", "application/x-netcdf" },
    { ".o", "application/octet-stream" },
    { ".oga", "audio/ogg" },
    { ".ogg", "audio/ogg" },
    { ".ogv", "video/ogg" },
    { ".opus", "audio/opus" },
    { ".otf", "font/otf" },
    { ".pbm", "image/x-portable-bitmap" },
    { ".pdf", "application/pdf" },
    { ".pgm", "image/x-portable-graymap" },
    { ".pl", "text/plain" },
    { ".png", "image/png" },
    { ".ppm", "image/x-portable-pixmap" },
    { ".ppt", "application/vnd.ms-powerpoint" },
    { ".ps", "application/postscript" },
    { ".py", "text/x-python" },
    { ".pyc", "application/x-python-code" },
    { ".qt", "video/quicktime" },
    { ".rtf", "application/rtf" },
    { ".rtx", "text/richtext" },
    { ".sh", "application/x-sh" },
    { ".shar", "application/x-shar" },
    { ".so", "application/octet-stream" },
    { ".svg", "image/svg+xml" },
    { ".tar", "application/x-tar" },
    { ".tcl", "application/x-tcl" },
    { ".tex", "application/x-tex" },
    { ".texi", "application/x-texinfo" },
    { ".texinfo", "application/x-texinfo" },
    { ".tif", "image/tiff" },
    { ".tiff", "image/tiff" },
    { ".tsv", "text/tab-separated-values" },
    { ".ttf", "font/ttf" },
    { ".txt", "text/plain" },
    { ".vcf", "text/x-vcard" },
    { ".wasm", "application/wasm" },
    { ".wav", "audio/x-wav" },
    { ".weba", "audio/webm" },
    { ".webm", "video/webm" },
    { ".webmanifest", "application/manifest+json" },
    { ".webp", "image/webp" },
    { ".woff", "font/woff" },
    { ".woff2", "font/woff2" },
    { ".xhtml", "application/xhtml+xml" },
    { ".xls", "application/vnd.ms-excel" },
    { ".xml", "text/xml" },
    { ".xsl", "application/xml" },
    { ".zip", "application/zip" },
};

static const struct mime_row suffixes[] = {
    { ".svgz", ".svg.gz" }, { ".taz", ".tar.gz" }, { ".tbz2", ".tar.bz2" },
    { ".tgz", ".tar.gz" },  { ".txz", ".tar.xz" }, { ".tz", ".tar.gz" },
};

static const struct mime_row encodings[] = {
    { ".Z", "compress" }, { ".br", "br" }, { ".bz2", "bzip2" },
    { ".gz", "gzip" },    { ".xz", "xz" },
};

/* What static serving says whatever the system's table says. */
static const struct mime_row static_rows[] = {
    { ".css", "text/css" },
    { ".js", "application/javascript" },
    { ".mjs", "text/javascript" },
    { ".wasm", "application/wasm" },
};

/* ---- /etc/mime.types --------------------------------------------------------------------
 */

static struct mime_row *system_rows; /* written once under system_once */
static size_t system_count;
static pthread_once_t system_once = PTHREAD_ONCE_INIT;

struct mime_line {
    struct mime_row row;
    size_t order;
};

static int by_ext_then_order (const void *a, const void *b)
{
    const struct mime_line *x = a, *y = b;
    int c = strcmp (x->row.ext, y->row.ext);

    return c ? c : (x->order > y->order) - (x->order < y->order);
}

/* Extensions keep the dot that Python puts in front: the blank before the word becomes it.
 */
static size_t parse_line (char *line, struct mime_line **rows, size_t n, size_t *cap)
{
    char *save = NULL;
    const char *type;

    line[strcspn (line, "#")] = '\0';
    type = strtok_r (line, " \t\r", &save);
    for (char *ext = type ? strtok_r (NULL, " \t\r", &save) : NULL; ext;
         ext = strtok_r (NULL, " \t\r", &save)) {
        if (n == *cap) {
            *cap = *cap ? *cap * 2 : 1024;
            *rows = xrealloc (*rows, *cap, sizeof (**rows));
        }
        ext[-1] = '.';
        (*rows)[n] = (struct mime_line){ { ext - 1, type }, n };
        n++;
    }
    return n;
}

static void read_system (void)
{
    struct mime_line *lines = NULL;
    size_t n = 0, cap = 0;
    struct buf text;
    char *save = NULL;

    buf_init (&text, MIME_FILE_MAX);
    if (fd_read_file (MIME_FILE, &text, NULL) == 0) {
        char *s = buf_take (&text, NULL); /* the rows point into it: it stays */
        for (char *line = strtok_r (s, "\n", &save); line;
             line = strtok_r (NULL, "\n", &save))
            n = parse_line (line, &lines, n, &cap);
    }
    buf_done (&text);
    if (n > 0)
        qsort (lines, n, sizeof (*lines), by_ext_then_order);
    system_rows = xcalloc (n + 1, sizeof (*system_rows));
    for (size_t i = 0; i < n; i++) { /* the last line of one extension wins */
        if (system_count && !strcmp (system_rows[system_count - 1].ext, lines[i].row.ext))
            system_count--;
        system_rows[system_count++] = lines[i].row;
    }
    free (lines);
}

/* ---- look-up ----------------------------------------------------------------------------
 */

static int by_ext (const void *key, const void *row)
{
    return strcmp (key, ((const struct mime_row *)row)->ext);
}

static const char *find (const struct mime_row *rows, size_t n, const char *ext)
{
    const struct mime_row *row = n ? bsearch (ext, rows, n, sizeof (*rows), by_ext) : NULL;

    return row ? row->type : NULL;
}

static const char *type_of (const char *ext)
{
    char lower[MIME_EXT];
    const char *type = NULL;
    size_t n = 0;

    if (strlen (ext) >= sizeof (lower))
        return NULL;
    for (; ext[n]; n++)
        lower[n] = (char)tolower ((unsigned char)ext[n]);
    lower[n] = '\0';
    for (const char *try = ext; !type && try; try = try == ext ? lower : NULL) {
        type = find (system_rows, system_count, try);
        if (!type)
            type = find (builtin, ARRAY_SIZE (builtin), try);
    }
    return type;
}

/* The extension of the last component; "" if there is none.  Dots that begin the name do
 * not count. */
static const char *extension (const char *name)
{
    const char *base = strrchr (name, '/');
    const char *dot;

    base = base ? base + 1 : name;
    base += strspn (base, ".");
    dot = strrchr (base, '.');
    return dot ? dot : "";
}

/* What a name says that ends in an abbreviation (".tgz") or in an encoding. */
static void guess_encoded (const char *name, const char *ext, const char *more,
                           const char **ret_type, const char **ret_encoding)
{
    autofree char *work = xasprintf ("%.*s%s", (int)(ext - name), name, more ? more : ext);
    const char *last = extension (work);

    *ret_encoding = find (encodings, ARRAY_SIZE (encodings), last);
    if (*ret_encoding) {
        work[last - work] = '\0';
        last = extension (work);
    }
    *ret_type = last[0] ? type_of (last) : NULL;
}

void files_guess_type (const char *name, const char **ret_type, const char **ret_encoding)
{
    const char *ext = extension (name), *type, *encoding = NULL;
    const char *more = find (suffixes, ARRAY_SIZE (suffixes), ext);

    (void)pthread_once (&system_once, read_system);
    if (more || find (encodings, ARRAY_SIZE (encodings), ext))
        guess_encoded (name, ext, more, &type, &encoding);
    else
        type = ext[0] ? type_of (ext) : NULL;
    if (ret_type)
        *ret_type = type;
    if (ret_encoding)
        *ret_encoding = encoding;
}

const char *files_content_type (const char *name, bool static_types)
{
    const char *ext = extension (name);
    const char *type, *encoding;
    const char *fixed = find (static_rows, ARRAY_SIZE (static_rows), ext);

    if (static_types && fixed)
        return fixed;
    if (!strcmp (ext, ".ipynb"))
        return "application/x-ipynb+json";
    files_guess_type (name, &type, &encoding);
    if (encoding)
        return strcmp (encoding, "gzip") ? "application/octet-stream" : "application/gzip";
    if (!type)
        return "application/octet-stream";
    return strcmp (type, "text/plain") ? type : "text/plain; charset=UTF-8";
}

char *files_disposition (const char *name)
{
    autofree char *encoded = url_encode_all (name);

    return xasprintf ("attachment; filename*=utf-8''%s", encoded);
}
