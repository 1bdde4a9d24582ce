/* throttle.c - how often somebody may guess a password */

#include "hub/throttle.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/hub.h"
#include "store/attempt_store.h"

#include <ctype.h>
#include <string.h>

#define FORGET_S 3600
#define DOUBLINGS_MAX 20

static const struct {
    int64_t free, longest_s;
} rules[THROTTLE_KINDS] = {
    [THROTTLE_PAIR] = { 5, 300 },
    [THROTTLE_ADDRESS] = { 20, 900 },
    [THROTTLE_NAME] = { 100, 30 },
};

int64_t throttle_wait_s (enum throttle_kind kind, int64_t failures, int64_t last,
                         int64_t now)
{
    int64_t over = failures - rules[kind].free;
    if (over < 0 || now - last >= FORGET_S || now < last - FORGET_S)
        return 0;
    int64_t pause = 1LL << (over < DOUBLINGS_MAX ? over : DOUBLINGS_MAX);
    if (pause > rules[kind].longest_s)
        pause = rules[kind].longest_s;
    return last + pause > now ? last + pause - now : 0;
}

/* Names are compared without case in the database; malloc'ed, bounded. */
static char *key_of (enum throttle_kind kind, const char *name, const char *address)
{
    char *key = kind == THROTTLE_PAIR      ? xasprintf ("pair %.128s %.200s", name, address)
                : kind == THROTTLE_ADDRESS ? xasprintf ("address %.200s", address)
                                           : xasprintf ("name %.128s", name);
    for (char *p = key; *p; p++)
        *p = (char)tolower ((unsigned char)*p);
    return key;
}

/* Failures of KIND so far, forgotten ones left out. */
static int64_t failures_of (struct hub *h, enum throttle_kind kind, const char *name,
                            const char *address, int64_t *ret_last)
{
    autofree char *key = key_of (kind, name, address);
    int64_t failures;
    if (attempt_store_get (h->db, key, &failures, ret_last, NULL) ||
        clock_wall_us () / CLOCK_S - *ret_last >= FORGET_S)
        return 0;
    return failures;
}

static int note (struct hub *h, enum throttle_kind kind, const char *name,
                 const char *address, int64_t failures, struct err *err)
{
    autofree char *key = key_of (kind, name, address);
    return attempt_store_set (h->db, key, failures, err);
}

int throttle_begin (struct hub *h, const char *name, const char *address,
                    int64_t *ret_wait_s, struct err *err)
{
    int64_t now = clock_wall_us () / CLOCK_S, failures[THROTTLE_KINDS], wait = 0;
    for (enum throttle_kind k = 0; k < THROTTLE_KINDS; k++) {
        int64_t last;
        failures[k] = failures_of (h, k, name, address, &last);
        int64_t w = throttle_wait_s (k, failures[k], last, now);
        wait = w > wait ? w : wait;
    }
    *ret_wait_s = wait;
    if (wait > 0)
        return err_set (err, PROBLEM_LIMIT,
                        "Too many tries with a wrong password: try again in %lld seconds",
                        (long long)wait);
    autotx struct db_tx *tx = db_begin (h->db, err);
    for (enum throttle_kind k = 0; tx && k < THROTTLE_KINDS; k++)
        if (note (h, k, name, address, failures[k] + 1, err))
            return -1;
    (void)attempt_store_sweep (h->db, now - FORGET_S, NULL);
    return tx ? db_commit (&tx, err) : -1;
}

void throttle_passed (struct hub *h, const char *name, const char *address)
{
    autofree char *pair = key_of (THROTTLE_PAIR, name, address);
    struct err err;
    int64_t last;
    int64_t from_address = failures_of (h, THROTTLE_ADDRESS, name, address, &last);
    int64_t of_name = failures_of (h, THROTTLE_NAME, name, address, &last);
    if (attempt_store_clear (h->db, pair, &err) ||
        note (h, THROTTLE_ADDRESS, name, address, from_address ? from_address - 1 : 0,
              &err) ||
        note (h, THROTTLE_NAME, name, address, of_name ? of_name - 1 : 0, &err))
        log_error ("throttle", "a sign-in was not noted: %s", err.text);
}
