#include "haild/systemd.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/number.h"

#define MICROSECOND (SECOND / 1000000)

static int
open_address(struct notify *n, const char *text)
{
	if ((text[0] != '/' && text[0] != '@') || text[1] == '\0' ||
	    addr_from_path(&n->to, text) == -1) {
		log_errx(
		    "NOTIFY_SOCKET: \"%s\" is not a socket's address "
		    "(/PATH or @NAME)",
		    text);
		return -1;
	}
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd != -1)
		return 0;
	log_err("NOTIFY_SOCKET: cannot create a socket");
	return -1;
}

static int64_t
read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t n;

	if (usec == NULL || usec[0] == '\0')
		return 0;
	if (pid != NULL && pid[0] != '\0') {
		if (!number_parse(pid, 0, INT_MAX, &n)) {
			log_warnx(
			    "WATCHDOG_PID: \"%s\" is not a process ID", pid);
			return 0;
		}
		if (n != getpid())
			return 0;
	}
	if (!number_parse(usec, 1, INT64_MAX / MICROSECOND, &n)) {
		log_warnx("WATCHDOG_USEC: \"%s\" is not a time", usec);
		return 0;
	}
	return n * MICROSECOND;
}

int
notify_open(struct notify *n)
{
	const char *text = getenv("NOTIFY_SOCKET");
	int result = 0;

	*n = (struct notify) { .fd = -1, .watchdog = read_watchdog() };
	if (text != NULL && text[0] != '\0')
		result = open_address(n, text);
	notify_keep();
	return result;
}

int
notify_send(const struct notify *n, const char *text)
{
	if (n->fd == -1)
		return 0;
	return sendto(n->fd, text, strlen(text), MSG_NOSIGNAL, &n->to.sa,
		   n->to.len) == -1
	    ? -1
	    : 0;
}

int
notify_reloading(const struct notify *n)
{
	char text[64];

	/* CLOCK_MONOTONIC in us identifies this reload. */
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    clock_now() / MICROSECOND);
	return notify_send(n, text);
}

int
notify_status(const struct notify *n, const char *status)
{
	char text[NOTIFY_STATUS_MAX], *c;

	snprintf(text, sizeof(text), "STATUS=%s", status);
	for (c = text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return notify_send(n, text);
}

int64_t
notify_expire(struct notify *n, int64_t now)
{
	if (n->watchdog == 0)
		return -1;
	if (now >= n->pinged_at + n->watchdog / 2) {
		n->pinged_at = now;
		notify_send(n, "WATCHDOG=1");
	}
	return n->pinged_at + n->watchdog / 2;
}

void
notify_hand_over(const struct notify *n)
{
	char path[ADDR_TEXT_MAX], number[32];

	if (n->fd != -1)
		setenv(
		    "NOTIFY_SOCKET", addr_print(&n->to, path, sizeof(path)), 1);
	if (n->watchdog == 0)
		return;
	snprintf(number, sizeof(number), "%" PRId64, n->watchdog / MICROSECOND);
	setenv("WATCHDOG_USEC", number, 1);
	snprintf(number, sizeof(number), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", number, 1);
}

void
notify_keep(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}
