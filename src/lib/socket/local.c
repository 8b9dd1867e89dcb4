#include "lib/socket/local.h"

#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

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

bool
local_is_own(const struct addr *a)
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
	int fd;

	if (addr_is_loopback(a))
		return true;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
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
