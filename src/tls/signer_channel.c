#include "tls/signer_channel.h"

#include <stddef.h>

#include "lib/io.h"

/*
 * A busy signer takes less time; the client must not wait longer for a stopped
 * one.
 */
#define ANSWER_TIME (5 * SECOND)

const struct message_kind signer_kinds[] = {
	{ SIGNER_READY, 0, 0, 0 },
	{ SIGNER_RELAY, sizeof(struct signer_relay),
	    sizeof(struct signer_relay), 1 },
	{ SIGNER_SIGN, offsetof(struct signer_sign, data) + 1,
	    sizeof(struct signer_sign), 0 },
	{ SIGNER_SIGNED, 1, SIGNER_SIGNATURE_MAX, 0 },
	{ SIGNER_REFUSED, sizeof(uint32_t), sizeof(uint32_t), 0 },
	{ 0, 0, 0, 0 },
};

int
signer_request(int fd, const struct signer_sign *sign,
    unsigned char signature[SIGNER_SIGNATURE_MAX])
{
	struct message m;

	if (sign->length > SIGNER_DATA_MAX ||
	    message_send(fd, SIGNER_SIGN, sign,
		offsetof(struct signer_sign, data) + sign->length, 0) == -1 ||
	    io_wait(fd, POLLIN, clock_now() + ANSWER_TIME) <= 0 ||
	    message_receive(fd, signer_kinds,
		MESSAGE_BIT(SIGNER_SIGNED) | MESSAGE_BIT(SIGNER_REFUSED), &m,
		signature, SIGNER_SIGNATURE_MAX, 0) != MESSAGE_OK ||
	    m.type != SIGNER_SIGNED)
		return -1;
	return (int)m.length;
}
