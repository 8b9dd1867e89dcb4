#include "session/forward_loop.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct search {
	const struct config *config;
	const struct service *goal;
	bool *seen; /* services that were searched; NULL: none yet */
};

/* --- addresses --- */

/* A request for the route to one address (rtnetlink(7)). */
struct route_request {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr attribute;
	unsigned char address[sizeof(struct in6_addr)];
};

static void
make_request(struct route_request *r, const struct addr *a)
{
	bool v6 = a->sa.sa_family == AF_INET6;
	size_t size = v6 ? sizeof(a->in6.sin6_addr) : sizeof(a->in.sin_addr);

	memset(r, 0, sizeof(*r));
	r->head.nlmsg_len =
	    (uint32_t)(offsetof(struct route_request, address) + size);
	r->head.nlmsg_type = RTM_GETROUTE;
	r->head.nlmsg_flags = NLM_F_REQUEST;
	r->route.rtm_family = (unsigned char)a->sa.sa_family;
	r->route.rtm_dst_len = (unsigned char)(size * CHAR_BIT);
	r->attribute.rta_type = RTA_DST;
	r->attribute.rta_len = (unsigned short)RTA_LENGTH(size);
	if (v6)
		memcpy(r->address, &a->in6.sin6_addr, size);
	else
		memcpy(r->address, &a->in.sin_addr, size);
}

/*
 * Whether A is an address of this host, by the routing table.  A local route
 * can make it one that getifaddrs(3) does not list.
 */
static bool
is_local(const struct addr *a)
{
	struct route_request request;
	union {
		struct {
			struct nlmsghdr head;
			struct rtmsg route;
		};
		char bytes[4096];
	} answer;
	ssize_t n = -1;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	make_request(&request, a);
	/* The kernel answers before send(2) returns. */
	if (fd != -1 && send(fd, &request, request.head.nlmsg_len, 0) != -1)
		n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (fd != -1)
		close(fd);
	return n >= (ssize_t)NLMSG_LENGTH(sizeof(answer.route)) &&
	    answer.head.nlmsg_type == RTM_NEWROUTE &&
	    answer.route.rtm_type == RTN_LOCAL;
}

/* Whether connections to A arrive at E, which has the same port. */
static bool
receives(const struct addr *e, const struct addr *a)
{
	if (addr_is_wildcard(a))
		return addr_is_wildcard(e) || addr_is_loopback(e);
	return (addr_equal(e, a) || addr_is_wildcard(e)) && is_local(a);
}

/* --- Unix sockets --- */

static bool
find_file(struct stat *st, const char *root, const struct addr *a)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root != NULL ? root : "",
	    a->un.sun_path);
	return stat(path, st) == 0;
}

/* Whether A, a target of FROM, which may have its own root, is E. */
static bool
is_same_socket(
    const struct addr *e, const struct addr *a, const struct service *from)
{
	struct stat x, y;

	if (addr_is_abstract(e) || addr_is_abstract(a))
		return addr_equal(e, a);
	return find_file(&x, NULL, e) && find_file(&y, from->chroot, a) &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* --- services --- */

/* Connections from this host to itself arrive on "lo" only. */
static bool
may_receive(const struct service *service, const struct addr *a)
{
	return a->sa.sa_family == AF_UNIX || service->interface == NULL ||
	    strcmp(service->interface, "lo") == 0;
}

/* Whether a connection from the service FROM to A arrives at the service TO. */
static bool
arrives(
    const struct addr *a, const struct service *from, const struct service *to)
{
	const struct endpoint *e = to->endpoints;

	if (!may_receive(to, a))
		return false;
	for (; e < to->endpoints + to->nendpoints; e++)
		if (!e->dgram && e->addr.sa.sa_family == a->sa.sa_family &&
		    addr_port(&e->addr) == addr_port(a) &&
		    (a->sa.sa_family == AF_UNIX
			    ? is_same_socket(&e->addr, a, from)
			    : receives(&e->addr, a)))
			return true;
	return false;
}

static bool leads_back(
    struct search *s, const struct service *from, const struct target *target);

/* Whether one of the targets of the service NUMBER leads back. */
static bool
passes_on(struct search *s, size_t number)
{
	const struct service *service = &s->config->services[number];
	size_t i;

	if (s->seen == NULL &&
	    (s->seen = calloc(s->config->nservices, sizeof(*s->seen))) == NULL)
		return false;
	if (s->seen[number])
		return false;
	s->seen[number] = true;
	for (i = 0; i < service->ntargets; i++)
		if (leads_back(s, service, &service->targets[i]))
			return true;
	return false;
}

static bool
leads_back(
    struct search *s, const struct service *from, const struct target *target)
{
	const struct service *to = s->config->services;
	struct addr a = target->addr;
	size_t i;

	addr_unmap(&a);
	for (i = 0; i < s->config->nservices; i++, to++)
		if (to->handler == HANDLER_FORWARD && !to->disable &&
		    arrives(&a, from, to) &&
		    (strcmp(to->name, s->goal->name) == 0 || passes_on(s, i)))
			return true;
	return false;
}

bool
forward_loop_find(const struct config *config, const struct service *service,
    const struct target *target)
{
	struct search search = { config, service, NULL };
	bool found = leads_back(&search, service, target);

	free(search.seen);
	return found;
}
