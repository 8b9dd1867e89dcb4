/*
 * listener.c -- listening sockets: opened, accepted from, closed.
 */

#include "listener.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "tally.h"

/* Ports that *:0 tries until one is free for both families. */
#define TWIN_TRIES 32

static int
set_option(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/* --- TCP --- */

static int
open_tcp(const struct service *service, const struct addr *a)
{
	bool v6 = a->sa.sa_family == AF_INET6;
	int fd, saved;

	fd = socket(
	    a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (set_option(fd, SOL_SOCKET, SO_REUSEADDR) == -1 ||
	    (v6 && set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1) ||
	    (service->freebind &&
		set_option(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    v6 ? IPV6_FREEBIND : IP_FREEBIND) == -1) ||
	    bind(fd, &a->sa, a->len) == -1 ||
	    listen(fd, (int)service->backlog) == -1)
		goto fail;
	return fd;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* --- Unix sockets --- */

/*
 * Make way for a socket at PATH: a socket file that nobody listens on any more
 * goes; a live one stays, and so does any other kind of file.  Returns -1 with
 * errno when the way is not free.
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
		errno = EADDRINUSE; /* it answers, or is too busy to */
		result = -1;
	}
	close(fd);
	return result;
}

static int
open_unix(const struct service *service, struct listener *l)
{
	const char *path = l->addr.un.sun_path;
	struct stat st;
	mode_t old;
	int fd = -1, saved, bound;

	if (clear_path(&l->addr) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	/* Nobody gets in between bind and chmod: the mode starts at 0. */
	old = umask(0777);
	bound = bind(fd, &l->addr.sa, l->addr.len);
	saved = errno;
	umask(old);
	errno = saved;
	if (bound == -1)
		goto fail;
	if (lstat(path, &st) == -1)
		goto fail;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	if ((service->socket_uid != -1 || service->socket_gid != -1) &&
	    lchown(path, (uid_t)service->socket_uid,
		(gid_t)service->socket_gid) == -1)
		goto fail_bound;
	if (fchmodat(AT_FDCWD, path, (mode_t)service->socket_mode,
		AT_SYMLINK_NOFOLLOW) == -1 ||
	    listen(fd, (int)service->backlog) == -1)
		goto fail_bound;
	return fd;
fail_bound:
	saved = errno;
	unlink(path);
	errno = saved;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void
unlink_own(const struct listener *l)
{
	struct stat st;

	if (l->addr.sa.sa_family != AF_UNIX)
		return;
	if (lstat(l->addr.un.sun_path, &st) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino)
		unlink(l->addr.un.sun_path);
}

/* --- all of them --- */

/* Open what L's address says.  Returns 0, or -1 with errno. */
static int
listener_open(struct listener *l)
{
	struct addr bound;

	if (l->addr.sa.sa_family == AF_UNIX) {
		l->fd = open_unix(l->service, l);
		return l->fd == -1 ? -1 : 0;
	}
	if ((l->fd = open_tcp(l->service, &l->addr)) == -1)
		return -1;
	/* Port 0 has become a number. */
	bound = l->addr;
	if (getsockname(l->fd, &bound.sa, &bound.len) == 0)
		addr_set_port(&l->addr, addr_port(&bound));
	return 0;
}

static void
listener_close(struct listener *l)
{
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
}

static void
log_listener(const struct listener *l)
{
	char text[ADDR_TEXT_MAX];

	log_info("%s: listening on %s", l->service->name,
	    addr_print(&l->addr, text, sizeof(text)));
}

static int
log_failure(const struct listener *l)
{
	char text[ADDR_TEXT_MAX];

	log_err("%s: cannot listen on %s", l->service->name,
	    addr_print(&l->addr, text, sizeof(text)));
	return -1;
}

static void
prepare(struct listener *l, struct server *server,
    const struct service *service, const struct endpoint *e)
{
	memset(l, 0, sizeof(*l));
	l->fd = -1;
	l->service = service;
	l->tally = tally_get(&server->tallies, service->name);
	l->addr = e->addr;
}

/*
 * Both halves of "*".  A host without IPv6 is served over IPv4 alone.  With
 * port 0 the IPv4 half chooses, and chooses again where the IPv6 half finds
 * that port taken.  Returns how many were opened, -1 when it is hopeless.
 */
static int
open_pair(struct listener pair[2])
{
	bool any_port = addr_port(&pair[0].addr) == 0;
	int try;

	for (try = 0;; try++) {
		if (listener_open(&pair[0]) == -1)
			return log_failure(&pair[0]);
		addr_set_port(&pair[1].addr, addr_port(&pair[0].addr));
		if (listener_open(&pair[1]) == 0)
			return 2;
		if (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) {
			log_warn(
			    "%s: no IPv6 on this host", pair[0].service->name);
			return 1;
		}
		if (!any_port || errno != EADDRINUSE || try == TWIN_TRIES) {
			log_failure(&pair[1]);
			listener_close(&pair[0]);
			return -1;
		}
		listener_close(&pair[0]);
		addr_set_port(&pair[0].addr, 0);
	}
}

static int
open_one(struct listener *l)
{
	return listener_open(l) == -1 ? log_failure(l) : 1;
}

/* Open a service's endpoints at LIST; returns how many could not be. */
static unsigned int
open_service(struct server *server, const struct service *service)
{
	struct listener *at = server->listeners + server->nlisteners;
	unsigned int failed = 0;
	size_t i, width;
	int n, j;

	for (i = 0; i < service->nendpoints; i += width) {
		const struct endpoint *e = &service->endpoints[i];

		width = i + 1 < service->nendpoints && e[1].twin ? 2 : 1;
		prepare(&at[0], server, service, e);
		if (width == 2)
			prepare(&at[1], server, service, e + 1);
		n = width == 2 ? open_pair(at) : open_one(at);
		if (n == -1) {
			failed++;
			continue;
		}
		for (j = 0; j < n; j++)
			log_listener(&at[j]);
		at += n;
		server->nlisteners += (size_t)n;
	}
	return failed;
}

unsigned int
listeners_open(struct server *server)
{
	const struct config *config = server->config;
	size_t i, total = 0;
	unsigned int failed = 0;

	for (i = 0; i < config->nservices; i++)
		total += config->services[i].nendpoints;
	server->listeners = calloc(total + 1, sizeof(*server->listeners));
	if (server->listeners == NULL) {
		log_err("listeners");
		return 1;
	}
	server->nlisteners = 0;
	for (i = 0; i < config->nservices; i++) {
		if (config->services[i].disable)
			continue;
		failed += open_service(server, &config->services[i]);
		server->nserved++;
	}
	return failed;
}

void
listeners_close(struct server *server)
{
	size_t i;

	for (i = 0; i < server->nlisteners; i++) {
		unlink_own(&server->listeners[i]);
		listener_close(&server->listeners[i]);
	}
	server->nlisteners = 0;
}

/* --- accepting --- */

static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM;
}

int
listener_accept(
    struct listener *l, struct client *client, int64_t now, int *trouble)
{
	socklen_t len = sizeof(client->cred);
	int fd;

	*trouble = 0;
	memset(client, 0, sizeof(*client));
	client->addr.len = sizeof(client->addr) - offsetof(struct addr, sa);
	fd = accept4(l->fd, &client->addr.sa, &client->addr.len, SOCK_CLOEXEC);
	if (fd == -1) {
		/*
		 * All the others pass by themselves: nobody there (EAGAIN), a
		 * client that left (ECONNABORTED), or a network error that
		 * Linux hands on from the new socket (accept(2)).
		 */
		if (is_shortage(errno)) {
			*trouble = errno;
			l->paused_until = now + LISTENER_PAUSE;
		}
		return -1;
	}
	if (l->addr.sa.sa_family == AF_UNIX) {
		/* An unnamed client's address has no family on some paths. */
		client->addr.sa.sa_family = AF_UNIX;
		if (getsockopt(
			fd, SOL_SOCKET, SO_PEERCRED, &client->cred, &len) == -1)
			client->cred.uid = (uid_t)-1;
	}
	addr_unmap(&client->addr);
	return fd;
}
