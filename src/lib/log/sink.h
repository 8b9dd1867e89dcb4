/*
 * sink.h -- the two destinations of messages: syslog and standard error.
 *
 * To be used by log.c alone.  syslog(3) would block when /dev/log is full
 * (measured: after 11 messages), so datagrams are sent without it and without
 * waiting; the caller counts those that were not accepted.
 *
 * Children inherit the descriptors and the formatted time: a message allocates
 * nothing, and the time is formatted only once a second.
 */

#ifndef LOG_SINK_H
#define LOG_SINK_H

#include <stdbool.h>

#define LOG_LINE_MAX 1024 /* bytes of one message, escaped */
/*
 * Bytes of a message as JSON.  With its priority and its newline it is not
 * longer than PIPE_BUF, so that a pipe takes all of it at once.
 */
#define LOG_JSON_MAX 4080

#define LOG_TO_STDERR 1
#define LOG_TO_SYSLOG 2
#define LOG_PLAIN 4   /* standard error: no time, no process ID, no colour */
#define LOG_NO_WAIT 8 /* standard error: drop what it cannot take at once */

/* The settings of the log; LOOK is the form of lines on standard error. */
struct log_state {
	int to, facility, level, look;
	int fds[2]; /* of syslog and of standard error, or -1 */
	int copy;   /* log_copy's, or -1 */
	int json;   /* lines are JSON objects */
};

/* Store the arguments of log_init_path, and close the socket of syslog. */
void log_sink_init(struct log_state *s, const char *ident, const char *path);

/* The name before each message. */
const char *log_sink_name(void);

/* Open the destinations of TO, a mask of LOG_TO_*; close the others. */
void log_sink_open(struct log_state *s, int to);

/*
 * Send TEXT: an escaped line, or a JSON object if S->json.  Returns false if
 * the destination is full or absent.
 */
bool log_sink_syslog(struct log_state *s, int level, const char *text);
bool log_sink_stderr(struct log_state *s, int level, const char *text);

#endif
