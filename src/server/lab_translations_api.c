/* lab_translations_api.c - lab/api/translations (contract 4.6)
 *
 * Always 200: nearly every plugin of the front end waits for this answer.
 */
#include "server/lab_api.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/url.h"
#include "http/http.h"
#include "server/lab_job.h"
#include "server/langpack.h"

#include <string.h>

static int list_work (struct lab_job *job, struct err *err)
{
    job->json = json_pack ("{s:o, s:s}", "data",
                           langpack_list (&job->lab->dirs.site_packages), "message", "");
    return 0;
}

static void translations_list (struct http_req *req)
{
    lab_job_run (lab_job_new (req, NULL), list_work);
}

static bool english (const char *locale)
{
    return !strncmp (locale, "en", 2) && (!locale[2] || locale[2] == '_');
}

static void set_answer (struct lab_job *job, json_t *data, const char *message)
{
    job->json = json_pack ("{s:o, s:s}", "data", data, "message", message);
}

/* job->text becomes the locale that was loaded. */
static int get_work (struct lab_job *job, struct err *err)
{
    char system[16];
    langpack_system_locale (system);
    const char *locale = strcmp (job->name, "default") ? job->name : system;
    bool valid = strlen (job->name) == job->name_len && langpack_locale_valid (locale);
    autocleanup (langpack_free) struct langpack *pack =
        valid ? langpack_open (job->lab->cache, &job->lab->dirs.site_packages, locale)
              : NULL;
    if (pack) {
        set_answer (job, langpack_data (pack), "");
        job->text = xstrdup (locale);
        return 0;
    }
    if (valid && english (locale)) {
        set_answer (job, json_object (), "");
        job->text = xstrdup ("");
        return 0;
    }
    autodone (buf_done) struct buf message;
    buf_init (&message, 4096);
    bool printable = utf8_valid (locale, strlen (locale));
    (void)buf_addf (&message, "Language pack '%s' not %s!", printable ? locale : "?",
                    valid ? "installed" : "valid");
    set_answer (job, json_object (), message.data);
    return 0;
}

/* Schemas of settings are translated into what was loaded last. */
static void remember_locale (struct lab_job *job)
{
    if (!job->text)
        return;
    free (job->lab->locale);
    job->lab->locale = take_ptr (job->text);
}

static void translations_get (struct http_req *req)
{
    struct lab_job *job = lab_job_new (req, "locale");
    job->after = remember_locale;
    lab_job_run (job, get_work);
}

static const struct route rows[] = {
    { HTTP_GET, "/lab/api/translations", NULL, 0, 0, translations_list },
    { HTTP_GET, "/lab/api/translations/", NULL, 0, 0, translations_list },
    { HTTP_GET, "/lab/api/translations/{locale}", NULL, 0, 0, translations_get },
};
const struct route_table lab_translations_routes = { rows, ARRAY_SIZE (rows) };
