/* option_traits.h - what can be configured: classes, traits, flags and aliases (contract
 * 0.2, 0.3)
 *
 * Static tables and searches in them, nothing else: options.c holds the values.  Any
 * thread.
 */
#ifndef SERVER_OPTION_TRAITS_H
#define SERVER_OPTION_TRAITS_H

#include <stdbool.h>
#include <stddef.h>

enum option_type {
    OPTION_BOOL,
    OPTION_INT,
    OPTION_REAL,
    OPTION_STR,
    OPTION_LIST,
    OPTION_DICT
};

struct option_trait {
    const char *class; /* canonical */
    const char *name;
    enum option_type type;
    const char *dflt; /* text of the type (lists and dicts: JSON); NULL: none, or found out
                         at start */
    const char *help;
    const char *legacy; /* "Class.trait" where it is found too, with less weight; or NULL */
};
extern const struct option_trait option_traits[];
extern const size_t option_traits_n;

/* Where a trait of a canonical class may be written: a blank-separated list, the weakest
 * first. */
struct option_class {
    const char *canonical;
    const char *chain;
};
extern const struct option_class option_classes[];
extern const size_t option_classes_n;

/* What config files of the original may hold without effect here. */
struct option_inert {
    const char *class; /* canonical */
    const char *name;  /* "*": every trait of the class */
    const char *why;   /* for the log, after "has no effect here: " */
};
extern const struct option_inert option_inert[];
extern const size_t option_inert_n;

struct option_flag {
    const char *name; /* with its dashes */
    const char *set;  /* "Class.trait=value", or NULL */
    int action;       /* enum options_action */
    const char *help;
};
extern const struct option_flag option_flags[];
extern const size_t option_flags_n;

struct option_alias {
    const char *name;
    const char *trait; /* "Class.trait"; "" for --config */
};
extern const struct option_alias option_aliases[];
extern const size_t option_aliases_n;

/* The trait NAME (N bytes of it) when it is set on CLASS; NULL if there is none. */
const struct option_trait *option_find (const char *class, size_t class_n,
                                        const char *name);
/* The row whose legacy spelling is CLASS.NAME. */
const struct option_trait *option_find_legacy (const char *class, const char *name);
/* The row of option_inert for CLASS.NAME; NULL if there is none. */
const struct option_inert *option_find_inert (const char *class, const char *name);
const char *option_chain (const char *canonical);
bool option_class_known (const char *class);
/* The known "Class" or "Class.trait" that looks most like these, for a warning; static or
 * NULL. */
const char *option_nearest_class (const char *class);
const char *option_nearest_trait (const char *class, const char *name);
/* The flag or alias nearest to TEXT. */
const char *option_nearest_flag (const char *text);

#endif
