/*
 * speaker.h -- the role "speaker" of haild-commands: the one process that
 * parses what a client of commands sends.
 *
 * It turns frames (lib/nailgun.h) into one request for the monitor
 * (exchange.h), and then copies bytes between the client and the program's
 * pipes.  It has no privileges, no configuration and no files (contain/).
 *
 * speaker.c has the loop and the monitor's messages, speaker_input.c the way
 * from the client, speaker_output.c the ways to the client and the monitor.
 */

#ifndef SPEAKER_H
#define SPEAKER_H

#include <sys/types.h>

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

/*
 * Serve with the descriptors of session/monitor_start.h.  SERVICE is its name;
 * the monitor is the process PARENT.
 */
void speaker_run(const char *service, pid_t parent) __attribute__((noreturn));

/* Read what the client has sent, and decode it. */
void speaker_read_client(struct speaker *s);

/* Decode what was read, as far as it can be used now. */
void speaker_decode(struct speaker *s);

/* Write pending input to the program, or discard it if stdin is closed. */
void speaker_write_input(struct speaker *s);

/* Send the monitor a message; exits if the monitor is gone. */
void speaker_send(struct speaker *s, enum exchange_type type,
    const void *payload, size_t length);

/*
 * Send DONE, and exit.  Not declared noreturn: before a call of such a function
 * the address sanitizer makes a system call that is not allowed here.
 */
void speaker_done(struct speaker *s);

/* The client has gone away: nothing is read or written there any more. */
void speaker_client_gone(struct speaker *s);

/* Close the program's standard input, if it is open. */
void speaker_close_input(struct speaker *s);

/* Whether all output that counts has been read from SOURCE. */
bool source_is_drained(const struct source *source);

/* Read from SOURCE what it has, at most a chunk, into the buffer. */
void speaker_read_source(struct speaker *s, struct source *source);

/*
 * Write what the client takes now of the buffer, into which go requests for
 * more input and, after all output, the last frames.
 */
void speaker_write(struct speaker *s);

#endif
