#include "haild/inherit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "haild/systemd.h"

static bool
takes_ipv4(int fd)
{
	socklen_t len = sizeof(int);
	int only = 1;

	return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0 &&
	    !only;
}

static bool
is_dgram(int fd)
{
	socklen_t len = sizeof(int);
	int type = SOCK_STREAM;

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	return type == SOCK_DGRAM;
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
	l->dgram = is_dgram(fd);
	l->dual = l->addr.sa.sa_family == AF_INET6 && takes_ipv4(fd);
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
