#include "haild/listen/options.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <string.h>

#include "lib/io.h"
#include "lib/log.h"

#define KEEPIDLE_MAX 32767 /* seconds; the kernel's maximum */

/*
 * Let the kernel end TCP connections whose peer has not answered for
 * tcp-keepalive.  A silent peer is probed after half of it.  Data that is not
 * acknowledged, or cannot be sent since the peer does not read, counts too
 * (tcp(7), TCP_USER_TIMEOUT).  Accepted sockets have the listener's options.
 */
static void
set_keepalive(int fd, const struct service *service)
{
	bool on = service->tcp_keepalive > 0;
	int seconds = on ? (int)(service->tcp_keepalive / SECOND) : 0;
	int half = (seconds + 1) / 2;
	const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, on },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000 },
		/* The rest only if it is on. */
		{ IPPROTO_TCP, TCP_KEEPIDLE,
		    half < KEEPIDLE_MAX ? half : KEEPIDLE_MAX },
		{ IPPROTO_TCP, TCP_KEEPINTVL, (seconds + 7) / 8 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 4 },
	};
	size_t i, n = on ? sizeof(options) / sizeof(options[0]) : 2;

	for (i = 0; i < n; i++)
		if (setsockopt(fd, options[i].level, options[i].name,
			&options[i].value, sizeof(options[i].value)) == -1) {
			log_warn("%s: cannot set tcp-keepalive", service->name);
			return;
		}
}

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
	set_keepalive(fd, service);
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
