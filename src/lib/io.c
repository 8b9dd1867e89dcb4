#include "lib/io.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

int64_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * SECOND + ts.tv_nsec;
}

int64_t
clock_sooner(int64_t a, int64_t b)
{
	if (a == -1)
		return b;
	return b == -1 || a < b ? a : b;
}

int64_t
clock_after(int64_t start, int64_t timeout)
{
	return timeout == -1 ? -1 : start + timeout;
}

int
io_poll(struct pollfd *pfds, nfds_t n, int64_t deadline)
{
	struct timespec ts;
	int64_t left;
	int ready;

	do {
		left = deadline == -1 ? 0 : deadline - clock_now();
		if (left < 0)
			left = 0;
		ts.tv_sec = left / SECOND;
		ts.tv_nsec = left % SECOND;
		ready = ppoll(pfds, n, deadline == -1 ? NULL : &ts, NULL);
	} while (ready == -1 && errno == EINTR);
	return ready;
}

int
io_wait(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int n;

	n = io_poll(&pfd, 1, deadline);
	return n == 1 ? pfd.revents : n;
}

ssize_t
io_read(int fd, void *buf, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, buf, size);
	} while (n == -1 && errno == EINTR);
	return n;
}

int
io_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len > 0)
		if ((n = write(fd, p, len)) >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno != EINTR)
			return -1;
	return 0;
}

bool
io_is_temporary(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

ssize_t
io_write_some(int fd, const void *buf, size_t len)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf,
		.iov_len = len };
	ssize_t n = pwritev2(fd, &iov, 1, -1, RWF_NOWAIT);

	return n != -1 ? n : write(fd, buf, len < PIPE_BUF ? len : PIPE_BUF);
}

/* Read and discard.  Returns false at the end or on an error. */
static bool
discard_some(int fd)
{
	char waste[512]; /* small: no new page of the stack */

	return io_read(fd, waste, sizeof(waste)) > 0;
}

/*
 * Half-close.  Returns 1 if there is something to read, which may be the end; 0
 * if there is nothing within TIMEOUT; or -1.
 */
static int
half_close(int fd, int64_t timeout)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int ready = -1;

	/* Most peers close at once; for them the clock is not needed. */
	if (shutdown(fd, SHUT_WR) == 0)
		do
			ready = poll(&pfd, 1, (int)(timeout / (SECOND / 1000)));
		while (ready == -1 && errno == EINTR);
	return ready;
}

bool
io_close_unread(int fd, int64_t timeout)
{
	int ready = half_close(fd, timeout), bytes = 0;

	if (ready == 0 ||
	    (ready == 1 && ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0))
		return false;
	close(fd);
	return true;
}

void
io_close_lingering(int fd, int64_t timeout)
{
	int64_t deadline, half = timeout / 2;
	int ready = half_close(fd, half);

	if (ready == 0 || (ready == 1 && discard_some(fd))) {
		deadline = clock_now() + half;
		while (clock_now() < deadline &&
		    io_wait(fd, POLLIN, deadline) > 0 && discard_some(fd))
			continue;
	}
	close(fd);
}

int
io_fill_stdio(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			return -1;
	} while (fd <= STDERR_FILENO);
	return close(fd);
}
