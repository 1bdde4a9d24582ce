/* server_signals.c - SIGTERM, SIGINT with its question, SIGUSR1
 *
 * With a terminal a single Control-C asks first; a second one, or "y", stops.  The question
 * waits on the loop like anything else.
 */

#include "server/server_signals.h"

#include "base/clock.h"
#include "base/log.h"
#include "loop/proc.h"
#include "server/nouns.h"
#include "server/server.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define QUESTION_S 5

struct signals {
    struct server *s;
    struct loop_io *answer; /* the question is open */
    struct loop_timer *patience;
};

static void question_close (struct signals *g)
{
    loop_unwatch (g->answer);
    loop_cancel (g->patience);
    g->answer = NULL;
    g->patience = NULL;
}

static void on_patience (void *arg)
{
    struct signals *g = arg;
    g->patience = NULL;
    question_close (g);
    (void)fprintf (stderr, "No answer for %ds: resuming operation...\n", QUESTION_S);
}

static void on_answer (void *arg, unsigned events)
{
    struct signals *g = arg;
    char text[64];
    (void)events;
    ssize_t n = read (STDIN_FILENO, text, sizeof (text));
    question_close (g);
    if (n > 0 && (text[0] == 'y' || text[0] == 'Y'))
        server_stop (g->s, 0);
    else
        (void)fprintf (stderr, "resuming operation...\n");
}

static void on_interrupt (void *arg, int signo)
{
    struct signals *g = arg;
    bool ask =
        isatty (STDIN_FILENO) && !options_bool (g->s->options, "ServerApp.answer_yes");
    (void)signo;
    if (!ask || g->answer) {
        question_close (g);
        log_info ("server", "interrupted");
        server_stop (g->s, 0);
        return;
    }
    (void)fprintf (stderr, "\nShut down this Jupyter server (y/[n])? ");
    g->answer = loop_watch (g->s->loop, STDIN_FILENO, LOOP_READ, on_answer, g);
    g->patience = loop_after (g->s->loop, QUESTION_S * CLOCK_S, on_patience, g);
}

static void on_terminate (void *arg, int signo)
{
    struct signals *g = arg;
    log_info ("server", "received signal %d, stopping", signo);
    server_stop (g->s, 0);
}

static void on_info (void *arg, int signo)
{
    struct signals *g = arg;
    struct nouns_count count;
    (void)signo;
    nouns_count (g->s, &count);
    log_info ("server", "serving %s at %s: %zu kernels, %zu terminals, %zu connections",
              g->s->root_dir, g->s->url, count.kernels, count.terminals,
              http_connection_count (g->s->http));
}

struct signals *signals_new (struct server *s, struct err *err)
{
    struct signals *g = xnew (struct signals);
    g->s = s;
    if (loop_on_signal (s->loop, SIGTERM, on_terminate, g, err) ||
        loop_on_signal (s->loop, SIGHUP, on_terminate, g, err) ||
        loop_on_signal (s->loop, SIGINT, on_interrupt, g, err) ||
        loop_on_signal (s->loop, SIGUSR1, on_info, g, err) ||
        (getpid () == 1 && proc_reap_strangers (s->loop, err))) { /* in a container */
        signals_free (g);
        return NULL;
    }
    return g;
}

void signals_free (struct signals *g)
{
    if (!g)
        return;
    question_close (g);
    free (g);
}
