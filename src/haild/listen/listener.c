#include "haild/listen/listener.h"

#include <sys/epoll.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/listen/options.h"
#include "lib/io.h"
#include "lib/log.h"

static int
set_option(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/* --- TCP and UDP --- */

/*
 * Returns 0, or -1 with errno; then L still has to be closed.  A shared one
 * does not listen yet: a plan that is cancelled must not take clients.
 */
static int
open_inet(struct listener *l)
{
	bool v6 = l->addr.sa.sa_family == AF_INET6;
	int type = l->dgram ? SOCK_DGRAM : SOCK_STREAM;

	l->fd = socket(
	    l->addr.sa.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Over UDP SO_REUSEADDR would let two sockets have one address. */
	return l->fd == -1 ||
		(!l->dgram &&
		    set_option(l->fd, SOL_SOCKET, SO_REUSEADDR) == -1) ||
		(v6 && set_option(l->fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1) ||
		(l->service->freebind &&
		    set_option(l->fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			v6 ? IPV6_FREEBIND : IP_FREEBIND) == -1) ||
		options_bind_interface(l->fd, l->service->interface) == -1 ||
		(l->shared &&
		    set_option(l->fd, SOL_SOCKET, SO_REUSEPORT) == -1) ||
		bind(l->fd, &l->addr.sa, l->addr.len) == -1 ||
		(!l->shared && listener_listen(l) == -1)
	    ? -1
	    : 0;
}

const char *
listener_kind(const struct listener *l)
{
	return l->dgram ? "udp:" : "";
}

int
listener_listen(const struct listener *l)
{
	return l->dgram ? 0 : listen(l->fd, (int)l->service->backlog);
}

/* --- Unix sockets --- */

/*
 * Remove a stale socket file at A's path: one that no process listens on.  A
 * live socket and any other file stay.  Returns -1 with errno when the path is
 * not free.
 */
static int
clear_path(const struct addr *a)
{
	struct stat st;
	int fd, result;

	if (lstat(a->un.sun_path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	result = connect(fd, &a->sa, a->len);
	if (result == -1 && errno == ECONNREFUSED)
		result = unlink(a->un.sun_path);
	else {
		errno = EADDRINUSE; /* live, even if too busy to answer */
		result = -1;
	}
	close(fd);
	return result;
}

/* Give a socket's file its owner and mode.  Returns 0, or -1 with errno. */
static int
own_path(const struct service *service, const char *path)
{
	if ((service->socket_uid != -1 || service->socket_gid != -1) &&
	    lchown(path, (uid_t)service->socket_uid,
		(gid_t)service->socket_gid) == -1)
		return -1;
	return fchmodat(
	    AT_FDCWD, path, (mode_t)service->socket_mode, AT_SYMLINK_NOFOLLOW);
}

/* Returns as open_inet does. */
static int
open_unix(struct listener *l)
{
	const char *path = l->addr.un.sun_path;
	struct stat st;
	mode_t old;
	int bound;

	if (clear_path(&l->addr) == -1)
		return -1;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd == -1)
		return -1;
	/* No client may connect between bind and chmod: begin with mode 0. */
	old = umask(0777);
	bound = bind(l->fd, &l->addr.sa, l->addr.len);
	umask(old); /* cannot fail and keeps errno */
	if (bound == -1 || lstat(path, &st) == -1)
		return -1;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return own_path(l->service, path) == -1 ||
		listen(l->fd, (int)l->service->backlog) == -1
	    ? -1
	    : 0;
}

/* A name in the abstract namespace has no file, owner or mode. */
static int
open_abstract(struct listener *l)
{
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return l->fd == -1 || bind(l->fd, &l->addr.sa, l->addr.len) == -1 ||
		listener_listen(l) == -1
	    ? -1
	    : 0;
}

bool
listener_has_path(const struct listener *l)
{
	struct stat st;

	return l->ino != 0 && l->addr.sa.sa_family == AF_UNIX &&
	    lstat(l->addr.un.sun_path, &st) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino;
}

/* --- both --- */

static void
set_options(const struct listener *l)
{
	if (l->addr.sa.sa_family != AF_UNIX && !l->dgram)
		options_set_tcp(l->fd, l->service);
}

/* A wait service's socket blocks, since its child shares O_NONBLOCK. */
static void
set_blocking(const struct listener *l)
{
	int flags = fcntl(l->fd, F_GETFL), wanted;

	if (l->service == NULL || flags == -1)
		return;
	wanted = l->service->wait ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	if (wanted != flags && fcntl(l->fd, F_SETFL, wanted) == -1)
		log_warn("%s: cannot set O_NONBLOCK", l->service->name);
}

static int
open_socket(struct listener *l)
{
	if (addr_is_abstract(&l->addr))
		return open_abstract(l);
	return l->addr.sa.sa_family == AF_UNIX ? open_unix(l) : open_inet(l);
}

int
listener_open(struct listener *l)
{
	struct addr bound;
	int saved;

	l->addr = l->wanted;
	if (open_socket(l) == -1) {
		saved = errno;
		listener_close(l);
		errno = saved;
		return -1;
	}
	set_blocking(l);
	set_options(l);
	l->ifindex =
	    l->addr.sa.sa_family == AF_UNIX ? 0 : options_interface(l->fd);
	/* The kernel has chosen a port for 0. */
	bound = l->addr;
	if (getsockname(l->fd, &bound.sa, &bound.len) == 0)
		addr_set_port(&l->addr, addr_port(&bound));
	return 0;
}

bool
listener_refuses(const struct listener *l)
{
	return l->inherited && l->stats != NULL && l->stats->drained;
}

void
listener_update(const struct listener *l)
{
	if (l->wait_socket.pid == 0)
		set_blocking(l);
	if (listener_listen(l) == -1)
		log_warn("%s: cannot set the backlog", l->service->name);
	set_options(l);
	if (listener_has_path(l) &&
	    own_path(l->service, l->addr.un.sun_path) == -1)
		log_warn("%s: cannot set the owner and mode of %s",
		    l->service->name, l->addr.un.sun_path);
}

void
listener_close(struct listener *l)
{
	if (listener_has_path(l))
		unlink(l->addr.un.sun_path);
	/* Epoll would still watch a copy that a supervisor or child has. */
	if (l->fd != -1 && l->watched != 0)
		epoll_ctl(l->watched, EPOLL_CTL_DEL, l->fd, NULL);
	if (l->fd != -1)
		close(l->fd);
	free(l->passed);
	l->fd = -1;
	l->passed = NULL;
}

int64_t
wait_socket_returned(struct wait_socket *w, int64_t now)
{
	w->pid = 0;
	if (w->starts == 0 || now - w->since > WAIT_SOCKET_PERIOD)
		*w = (struct wait_socket) { .since = now };
	if (++w->starts < WAIT_SOCKET_STARTS)
		return 0;
	w->pause = w->pause == 0 ? WAIT_SOCKET_PAUSE_FIRST : w->pause * 2;
	if (w->pause > WAIT_SOCKET_PAUSE_LAST)
		w->pause = WAIT_SOCKET_PAUSE_LAST;
	return w->pause;
}

struct listener *
listeners_returned(struct listeners *all, pid_t pid, int64_t now)
{
	struct listener *l = all->list, *end = l + all->n;
	int64_t pause;

	while (l < end && l->wait_socket.pid != pid)
		l++;
	if (l == end)
		return NULL;
	pause = wait_socket_returned(&l->wait_socket, now);
	if (l->service == NULL)
		return l;
	if (pause > 0) {
		l->paused_until = now + pause;
		log_warnx(
		    "%s: started %u times within a minute; "
		    "pausing for %d s",
		    l->stats->name, l->wait_socket.starts,
		    (int)(pause / SECOND));
	}
	set_blocking(l);
	return l;
}

void
listeners_close(struct listeners *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		listener_close(&all->list[i]);
	free(all->list);
	all->list = NULL;
	all->n = 0;
}

void
listeners_drop(struct listeners *all, struct listener *l)
{
	size_t after = all->n - 1 - (size_t)(l - all->list);

	listener_close(l);
	memmove(l, l + 1, after * sizeof(*l));
	all->n--;
}

/* --- accepting --- */

/*
 * Errors that concern one client or none: no client, a client that has gone, or
 * a network error of the new socket that Linux returns here (accept(2)).
 */
static bool
is_harmless(int error)
{
	static const int errors[] = { EAGAIN, EINTR, ECONNABORTED, EPROTO,
		ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
		EOPNOTSUPP, ENETUNREACH, ETIMEDOUT };
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i] == error)
			return true;
	return false;
}

int
listener_accept(
    struct listener *l, struct client *client, int64_t now, int *error)
{
	socklen_t len = sizeof(client->cred);

	*error = 0;
	memset(client, 0, sizeof(*client));
	client->addr.len = sizeof(client->addr) - offsetof(struct addr, sa);
	/* A leftover of a wait service may still have it, and let it block. */
	if (l->wait_socket.starts > 0)
		set_blocking(l);
	client->fd =
	    accept4(l->fd, &client->addr.sa, &client->addr.len, SOCK_CLOEXEC);
	if (client->fd == -1) {
		/* EMFILE, ENFILE, ENOBUFS, ENOMEM, or an unknown error */
		if (!is_harmless(errno)) {
			*error = errno;
			l->paused_until = now + LISTENER_PAUSE;
		}
		return -1;
	}
	if (l->addr.sa.sa_family == AF_UNIX) {
		/* An unnamed client's address has no family on some paths. */
		client->addr.sa.sa_family = AF_UNIX;
		if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED,
			&client->cred, &len) == -1)
			client->cred = (struct ucred) { .uid = (uid_t)-1,
				.gid = (gid_t)-1 };
	}
	addr_unmap(&client->addr);
	return 0;
}
