/* keep_dial.c - reaching the keeper's socket, and starting a keeper
 *
 * The socket is reached through a descriptor of its directory, because a path may be longer than the 107
 * bytes that a unix address holds.
 */

#include "server/keep_dial.h"

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/program.h"
#include "server/child_environ.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define HASH_DIGITS 16

char *keep_dial_dir (const char *runtime_dir, const char *root_dir, unsigned index)
{
    char hex[CRYPTO_HEX];
    (void)crypto_digest_hex ("sha256", root_dir, strlen (root_dir), hex);
    hex[HASH_DIGITS] = '\0';
    return index ? xasprintf ("%s/labwright/%s-%u", runtime_dir, hex, index + 1)
                 : xasprintf ("%s/labwright/%s", runtime_dir, hex);
}

static int check_peer (int fd, pid_t *ret_pid, struct err *err)
{
    struct ucred who;
    socklen_t n = sizeof (who);
    if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &who, &n))
        return err_sys (err, errno, "look at the keeper's identity");
    if (who.uid != geteuid ())
        return err_set (err, PROBLEM_FORBIDDEN, "the keeper belongs to user %u", who.uid);
    *ret_pid = who.pid;
    return 0;
}

static int connect_in (int fd, int dir_fd, struct err *err)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    (void)snprintf (addr.sun_path, sizeof (addr.sun_path),
                    "/proc/self/fd/%d/" KEEP_DIAL_SOCKET, dir_fd);
    if (!connect (fd, (struct sockaddr *)&addr, sizeof (addr)))
        return 0;
    if (errno == ENOENT || errno == ECONNREFUSED)
        return err_set (err, PROBLEM_NOT_FOUND, "no keeper listens");
    if (errno == EAGAIN || errno == EINTR)
        return err_set (err, PROBLEM_BUSY, "the keeper is busy");
    return err_sys (err, errno, "connect to the keeper");
}

int keep_dial (const char *dir, pid_t *ret_pid, struct err *err)
{
    autoclose int dir_fd = open (dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return err_sys (err, errno, "%s", dir);
    autoclose int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys (err, errno, "make a socket");
    if (connect_in (fd, dir_fd, err) || check_peer (fd, ret_pid, err))
        return -1;
    return take_fd (fd);
}

/* Where the program is, so that the keeper is recognised in a list of processes. */
static char *own_program (void)
{
    autofree char *path = program_path ();
    return access (path, X_OK) ? xstrdup ("/proc/self/exe") : take_ptr (path);
}

struct proc *keep_dial_spawn (struct loop *l, const char *dir, int *ret_fd,
                              proc_exit_fn on_exit, void *arg, struct err *err)
{
    autodone (strv_done) struct strv argv;
    autodone (strv_done) struct strv env;
    autofree char *program = own_program ();
    int ends[2];
    strv_init (&argv);
    strv_init (&env);
    child_environ (&env);
    if (fd_mkdirs (dir, 0700, err))
        return NULL;
    if (pipe2 (ends, O_CLOEXEC)) {
        (void)err_sys (err, errno, "make a pipe");
        return NULL;
    }
    autoclose int from = ends[0];
    autoclose int to = ends[1];
    strv_add (&argv, program);
    strv_add (&argv, "keep");
    strv_add (&argv, "--dir");
    strv_add (&argv, dir);
    strv_add (&argv, "--fd");
    strv_add (&argv, "1");
    struct proc_spec spec = { .argv = &argv,
                              .environ = &env,
                              .fd_in = -1,
                              .fd_out = to,
                              .fd_err = -1,
                              .new_session = true };
    struct proc *p = proc_start (l, &spec, on_exit, arg, err);
    if (p)
        *ret_fd = take_fd (from);
    return p;
}
