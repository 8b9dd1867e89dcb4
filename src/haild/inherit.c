#include "haild/inherit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/passed.h"
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

/* An empty name is none. */
static void
check_name(char **name, int fd)
{
	if (!passed_is_valid(*name))
		log_warnx("LISTEN_FDNAMES: invalid name of descriptor %d", fd);
	else if ((*name)[0] != '\0')
		return;
	free(*name);
	*name = NULL;
}

/*
 * The names of N sockets in NAMES, allocated.  Names that cannot be assigned to
 * sockets are ignored: a wrong one could connect clients to another service.
 * Returns 0, or -1 (logged).
 */
static int
read_names(char *names[LISTEN_FDS_MAX], int n)
{
	const char *text = getenv("LISTEN_FDNAMES"), *at = text;
	int i, found = 1;

	while (at != NULL && (at = strchr(at, ':')) != NULL) {
		found++;
		at++;
	}
	if (text != NULL && found != n) {
		log_warnx("LISTEN_FDNAMES: %d name%s for %d socket%s: ignored",
		    found, found == 1 ? "" : "s", n, n == 1 ? "" : "s");
		return 0;
	}
	for (i = 0; i < n; i++) {
		if (text == NULL)
			names[i] = strdup("unknown");
		else
			names[i] = strndup(text, strcspn(text, ":"));
		if (names[i] == NULL) {
			log_err("cannot allocate names of sockets");
			return -1;
		}
		if (text != NULL)
			text += strcspn(text, ":") + 1;
		check_name(&names[i], LISTEN_FDS_START + i);
	}
	return 0;
}

static void
free_names(char *names[LISTEN_FDS_MAX], int n)
{
	int i;

	for (i = 0; i < n; i++)
		free(names[i]);
}

int
listen_fds(char *names[LISTEN_FDS_MAX])
{
	int n = read_listen_fds();

	memset(names, 0, LISTEN_FDS_MAX * sizeof(*names));
	if (n > 0 && read_names(names, n) == -1) {
		free_names(names, n);
		n = -1;
	}
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
	char *names[LISTEN_FDS_MAX];
	int i, n = listen_fds(names);

	if (n <= 0)
		return n;
	if ((all->list = calloc((size_t)n, sizeof(*all->list))) == NULL) {
		log_err("cannot allocate %d inherited listeners", n);
		free_names(names, n);
		return -1;
	}
	for (i = 0; i < n; i++) {
		if (inherit_one(&all->list[all->n], LISTEN_FDS_START + i) == 0)
			all->list[all->n++].passed = names[i];
		else
			free(names[i]);
	}
	return 0;
}
