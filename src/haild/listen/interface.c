#include "haild/listen/interface.h"

#include <net/if.h>

#include <errno.h>
#include <unistd.h>

#include "haild/listen/options.h"

/* What a new socket is bound to; not 0 if haild runs in a VRF (ip-vrf(8)). */
static int
bound_by_default(const struct listener *l)
{
	int fd = socket(l->addr.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int index;

	if (fd == -1)
		return 0;
	index = options_interface(fd);
	close(fd);
	return index;
}

bool
interface_is_wanted(const struct listener *h, const struct listener *l)
{
	const char *name = l->service->interface;

	if (name != NULL)
		return h->ifindex != 0 &&
		    (unsigned int)h->ifindex == if_nametoindex(name);
	if (h->inherited || h->ifindex == 0)
		return true;
	return addr_is_link_local(&l->wanted)
	    ? (uint32_t)h->ifindex == l->wanted.in6.sin6_scope_id
	    : h->ifindex == bound_by_default(h);
}

bool
interface_is_bound(const struct listener *l)
{
	return l->service != NULL && !l->inherited && l->closing_at == 0 &&
	    l->addr.sa.sa_family != AF_UNIX &&
	    (l->service->interface != NULL || addr_is_link_local(&l->wanted));
}

bool
interface_is_lost(const struct listeners *all)
{
	const struct listener *l;
	char name[IF_NAMESIZE];
	socklen_t len;

	for (l = all->list; l < all->list + all->n; l++) {
		len = sizeof(name);
		if (interface_is_bound(l) &&
		    getsockopt(
			l->fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len) == -1 &&
		    errno == ENODEV)
			return true;
	}
	return false;
}
