/*
 * fuzz_message.c -- what a peer may send, to a receiver of messages.
 *
 * The input: a byte that says which types are expected, and then packets: a
 * byte with the number of descriptors (its low 3 bits), a byte with the length,
 * and the whole packet with its header.
 */

#include "fuzz.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/message.h"

#define ROOM 100 /* the receiver's, less than that of one kind */

static const struct message_kind kinds[] = {
	{ 1, 0, 0, 0 },
	{ 2, 4, 4, 0 },
	{ 3, 1, 64, 0 },
	{ 4, 0, 16, 1 },
	{ 5, 2, 2, MESSAGE_ANY_FDS },
	{ 31, 8, 300, 0 },
	{ 0, 0, 0, 0 },
};

static void
send_packet(int fd, const uint8_t *data, size_t size, unsigned int nfds)
{
	struct iovec part = { (void *)(uintptr_t)data, size };
	char control[CMSG_SPACE(8 * sizeof(int))] = "";
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	unsigned int i;

	if (nfds > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		for (i = 0; i < nfds; i++)
			memcpy(
			    CMSG_DATA(cmsg) + i * sizeof(fd), &fd, sizeof(fd));
	}
	sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
check(const struct message *m, uint32_t expected)
{
	const struct message_kind *k = kinds;
	unsigned int i;

	MUST(m->type < MESSAGE_TYPES && (expected & MESSAGE_BIT(m->type)));
	while (k->type != m->type)
		MUST((k++)->type != 0);
	MUST(m->length >= k->min && m->length <= k->max);
	MUST(m->length <= ROOM);
	MUST(m->nfds == k->fds || k->fds == MESSAGE_ANY_FDS);
	for (i = 0; i < m->nfds; i++) {
		MUST(fcntl(m->fds[i], F_GETFD) == FD_CLOEXEC);
		close(m->fds[i]);
	}
}

/* The lowest number that is free. */
static int
lowest(int fd)
{
	int n = dup(fd);

	MUST(n != -1);
	close(n);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *payload = malloc(ROOM);
	uint32_t expected;
	struct message m;
	int pair[2], before;
	size_t len;

	if (size == 0 || payload == NULL) {
		free(payload);
		return 0;
	}
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	before = lowest(pair[0]);
	expected = (uint32_t)data[0] << 24 | data[0];
	for (data++, size--; size >= 2; data += len, size -= len) {
		unsigned int nfds = data[0] & 7;

		len = data[1];
		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		send_packet(pair[1], data, len, nfds);
		if (message_receive(pair[0], kinds, expected, &m, payload, ROOM,
			MSG_DONTWAIT) == MESSAGE_OK)
			check(&m, expected);
		MUST(lowest(pair[0]) == before);
	}
	close(pair[0]);
	close(pair[1]);
	free(payload);
	return 0;
}
