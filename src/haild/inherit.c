#include "haild/inherit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/listen/options.h"
#include "lib/log.h"
#include "lib/number.h"

static int
read_listen_fds(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	int64_t n;

	if (fds == NULL || pid == NULL || fds[0] == '\0' || pid[0] == '\0')
		return 0;
	if (!number_parse(pid, 0, INT_MAX, &n)) {
		log_errx("LISTEN_PID: \"%s\" is not a process ID", pid);
		return -1;
	}
	if (n != getpid())
		return 0;
	if (!number_parse(fds, 0, LISTEN_FDS_MAX, &n)) {
		log_errx("LISTEN_FDS: \"%s\" is not a number from 0 to %d", fds,
		    LISTEN_FDS_MAX);
		return -1;
	}
	return (int)n;
}

int
listen_fds(void)
{
	int n = read_listen_fds();

	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	return n;
}

/* An option that is an int, or -1 with errno. */
static int
get_option(int fd, int level, int option)
{
	int value;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, option, &value, &len) == -1 ? -1 : value;
}

/* Returns what is wrong with FD, of the domain FAMILY, or NULL. */
static const char *
check_type(int fd, int family)
{
	struct addr peer;
	socklen_t len = sizeof(peer.un);

	if (get_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM)
		return get_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1
		    ? NULL
		    : "does not listen";
	if (family == AF_UNIX ||
	    get_option(fd, SOL_SOCKET, SO_TYPE) != SOCK_DGRAM ||
	    get_option(fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_UDP)
		return "is neither a stream nor a UDP socket";
	return getpeername(fd, &peer.sa, &len) == 0 ? "is connected" : NULL;
}

const char *
listen_fd_prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL), family;
	const char *wrong;

	if (flags == -1)
		return "is not open";
	if ((family = get_option(fd, SOL_SOCKET, SO_DOMAIN)) == -1)
		return "is not a socket";
	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
		return "is neither an IP nor a Unix-domain socket";
	if ((wrong = check_type(fd, family)) != NULL)
		return wrong;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return "cannot be made close-on-exec and non-blocking";
	return NULL;
}

static int
inherit_one(struct listener *l, int fd)
{
	const char *wrong = listen_fd_prepare(fd);

	memset(l, 0, sizeof(*l));
	l->fd = fd;
	l->addr.len = sizeof(l->addr) - offsetof(struct addr, sa);
	if (wrong == NULL && getsockname(fd, &l->addr.sa, &l->addr.len) == -1)
		wrong = "has no address";
	if (wrong != NULL) {
		log_warnx("LISTEN_FDS: descriptor %d %s", fd, wrong);
		return -1;
	}
	l->wanted = l->addr;
	l->inherited = true;
	l->dgram = get_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM;
	if (l->addr.sa.sa_family != AF_UNIX)
		l->ifindex = options_interface(fd);
	l->dual = l->addr.sa.sa_family == AF_INET6 &&
	    get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0;
	return 0;
}

int
inherit_listeners(struct listeners *all)
{
	int i, n = listen_fds();

	if (n <= 0)
		return n;
	if ((all->list = calloc((size_t)n, sizeof(*all->list))) == NULL) {
		log_err("cannot allocate %d inherited listeners", n);
		return -1;
	}
	for (i = 0; i < n; i++)
		if (inherit_one(&all->list[all->n], LISTEN_FDS_START + i) == 0)
			all->n++;
	return 0;
}
