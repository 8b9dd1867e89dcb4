/*
 * message.h -- typed messages between processes, over SOCK_SEQPACKET.
 *
 * One packet is one message: a header of type and length, the payload, and
 * descriptors (SCM_RIGHTS).  The receiver states which kinds of messages there
 * are and which of them it accepts now.  It must not go on with a peer whose
 * message was MESSAGE_BAD.
 */

#ifndef MESSAGE_H
#define MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#define MESSAGE_FDS_MAX 64
#define MESSAGE_TYPES 32 /* types are 1 to 31 */

/* For a set of types. */
#define MESSAGE_BIT(type) (UINT32_C(1) << (type))

struct message_header {
	uint32_t type;
	uint32_t length; /* of the payload */
};

#define MESSAGE_ANY_FDS UINT32_MAX /* from none to MESSAGE_FDS_MAX */

/* A table of these ends with type 0. */
struct message_kind {
	uint32_t type;
	size_t min, max;  /* bytes of the payload */
	unsigned int fds; /* how many descriptors it has */
};

struct message {
	uint32_t type;
	size_t length; /* of the payload */
	unsigned int nfds;
	int fds[MESSAGE_FDS_MAX]; /* the receiver's, close-on-exec */
};

enum message_result {
	MESSAGE_OK,
	MESSAGE_NONE, /* nothing there now (MSG_DONTWAIT) */
	MESSAGE_END,  /* the peer has closed its end, or is gone */
	MESSAGE_BAD,  /* not a message that may come now */
};

/*
 * Send one message with NFDS descriptors.  FLAGS is 0, or MSG_DONTWAIT.
 * Returns 0, or -1 with errno (EAGAIN: no room now).  Never raises SIGPIPE.
 */
int message_send(
    int fd, uint32_t type, const void *payload, size_t length, int flags);
int message_send_fds(int fd, uint32_t type, const void *payload, size_t length,
    const int *fds, unsigned int nfds, int flags);

/*
 * Receive one message of KINDS whose type is in EXPECTED.  The payload goes to
 * PAYLOAD, which has SIZE bytes.  FLAGS is 0, MSG_DONTWAIT, MSG_PEEK or both.
 * Fills M if it returns MESSAGE_OK; otherwise no descriptor stays open.
 */
enum message_result message_receive(int fd, const struct message_kind *kinds,
    uint32_t expected, struct message *m, void *payload, size_t size,
    int flags);

#endif
