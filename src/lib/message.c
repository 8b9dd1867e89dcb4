/*
 * System calls are made by number: on i386 libc may use socketcall(2) for them,
 * which the command reader's filter (contain/filter.c) does not allow.
 */

#include "lib/message.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

union control {
	char buf[CMSG_SPACE(MESSAGE_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

int
message_send_fds(int fd, uint32_t type, const void *payload, size_t length,
    const int *fds, unsigned int nfds, int flags)
{
	struct message_header header = { type, (uint32_t)length };
	struct iovec parts[2] = { { &header, sizeof(header) },
		{ (void *)(uintptr_t)payload, length } };
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
	union control control;
	struct cmsghdr *cmsg;
	long n;

	if (nfds > MESSAGE_FDS_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	do
		n = syscall(__NR_sendmsg, fd, &msg, flags | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

int
message_send(
    int fd, uint32_t type, const void *payload, size_t length, int flags)
{
	return message_send_fds(fd, type, payload, length, NULL, 0, flags);
}

/* Store the descriptors that came with MSG.  Returns how many there are. */
static unsigned int
take_fds(struct msghdr *msg, int fds[MESSAGE_FDS_MAX])
{
	struct cmsghdr *cmsg;
	size_t n = 0;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		/* The kernel makes one of all; the buffer has no more room. */
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(cmsg), n * sizeof(int));
	}
	return (unsigned int)n;
}

static const struct message_kind *
find_kind(const struct message_kind *kinds, uint32_t expected, uint32_t type)
{
	if (type == 0 || type >= MESSAGE_TYPES ||
	    !(expected & MESSAGE_BIT(type)))
		return NULL;
	for (; kinds->type != 0; kinds++)
		if (kinds->type == type)
			return kinds;
	return NULL;
}

enum message_result
message_receive(int fd, const struct message_kind *kinds, uint32_t expected,
    struct message *m, void *payload, size_t size, int flags)
{
	struct message_header header;
	struct iovec parts[2] = { { &header, sizeof(header) },
		/* cppcheck-suppress ctuuninitvar -- to be filled */
		{ payload, size } };
	union control control;
	struct msghdr msg = { .msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf) };
	const struct message_kind *kind;
	unsigned int nfds, i;
	long n;

	do
		n = syscall(__NR_recvmsg, fd, &msg, flags | MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return MESSAGE_NONE;
	if (n == -1)
		return MESSAGE_END;
	nfds = take_fds(&msg, m->fds);
	if (n == 0 && nfds == 0)
		return MESSAGE_END; /* an empty packet may have descriptors */
	if ((size_t)n >= sizeof(header) &&
	    !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
	    header.length == (size_t)n - sizeof(header) &&
	    (kind = find_kind(kinds, expected, header.type)) != NULL &&
	    header.length >= kind->min && header.length <= kind->max &&
	    (nfds == kind->fds || kind->fds == MESSAGE_ANY_FDS)) {
		m->type = header.type;
		m->length = header.length;
		m->nfds = nfds;
		return MESSAGE_OK;
	}
	for (i = 0; i < nfds; i++)
		syscall(__NR_close, m->fds[i]);
	return MESSAGE_BAD;
}
