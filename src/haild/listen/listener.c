/*
 * listener.c -- listening sockets: opened, kept, accepted from, closed.
 */

#include "haild/listen/listener.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "haild/listen/keepalive.h"
#include "haild/listen/wait_socket.h"
#include "lib/log.h"
#include "haild/children/service_stats.h"

/* Ports that *:0 tries until one is free for both families. */
#define TWIN_TRIES 32

static int
set_option(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/* --- TCP and UDP --- */

static int
open_inet(const struct service *service, const struct addr *a, bool dgram)
{
	bool v6 = a->sa.sa_family == AF_INET6;
	int fd, saved;

	fd = socket(a->sa.sa_family,
	    (dgram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1)
		return -1;
	/* Over UDP it would let two have one address. */
	if ((!dgram && set_option(fd, SOL_SOCKET, SO_REUSEADDR) == -1) ||
	    (v6 && set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1) ||
	    (service->freebind &&
		set_option(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    v6 ? IPV6_FREEBIND : IP_FREEBIND) == -1) ||
	    bind(fd, &a->sa, a->len) == -1 ||
	    (!dgram && listen(fd, (int)service->backlog) == -1))
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
		goto fail_bound;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	if (own_path(service, path) == -1 ||
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

/* Whether the file there is still the socket that we made. */
static bool
has_own_path(const struct listener *l)
{
	struct stat st;

	return l->addr.sa.sa_family == AF_UNIX && l->ino != 0 &&
	    lstat(l->addr.un.sun_path, &st) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino;
}

static void
unlink_own(const struct listener *l)
{
	if (has_own_path(l))
		unlink(l->addr.un.sun_path);
}

/* --- all of them --- */

/* Open what L wants.  Returns 0, or -1 with errno. */
static int
listener_open(struct listener *l)
{
	struct addr bound;

	l->addr = l->wanted;
	if (l->addr.sa.sa_family == AF_UNIX) {
		if ((l->fd = open_unix(l->service, l)) == -1)
			return -1;
		wait_socket_prepare(l);
		return 0;
	}
	if ((l->fd = open_inet(l->service, &l->addr, l->dgram)) == -1)
		return -1;
	wait_socket_prepare(l);
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

void
listeners_close(struct listeners *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		unlink_own(&all->list[i]);
		listener_close(&all->list[i]);
	}
	free(all->list);
	all->list = NULL;
	all->n = 0;
}

/* --- a plan --- */

struct planning {
	struct listeners *have;
	int level;
};

/* As "listen" has it. */
static const char *
kind(const struct listener *l)
{
	return l->dgram ? "udp:" : "";
}

static int
log_failure(const struct planning *p, const struct listener *l)
{
	char text[ADDR_TEXT_MAX];
	const char *why = strerror(errno);

	log_at(p->level, "%s: cannot listen on %s%s: %s", l->service->name,
	    kind(l), addr_print(&l->wanted, text, sizeof(text)), why);
	return -1;
}

/*
 * Whether ERROR means that L, of IPv6, is wanted where IPv6 is switched off: ::
 * and ::1 are on every other host.
 */
static bool
lacks_ipv6(const struct listener *l, int error)
{
	const struct in6_addr *a = &l->wanted.in6.sin6_addr;

	return l->wanted.sa.sa_family == AF_INET6 &&
	    (IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LOOPBACK(a)) &&
	    (error == EAFNOSUPPORT || error == EADDRNOTAVAIL);
}

/* A warning, but not with each retry. */
static void
log_no_ipv6(const struct planning *p, const struct listener *l)
{
	log_at(p->level > LOG_WARNING ? p->level : LOG_WARNING,
	    "%s: no IPv6 on this host: %s", l->service->name, strerror(errno));
}

/*
 * Whether H is what L wants: bound there, or asked for in the same words, of
 * which port 0 is each service's own.
 */
static bool
is_wanted(const struct listener *h, const struct listener *l)
{
	if (h->fd == -1 || h->kept || h->dgram != l->dgram)
		return false;
	if (addr_port(&l->wanted) != 0 || l->wanted.sa.sa_family == AF_UNIX)
		return addr_equal(&h->addr, &l->wanted);
	return addr_equal(&h->wanted, &l->wanted) && h->stats != NULL &&
	    strcmp(h->stats->name, l->service->name) == 0;
}

/* Take over the one that HAVE has, if it has.  Returns whether. */
static bool
take_over(const struct planning *p, struct listener *l)
{
	struct listener *h;
	size_t i;

	for (i = 0; i < p->have->n; i++) {
		h = &p->have->list[i];
		if (!is_wanted(h, l))
			continue;
		l->fd = h->fd;
		l->addr = h->addr;
		l->dev = h->dev;
		l->ino = h->ino;
		l->dual = h->dual;
		l->wait_socket = h->wait_socket;
		l->paused_until = h->paused_until;
		l->kept = h->kept = true;
		return true;
	}
	return false;
}

/* An inherited IPv6 socket that takes IPv4 too is both halves of "*". */
static bool
take_over_dual(const struct planning *p, struct listener *l)
{
	struct listener v6 = *l;
	size_t i;

	addr_from_numeric(&v6.wanted, "::", addr_port(&l->wanted));
	for (i = 0; i < p->have->n; i++) {
		if (!p->have->list[i].dual ||
		    !is_wanted(&p->have->list[i], &v6))
			continue;
		*l = v6;
		return take_over(p, l);
	}
	return false;
}

static int
take_or_open(const struct planning *p, struct listener *l)
{
	return take_over(p, l) ? 0 : listener_open(l);
}

/* L will not be: close it, or leave it to HAVE, where it came from. */
static void
give_back(struct listener *l, struct listeners *have)
{
	size_t i;

	if (!l->kept) {
		unlink_own(l);
		listener_close(l);
		return;
	}
	for (i = 0; i < have->n; i++)
		if (have->list[i].fd == l->fd)
			have->list[i].kept = false;
}

/*
 * Both halves of "*".  A host without IPv6 is served over IPv4 alone.  With
 * port 0 the IPv4 half chooses, and chooses again where the IPv6 half finds
 * that port taken.  Returns how many there are, -1 when it is hopeless.
 */
static int
plan_pair(const struct planning *p, struct listener pair[2])
{
	struct addr wanted = pair[1].wanted;
	bool any_port = addr_port(&pair[0].wanted) == 0;
	int try;

	if (take_over_dual(p, &pair[0]))
		return 1;
	for (try = 0;; try++) {
		if (take_or_open(p, &pair[0]) == -1)
			return log_failure(p, &pair[0]);
		if (!take_over(p, &pair[1])) {
			addr_set_port(
			    &pair[1].wanted, addr_port(&pair[0].addr));
			if (listener_open(&pair[1]) == -1)
				goto no_second;
			pair[1].wanted = wanted;
		}
		return 2;
	no_second:
		if (lacks_ipv6(&pair[1], errno)) {
			log_no_ipv6(p, &pair[1]);
			return 1;
		}
		if (!any_port || pair[0].kept || errno != EADDRINUSE ||
		    try == TWIN_TRIES) {
			log_failure(p, &pair[1]);
			give_back(&pair[0], p->have);
			return -1;
		}
		listener_close(&pair[0]);
	}
}

/* A host without IPv6 need not have ::1, if the service is on others too. */
static int
plan_one(const struct planning *p, struct listener *l)
{
	if (take_or_open(p, l) == 0)
		return 1;
	if (l->service->nendpoints == 1 || !lacks_ipv6(l, errno))
		return log_failure(p, l);
	log_no_ipv6(p, l);
	return 0;
}

static void
prepare(struct listener *l, struct service_stats *stats,
    const struct service *service, const struct endpoint *e)
{
	memset(l, 0, sizeof(*l));
	l->fd = -1;
	l->service = service;
	l->stats = stats;
	l->wanted = e->addr;
	l->dgram = e->dgram;
}

/* Undo PLAN from its FIRST listener on. */
static void
undo(struct listeners *plan, size_t first, struct listeners *have)
{
	for (; plan->n > first; plan->n--)
		give_back(&plan->list[plan->n - 1], have);
}

/* Plan the endpoints of a service, or none.  Returns 0 or -1. */
static int
plan_service(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service)
{
	size_t i, width, first = plan->n;
	int n;

	for (i = 0; i < service->nendpoints; i += width) {
		const struct endpoint *e = &service->endpoints[i];
		struct listener *at = &plan->list[plan->n];

		width = i + 1 < service->nendpoints && e[1].twin ? 2 : 1;
		prepare(&at[0], stats, service, e);
		if (width == 2)
			prepare(&at[1], stats, service, e + 1);
		n = width == 2 ? plan_pair(p, at) : plan_one(p, at);
		if (n == -1) {
			undo(plan, first, p->have);
			return -1;
		}
		plan->n += (size_t)n;
	}
	return plan->n > first ? 0 : -1;
}

/* It cannot be served.  A retry is quiet, but not about what was served. */
static void
put_out(struct service_stats *stats, const struct service *service, int level)
{
	if (!stats->out && level > LOG_ERR && service->missing != NULL)
		log_errx("%s: %s", stats->name, service->missing);
	log_at(stats->out ? level : LOG_ERR, "%s: out of service", stats->name);
	stats->out = true;
}

int
listeners_plan(struct listeners *plan, const struct config *config,
    struct listeners *have, struct service_stats_list *all_stats, bool alone,
    int level)
{
	const struct planning p = { have, level };
	const struct service *service;
	size_t i, total = have->n;
	struct service_stats *stats;
	bool failed = false;

	for (i = 0; i < config->nservices; i++)
		total += config->services[i].nendpoints;
	plan->n = 0;
	plan->list = calloc(total + 1, sizeof(*plan->list));
	if (plan->list == NULL) {
		log_err("listeners");
		return -1;
	}
	for (i = 0; i < config->nservices; i++) {
		service = &config->services[i];
		if (service->disable)
			continue;
		if ((stats = service_stats_get(all_stats, service->name)) ==
		    NULL) {
			log_err("%s", service->name);
			failed = true;
			continue;
		}
		if (service->missing == NULL &&
		    plan_service(&p, plan, stats, service) == 0)
			continue;
		if (alone)
			put_out(stats, service, level);
		else
			failed = true; /* go on: all errors are listed */
	}
	if (!failed)
		return 0;
	listeners_cancel(plan, have);
	return -1;
}

void
listeners_cancel(struct listeners *plan, struct listeners *have)
{
	undo(plan, 0, have);
	free(plan->list);
	plan->list = NULL;
}

/* What bind and listen did not do now, since it was there. */
static void
update_kept(const struct listener *l)
{
	if (l->wait_socket.pid == 0)
		wait_socket_prepare(l);
	if (!l->dgram && listen(l->fd, (int)l->service->backlog) == -1)
		log_warn("%s: listen", l->service->name);
	if (has_own_path(l) && own_path(l->service, l->addr.un.sun_path) == -1)
		log_warn("%s: %s", l->service->name, l->addr.un.sun_path);
}

static void
log_listener(const struct listener *l)
{
	char text[ADDR_TEXT_MAX];

	addr_print(&l->addr, text, sizeof(text));
	log_info("%s: listening on %s%s", l->service->name, kind(l), text);
}

void
listeners_log_unwanted(const struct listeners *all)
{
	char text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->list[i].stats == NULL)
			log_warnx("no service wants the inherited socket %s%s",
			    kind(&all->list[i]),
			    addr_print(&all->list[i].addr, text, sizeof(text)));
}

/* L lives on elsewhere. */
static void
forget(struct listener *l)
{
	l->fd = -1;
	l->addr.sa.sa_family = AF_UNSPEC;
}

void
listeners_commit(struct listeners *plan, struct listeners *have)
{
	struct listener *l;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		l = &plan->list[i];
		if (l->kept)
			update_kept(l);
		else
			log_listener(l);
		if (l->addr.sa.sa_family != AF_UNIX && !l->dgram &&
		    keepalive_set(l->fd, l->service->tcp_keepalive) == -1)
			log_warn("%s: tcp-keepalive", l->service->name);
		l->kept = false;
		l->stats->out = false;
	}
	for (i = 0; i < have->n; i++) {
		l = &have->list[i];
		if (!l->kept && l->stats == NULL && l->fd != -1)
			plan->list[plan->n++] = *l;
		else if (!l->kept)
			continue;
		forget(l);
	}
}

void
listeners_park(struct listeners *all, struct listeners *old)
{
	struct listener *l;
	size_t i;

	for (i = 0; i < old->n; i++) {
		l = &old->list[i];
		if (l->fd == -1 || l->wait_socket.pid == 0)
			continue;
		l->service = NULL;
		all->list[all->n++] = *l;
		forget(l);
	}
}

void
listeners_drop(struct listeners *all, struct listener *l)
{
	size_t behind = all->n - 1 - (size_t)(l - all->list);

	unlink_own(l);
	listener_close(l);
	memmove(l, l + 1, behind * sizeof(*l));
	all->n--;
}

/* --- accepting --- */

/*
 * What passes by itself: nobody there, a client that left, or an error of the
 * network that Linux hands on from the new socket (accept(2)).
 */
static bool
is_passing(int error)
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
    struct listener *l, struct client *client, int64_t now, int *trouble)
{
	socklen_t len = sizeof(client->cred);
	int fd;

	*trouble = 0;
	memset(client, 0, sizeof(*client));
	client->addr.len = sizeof(client->addr) - offsetof(struct addr, sa);
	/* What a program left behind may have it still, and let it block. */
	if (l->wait_socket.starts > 0)
		wait_socket_prepare(l);
	fd = accept4(l->fd, &client->addr.sa, &client->addr.len, SOCK_CLOEXEC);
	client->fd = -1;
	if (fd == -1) {
		/* EMFILE, ENFILE, ENOBUFS, ENOMEM, or what nobody foresaw */
		if (!is_passing(errno)) {
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
	client->fd = fd;
	return fd;
}
