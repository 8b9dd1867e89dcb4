#include "haild/supervise.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

int
supervise_open(struct supervise *sup)
{
	sup->watchdog = watchdog_timeout();
	return notify_open(&sup->notify);
}

void
supervise_hand_over(const struct supervise *sup)
{
	char path[sizeof(sup->notify.to.sun_path) + 1], number[32];
	size_t len;

	if (sup->notify.fd != -1) {
		/* By its length: an abstract name does not end with a NUL. */
		len = sup->notify.len - offsetof(struct sockaddr_un, sun_path);
		memcpy(path, sup->notify.to.sun_path, len);
		path[len] = '\0';
		if (path[0] == '\0')
			path[0] = '@';
		setenv("NOTIFY_SOCKET", path, 1);
	}
	if (sup->watchdog == 0)
		return;
	snprintf(number, sizeof(number), "%" PRId64, sup->watchdog / 1000);
	setenv("WATCHDOG_USEC", number, 1);
	snprintf(number, sizeof(number), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", number, 1);
}

void
supervise_keep(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
supervise_status(struct supervise *sup, const char *status, int64_t now)
{
	sup->status_at = now;
	notify_status(&sup->notify, "%s", status);
}

void
supervise_ready(struct supervise *sup, const char *status, int64_t now)
{
	supervise_status(sup, status, now);
	notify_ready(&sup->notify);
}

void
supervise_expire(struct supervise *sup, int64_t now)
{
	if (sup->watchdog == 0 || now < sup->pinged_at + sup->watchdog / 2)
		return;
	sup->pinged_at = now;
	notify_watchdog(&sup->notify);
}

int64_t
supervise_next(const struct supervise *sup)
{
	return sup->watchdog == 0 ? -1 : sup->pinged_at + sup->watchdog / 2;
}
