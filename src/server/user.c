/* user.c - who is asking */

#include "server/user.h"

#include "base/ident.h"
#include "base/jsonx.h"

#include <ctype.h>
#include <string.h>

bool user_has_field (const char *name)
{
    static const char *const fields[] = { "name", "display_name", "initials", "avatar_url",
                                          "color" };
    for (size_t i = 0; name && i < ARRAY_SIZE (fields); i++)
        if (!strcmp (fields[i], name))
            return true;
    return false;
}

static const char *const moons[] = {
    "Adrastea",   "Amalthea", "Ananke",    "Aoede",      "Ariel",    "Callisto",
    "Callirrhoe", "Calypso",  "Carme",     "Carpo",      "Charon",   "Deimos",
    "Dione",      "Elara",    "Enceladus", "Europa",     "Ganymede", "Harpalyke",
    "Hegemone",   "Helike",   "Helene",    "Himalia",    "Hyperion", "Iapetus",
    "Io",         "Isonoe",   "Iocaste",   "Kale",       "Leda",     "Lysithea",
    "Metis",      "Mimas",    "Miranda",   "Nereid",     "Oberon",   "Pandora",
    "Pasiphae",   "Phobos",   "Phoebe",    "Prometheus", "Proteus",  "Rhea",
    "Sinope",     "Tethys",   "Thebe",     "Themisto",   "Titan",    "Titania",
    "Triton",     "Umbriel",
};

struct user *user_new_anonymous (void)
{
    struct user *u = xnew (struct user);
    unsigned char pick[2];
    ident_random (pick, sizeof (pick));
    const char *moon = moons[(pick[0] << 8 | pick[1]) % ARRAY_SIZE (moons)];
    char uuid[IDENT_UUID];
    ident_uuid4 (uuid);
    char *to = uuid;
    for (const char *from = uuid; *from; from++)
        if (*from != '-')
            *to++ = *from;
    *to = '\0';
    u->username = xstrdup (uuid);
    u->name = xasprintf ("Anonymous %s", moon);
    u->display_name = xstrdup (u->name);
    u->initials = xasprintf ("A%c", moon[0]);
    return u;
}

/* The first letters of the first two words: "ada.lovelace" is AL. */
static char *initials_of (const char *name)
{
    char text[3] = "";
    size_t n = 0;
    for (const char *p = name; *p && n < 2; p++)
        if (isalnum ((unsigned char)*p) && (p == name || !isalnum ((unsigned char)p[-1])))
            text[n++] = (char)toupper ((unsigned char)*p);
    return xstrdup (text);
}

struct user *user_new_named (const char *name)
{
    struct user *u = xnew (struct user);
    u->username = xstrdup (name);
    u->name = xstrdup (name);
    u->display_name = xstrdup (name);
    u->initials = initials_of (name);
    return u;
}

static char *copy_str (const json_t *j, const char *key, const char *dflt)
{
    const char *s = jsonx_str (j, key, dflt);
    return s ? xstrdup (s) : NULL;
}

struct user *user_from_json (const json_t *j)
{
    const char *username = jsonx_str (j, "username", NULL);
    if (!username || !*username)
        return NULL;
    struct user *u = xnew (struct user);
    u->username = xstrdup (username);
    u->name = copy_str (j, "name", username);
    u->display_name = copy_str (j, "display_name", u->name);
    u->initials = copy_str (j, "initials", NULL);
    u->avatar_url = copy_str (j, "avatar_url", NULL);
    u->color = copy_str (j, "color", NULL);
    return u;
}

json_t *user_to_json (const struct user *u)
{
    json_t *j = json_object ();
    jsonx_set_str (j, "username", u->username);
    jsonx_set_str (j, "name", u->name);
    jsonx_set_str (j, "display_name", u->display_name);
    jsonx_set_str (j, "initials", u->initials);
    jsonx_set_str (j, "avatar_url", u->avatar_url);
    jsonx_set_str (j, "color", u->color);
    return j;
}

static int add_member (struct buf *b, const char *key, const char *value)
{
    int bad = buf_adds (b, ", \"") | buf_adds (b, key) | buf_adds (b, "\": ");
    return bad |
           (value ? buf_add_json_string (b, value, strlen (value)) : buf_adds (b, "null"));
}

int user_add_json (struct buf *b, const struct user *u)
{
    int bad = buf_adds (b, "{\"username\": ");
    bad |= buf_add_json_string (b, u->username, strlen (u->username));
    bad |= add_member (b, "name", u->name);
    bad |= add_member (b, "display_name", u->display_name);
    bad |= add_member (b, "initials", u->initials);
    bad |= add_member (b, "avatar_url", u->avatar_url);
    bad |= add_member (b, "color", u->color);
    return bad | buf_addc (b, '}');
}

static bool same (const char *a, const char *b)
{
    return a == b || (a && b && !strcmp (a, b));
}

bool user_equal (const struct user *a, const struct user *b)
{
    return same (a->username, b->username) && same (a->name, b->name) &&
           same (a->display_name, b->display_name) && same (a->initials, b->initials) &&
           same (a->avatar_url, b->avatar_url) && same (a->color, b->color);
}

void user_free (struct user *u)
{
    if (!u)
        return;
    free (u->username);
    free (u->name);
    free (u->display_name);
    free (u->initials);
    free (u->avatar_url);
    free (u->color);
    free (u);
}
