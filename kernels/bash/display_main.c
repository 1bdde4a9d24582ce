/* display_main.c - the commands `display` and `clear` in a cell: clients of display.h */

#include "base/fd.h"
#include "base/jsonx.h"
#include "base/path.h"
#include "bash/display.h"
#include "bash/media.h"
#include "bash/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ANSWER_MAX 4096

static const char usage_text[] =
    "usage: display [options] [FILE | -]...\n"
    "Show a picture, HTML, Markdown, LaTeX, JSON or text below the cell.\n\n"
    "  --mime TYPE     a media type, or png jpeg svg html md latex json text;\n"
    "                  otherwise by the file's name and content\n"
    "  --id ID         name it, so that it can be changed later\n"
    "  --update ID     change what has this id, wherever it is shown\n"
    "  --alt TEXT      text for those who cannot see it\n"
    "  --width N, --height N   of a picture, in pixels\n";
static const char clear_usage_text[] =
    "usage: clear [--wait]\n"
    "Remove what the cell has shown.  --wait: when the next output comes.\n";

static int failed (const char *who, const char *what, const char *why)
{
    (void)fprintf (stderr, "%s: %s: %s\n", who, what, why);
    return 1;
}

static int dial (struct err *err)
{
    const char *dir = getenv (DISPLAY_DIR_ENV);
    autofree char *path = path_join (dir ? dir : "", DISPLAY_SOCKET);
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    autoclose int fd = -1;

    if (!dir || strlen (path) >= sizeof (sa.sun_path))
        return err_set (err, PROBLEM_UNAVAILABLE, "this is no cell of a Bash notebook");
    memcpy (sa.sun_path, path, strlen (path) + 1);
    fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect (fd, (struct sockaddr *)&sa, sizeof (sa)) < 0)
        return err_sys (err, errno, "the kernel does not answer");
    return take_fd (fd);
}

/* Waits until the kernel has published it. */
static int send_picture (const json_t *head, const void *data, size_t n, struct err *err)
{
    autofree char *line = jsonx_dump_string (head, 0, false);
    autoclose int fd = dial (err);
    autodone (buf_done) struct buf answer;

    buf_init (&answer, ANSWER_MAX);
    if (fd < 0 || fd_write_all (fd, line, strlen (line), err) < 0 ||
        fd_write_all (fd, "\n", 1, err) < 0 || fd_write_all (fd, data, n, err) < 0)
        return -1;
    (void)shutdown (fd, SHUT_WR);
    if (fd_read_all (fd, &answer, err) < 0)
        return -1;
    if (answer.len && answer.data[answer.len - 1] == '\n')
        answer.data[--answer.len] = '\0';
    if (!strcmp (answer.data, "ok"))
        return 0;
    return err_set (err, PROBLEM_INVALID, "%s",
                    answer.len ? answer.data : "the kernel went away");
}

static int show (const char *file, const char *mime, json_t *head)
{
    autodone (buf_done) struct buf b;
    bool is_stdin = !strcmp (file, "-");
    autoclose int fd = is_stdin ? -1 : open (file, O_RDONLY | O_CLOEXEC);
    struct err err;

    buf_init (&b, PICTURE_MAX - PICTURE_HEAD_MAX);
    if (!is_stdin && fd < 0)
        return failed ("display", file, strerror (errno));
    if (fd_read_all (is_stdin ? STDIN_FILENO : fd, &b, &err) < 0)
        return failed ("display", file, err.text);
    if (!mime)
        mime = media_guess (is_stdin ? NULL : file, b.data, b.len);
    jsonx_set_str (head, "mime", mime);
    if (send_picture (head, b.data, b.len, &err) < 0)
        return failed ("display", file, err.text);
    return 0;
}

static void set_size (json_t *head, const char *key, const char *value)
{
    json_t *metadata = json_object_get (head, "metadata");

    if (!metadata) {
        metadata = json_object ();
        json_object_set_new (head, "metadata", metadata);
    }
    json_object_set_new (metadata, key, json_integer (strtol (value, NULL, 10)));
}

/* 0, or what display_main returns plus 1. */
static int read_options (int argc, char **argv, json_t *head, const char **mime)
{
    static const struct option options[] = {
        { "mime", required_argument, NULL, 'm' },
        { "id", required_argument, NULL, 'i' },
        { "update", required_argument, NULL, 'u' },
        { "alt", required_argument, NULL, 'a' },
        { "width", required_argument, NULL, 'w' },
        { "height", required_argument, NULL, 'y' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    while ((c = getopt_long (argc, argv, "m:i:u:a:h", options, NULL)) >= 0) {
        switch (c) {
        case 'm':
            *mime = media_by_short_name (optarg);
            *mime = *mime ? *mime : optarg;
            break;
        case 'i': jsonx_set_str (head, "id", optarg); break;
        case 'u':
            jsonx_set_str (head, "id", optarg);
            json_object_set_new (head, "update", json_true ());
            break;
        case 'a': jsonx_set_str (head, "alt", optarg); break;
        case 'w': set_size (head, "width", optarg); break;
        case 'y': set_size (head, "height", optarg); break;
        default:
            (void)fputs (usage_text, c == 'h' ? stdout : stderr);
            return c == 'h' ? 1 : 3;
        }
    }
    return 0;
}

static int main_display (int argc, char **argv)
{
    autojson json_t *head = json_pack ("{s:s}", "verb", "show");
    const char *mime = NULL;
    int code = read_options (argc, argv, head, &mime);

    if (code)
        return code - 1;
    if (optind == argc)
        return show ("-", mime, head);
    for (int i = optind; i < argc; i++)
        code |= show (argv[i], mime, head);
    return code;
}

/* Outside of a notebook it does what people know of a command of this name. */
static int main_clear (int argc, char **argv)
{
    bool wait = argc == 2 && !strcmp (argv[1], "--wait");
    autojson json_t *head = json_pack ("{s:s, s:b}", "verb", "clear", "wait", (int)wait);
    struct err err;

    if (argc == 2 && !strcmp (argv[1], "--help")) {
        (void)fputs (clear_usage_text, stdout);
        return 0;
    }
    if (send_picture (head, "", 0, &err) < 0)
        (void)fputs ("\033[H\033[2J\033[3J", stdout);
    return 0;
}

int display_main (int argc, char **argv)
{
    return !strcmp (path_basename (argv[0]), "clear") ? main_clear (argc, argv)
                                                      : main_display (argc, argv);
}
