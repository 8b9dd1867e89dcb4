/*
 * speaker_state.h -- what the speaker knows of its session.
 */

#ifndef SPEAKER_STATE_H
#define SPEAKER_STATE_H

#include <stdbool.h>

#include "commands/exchange.h"
#include "commands/request.h"
#include "lib/nailgun.h"

#define CHUNK ((size_t)64 * 1024) /* a pipe's worth */
/* Beside a chunk: frames without data, and the last frames. */
#define SMALL ((size_t)1024)
#define OUTPUT_ROOM (CHUNK + 4 * SMALL)
#define REQUEST_ROOM (sizeof(struct request_header) + REQUEST_BYTES_MAX)

enum phase {
	NAMING,	   /* the command has not been named */
	REQUESTED, /* the monitor has the request */
	RUNNING,   /* the program runs */
	ENDING,	   /* it has ended; some of its output may be in the pipes */
	FLUSHING,  /* everything is in the buffer, the status too */
	LINGERING, /* everything is sent: until the client closes */
};

/* One of the program's two outputs. */
struct source {
	int fd; /* -1: at its end */
	enum nailgun_type type;
	int left; /* bytes in the pipe when the program ended; before: -1 */
};

struct speaker {
	int client, monitor;
	int in; /* the program's standard input, or -1 */
	struct source sources[2];
	enum phase phase;
	bool tcp;
	bool gone;    /* the client has gone away */
	bool reading; /* from the client */
	int64_t deadline;

	struct nailgun frames;
	char *input; /* CHUNK bytes that were read */
	const char *next;
	size_t input_len;	    /* from next on, not decoded */
	struct nailgun_piece piece; /* input that waits for the pipe */
	unsigned int owed;	    /* NAILGUN_SEND_INPUT frames to send */

	char *request; /* REQUEST_ROOM bytes */
	size_t request_len;
	struct request_header header;

	char *output; /* OUTPUT_ROOM bytes, for the client */
	size_t output_at, output_len;

	struct exchange_end end;
	struct exchange_counts counts;
};

#endif
