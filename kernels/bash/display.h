/* display.h - pictures, HTML and the like from the commands in a cell
 *
 * A socket in the kernel's private directory, to which `display` and `clear` (display_main.c) send what
 * picture.h describes.  What a program prints never gets here.  A picture is published after everything that
 * was printed before the command ran, and the command ends only then, so that what follows it is printed
 * after it:
 *
 *     struct display *d = display_new (loop, path, &ops, me, &err);
 *     ... ops->sync: make sure that all output was delivered, then display_synced (d)
 *     ... ops->publish
 *
 * At most DISPLAY_CLIENTS at a time.  Loop thread only.
 */
#ifndef BASH_DISPLAY_H
#define BASH_DISPLAY_H

#include "base/blk.h"
#include "loop/loop.h"

#define DISPLAY_CLIENTS 8
#define DISPLAY_SOCKET "display" /* in the private directory */
#define DISPLAY_DIR_ENV "LABWRIGHT_BASH_DIR"

struct display;

struct display_ops {
    void (*sync) (void *arg);
    void (*publish) (void *arg, const char *type, struct slice content);
};

struct display *display_new (struct loop *l, const char *path,
                             const struct display_ops *ops, void *arg, struct err *err);
void display_free (struct display *d); /* NULL is fine */
void display_synced (struct display *d);

/* The commands: argv[0] is `display` or `clear`. */
int display_main (int argc, char **argv);

#endif
