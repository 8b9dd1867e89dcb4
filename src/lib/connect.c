#include "lib/connect.h"

#include <sys/ioctl.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/resolve.h"

/* How often a blocking connect(2) looks at the watched socket. */
#define WATCH_PERIOD SECOND

/* An attempt to connect to one address, running or failed. */
struct attempt {
	const struct addr *addr;
	int fd;		   /* -1 after it failed */
	int error;	   /* errno of the failure */
	const char *where; /* "" if connect(2) failed, or the step before */
};

struct race {
	const struct connect_how *how;
	struct attempt attempts[RESOLVE_MAX];
	size_t started;
	size_t running;
	int64_t next; /* when the next attempt may start */
	int watched;  /* or -1 */
	bool abandoned;
};

/* "BEFORE ADDRESS AFTER" */
static void
report(const struct connect_how *how, const char *before,
    const struct addr *addr, const char *after)
{
	char address[ADDR_TEXT_MAX], text[2 * ADDR_TEXT_MAX];

	if (how->progress == NULL)
		return;
	snprintf(text, sizeof(text), "%s%s%s", before,
	    addr_print(addr, address, sizeof(address)), after);
	how->progress(how->arg, text);
}

void
connect_interleave(struct addr *list, size_t n)
{
	struct addr moved;
	size_t i, j;

	for (i = 1; i < n; i++) {
		for (j = i; j < n; j++)
			if (list[j].sa.sa_family != list[i - 1].sa.sa_family)
				break;
		if (j == n)
			return; /* the rest is of one family */
		moved = list[j];
		memmove(&list[i + 1], &list[i], (j - i) * sizeof(list[0]));
		list[i] = moved;
	}
}

/* The state of an attempt, as it follows its address in messages. */
static const char *
attempt_text(const struct attempt *t, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s", t->where,
	    t->fd != -1 ? "no answer" : strerror(t->error));
	return buf;
}

/*
 * Let connect(2) choose the port: connections to different addresses can then
 * share one.
 */
