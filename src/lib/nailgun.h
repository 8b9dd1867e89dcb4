/*
 * nailgun.h -- frames of the Nailgun protocol, in both directions.
 *
 * haild-commands(7) describes the wire.  Pure: nothing here reads, writes or
 * allocates, and a payload is never copied: it is handed out in pieces, where
 * it lies.  What a frame may not be is found in its header, before anybody
 * makes room for what should follow.
 */

#ifndef NAILGUN_H
#define NAILGUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A length (32 bits, big-endian, the header not counted) and a type. */
#define NAILGUN_HEADER_SIZE 5

/* The longest payload that is taken. */
#define NAILGUN_PAYLOAD_MAX 131072U

/* The longest payload of NAILGUN_EXIT that is taken. */
#define NAILGUN_EXIT_MAX 16

#define NAILGUN_ERROR_MAX 80

enum nailgun_type {
	/* The client's, in this order. */
	NAILGUN_ARGUMENT = 'A',	   /* one each */
	NAILGUN_ENVIRONMENT = 'E', /* NAME=value, one each */
	NAILGUN_DIRECTORY = 'D',
	NAILGUN_COMMAND = 'C', /* its name; it runs now */
	NAILGUN_INPUT = '0',   /* bytes of standard input */
	NAILGUN_INPUT_END = '.',
	NAILGUN_HEARTBEAT = 'H', /* at any time */
	/* The server's. */
	NAILGUN_OUTPUT = '1',
	NAILGUN_ERROR = '2',	  /* bytes of standard error */
	NAILGUN_SEND_INPUT = 'S', /* one more NAILGUN_INPUT, please */
	NAILGUN_EXIT = 'X',	  /* the status, see nailgun_status */
};

enum nailgun_side {
	NAILGUN_CLIENT,
	NAILGUN_SERVER,
};

/* One side's frames as they come.  To be set up by nailgun_init. */
struct nailgun {
	enum nailgun_side sender;
	int phase; /* how far the sender is, of enum phase */
	unsigned char header[NAILGUN_HEADER_SIZE];
	size_t header_len;	       /* so much of it has come */
	size_t length;		       /* of the payload */
	size_t offset;		       /* so much of it was handed out */
	char error[NAILGUN_ERROR_MAX]; /* after NAILGUN_WRONG */
};

/* Some of a payload, or all of it. */
struct nailgun_piece {
	enum nailgun_type type;
	size_t length; /* of the whole payload */
	size_t offset; /* of this piece in it; 0 is the first */
	bool last;
	const char *data; /* in what nailgun_decode was given */
	size_t len;	  /* 0 only if the whole payload is empty */
};

enum nailgun_result {
	NAILGUN_MORE,  /* all was taken, and more is needed */
	NAILGUN_PIECE, /* PIECE was set */
	NAILGUN_WRONG, /* not the protocol: error says why */
};

/* Begin to decode what SENDER sends. */
void nailgun_init(struct nailgun *d, enum nailgun_side sender);

/*
 * Decode the *LEN bytes at *DATA, and move both behind what was taken.  To be
 * called until it returns NAILGUN_MORE, then with what comes next.  An empty
 * payload is one empty piece.
 *
 * Wrong are: a payload above NAILGUN_PAYLOAD_MAX, one above NAILGUN_EXIT_MAX
 * for NAILGUN_EXIT, any at all for NAILGUN_INPUT_END, NAILGUN_HEARTBEAT and
 * NAILGUN_SEND_INPUT; a type that is not the sender's; the client's frames out
 * of order, a second directory or command; and what follows the end: anything
 * behind NAILGUN_EXIT, anything but heartbeats behind NAILGUN_INPUT_END.  What
 * was wrong once is wrong for ever.
 */
enum nailgun_result nailgun_decode(struct nailgun *d, const char **data,
    size_t *len, struct nailgun_piece *piece);

/* Nothing of a frame has come whose rest has not. */
bool nailgun_is_between_frames(const struct nailgun *d);

/* Write the header of a payload of LEN bytes, at most NAILGUN_PAYLOAD_MAX. */
void nailgun_header(unsigned char header[NAILGUN_HEADER_SIZE],
    enum nailgun_type type, size_t len);

/*
 * Read the payload of NAILGUN_EXIT: a decimal number, with or without the end
 * of a line (Java's servers write one).  Returns 0 to 255; 255 for any number
 * that is not, so that no failure becomes a success; -1 when it is no number.
 */
int nailgun_status(const char *text, size_t len);

#endif
