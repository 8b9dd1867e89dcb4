/*
 * System calls are made by number, as in lib/message.c: on i386 libc may use
 * socketcall(2), which filters do not permit.
 */

#include "tls/link.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

/* More than the buffers of a stream can hold (net.core.wmem_default). */
#define STREAM_MAX (400 * 1024)

static ssize_t
receive(int fd, void *data, size_t size, int flags)
{
	long n;

	do
		n = syscall(__NR_recvfrom, fd, data, size, flags | MSG_DONTWAIT,
		    NULL, NULL);
	while (n == -1 && errno == EINTR);
	return n;
}

ssize_t
tls_link_receive(int fd, void *data, size_t size)
{
	return receive(fd, data, size, 0);
}

ssize_t
tls_link_peek(int fd, void *data, size_t size)
{
	return receive(fd, data, size, MSG_PEEK);
}

ssize_t
tls_link_send(int fd, const void *data, size_t len)
{
	long n;

	do
		n = syscall(__NR_sendto, fd, data, len,
		    MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
	while (n == -1 && errno == EINTR);
	return n;
}

bool
tls_link_is_blocked(const struct tls_link *link)
{
	return link->start < link->end;
}

/* Returns how many of LEN bytes the socket accepted. */
static size_t
send_some(struct tls_link *link, const void *data, size_t len)
{
	ssize_t n = tls_link_send(link->fd, data, len);

	if (n >= 0)
		return (size_t)n;
	if (!io_is_temporary(errno))
		link->error = errno;
	return 0;
}

void
tls_link_flush(struct tls_link *link)
{
	if (link->error == 0 && tls_link_is_blocked(link))
		link->start += send_some(
		    link, link->unsent + link->start, link->end - link->start);
	if (link->error != 0 || link->start == link->end)
		link->start = link->end = 0;
}

/* Keep DATA, which fits.  After an error it counts as sent. */
static void
keep(struct tls_link *link, const void *data, size_t len)
{
	if (link->error != 0)
		return;
	memcpy(link->unsent + link->end, data, len);
	link->end += len;
}

/* Send one record without a copy; keep what the socket does not accept. */
static void
push_one(struct tls_link *link, const unsigned char *data, size_t len)
{
	size_t sent = 0;

	if (link->error == 0 && !tls_link_is_blocked(link))
		sent = send_some(link, data, len);
	keep(link, data + sent, len - sent);
}

/*
 * The records of a flight are sent by one call, since each would wake the
 * client.  If not all of them fit the link stays blocked: GnuTLS then waits
 * until the socket accepts more.
 */
static ssize_t
push(gnutls_transport_ptr_t ptr, const giovec_t *records, int n)
{
	struct tls_link *link = ptr;
	size_t len = 0;
	int i;

	tls_link_flush(link);
	for (i = 0; i < n; i++) {
		if (records[i].iov_len > sizeof(link->unsent) - link->end)
			break;
		if (n == 1)
			push_one(link, records[i].iov_base, records[i].iov_len);
		else
			keep(link, records[i].iov_base, records[i].iov_len);
		len += records[i].iov_len;
	}
	if (i == n)
		tls_link_flush(link);
	if (i > 0)
		return (ssize_t)len;
	errno = EAGAIN;
	return -1;
}

static ssize_t
pull(gnutls_transport_ptr_t ptr, void *data, size_t size)
{
	struct tls_link *link = ptr;
	ssize_t n = 0;

	if (!link->ended)
		n = tls_link_receive(link->fd, data, size);
	if (n > 0)
		return n;
	if (n == -1 && !io_is_temporary(errno))
		link->error = errno;
	if (n == 0 || link->error != 0) {
		link->ended = true;
		errno = EAGAIN;
	}
	return -1;
}

void
tls_link_attach(struct tls_link *link, gnutls_session_t tls, int fd)
{
	link->fd = fd;
	link->ended = false;
	link->error = 0;
	link->start = link->end = 0;
	gnutls_transport_set_ptr(tls, link);
	gnutls_transport_set_vec_push_function(tls, push);
	gnutls_transport_set_pull_function(tls, pull);
}

void
tls_link_widen(int fd)
{
	int size = 0, wanted = STREAM_MAX;
	socklen_t len = sizeof(size);

	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &len) == 0 &&
	    size < wanted)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
}

void
tls_link_watch(struct pollfd *way, int fd, short events)
{
	bool has_ended = (way->revents & (POLLHUP | POLLERR)) != 0;

	way->fd = events == 0 && (has_ended || way->fd == -1) ? -1 : fd;
	way->events = events;
}
