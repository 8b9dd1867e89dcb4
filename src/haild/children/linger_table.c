/*
 * System calls are made by number where libc may use others for them on some
 * architectures, which the process's filter (contain/filter.c) does not allow.
 */

#include "haild/children/linger_table.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "lib/io.h"
#include "lib/pages.h"

#define PLACES (LINGER_MAX + LINGER_REFUSED_MAX)
#define ROUNDS 16 /* of reading from one client at a time */
#define OWN 16	  /* descriptors that are no client's, at most */

struct held {
	uint32_t serial; /* 0: none */
	int fd;
};

static const struct {
	int64_t time;
	size_t most, bytes;
} kinds[LINGER_KINDS] = {
	[LINGER_SESSION] = { LINGER_TIME, LINGER_MAX, SIZE_MAX },
	[LINGER_REFUSED] = { LINGER_REFUSED_TIME, LINGER_REFUSED_MAX,
	    LINGER_REFUSED_BYTES },
};

int
linger_table_create(struct linger_table *t, size_t files)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->files = files;
	t->by_slot = pages_map(SESSIONS_MAX * sizeof(*t->by_slot));
	t->places = pages_map(PLACES * sizeof(*t->places));
	if (t->by_slot == NULL || t->places == NULL)
		return -1;
	TAILQ_INIT(&t->free);
	TAILQ_INIT(&t->recent);
	for (i = 0; i < LINGER_KINDS; i++)
		TAILQ_INIT(&t->queues[i]);
	for (i = 0; i < PLACES; i++)
		TAILQ_INSERT_TAIL(&t->free, &t->places[i], entry);
	return (t->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1 ? -1 : 0;
}

static size_t
count_files(const struct linger_table *t)
{
	return OWN + t->held + t->drains[LINGER_SESSION] +
	    t->drains[LINGER_REFUSED];
}

static void
close_draining(struct linger_table *t, struct draining *d)
{
	/* Before close: epoll goes on while another process has a copy. */
	if (d->look == 0)
		epoll_ctl(t->epoll, EPOLL_CTL_DEL, d->fd, NULL);
	else
		TAILQ_REMOVE(&t->recent, d, recent);
	close(d->fd);
	d->fd = -1;
	TAILQ_REMOVE(&t->queues[d->kind], d, entry);
	t->drains[d->kind]--;
	TAILQ_INSERT_HEAD(&t->free, d, entry);
}

void
linger_table_make_room(struct linger_table *t, size_t n)
{
	struct draining *oldest;
	int kind;

	for (kind = LINGER_KINDS - 1; kind >= 0; kind--)
		while (count_files(t) + n > t->files &&
		    (oldest = TAILQ_FIRST(&t->queues[kind])) != NULL)
			close_draining(t, oldest);
}

/* Discard input.  Returns whether more may come. */
static bool
discard(int fd, size_t *left)
{
	char waste[16384];
	ssize_t n;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (*left == 0)
			return false;
		/* With MSG_TRUNC, TCP does not even copy it (tcp(7)). */
		n = syscall(__NR_recvfrom, fd, waste, sizeof(waste),
		    MSG_DONTWAIT | MSG_TRUNC, NULL, NULL);
		if (n <= 0)
			return n == -1 && (errno == EAGAIN || errno == EINTR);
		*left -= (size_t)n < *left ? (size_t)n : *left;
	}
	return true;
}

static void
drain(struct linger_table *t, int fd, enum linger_kind kind, int64_t now)
{
	struct draining *d;

	if (syscall(__NR_shutdown, fd, SHUT_WR) == -1) {
		close(fd);
		return;
	}
	if (t->drains[kind] == kinds[kind].most)
		close_draining(t, TAILQ_FIRST(&t->queues[kind]));
	d = TAILQ_FIRST(&t->free);
	d->kind = kind;
	d->fd = fd;
	d->look = now + LINGER_LOOK;
	d->deadline = now + kinds[kind].time;
	d->left = kinds[kind].bytes;
	TAILQ_REMOVE(&t->free, d, entry);
	TAILQ_INSERT_TAIL(&t->queues[kind], d, entry);
	TAILQ_INSERT_TAIL(&t->recent, d, recent);
	t->drains[kind]++;
}

/* The client has had time to close.  From now on epoll watches it. */
static void
look(struct linger_table *t, struct draining *d)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP };

	ev.data.ptr = d;
	if (!discard(d->fd, &d->left) ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, d->fd, &ev) == -1) {
		close_draining(t, d);
		return;
	}
	TAILQ_REMOVE(&t->recent, d, recent);
	d->look = 0;
}

void
linger_table_add(
    struct linger_table *t, const struct linger_name *name, int fd, int64_t now)
{
	struct held *h;

	if (name->serial == 0) {
		drain(t, fd, LINGER_REFUSED, now);
		return;
	}
	linger_table_make_room(t, LINGER_BATCH + 1);
	if (name->slot >= SESSIONS_MAX ||
	    count_files(t) + LINGER_BATCH >= t->files) {
		t->dropped++;
		close(fd);
		return;
	}
	h = &t->by_slot[name->slot];
	/* The slot's last session is over; its end may come later. */
	if (h->serial != 0)
		drain(t, h->fd, LINGER_SESSION, now);
	else
		t->held++;
	*h = (struct held) { name->serial, fd };
}

void
linger_table_end(
    struct linger_table *t, const struct linger_name *name, int64_t now)
{
	struct held *h;

	if (name->slot >= SESSIONS_MAX || name->serial == 0)
		return;
	h = &t->by_slot[name->slot];
	if (h->serial != name->serial)
		return;
	h->serial = 0;
	t->held--;
	drain(t, h->fd, LINGER_SESSION, now);
}

void
linger_table_ready(struct linger_table *t, struct draining *place)
{
	/* It may have been closed after the event. */
	if (place->fd != -1 && !discard(place->fd, &place->left))
		close_draining(t, place);
}

int64_t
linger_table_expire(struct linger_table *t, int64_t now)
{
	struct draining *first;
	int64_t due = -1;
	int kind;

	while ((first = TAILQ_FIRST(&t->recent)) != NULL && first->look <= now)
		look(t, first);
	if (first != NULL)
		due = first->look;
	for (kind = 0; kind < LINGER_KINDS; kind++) {
		while ((first = TAILQ_FIRST(&t->queues[kind])) != NULL &&
		    first->deadline <= now)
			close_draining(t, first);
		if (first != NULL)
			due = clock_sooner(due, first->deadline);
	}
	return due;
}

bool
linger_table_is_empty(const struct linger_table *t)
{
	return t->held + t->drains[LINGER_SESSION] +
	    t->drains[LINGER_REFUSED] ==
	    0;
}
