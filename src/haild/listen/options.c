#include "haild/listen/options.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <string.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/socket/keepalive.h"

/*
 * Let the kernel hold a TCP client until it has sent something, or for
 * defer-accept (tcp(7), TCP_DEFER_ACCEPT).
 */
static void
set_defer(int fd, const struct service *service)
{
	bool on = service->defer_accept > 0;
	int seconds =
	    on ? (int)((service->defer_accept + SECOND - 1) / SECOND) : 0;

	if (setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds,
		sizeof(seconds)) == -1)
		log_warn("%s: cannot set defer-accept", service->name);
}

void
options_set_tcp(int fd, const struct service *service)
{
	if (keepalive_set(fd, service->tcp_keepalive) == -1)
		log_warn("%s: cannot set tcp-keepalive", service->name);
	set_defer(fd, service);
}

int
options_bind_interface(int fd, const char *name)
{
	return name == NULL ? 0
			    : setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name,
				  (socklen_t)strlen(name));
}

int
options_interface(int fd)
{
	int index = 0;
	socklen_t len = sizeof(index);

	return getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, &len) == -1
	    ? 0
	    : index;
}
