/*
 * nailgun.h -- frames of the Nailgun protocol, in both directions.
 *
 * haild-commands(7) describes the protocol.  Pure: nothing here reads, writes
 * or allocates.  A payload is not copied but returned in pieces that point into
 * the caller's buffer, and an invalid frame is recognized by its header, so the
 * length in a header never causes an allocation.
 */

#ifndef NAILGUN_H
#define NAILGUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A length (32 bits, big-endian, the header not counted) and a type. */
#define NAILGUN_HEADER_SIZE 5

/* The longest payload accepted. */
#define NAILGUN_PAYLOAD_MAX 131072U

/* The longest payload of NAILGUN_EXIT accepted. */
#define NAILGUN_EXIT_MAX 16

/* The longest payload of NAILGUN_VERDICT accepted. */
#define NAILGUN_VERDICT_MAX 255

#define NAILGUN_ERROR_MAX 80

/*
 * The application protocol (ALPN, RFC 7301) of the extended protocol: both
 * sides ignore frames whose type is a lower-case letter that they do not know.
 */
#define NAILGUN_ALPN "hail/1"

enum nailgun_type {
	/* Sent by the client, in this order. */
	NAILGUN_ARGUMENT = 'A',	   /* one each */
	NAILGUN_ENVIRONMENT = 'E', /* NAME=value, one each */
	NAILGUN_DIRECTORY = 'D',
	NAILGUN_COMMAND = 'C', /* its name; starts it */
	NAILGUN_INPUT = '0',   /* bytes of standard input */
	NAILGUN_INPUT_END = '.',
	NAILGUN_HEARTBEAT = 'H', /* at any time */
	/* Sent by the server. */
	NAILGUN_OUTPUT = '1',
	NAILGUN_ERROR = '2',	  /* bytes of standard error */
	NAILGUN_SEND_INPUT = 'S', /* asks for one more NAILGUN_INPUT */
	NAILGUN_VERDICT = 'v',	  /* extended; lib/outcome.h */
	NAILGUN_EXIT = 'X',	  /* the status, see nailgun_status */
};

enum nailgun_side {
	NAILGUN_CLIENT,
	NAILGUN_SERVER,
};

/* A decoder for the frames of one side; see nailgun_init. */
struct nailgun {
	enum nailgun_side sender;
	bool extended; /* set by the caller after nailgun_init */
	bool ignored;  /* this frame is */
	int phase;     /* how far the sender is, of enum phase */
	unsigned char header[NAILGUN_HEADER_SIZE];
	size_t header_len;	       /* bytes of it so far */
	size_t length;		       /* of the payload */
	size_t offset;		       /* bytes of it returned so far */
	char error[NAILGUN_ERROR_MAX]; /* after NAILGUN_WRONG */
};

/* A part of a payload, or all of it. */
struct nailgun_piece {
	enum nailgun_type type;
	size_t length; /* of the whole payload */
	size_t offset; /* of this piece in the payload */
	bool last;
	const char *data; /* points into the caller's buffer */
	size_t len;	  /* 0 only if the whole payload is empty */
};

enum nailgun_result {
	NAILGUN_MORE,  /* all bytes were used; more are needed */
	NAILGUN_PIECE, /* PIECE was set */
	NAILGUN_WRONG, /* a violation of the protocol; see error */
};

/* Start to decode the frames that SENDER sends. */
void nailgun_init(struct nailgun *d, enum nailgun_side sender);

/*
 * Decode the *LEN bytes at *DATA, and move both past the bytes used.  Call it
 * until it returns NAILGUN_MORE, then with the next bytes.  An empty payload is
 * one empty piece.
 *
 * NAILGUN_WRONG is returned, then and from then on, for: a payload longer than
 * NAILGUN_PAYLOAD_MAX, or than NAILGUN_EXIT_MAX for NAILGUN_EXIT; any payload
 * of NAILGUN_INPUT_END, NAILGUN_HEARTBEAT and NAILGUN_SEND_INPUT; a type that
 * SENDER may not send; frames of the client out of order, or a second directory
 * or command; any frame after NAILGUN_EXIT, and any but heartbeats after
 * NAILGUN_INPUT_END; a second NAILGUN_VERDICT, or one that is not extended.  If
 * D is extended, frames of other lower-case types are not returned.
 */
enum nailgun_result nailgun_decode(struct nailgun *d, const char **data,
    size_t *len, struct nailgun_piece *piece);

/* Whether the bytes so far end between two frames. */
bool nailgun_is_between_frames(const struct nailgun *d);

/* Write the header of a payload of LEN bytes, at most NAILGUN_PAYLOAD_MAX. */
void nailgun_header(unsigned char header[NAILGUN_HEADER_SIZE],
    enum nailgun_type type, size_t len);

/*
 * The frames that end a command before it began: TEXT, cut to NAILGUN_TEXT_MAX
 * bytes, and a newline for standard error, and STATUS.  Returns their length,
 * at most NAILGUN_REFUSAL_MAX.
 */
#define NAILGUN_TEXT_MAX ((size_t)4096)
#define NAILGUN_REFUSAL_MAX                        \
	(NAILGUN_TEXT_MAX + 1 + NAILGUN_EXIT_MAX + \
	    (size_t)2 * NAILGUN_HEADER_SIZE)
size_t nailgun_refusal(
    char buf[NAILGUN_REFUSAL_MAX], const char *text, int status);

/*
 * Read the payload of NAILGUN_EXIT: a decimal number, with or without a newline
 * (servers in Java send one).  Returns 0 to 255; 255 for any other number, so
 * that no failure becomes a success; -1 if it is not a number.
 */
int nailgun_status(const char *text, size_t len);

#endif
