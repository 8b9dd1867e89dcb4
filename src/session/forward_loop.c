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
	const struct session *session; /* its service is the goal */
	bool *seen; /* services that were begun; NULL: none yet */
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
ask_route(struct route_request *r, const struct addr *a)
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
 * Whether A is an address of this host.  It may be so without being in the list
 * of getifaddrs(3).
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

	ask_route(&request, a);
	/* The kernel answers before send(2) returns. */
	if (fd != -1 && send(fd, &request, request.head.nlmsg_len, 0) != -1)
		n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (fd != -1)
		close(fd);
	return n >= (ssize_t)NLMSG_LENGTH(sizeof(answer.route)) &&
	    answer.head.nlmsg_type == RTM_NEWROUTE &&
	    answer.route.rtm_type == RTN_LOCAL;
}

/* Whether E, which listens on the same port, gets what is sent to A. */
static bool
hears(const struct addr *e, const struct addr *a)
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

/* A is a target of FROM, which may have another root directory. */
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

/* With "interface", a service gets nothing from its own host but over "lo". */
static bool
may_hear(const struct service *service, const struct addr *a)
{
	return a->sa.sa_family == AF_UNIX || service->interface == NULL ||
	    strcmp(service->interface, "lo") == 0;
}

/* Whether a connection from the service FROM to A arrives at E. */
static bool
arrives_at(
    const struct addr *e, const struct addr *a, const struct service *from)
{
	return e->sa.sa_family == a->sa.sa_family &&
	    addr_port(e) == addr_port(a) &&
	    (a->sa.sa_family == AF_UNIX ? is_same_socket(e, a, from)
					: hears(e, a));
}

/* Whether a connection from the service FROM to A arrives at the service TO. */
static bool
arrives(const struct session *s, const struct addr *a,
    const struct service *from, const struct service *to)
{
	const struct endpoint *e = to->endpoints;
	size_t i;

	if (!may_hear(to, a))
		return false;
	for (; e < to->endpoints + to->nendpoints; e++)
		if (!e->dgram && arrives_at(&e->addr, a, from))
			return true;
	for (i = 0; i < s->npassed; i++)
		if (strcmp(s->passed[i].service->name, to->name) == 0 &&
		    arrives_at(&s->passed[i].addr, a, from))
			return true;
	return false;
}

static bool leads_back(
    struct search *s, const struct service *from, const struct target *target);

/* Whether one of the targets of the service NUMBER leads back. */
static bool
passes_on(struct search *s, size_t number)
{
	const struct config *config = s->session->config;
	const struct service *service = &config->services[number];
	size_t i;

	if (s->seen == NULL &&
	    (s->seen = calloc(config->nservices, sizeof(*s->seen))) == NULL)
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
	const struct config *config = s->session->config;
	const struct service *to = config->services;
	const char *goal = s->session->service->name;
	struct addr a = target->addr;
	size_t i;

	addr_unmap(&a);
	for (i = 0; i < config->nservices; i++, to++)
		if (to->handler == HANDLER_FORWARD && !to->disable &&
		    arrives(s->session, &a, from, to) &&
		    (strcmp(to->name, goal) == 0 || passes_on(s, i)))
			return true;
	return false;
}

bool
forward_loop_find(const struct session *s, const struct target *target)
{
	struct search search = { .session = s };
	bool found = leads_back(&search, s->service, target);

	free(search.seen);
	return found;
}
