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

#include "lib/log.h"

/* Store the arguments of log_init_path, and close the socket of syslog. */
void log_sink_init(struct log_state *s, const char *ident, const char *path);

/* Open the destinations of TO, a mask of LOG_TO_*; close the others. */
void log_sink_open(struct log_state *s, int to);

/*
 * Send TEXT, which is escaped.  Returns whether it was accepted: false if the
 * destination is full or absent.
 */
bool log_sink_syslog(struct log_state *s, int level, const char *text);
bool log_sink_stderr(struct log_state *s, int level, const char *text);

#endif
