/* tty.h - a pseudo-terminal that programs print to, and a way to know that all of it was read
 *
 * The shell has two: one is its controlling terminal with input and stdout, the other takes stderr, so that
 * both are terminals (colours, progress bars) and can still be told apart.  Nothing is echoed, "\n" stays
 * "\n", the window is 24 rows of 80 columns.
 *
 *     tty_open (&t, &err);
 *     tty_watch (&t, loop, &ops, me);        ops->data: bytes as they come
 *     tty_sync (&t);                         ops->synced: all that was printed before has been delivered
 *     tty_close (&t);
 *
 * What a program writes reaches our end later, through a work queue of the system.  tty_sync therefore writes
 * 32 random characters into the terminal and reads until they come out; they are made for this once and taken
 * out again, so nothing that a program printed before can be taken for them.  Loop thread only.
 */
#ifndef BASH_TTY_H
#define BASH_TTY_H

#include "base/buf.h"
#include "loop/loop.h"
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#define TTY_ROWS 24
#define TTY_COLUMNS 80
#define TTY_READ 65536 /* bytes of one turn */
#define TTY_MARK 32

struct tty_ops {
    void (*data) (void *arg, const char *data, size_t n);
    void (*synced) (void *arg);
};

struct tty {
    int master, slave;
    char name[64]; /* the slave's path */
    dev_t device;
    struct termios sane; /* as it was opened */
    struct loop *loop;
    struct loop_io *io;
    struct loop_timer *again;
    const struct tty_ops *ops;
    void *arg;
    char mark[TTY_MARK + 1]; /* "" : no sync is going on */
    size_t mark_left;        /* bytes of it still to be written */
    struct buf held;         /* read during a sync, may begin with a part of the mark */
    bool paused;
};

int tty_open (struct tty *t, struct err *err);
void tty_close (struct tty *t); /* also what tty_open left when it failed, and twice */
void tty_watch (struct tty *t, struct loop *l, const struct tty_ops *ops, void *arg);
/* One at a time. */
void tty_sync (struct tty *t);
void tty_pause (struct tty *t, bool on);
/* Forget what was typed and not read. */
void tty_flush_input (struct tty *t);
/* Type N bytes.  False: the terminal does not take them now. */
bool tty_type (struct tty *t, const char *data, size_t n);
/* Something was typed that nobody has read yet. */
bool tty_input_waits (const struct tty *t);
/* The foreground process group, or -1. */
pid_t tty_foreground (const struct tty *t);

#endif
