#include "haild/reload_wait.h"

#include <sys/pidfd.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "haild/helpers.h"
#include "haild/lockfile.h"
#include "haild/reload_result.h"
#include "lib/io.h"
#include "lib/log.h"

/* One reload may be going on, and then this one begins. */
#define WAIT_TIMEOUT (2 * LOAD_TIMEOUT + 5 * SECOND)
#define LOOK_INTERVAL (SECOND / 50)

/* Returns as reload_wait does. */
static int
print_result(const struct reload_result *r)
{
	fputs(r->text, r->failed ? stderr : stdout);
	return r->failed ? -1 : 0;
}

/* Wait for a result of T or later.  Returns as reload_wait does. */
static int
wait_for_result(const char *path, int pidfd, int64_t t)
{
	int64_t deadline = t + WAIT_TIMEOUT, now = t;
	struct reload_result r;
	int ended = 0;

	while (ended == 0 && now < deadline) {
		ended = io_wait(pidfd, POLLIN, now + LOOK_INTERVAL);
		if (reload_result_read(path, &r) == 0 && r.number >= t)
			return print_result(&r);
		now = clock_now();
	}
	if (ended == 0)
		log_errx("no result of the reload after %d s; see the log",
		    (int)(WAIT_TIMEOUT / SECOND));
	else
		log_errx("haild ended before the reload; see the log");
	return -1;
}

int
reload_wait(const char *pidfile)
{
	int64_t now = clock_now();
	char path[PATH_MAX];
	int pidfd, result;

	if (reload_result_path(path, pidfile) == -1 ||
	    (pidfd = lockfile_find(pidfile)) == -1) {
		if (errno == ENOENT || errno == ESRCH)
			log_errx(
			    "haild is not running: no process has locked "
			    "%s.lock (use -p for another pid file)",
			    pidfile);
		else if (errno == EPERM)
			log_errx(
			    "%s.lock: belongs to another user; run this "
			    "as the user of the daemon",
			    pidfile);
		else
			log_err("%s.lock: cannot open", pidfile);
		return -1;
	}
	if (pidfd_send_signal(pidfd, SIGHUP, NULL, 0) == -1) {
		log_err("cannot send SIGHUP to haild");
		result = -1;
	} else
		result = wait_for_result(path, pidfd, now);
	close(pidfd);
	return result;
}
