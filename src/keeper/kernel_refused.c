/* kernel_refused.c - a cell is told, with numbers, what the limits of its sandbox refused it
 *
 * A program that meets a limit shows an errno or nothing; a process that the out-of-memory killer ended, and time
 * that was held back, are not heard of at all.  So the keeper adds a line on stderr to the cells that run: before
 * the `idle` of a cell, since pages listen no longer after it, and every REFUSALS_LOOK_US while one runs.
 *
 * Each kind is told once in a cell, that of CPU time once of a kernel: it is no failure, and who computes on
 * purpose knows it after the first time.  The control group is that of the whole sandbox, which does not say
 * whose process it was: all cells that run are told.
 */

#include "keeper/kernel_private.h"
#include "keeper/refusals.h"
#include "keeper/shortage.h"

#include <string.h>

enum { TOLD_FILES = 1u << REFUSAL_KINDS, TOLD_SPACE = TOLD_FILES << 1 };
#define TOLD_FOR_GOOD (1u << REFUSAL_CPU)

static void tell (struct kernel *k, unsigned bit, const char *text)
{
    struct slice running = kernel_state_running (&k->state);

    if (!running.len || (k->told & bit))
        return;
    k->told |= bit;
    kernel_talk_stderr (k, running, text);
}

/* How many cells run, each of which is told WHAT. */
static unsigned tell_all (struct keeper *keeper, unsigned what,
                          const struct refusals_words *words)
{
    unsigned running = 0;

    list_foreach (o, &keeper->objects, struct kept, link) {
        if (o->pub.type != KEEP_KERNEL)
            continue;
        running += kernel_state_running (&kernel_of (o)->state).len > 0;
        for (unsigned i = 0; i < REFUSAL_KINDS; i++)
            if (what & 1u << i)
                tell (kernel_of (o), 1u << i, words->text[i]);
    }
    return running;
}

static unsigned look (struct keeper *keeper)
{
    struct refusals_words words;
    unsigned what = refusals_look (keeper->refusals, &words);

    return tell_all (keeper, what, &words);
}

static void on_look (void *arg)
{
    struct keeper *keeper = arg;

    if (look (keeper))
        return;
    loop_cancel (keeper->look);
    keeper->look = NULL;
}

static void begin (struct keeper *keeper)
{
    if (keeper->look)
        return;
    (void)refusals_look (keeper->refusals, NULL);
    keeper->look = loop_every (keeper->loop, REFUSALS_LOOK_US, on_look, keeper);
}

void kernel_refused_before (struct kernel *k, const struct jhead *head,
                            const struct slice *parts, const struct jhead *parent)
{
    struct keeper *keeper = k->kept.keeper;
    struct slice state;

    if (!slice_is (head->msg_type, "status") ||
        !slice_is (parent->msg_type, "execute_request") ||
        !jmsg_string (parts[WSV1_CONTENT], "execution_state", &state))
        return;
    if (slice_is (state, "busy")) {
        k->told &= TOLD_FOR_GOOD;
        if (keeper->refusals)
            begin (keeper);
    } else if (keeper->refusals && keeper->look) {
        (void)look (keeper);
    }
}

void kernel_refused_after (struct kernel *k, const struct jhead *head,
                           const struct slice *parts)
{
    char text[SHORTAGE_TEXT];
    pid_t pid = (pid_t)k->kept.pub.pid;

    if (!pid ||
        (!slice_is (head->msg_type, "error") && !slice_is (head->msg_type, "stream")))
        return;
    if (!(k->told & TOLD_FILES) && shortage_of_files (parts[WSV1_CONTENT], pid, text))
        tell (k, TOLD_FILES, text);
    if (!(k->told & TOLD_SPACE) && shortage_of_space (parts[WSV1_CONTENT], pid, text))
        tell (k, TOLD_SPACE, text);
}
