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
	const struct session *session;
	bool *seen; /* services that were searched; NULL: none yet */
};

/* --- addresses --- */

/* A request for the route to one address (rtnetlink(7)). */
struct route_request {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr scope_attribute;
	uint32_t scope; /* each link may have the address; 0: any */
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
	r->scope_attribute.rta_type = RTA_OIF;
	r->scope_attribute.rta_len =
	    (unsigned short)RTA_LENGTH(sizeof(r->scope));
	r->scope = v6 ? a->in6.sin6_scope_id : 0;
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

/* Whether L, which has the same port, receives connections to A. */
static bool
receives(const struct session_listener *l, const struct addr *a)
{
	struct addr own = *l->addr;

	addr_unmap(&own);
	if (own.sa.sa_family != a->sa.sa_family &&
	    !(l->dual && a->sa.sa_family == AF_INET))
		return false;
	if (addr_is_wildcard(a))
		return addr_is_wildcard(&own) || addr_is_loopback(&own);
	return (addr_equal(&own, a) || addr_is_wildcard(&own)) && is_local(a);
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

/* Whether a connection from the service FROM to A arrives at L. */
static bool
arrives(const struct addr *a, const struct service *from,
    const struct session_listener *l)
{
	bool path = a->sa.sa_family == AF_UNIX;

	if (!may_receive(l->service, a) ||
	    path != (l->addr->sa.sa_family == AF_UNIX) ||
	    addr_port(l->addr) != addr_port(a))
		return false;
	return path ? is_same_socket(l->addr, a, from) : receives(l, a);
}

static bool leads_back(
    struct search *s, const struct service *from, const struct target *target);

/* Whether one of the targets of SERVICE leads back. */
static bool
passes_on(struct search *s, const struct service *service)
{
	const struct config *config = s->session->config;
	size_t i = (size_t)(service - config->services);

	if (s->seen == NULL &&
	    (s->seen = calloc(config->nservices, sizeof(*s->seen))) == NULL)
		return false;
	if (s->seen[i])
		return false;
	s->seen[i] = true;
	for (i = 0; i < service->ntargets; i++)
		if (leads_back(s, service, &service->targets[i]))
			return true;
	return false;
}

static bool
leads_back(
    struct search *s, const struct service *from, const struct target *target)
{
	const struct session_listener *l = s->session->listeners;
	const struct session_listener *end = l + s->session->nlisteners;
	struct addr a = target->addr;

	addr_unmap(&a);
	for (; l < end; l++)
		if (l->service->handler == HANDLER_FORWARD &&
		    arrives(&a, from, l) &&
		    (l->service == s->session->service ||
			passes_on(s, l->service)))
			return true;
	return false;
}

bool
forward_loop_find(const struct session *s, const struct target *target)
{
	struct search search = { s, NULL };
	bool found = leads_back(&search, s->service, target);

	free(search.seen);
	return found;
}
