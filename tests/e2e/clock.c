/*
 * clock.c -- for LD_PRELOAD: a time of day, and a load, that somebody sets.
 *
 * The file that HAILD_TEST_CLOCK names says how many seconds to add; without it
 * the time is right.  CLOCK_MONOTONIC and its like are left alone, as a
 * clock_settime(2) would.  The one that HAILD_TEST_LOAD names has the load
 * average, in hundredths.
 */

#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The number in the file that VARIABLE names; 0 if there is none. */
static long
number_of(const char *variable)
{
	const char *path = getenv(variable);
	char text[32] = "";
	long fd;

	if (path == NULL)
		return 0;
	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	if (syscall(SYS_read, fd, text, sizeof(text) - 1) <= 0)
		text[0] = '\0';
	syscall(SYS_close, fd);
	return atol(text);
}

int
sysinfo(struct sysinfo *info)
{
	if (syscall(SYS_sysinfo, info) == -1)
		return -1;
	if (getenv("HAILD_TEST_LOAD") != NULL)
		info->loads[0] = ((unsigned long)number_of("HAILD_TEST_LOAD")
				     << SI_LOAD_SHIFT) /
			100 +
		    1;
	return 0;
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (syscall(SYS_clock_gettime, clock, ts) == -1)
		return -1;
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		ts->tv_sec += number_of("HAILD_TEST_CLOCK");
	return 0;
}

time_t
time(time_t *t)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

int
gettimeofday(
    struct timeval *restrict tv, void *restrict zone __attribute__((unused)))
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}
