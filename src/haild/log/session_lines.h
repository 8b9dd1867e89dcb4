/*
 * session_lines.h -- the lines of the log about sessions and refused clients.
 *
 *	SERVICE: CLIENT[ IDENTITY] pid PID start
 *	SERVICE: CLIENT[ IDENTITY] pid PID END SECONDSs[ cpu SECONDSs]
 *		[ mem SIZE][ in BYTES out BYTES][ truncated][ TEXT]
 *	SERVICE: CLIENT refused: REASON[: IDENTITY]
 *
 * In a JSON log the same values are fields, which haild(8) lists.  With
 * log-address = "prefix", CLIENT is the prefix by which its limits count it.
 * The daemon calls this.
 */

#ifndef SESSION_LINES_H
#define SESSION_LINES_H

#include <signal.h>

#include "haild/admission/refusal.h"
#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/containment/leaves.h"
#include "session/channel.h"

/*
 * A session has begun; LEVEL is syslog(3)'s.  Here and below, IDENTITY is the
 * client's proved name, or NULL.
 */
void report_start(const struct child *c, const char *identity, int level);

/*
 * How the session of C ended: why haild ended it, else the limit that did, else
 * what the program did.
 */
struct outcome report_outcome(const struct child *c, const siginfo_t *info,
    const struct channel_report *report, const struct leaf_account *account);

/*
 * A session has ended as INFO says.  REPORT is its monitor's, ACCOUNT what it
 * has used; or NULL.
 */
void report_end(const struct child *c, const char *identity,
    const siginfo_t *info, const struct channel_report *report,
    const struct leaf_account *account, int64_t now);

/* Log that C cannot be reaped, with its tracer; and that it was reaped. */
void report_unreapable(const struct child *c);
void report_reaped(const struct child *c);

/* A client at ADDR (UID on a Unix socket) was refused.  Bounded rate. */
void report_refused(struct refusals *refusals,
    const struct service_stats *stats, const struct addr *addr, uid_t uid,
    const struct refusal *why, const char *identity);

#endif
