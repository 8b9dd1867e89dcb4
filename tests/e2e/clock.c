/*
 * clock.c -- for LD_PRELOAD: times, and a load, that a test sets.
 *
 * Each variable names a file that contains a number:
 *
 * HAILD_TEST_CLOCK: seconds to add to the time of day.  CLOCK_MONOTONIC and its
 * like are left alone, as clock_settime(2) would.
 *
 * HAILD_TEST_PASSED: seconds to add to CLOCK_MONOTONIC.  The file is mapped at
 * the start, because a confined process cannot open it; so it must not be
 * truncated.
 *
 * HAILD_TEST_LOAD: the load average, in hundredths.
 */

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *passed; /* a mapped file; NULL if there is none */

static void __attribute__((constructor)) map_passed(void)
{
	const char *path = getenv("HAILD_TEST_PASSED");
	void *map;
	int fd;

	if (path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	map = mmap(NULL, 32, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		passed = map;
}

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
	else if (clock == CLOCK_MONOTONIC && passed != NULL)
		ts->tv_sec += atol(passed);
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
