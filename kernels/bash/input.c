/* input.c - programs that read from the terminal
 *
 * While a cell runs and nothing happens, we look at growing intervals whether a program of the foreground waits
 * for the terminal (waiting.h), twice in a row so that one that is just about to go on is not taken for one
 * that waits.  Then the unfinished last line of the output is the prompt, and the client is asked.
 *
 * A client that gives no input (nbconvert) must not hang: the program gets end-of-file, and one that reads
 * keys and goes on asking is hung up.
 */

#include "bash/kernel_private.h"
#include "bash/prompt.h"
#include "bash/waiting.h"
#include "base/clock.h"

#include <signal.h>
#include <string.h>

#define FIRST_US (15 * CLOCK_MS)
#define LAST_US (250 * CLOCK_MS)
#define AGAIN_US (4 * CLOCK_MS)
#define REFUSALS_MAX 3
#define VALUE_MAX 4095 /* a terminal takes no longer line */

static void on_probe (void *arg);

static void probe_after (struct kernel *k, int64_t us)
{
    if (!k->input.probe)
        k->input.probe = loop_after (k->loop, us, on_probe, k);
}

void input_watch (struct kernel *k)
{
    if (k->input.asked)
        return;
    if (k->input.delay_us > FIRST_US) {
        loop_cancel (k->input.probe);
        k->input.probe = NULL;
    }
    k->input.delay_us = FIRST_US;
    probe_after (k, FIRST_US);
}

void input_forget (struct kernel *k)
{
    loop_cancel (k->input.probe);
    k->input = (struct input){ 0 };
}

/* Somebody waits for one of the terminals; remembers for which. */
static bool reader (struct kernel *k)
{
    pid_t shell = shell_pid (k->shell);
    pid_t group = tty_foreground (shell_tty (k->shell, SHELL_OUT));

    if (!shell_takes_input (k->shell))
        return false;
    for (int i = 0; i < SHELL_STREAMS; i++) {
        const struct tty *t = shell_tty (k->shell, i);
        k->input.which = i;
        if (!tty_input_waits (t) && waiting_for_terminal (shell, group, t->device))
            return true;
    }
    return false;
}

/* Somebody who turns echo off clears more than the one flag that is clear already: bash, sudo, getpass. */
static bool hides_input (struct kernel *k, const char *prompt)
{
    const struct tty *t = shell_tty (k->shell, k->input.which);
    struct termios now;

    if (tcgetattr (t->slave, &now) == 0 &&
        (t->sane.c_lflag & ~now.c_lflag & (ECHOK | ISIG)))
        return true;
    return prompt_is_secret (prompt);
}

static void ask (struct kernel *k)
{
    autofree char *raw = outstream_take_line (k->out);
    autofree char *prompt = prompt_clean (raw);
    autojson json_t *content =
        json_pack ("{s:s, s:b}", "prompt", prompt, "password", hides_input (k, prompt));
    autofree char *text = jsonx_dump_string (content, 0, false);

    k->input.asked = true;
    channels_ask (k->channels, k->now, "input_request",
                  (struct slice){ text, strlen (text) });
}

/* End-of-file, and for those who do not understand it, the end. */
static void refuse (struct kernel *k)
{
    struct tty *t = shell_tty (k->shell, k->input.which);
    struct termios now;
    char eof = 4;

    if (tcgetattr (t->slave, &now) == 0 && (now.c_lflag & ICANON))
        eof = (char)now.c_cc[VEOF];
    if (++k->input.refused > REFUSALS_MAX)
        shell_signal_program (k->shell,
                              k->input.refused > 2 * REFUSALS_MAX ? SIGKILL : SIGHUP);
    (void)tty_type (t, &eof, 1);
}

bool input_look (struct kernel *k)
{
    const struct tty *t = shell_tty (k->shell, SHELL_OUT);

    if (k->input.asked)
        return false;
    k->input.seen = reader (k) ? k->input.seen + 1 : 0;
    if (k->input.seen < 2) {
        if (k->input.seen) {
            loop_cancel (k->input.probe);
            k->input.probe = NULL;
            probe_after (k, AGAIN_US);
        }
        return k->input.seen > 0;
    }
    k->input.seen = 0;
    if (k->cell.interrupted && tty_foreground (t) == shell_pid (k->shell))
        shell_recall (k->shell);
    else if (k->cell.allow_stdin)
        ask (k);
    else
        refuse (k);
    return k->input.asked;
}

static void on_probe (void *arg)
{
    struct kernel *k = arg;

    k->input.probe = NULL;
    if (!k->cell.running)
        return;
    if (!input_look (k))
        outstream_flush (k->out, false);
    if (k->input.asked)
        return;
    k->input.delay_us = k->input.delay_us * 2 > LAST_US ? LAST_US : k->input.delay_us * 2;
    probe_after (k, k->input.delay_us);
}

void input_reply (struct kernel *k, struct request *req)
{
    const char *value = jsonx_str (req->content, "value", "");
    size_t n = strnlen (value, VALUE_MAX);
    struct tty *t = shell_tty (k->shell, k->input.which);

    if (!k->input.asked || strcmp (req->type, "input_reply"))
        return;
    k->input.asked = false;
    (void)tty_type (t, value, n);
    (void)tty_type (t, "\n", 1);
    input_watch (k);
}