static int
bind_source(int fd, const struct addr *source)
{
	int on = 1;

	if (addr_port(source) == 0)
		setsockopt(
		    fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	return bind(fd, &source->sa, source->len);
}

/* Whether REVENTS of poll(2) say that the peer of FD is gone. */
static bool
is_gone(int fd, short revents)
{
	int bytes = 0;

	return (revents & POLLERR) != 0 ||
	    ((revents & POLLHUP) != 0 && ioctl(fd, FIONREAD, &bytes) == 0 &&
		bytes == 0);
}

/* Record why an attempt failed, and let the next one start at once. */
static void
attempt_fail(struct race *race, struct attempt *t, int error, const char *where)
{
	char why[128], after[sizeof(why) + 2];

	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
	t->error = error;
	t->where = where;
	race->running--;
	race->next = clock_now();
	snprintf(
	    after, sizeof(after), ": %s", attempt_text(t, why, sizeof(why)));
	report(race->how, "", t->addr, after);
}

/* Start the next attempt.  poll(2) shows its end, even an immediate one. */
static void
attempt_start(struct race *race, const struct addr *addr)
{
	struct attempt *t = &race->attempts[race->started++];
	const struct addr *source = race->how->source;

	report(race->how, "trying ", addr, "");
	race->running++;
	race->next = clock_now() + CONNECT_STAGGER;
	t->addr = addr;
	t->where = "";
	t->fd = socket(
	    addr->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd == -1)
		attempt_fail(race, t, errno, "cannot create a socket: ");
	else if (source != NULL && bind_source(t->fd, source) == -1)
		attempt_fail(
		    race, t, errno, "cannot bind the source address: ");
	else if (connect(t->fd, &addr->sa, addr->len) == -1 &&
	    errno != EINPROGRESS)
		attempt_fail(race, t, errno, "");
}

/* poll(2) has reported REVENTS for the watched socket. */
static void
race_look(struct race *race, short revents)
{
	if (revents == 0)
		return;
	race->abandoned = is_gone(race->watched, revents);
	/* poll(2) would report a half-close again and again. */
	race->watched = -1;
}

/* Wait until UNTIL.  Returns the first attempt that succeeded, or NULL. */
static struct attempt *
race_wait(struct race *race, int64_t until)
{
	struct pollfd pfds[RESOLVE_MAX + 1];
	struct attempt *t;
	socklen_t len;
	size_t i;
	int error;

	for (i = 0; i < race->started; i++) {
		pfds[i].fd = race->attempts[i].fd; /* poll ignores -1 */
		pfds[i].events = POLLOUT;
	}
	pfds[i] = (struct pollfd) { .fd = race->watched };
	if (io_poll(pfds, race->started + 1, until) <= 0)
		return NULL;
	race_look(race, pfds[race->started].revents);
	for (i = 0; i < race->started; i++) {
		t = &race->attempts[i];
		if (t->fd == -1 || pfds[i].revents == 0)
			continue;
		len = sizeof(error);
		if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
			error = errno;
		t->error = error;
		/* ECONNRESET comes after the connection was established. */
		if (error == 0 || error == ECONNRESET)
			return t;
		attempt_fail(race, t, error, "");
	}
	return NULL;
}

/* Try all addresses.  Returns the attempt that succeeded, or NULL. */
static struct attempt *
race_run(struct race *race, const struct addr *list, size_t n)
{
	int64_t deadline = race->how->deadline, now, until;
	struct attempt *winner;

	while (!race->abandoned) {
		now = clock_now();
		if (deadline != -1 && now >= deadline)
			return NULL;
		if (race->started < n && now >= race->next) {
			attempt_start(race, &list[race->started]);
			continue;
		}
		if (race->started == n && race->running == 0)
			return NULL;
		until = deadline;
		if (race->started < n && (until == -1 || race->next < until))
			until = race->next;
		if ((winner = race_wait(race, until)) != NULL)
			return winner;
	}
	return NULL;
}

/* "HEAD: ADDRESS: WHY; ADDRESS: WHY", truncated to the buffer. */
static void
race_describe(const struct race *race, const char *head, char *buf, size_t size)
{
	char text[ADDR_TEXT_MAX], why[ADDR_TEXT_MAX];
	const struct attempt *t;
	size_t i, used;

	strlcpy(buf, head, size);
	for (i = 0; !race->how->silent && i < race->started; i++) {
		t = &race->attempts[i];
		used = strlen(buf);
		snprintf(buf + used, size - used, "%s %s: %s",
		    i == 0 ? ":" : ";", addr_print(t->addr, text, sizeof(text)),
		    attempt_text(t, why, sizeof(why)));
	}
}

static enum connect_status
succeed(struct connect_result *result, int fd, int broken,
    const struct addr *addr, const struct connect_how *how)
{
	result->fd = fd;
	result->broken = broken;
	result->addr = *addr;
	report(how, "connected to ", addr, "");
	return CONNECT_OK;
}

enum connect_status
connect_addrs(struct connect_result *result, const struct addr *list, size_t n,
    const struct connect_how *how)
{
	struct race race = { .how = how,
		.watched = how->watched != NULL ? *how->watched : -1 };
	enum connect_status status;
	struct attempt *winner;
	size_t i;

	if (n > RESOLVE_MAX)
		n = RESOLVE_MAX;
	result->fd = -1;
	winner = race_run(&race, list, n);
	for (i = 0; i < race.started; i++)
		if (&race.attempts[i] != winner && race.attempts[i].fd != -1)
			close(race.attempts[i].fd);
	if (winner != NULL) {
		fcntl(winner->fd, F_SETFL,
		    fcntl(winner->fd, F_GETFL) & ~O_NONBLOCK);
		return succeed(
		    result, winner->fd, winner->error, winner->addr, how);
	}
	status = race.running == 0 && race.started == n ? CONNECT_FAILED
	    : race.abandoned				? CONNECT_ABANDONED
							: CONNECT_TIMED_OUT;
	race_describe(&race,
	    status == CONNECT_FAILED ? "cannot connect" : "timed out",
	    result->error, sizeof(result->error));
	for (i = 0; i < race.started; i++)
		if (race.attempts[i].error != 0)
			result->failure = race.attempts[i].error;
	return status;
}

enum connect_status
connect_host(struct connect_result *result, const char *host, const char *port,
    const struct connect_how *how)
{
	struct addr list[RESOLVE_MAX];
	char why[256];
	int family, n;

	result->fd = -1;
	family = how->source != NULL ? how->source->sa.sa_family : how->family;
	n = resolve(list, host, port, family, how->deadline, why, sizeof(why));
	if (n == -1) {
		snprintf(result->error, sizeof(result->error),
		    "cannot resolve: %s", why);
		return CONNECT_UNRESOLVED;
	}
	if (n == 0) {
		snprintf(result->error, sizeof(result->error),
		    "timed out: the name was not resolved");
		return CONNECT_TIMED_OUT;
	}
	connect_interleave(list, (size_t)n);
	return connect_addrs(result, list, (size_t)n, how);
}

/* Let connect(2) block until UNTIL at most; -1: no limit. */
static int
limit_connect(int fd, int64_t until)
{
	struct timeval tv = { 0, 0 };
	int64_t left;

	if (until != -1) {
		/* 0 would be no limit */
		left = (until - clock_now()) / 1000;
		if (left < 1)
			left = 1;
		tv.tv_sec = left / 1000000;
		tv.tv_usec = left % 1000000;
	}
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

/* Whether the peer of the socket that HOW watches is gone. */
static bool
must_abandon(const struct connect_how *how)
{
	struct pollfd p = { .events = 0 };

	if (how->watched == NULL)
		return false;
	p.fd = *how->watched;
	return poll(&p, 1, 0) == 1 && is_gone(p.fd, p.revents);
}

/*
 * A non-blocking connect to a Unix socket with a full queue fails with EAGAIN,
 * and no event tells when to try again.  A blocking one waits for SO_SNDTIMEO
 * and fails with EAGAIN only then (unix(7)).
 */
static enum connect_status
connect_unix(int fd, const struct addr *addr, const struct connect_how *how)
{
	int64_t deadline = how->deadline, until = deadline;

	for (;;) {
		if (how->watched != NULL)
			until =
			    clock_sooner(deadline, clock_now() + WATCH_PERIOD);
		if (limit_connect(fd, until) == -1)
			return CONNECT_FAILED;
		if (connect(fd, &addr->sa, addr->len) == 0)
			return CONNECT_OK;
		if (errno != EINTR && errno != EAGAIN)
			return CONNECT_FAILED;
		if (must_abandon(how))
			return CONNECT_ABANDONED;
		if (deadline != -1 && clock_now() >= deadline)
			return CONNECT_TIMED_OUT;
	}
}

enum connect_status
connect_path(struct connect_result *result, const char *path,
    const struct connect_how *how)
{
	enum connect_status status = CONNECT_FAILED;
	struct addr addr;
	int fd = -1;

	result->fd = -1;
	if (addr_from_path(&addr, path) == -1) {
		errno = ENAMETOOLONG;
		goto fail;
	}
	report(how, "trying ", &addr, "");
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    (status = connect_unix(fd, &addr, how)) != CONNECT_OK)
		goto fail;
	limit_connect(fd, -1);
	return succeed(result, fd, 0, &addr, how);
fail:
	result->failure = errno;
	snprintf(result->error, sizeof(result->error), "%s: %s",
	    status == CONNECT_FAILED ? "cannot connect" : "timed out",
	    status == CONNECT_FAILED ? strerror(errno) : "no answer");
	if (fd != -1)
		close(fd);
	return status;
}
