/* lab.h - the JupyterLab layer: where its files are, and what its handlers share (contract
 * 4, 5)
 *
 * The application is a "lab directory" with static/, schemas/ and themes/ as the official
 * wheel installs it; it is an input, never something we own.  Extensions come from the
 * labextensions search list.
 *
 *     s->lab = lab_new (s, &err);        finds the directories; a missing application is no
 * error here, /lab then says what to do about it
 *     ... handlers: struct lab *l = lab_of (req) ...
 *     lab_free (s->lab);
 *
 * Everything that touches files runs in the pool (lab_job.h) and may use DIRS, CACHE and
 * the options there; the other fields are for the loop thread.
 */
#ifndef SERVER_LAB_H
#define SERVER_LAB_H

#include "base/err.h"
#include "base/strv.h"
#include "server/file_cache.h"
#include <jansson.h>

struct http_req;
struct server;

/* Absolute paths; fixed after lab_new, so any thread may read them. */
struct lab_dirs {
    char *app;           /* the lab directory */
    char *app_settings;  /* <app>/settings: page_config.json, overrides.json ... */
    char *static_files;  /* <app>/static */
    char *schemas;       /* <app>/schemas */
    char *themes;        /* <app>/themes */
    char *user_settings; /* <config>/lab/user-settings */
    char *workspaces;    /* <config>/lab/workspaces: saved window layouts */
    /* First one wins.  An entry is a directory of extensions, or one extension by itself
     * (it holds a package.json): the build tree's own. */
    struct strv labextensions;
    struct strv
        extra_labextensions;   /* the leading part of it that was configured as "extra" */
    struct strv site_packages; /* where language packs may be */
};

struct lab {
    struct server *server;
    struct lab_dirs dirs;
    struct file_cache *cache; /* any thread */
    char *version;            /* of the application, "" if there is none */
    char *locale; /* last language pack that was asked for; "" none.  Loop thread */
    int store_id; /* counts rendered pages.  Loop thread */
};

struct lab *lab_new (struct server *s, struct err *err);
void lab_free (struct lab *l);

struct lab *lab_of (const struct http_req *req);
/* ROOT joined with the relative URL path REL (N bytes, decoded), lexically inside ROOT;
 * malloc'ed.  NULL: it holds NUL or leaves ROOT.  Links inside may lead anywhere. */
char *lab_path (const char *root, const char *rel, size_t n);

#endif
