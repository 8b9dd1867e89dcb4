#include "haild/children/linger.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/pages.h"

int
linger_create(struct linger_list *l)
{
	size_t i;

	memset(l, 0, sizeof(*l));
	l->list = pages_map_own(LINGER_MAX * sizeof(*l->list));
	if (l->list == NULL)
		return -1;
	for (i = 0; i < LINGER_MAX; i++)
		l->list[i].fd = -1;
	return (l->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1 ? -1 : 0;
}

static void
close_one(struct linger_list *l, struct lingering *one)
{
	/* Before close: epoll goes on while a forked child has a copy. */
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, one->fd, NULL);
	close(one->fd);
	one->fd = -1;
	l->n--;
}

/* Discard input.  Returns whether more may come. */
static bool
drain(struct lingering *one)
{
	char buf[4096];
	ssize_t n;

	while (one->bytes < LINGER_BYTES) {
		/* With MSG_TRUNC, TCP does not even copy it (tcp(7)). */
		n = recv(one->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC);
		if (n <= 0)
			return n == -1 && (errno == EAGAIN || errno == EINTR);
		one->bytes += (size_t)n;
	}
	return false;
}

/* An unused place, or that of the oldest socket. */
static struct lingering *
make_place(struct linger_list *l)
{
	struct lingering *oldest = &l->list[0];
	size_t i;

	for (i = 0; i < LINGER_MAX; i++) {
		if (l->list[i].fd == -1)
			return &l->list[i];
		if (l->list[i].deadline < oldest->deadline)
			oldest = &l->list[i];
	}
	close_one(l, oldest);
	return oldest;
}

void
linger_send(struct linger_list *l, int fd, const char *text, int64_t now)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP };
	struct lingering new = { fd, now + LINGER_TIME, 0 }, *place;

	if (send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) == -1 ||
	    shutdown(fd, SHUT_WR) == -1 || !drain(&new)) {
		close(fd);
		return;
	}
	place = make_place(l);
	ev.data.u64 = (uint64_t)(place - l->list);
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) == -1) {
		close(fd);
		return;
	}
	*place = new;
	l->n++;
}

void
linger_ready(struct linger_list *l)
{
	struct epoll_event events[LINGER_MAX];
	struct lingering *one;
	int i, n;

	n = epoll_wait(l->epoll, events, LINGER_MAX, 0);
	for (i = 0; i < n; i++) {
		one = &l->list[events[i].data.u64];
		if (one->fd != -1 && !drain(one))
			close_one(l, one);
	}
}

int64_t
linger_expire(struct linger_list *l, int64_t now)
{
	int64_t next = -1;
	size_t i;

	for (i = 0; l->n > 0 && i < LINGER_MAX; i++) {
		if (l->list[i].fd != -1 && l->list[i].deadline <= now)
			close_one(l, &l->list[i]);
		if (l->list[i].fd != -1)
			next = clock_sooner(next, l->list[i].deadline);
	}
	return next;
}
