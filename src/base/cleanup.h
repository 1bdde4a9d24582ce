/* cleanup.h - locals that clean themselves up
 *
 *     autofree char *name = NULL;
 *     autoclose int fd = -1;
 *     autocleanup (kernel_free) struct kernel *k = NULL;   with DEFINE_AUTO in kernel.h
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/* Declare in a type's header: calls FN on the pointer if it is set. */
#define DEFINE_AUTO(type, fn)                                                              \
    static inline __attribute__ ((unused)) void auto_##fn (type *p)                        \
    {                                                                                      \
        if (*p)                                                                            \
            fn (*p);                                                                       \
    }
#define autocleanup(fn) __attribute__ ((cleanup (auto_##fn)))
/* For values with X_done: autodone (buf_done) struct buf b; after it b must be initialised. */
#define autodone(fn) __attribute__ ((cleanup (fn)))

#define autofree __attribute__ ((cleanup (auto_freep)))
#define autoclose __attribute__ ((cleanup (auto_closep))) /* int fd, -1 = none */

static inline void auto_freep (void *p)
{
    free (*(void **)p);
}
static inline void auto_closep (int *fd)
{
    if (*fd >= 0)
        (void)close (*fd);
}

/* Give up ownership of a local that would otherwise be cleaned up. */
#define take_ptr(p)                                                                        \
    ({                                                                                     \
        __typeof__ (p) t_ = (p);                                                           \
        (p) = NULL;                                                                        \
        t_;                                                                                \
    })
#define take_fd(fd)                                                                        \
    ({                                                                                     \
        int t_ = (fd);                                                                     \
        (fd) = -1;                                                                         \
        t_;                                                                                \
    })

#define ARRAY_SIZE(a) (sizeof (a) / sizeof ((a)[0]))
#define container_of(ptr, type, member)                                                    \
    ((type *)((char *)(ptr) - __builtin_offsetof(type, member)))

/* Small, fixed-size allocations of our own: never return NULL (they abort).  Anything whose size
 * a stranger chooses goes through a capped struct buf or struct blk instead. */
void *xcalloc (size_t n, size_t size);
void *xrealloc (void *p, size_t n, size_t size);
char *xstrdup (const char *s);
char *xstrndup (const char *s, size_t n);
char *xasprintf (const char *fmt, ...) __attribute__ ((format (printf, 1, 2)));
#define xnew(type) ((type *)xcalloc (1, sizeof (type)))

#endif
