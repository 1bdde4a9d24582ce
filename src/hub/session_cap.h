/* session_cap.h - how long one session may last: the rule (floyd-contract 4, F-136)
 *
 * A session is from the start of a sandbox to its end, over all switches.  Whatever it does, it ends when its
 * machine's `session` is over (machines.yml; 7 days unless it says otherwise), and says so before: for the last
 * SESSION_CAP_WARN_S, of a short one for a third.  Where that moment has passed before anybody looked (another
 * machine, another machines.yml, a hub that was away), it still is warned for SESSION_CAP_NOTICE_S.
 *
 *     session_cap_decide (began, cap, warned, now, &d);      what to do now, and when to decide again at the latest
 *
 * Pure.  Times are seconds since 1970.
 */
#ifndef HUB_SESSION_CAP_H
#define HUB_SESSION_CAP_H

#include <stdint.h>

#define SESSION_CAP_WARN_S 3600
#define SESSION_CAP_NOTICE_S 300

enum session_cap_act { SESSION_CAP_WAIT, SESSION_CAP_WARN, SESSION_CAP_STOP };

struct session_cap_decision {
    enum session_cap_act act;
    int64_t stops_at; /* 0: never */
    int64_t next;     /* decide again; INT64_MAX: when something changes */
};

/* CAP: seconds, 0: there is none.  WARNED: since when the warning is up, 0: it is not. */
void session_cap_decide (int64_t began, int64_t cap, int64_t warned, int64_t now,
                         struct session_cap_decision *ret);

/* "7 days", "1 hour", "90 seconds": the largest unit that says it exactly. */
void session_cap_text (int64_t seconds, char ret[40]);

#endif
