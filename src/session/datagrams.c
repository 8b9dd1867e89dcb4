#include "session/datagrams.h"

#include <sys/random.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <poll.h>
#include <string.h>

#include "lib/bucket.h"
#include "lib/io.h"
#include "lib/pages.h"
#include "lib/prefix.h"
#include "lib/siphash.h"

#define NPORTS 65536
#define NFS 2049
/*
 * A bucket serves all sources with its hash.  So their number cannot defeat the
 * bound, as it could if a source lost its bucket to another.
 */
#define NBUCKETS 4096

struct datagrams {
	uint8_t own_ports[NPORTS / 8]; /* a bit for each */
	struct siphash_key key;
	int64_t full_at[NBUCKETS];
	char buf[BUILTIN_DATAGRAM_MAX];
};

static void
note_port(struct datagrams *d, unsigned int port)
{
	d->own_ports[port / 8] |= (uint8_t)(1 << port % 8);
}

struct datagrams *
datagrams_create(const uint16_t *ports, size_t n)
{
	struct datagrams *d = pages_map(sizeof(*d));
	size_t i;

	if (d == NULL ||
	    getrandom(&d->key, sizeof(d->key), 0) != (ssize_t)sizeof(d->key))
		return NULL;
	for (i = 0; i < n; i++)
		note_port(d, ports[i]);
	return d;
}

static bool
is_multicast(const struct addr *a)
{
	return a->sa.sa_family == AF_INET
	    ? IN_MULTICAST(ntohl(a->in.sin_addr.s_addr))
	    : IN6_IS_ADDR_MULTICAST(&a->in6.sin6_addr);
}

bool
datagrams_may_answer(struct datagrams *d, const struct addr *from, int64_t now)
{
	static const struct rate rate = { DATAGRAMS_RATE, SECOND,
		DATAGRAMS_RATE };
	unsigned int port = addr_port(from);
	struct prefix source;

	if (port < IPPORT_RESERVED || port == NFS ||
	    (d->own_ports[port / 8] & 1 << port % 8) != 0 ||
	    is_multicast(from) || !prefix_cut(&source, from, 32, 64))
		return false;
	return bucket_take(&rate,
	    &d->full_at[siphash(&d->key, &source, sizeof(source)) % NBUCKETS],
	    now);
}

/*
 * If C tells where a datagram was sent to, make it tell sendmsg(2) to answer
 * from there.  The route chooses the interface, unless the address is of one
 * link.  Returns false if it does not, or for an address of many hosts.
 */
static bool
answer_from(struct cmsghdr *c)
{
	struct in6_pktinfo six;
	struct in_pktinfo four;

	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		memcpy(&six, CMSG_DATA(c), sizeof(six));
		if (!IN6_IS_ADDR_LINKLOCAL(&six.ipi6_addr))
			six.ipi6_ifindex = 0;
		memcpy(CMSG_DATA(c), &six, sizeof(six));
		return !IN6_IS_ADDR_MULTICAST(&six.ipi6_addr);
	}
	if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
		return false;
	memcpy(&four, CMSG_DATA(c), sizeof(four));
	/*
	 * They differ for broadcast and multicast; the second is 0 if the
	 * datagram was here before IP_PKTINFO was, but the kernel refuses to
	 * send from such an address.
	 */
	if (four.ipi_spec_dst.s_addr != four.ipi_addr.s_addr &&
	    four.ipi_spec_dst.s_addr != htonl(INADDR_ANY))
		return false;
	four.ipi_spec_dst = four.ipi_addr;
	four.ipi_ifindex = 0;
	memcpy(CMSG_DATA(c), &four, sizeof(four));
	return true;
}

/* Receive one datagram, and answer it if it may be. */
static void
serve_one(struct datagrams *d, const struct builtin_service *b, int fd)
{
	union {
		struct cmsghdr header;
		char space[256]; /* an inherited socket may report more */
	} control;
	struct addr from = { .len = 0 }, plain;
	struct iovec part = { d->buf, sizeof(d->buf) };
	struct msghdr m = { .msg_name = &from.sa,
		.msg_namelen = sizeof(from) - offsetof(struct addr, sa),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	if ((n = recvmsg(fd, &m, MSG_DONTWAIT)) == -1)
		return;
	/* On a socket for both families IPv4 looks like IPv6. */
	plain = from;
	addr_unmap(&plain);
	for (c = CMSG_FIRSTHDR(&m); c != NULL && !answer_from(c);)
		c = CMSG_NXTHDR(&m, c);
	if (c == NULL || !datagrams_may_answer(d, &plain, clock_now()) ||
	    (part.iov_len = b->answer(d->buf, (size_t)n)) == 0)
		return;
	m.msg_control = c;
	m.msg_controllen = c->cmsg_len;
	sendmsg(fd, &m, MSG_DONTWAIT);
}

int
datagrams_prepare(struct datagrams *d, int fd)
{
	struct addr own = { .len = 0 };
	int on = 1;

	own.len = sizeof(own) - offsetof(struct addr, sa);
	if (getsockname(fd, &own.sa, &own.len) == -1)
		return -1;
	note_port(d, addr_port(&own));
	return own.sa.sa_family == AF_INET
	    ? setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on))
	    : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
}

void
datagrams_serve(
    struct datagrams *d, const struct builtin_service *b, int fd, int64_t end)
{
	int64_t idle;

	while (clock_now() < end) {
		idle = clock_now() + 10 * SECOND;
		if (io_wait(fd, POLLIN, idle < end ? idle : end) <= 0)
			return;
		serve_one(d, b, fd);
	}
}
