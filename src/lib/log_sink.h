/*
 * log_sink.h -- the two destinations of messages: syslog and standard error.
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

#define LOG_TO_STDERR 1
#define LOG_TO_SYSLOG 2
#define LOG_PLAIN 4   /* standard error: no time, no process ID, no colour */
#define LOG_NO_WAIT 8 /* standard error: drop what it cannot take at once */

/* Store the arguments of log_init (log.h); opens nothing. */
void log_sink_init(const char *ident, int facility, const char *path);

/* Open the destinations of TO, a mask of the four above; close the others. */
void log_sink_open(int to);

void log_sink_set_facility(int facility);

/* The descriptors of syslog and of standard error, or -1. */
void log_sink_descriptors(int fds[2]);

/* The facility, and the form of lines on standard error, for log_sink_adopt. */
void log_sink_get(int *facility, int *look);

/* Use what another program has opened, instead of log_sink_open. */
void log_sink_adopt(int to, int facility, int look, const int fds[2]);

/*
 * Send TEXT, which is escaped.  Returns whether it was accepted: false if the
 * destination is full or absent.
 */
bool log_sink_syslog(int level, const char *text);
bool log_sink_stderr(int level, const char *text);

#endif
