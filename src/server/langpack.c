/* langpack.c - language packs: find and read them */

#include "server/langpack.h"

#include "base/cleanup.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char prefix[] = "jupyterlab_language_pack_";

struct langpack {
    json_t *domains; /* {"<domain>": {...}}: the object is ours, the values are shared */
};

static bool all (const char *s, size_t n, int (*test) (int))
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] >= 128 || !test ((unsigned char)s[i]))
            return false;
    return true;
}

/* "xx_YY", "xx_Ssss", "xx_Ssss_YY", "xx_419" behind the language. */
static bool valid_rest (const char *s)
{
    while (*s == '_') {
        size_t n = strcspn (++s, "_");
        bool territory = (n == 2 && all (s, n, isupper)) || (n == 3 && all (s, n, isdigit));
        bool script = n == 4 && all (s, 1, isupper) && all (s + 1, 3, islower);
        if (!territory && !script)
            return false;
        s += n;
    }
    return !*s;
}

/* ISO 639-1, in pairs. */
static const char languages[] =
    "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoes"
    "eteufafffifjfofrfygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikj"
    "kkklkmknkokrkskukvkwkylalblglilnloltlulvmgmhmimkmlmnmrmsmtmynanbndnengnlnnnonrnv"
    "nyocojomorospapiplpsptqurmrnrorurwsascsdsesgshsiskslsmsnsosqsrssstsusvswtatetgth"
    "titktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu";

static bool known_language (const char *s, size_t n)
{
    if (n == 3)
        return true;
    for (const char *p = languages; n == 2 && *p; p += 2)
        if (p[0] == s[0] && p[1] == s[1])
            return true;
    return false;
}

bool langpack_locale_valid (const char *locale)
{
    size_t n = strcspn (locale, "_");
    return strlen (locale) < 16 && (n == 2 || n == 3) && all (locale, n, islower) &&
           known_language (locale, n) && valid_rest (locale + n);
}

void langpack_system_locale (char ret[16])
{
    static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    memcpy (ret, "en", 3);
    for (size_t i = 0; i < ARRAY_SIZE (variables); i++) {
        const char *set = getenv (variables[i]);
        if (!set || !*set)
            continue;
        autofree char *name = xstrndup (set, strcspn (set, ".@"));
        if (langpack_locale_valid (name))
            memcpy (ret, name, strlen (name) + 1);
        return;
    }
}

static char *messages_dir (const char *site, const char *locale)
{
    return xasprintf ("%s/%s%s/locale/%s/LC_MESSAGES", site, prefix, locale, locale);
}

/* FILE is "<domain>.json". */
static void add_domain (struct langpack *p, struct file_cache *c, const char *dir,
                        const char *file)
{
    size_t n = strlen (file);
    if (n < 6 || strcmp (file + n - 5, ".json") ||
        json_object_size (p->domains) >= LANGPACK_MAX_DOMAINS)
        return;
    autofree char *path = path_join (dir, file);
    autofree char *domain = xstrndup (file, n - 5);
    struct err err;
    json_t *messages = file_cache_get (c, path, jsonx_parse, &err);
    if (messages)
        json_object_set_new (p->domains, domain, messages);
    else
        log_warning ("lab", "translation skipped: %s", err.text);
}

struct langpack *langpack_open (struct file_cache *c, const struct strv *site_packages,
                                const char *locale)
{
    if (!langpack_locale_valid (locale))
        return NULL;
    for (size_t i = 0; i < site_packages->n; i++) {
        autofree char *dir = messages_dir (site_packages->v[i], locale);
        DIR *d = opendir (dir);
        if (!d)
            continue;
        struct langpack *p = xnew (struct langpack);
        p->domains = json_object ();
        const struct dirent *e;
        while ((e = readdir (d)))
            add_domain (p, c, dir, e->d_name);
        closedir (d);
        return p;
    }
    return NULL;
}

void langpack_free (struct langpack *p)
{
    if (!p)
        return;
    json_decref (p->domains);
    free (p);
}

json_t *langpack_data (const struct langpack *p)
{
    return json_copy (p->domains);
}

const char *langpack_text (const struct langpack *p, const char *domain,
                           const char *context, const char *msgid)
{
    autofree char *key = xasprintf ("%s\004%s", context, msgid);
    json_t *list = json_object_get (json_object_get (p->domains, domain), key);
    const char *text = json_string_value (json_array_get (list, 0));
    return text && *text ? text : NULL;
}

static void add_language (json_t *list, const char *locale)
{
    const char *display = locale, *native = locale;
    (void)langpack_names (locale, &display, &native);
    if (!json_object_get (list, locale))
        json_object_set_new (
            list, locale,
            json_pack ("{s:s, s:s}", "displayName", display, "nativeName", native));
}

json_t *langpack_list (const struct strv *site_packages)
{
    json_t *list = json_object ();
    add_language (list, "en");
    for (size_t i = 0; i < site_packages->n; i++) {
        DIR *d = opendir (site_packages->v[i]);
        if (!d)
            continue;
        const struct dirent *e;
        while ((e = readdir (d))) {
            if (strncmp (e->d_name, prefix, strlen (prefix)))
                continue;
            const char *locale = e->d_name + strlen (prefix);
            autofree char *dir = messages_dir (site_packages->v[i], locale);
            if (langpack_locale_valid (locale) && access (dir, R_OK) == 0)
                add_language (list, locale);
        }
        closedir (d);
    }
    return list;
}
