#include "session/forward_header.h"

#include <sys/socket.h>

#include <errno.h>

#include "lib/io.h"

void
forward_header_make(struct forward_header *h, const struct service *service,
    const struct client *client, const struct addr *local,
    uint32_t id __attribute__((unused)))
{
	h->len = 0;
	if (service->forward_proxy == FORWARD_PROXY_V1)
		h->len = proxy_write_v1(h->text, &client->addr, local);
}

int
forward_header_send(const struct forward_header *h, int fd, int64_t timeout)
{
	int64_t deadline = clock_after(clock_now(), timeout);
	size_t sent = 0;
	ssize_t n;

	while (sent < h->len) {
		n = send(fd, h->text + sent, h->len - sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			sent += (size_t)n;
		else if (!io_is_temporary(errno))
			return -1;
		else if (io_wait(fd, POLLOUT, deadline) <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}
