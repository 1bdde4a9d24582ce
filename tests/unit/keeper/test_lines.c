/* test_lines.c - lines of a pipe; where sockets lie; what waits to be written */

#include "keeper/kernel_ipc.h"
#include "keeper/lines.h"
#include "keeper/writeq.h"

#include "base/fd.h"
#include "base/path.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char heard[8192];

static void on_line (void *arg, const char *line)
{
    (void)snprintf (heard + strlen (heard), sizeof (heard) - strlen (heard), "[%s]", line);
}

static struct lines *feed (struct loop *l, const char *text, size_t n)
{
    struct lines *lines;
    int fds[2];

    heard[0] = '\0';
    assert_int_equal (pipe2 (fds, O_CLOEXEC), 0);
    lines = lines_new (l, fds[0], on_line, NULL);
    assert_int_equal (write (fds[1], text, n), n);
    lines_drain (lines);
    (void)close (fds[1]);
    return lines;
}

static void test_lines (void **state)
{
    struct loop *l = loop_new (NULL);
    struct lines *lines = feed (l, "one\r\n\ntwo\twords\n\x1b[31mred\x01\nlast", 30);

    assert_string_equal (heard, "[one][two\twords][?[31mred?][last]");
    assert_string_equal (lines_tail (lines), "one\ntwo\twords\n?[31mred?\nlast\n");
    lines_free (lines);
    lines = feed (l, "caf\xc3\xa9\ncaf\xe9\n", 11);
    assert_string_equal (heard, "[caf\xc3\xa9][caf?]");
    lines_free (lines);
    loop_free (l);
}

static void test_long_lines (void **state)
{
    struct loop *l = loop_new (NULL);
    char text[LINES_MAX * 2 + 100];
    struct lines *lines;

    memset (text, 'x', sizeof (text));
    lines = feed (l, text, sizeof (text));
    assert_int_equal (strlen (heard), sizeof (text) + 3 * 2);
    lines_free (lines);
    for (size_t i = 0; i < sizeof (text); i++)
        text[i] = i % 50 == 49 ? '\n' : (char)('a' + i / 50 % 26);
    lines = feed (l, text, sizeof (text));
    /* The newest whole lines. */
    assert_true (strlen (lines_tail (lines)) <= LINES_TAIL);
    assert_true (strlen (lines_tail (lines)) > LINES_TAIL - 100);
    lines_free (lines);
    loop_free (l);
}

/* Short, private, emptied, made again when somebody cleaned /tmp; what nobody holds is removed,
 * what another keeper holds is not, even if its process cannot be seen from here. */
static void test_ipc_directories (void **state)
{
    autofree char *base = xasprintf ("/tmp/lw-%u", (unsigned)geteuid ());
    autofree char *dead = path_join (base, "dead00");
    struct kernel_ipc ipc = KERNEL_IPC_NONE, other = KERNEL_IPC_NONE;
    struct stat st;

    assert_int_equal (kernel_ipc_make (&ipc, NULL), 0);
    assert_true (strlen (ipc.dir) <= strlen ("/tmp/lw-") + 10 + 1 + 6);
    assert_int_equal (stat (ipc.dir, &st), 0);
    assert_int_equal (st.st_mode & 0777, 0700);
    autofree char *file = path_join (ipc.dir, "k-1");
    assert_int_equal (fd_write_file_atomic (file, "x", 1, 0600, NULL), 0);
    assert_int_equal (mkdir (dead, 0700), 0);
    assert_int_equal (kernel_ipc_make (&other, NULL), 0);
    assert_string_not_equal (other.dir, ipc.dir);
    assert_int_equal (access (dead, F_OK), -1);
    assert_int_equal (access (file, F_OK), 0);
    assert_int_equal (kernel_ipc_clear (&ipc, NULL), 0);
    assert_int_equal (access (file, F_OK), -1);

    assert_int_equal (rmdir (ipc.dir), 0);
    assert_int_equal (kernel_ipc_clear (&ipc, NULL), 0);
    kernel_ipc_done (&other);
    assert_int_equal (kernel_ipc_make (&other, NULL), 0);
    assert_int_equal (access (ipc.dir, F_OK), 0);
    kernel_ipc_done (&other);
    autofree char *dir = xstrdup (ipc.dir);
    kernel_ipc_done (&ipc);
    assert_int_equal (access (dir, F_OK), -1);
}

/* Bytes and ranges of a journal arrive in order, whatever the socket takes at a time. */
static void test_write_queue (void **state)
{
    char dir[] = "/tmp/test-writeq-XXXXXX";
    struct writeq *q = writeq_new (1 << 20);
    struct journal_cursor c;
    struct journal_record r;
    int fds[2], rc = 0;
    size_t total = 0, n = 300000;

    assert_non_null (mkdtemp (dir));
    struct journals *js = journals_new (dir, 1 << 26, NULL, NULL);
    struct journal *j = journal_new (js, 1, 1 << 25);
    autofree char *text = malloc (n);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(i % 251);
    struct slice piece = { text, n };
    journal_append (j, 1, 0, 0, &piece, 1);
    journal_seek (j, &c, 0);
    assert_int_equal (journal_next (j, &c, &r), JOURNAL_RECORD);
    assert_int_equal (writeq_add (q, text, 1000), 0);
    writeq_add_range (q, r.segment, r.offset, r.len);
    assert_int_equal (writeq_add (q, text, 100000), 0);
    writeq_add_range (q, r.segment, r.offset + 5, 10);
    journal_free (j); /* ranges live on */
    assert_int_equal (writeq_bytes (q), 401010);

    assert_int_equal (
        socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    autofree char *got = malloc (500000);
    while (rc == 0 || total < 401010) {
        rc = rc ? rc : writeq_flush (q, fds[0], 70000);
        assert_true (rc >= 0);
        ssize_t part = read (fds[1], got + total, 500000 - total);
        total += part > 0 ? (size_t)part : 0;
    }
    assert_int_equal (total, 401010);
    assert_memory_equal (got, text, 1000);
    assert_memory_equal (got + 1000, text, n);
    assert_memory_equal (got + 301000, text, 100000);
    assert_memory_equal (got + 401000, text + 5, 10);

    /* The ceiling is for what is held in memory. */
    assert_int_equal (writeq_add (q, text, n), 0);
    assert_int_equal (writeq_add (q, text, n), 0);
    assert_int_equal (writeq_add (q, text, n), 0);
    assert_int_equal (writeq_add (q, text, n), -1);
    assert_true (writeq_overflowed (q));
    (void)close (fds[1]);
    assert_int_equal (writeq_flush (q, fds[0], 1 << 20), -1);
    (void)close (fds[0]);
    writeq_free (q);
    journals_free (js);
    assert_int_equal (fd_remove_tree (dir, NULL), 0);
}

int main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_lines),
        cmocka_unit_test (test_long_lines),
        cmocka_unit_test (test_ipc_directories),
        cmocka_unit_test (test_write_queue),
    };

    return cmocka_run_group_tests (tests, NULL, NULL);
}
