/*
 * connection.h -- a session: the connection to the server, standard input and
 * output, the time limits, and how it ends.
 *
 * No descriptor's O_NONBLOCK is changed, since the open files of 0, 1 and 2 are
 * shared with other processes.  SIGPIPE must be ignored.
 */

#ifndef CONNECTION_H
#define CONNECTION_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The exit statuses of hail(1) without a command.  With one, hail exits with
 * the command's status, or HAIL_FAILED.
 */
enum hail_status {
	HAIL_ENDED = 0,	      /* the server ended the session in order */
	HAIL_USAGE = 1,	      /* wrong options or arguments */
	HAIL_UNRESOLVED = 2,  /* the host or the port has no address */
	HAIL_UNCONNECTED = 3, /* no address accepted the connection */
	HAIL_TIMED_OUT = 4,   /* -w, -m or --idle-timeout */
	HAIL_BROKEN = 5,      /* the connection was lost */
	HAIL_LOCAL = 6,	      /* standard input or output failed */
	HAIL_EMPTY = 7,	      /* the server closed without sending anything */
	HAIL_TLS = 8,	      /* TLS failed */
	HAIL_UNVERIFIED = 9,  /* the server could not be verified */
	HAIL_REFUSED = 10,    /* the server refused the client by an alert */
	HAIL_FAILED = 255,
};

#define HAIL_ALERT_TEXT "the server expects TLS; try \"hail --tls\""

/* The message of HAIL_EMPTY, with and without a command. */
#define HAIL_EMPTY_TEXT "closed by the server without sending anything"

/* Times are clock_now's, in ns; -1 is never. */
struct connection {
	int sock;
	bool sending;	  /* the server may still accept bytes */
	bool receiving;	  /* the server may still send bytes */
	bool input;	  /* standard input may have more */
	bool no_shutdown; /* keep the sending side open after the input */
	bool is_unix;	  /* a Unix socket */
	bool unread;	  /* the server closed it with unread input */
	bool broken_pipe; /* the reader of our output has gone */
	int broken;	  /* errno of the error that broke it, or 0 */

	int64_t end;	    /* when the session must be over */
	int64_t idle;	    /* how long no byte may move */
	int64_t quit_after; /* how long to go on after standard input */
	int64_t last_byte;  /* when a byte last moved */
	int64_t quit;	    /* when quit_after is over */

	/* With TLS (tls_helper.h), the socket is a stream to hail-tls. */
	pid_t helper;
	int channel;
	bool extended; /* NAILGUN_ALPN was agreed on */
	void (*ended)(struct connection
		*); /* to call at the end of the stream; or NULL */

	enum hail_status status; /* HAIL_ENDED while nothing has failed */
	/*
	 * How TLS ended, with the reason in error; or HAIL_ENDED for a proper
	 * end.
	 */
	enum hail_status tls_end;
	char error[2048]; /* the reason of a failure, printable */
};

/* Set status and error, unless something has failed before. */
void connection_fail(struct connection *, enum hail_status, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/*
 * Fail if the server did not end the session properly.  Returns whether it
 * failed.
 */
bool connection_fail_if_lost(struct connection *);

/*
 * Send as much of DATA as possible without waiting.  Returns the number of
 * bytes sent; 0 also if no more can be sent, which clears "sending".  Does not
 * set last_byte: a heartbeat is no byte of the session.
 */
size_t connection_send(struct connection *, const void *data, size_t len);

/*
 * Receive up to SIZE bytes without waiting.  Returns the number of bytes; 0
 * also at the end, which clears "receiving".
 */
size_t connection_receive(struct connection *, void *buf, size_t size);

/*
 * Whether the first N bytes are a TLS alert (RFC 8446, 5.1 and 6), by which a
 * server answers a client that does not speak TLS.
 */
bool connection_is_alert(const struct connection *, const void *data, size_t n);

/* Read standard input.  Returns as connection_receive does; clears "input". */
size_t connection_read_input(struct connection *, void *buf, size_t size);

/* Write what FD, 1 or 2, accepts at once.  Returns the number of bytes. */
size_t connection_write_output(
    struct connection *, int fd, const void *data, size_t len);

/*
 * Fail if what was written to standard output is lost: some file systems report
 * that only to close(2).  Standard output stays open.
 */
void connection_check_output(struct connection *);

/* What connection_wait can wait for. */
enum {
	WAIT_INPUT = 1,	  /* standard input can be read */
	WAIT_OUTPUT = 2,  /* OUTPUT can be written */
	WAIT_RECEIVE = 4, /* the server's bytes can be received */
	WAIT_SEND = 8,	  /* bytes can be sent to the server */
};

/*
 * Wait for any of WANTED, a mask of WAIT_*, until UNTIL or a time limit.
 * Returns the mask of what is ready, which includes end and errors; 0 at UNTIL
 * or a time limit, or if poll(2) failed.
 */
int connection_wait(struct connection *, int wanted, int output, int64_t until);

/* Fail if END or IDLE is over.  Otherwise returns whether QUIT is. */
bool connection_must_quit(struct connection *);

#endif
