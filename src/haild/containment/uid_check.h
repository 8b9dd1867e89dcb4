/*
 * uid_check.h -- whether a uid owns processes, and the end of those.
 *
 * A child of the daemon becomes the uid.  Its exit status is the only proof
 * that counts: a process of the uid may kill or stop it, but not trace it and
 * not make it exit, since its gid is another one.
 *
 * kill(-1, SIGKILL) kills all processes of the uid at once: the kernel holds
 * the lock that fork(2) needs, and a process with a pending SIGKILL cannot
 * fork.  But its result does not say whether any were there.  The kernel's
 * count of a uid's processes does (RLIMIT_NPROC of getrlimit(2); zombies and
 * threads count): with a limit of two a fork succeeds only if the child itself
 * is the only other one.
 */

#ifndef UID_CHECK_H
#define UID_CHECK_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>

#include "lib/io.h"

#define UID_CHECK_TIME SECOND /* of a child that kills, at most about */

/*
 * Start a child that finds out whether UID, never 0, owns no process; KILLS:
 * that kills its processes until it owns none.  Returns its pid, or -1 with
 * errno.
 */
pid_t uid_check_start(uid_t uid, bool kills);

/* Whether the child's end proves that its uid owns no process. */
bool uid_check_proves(const siginfo_t *info);

/*
 * Call FN for each uid that a process has as its real, effective or saved one,
 * as /proc says.  Returns 0, or -1 with errno.
 */
int uid_check_each(void (*fn)(void *arg, uid_t uid, pid_t pid), void *arg);

#endif
