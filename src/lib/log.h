/*
 * log.h -- messages to syslog and to standard error.
 *
 * Logging to syslog never blocks, and to standard error not with LOG_NO_WAIT.
 * Messages that a destination does not accept are counted; their number is
 * logged there before the next message that it accepts.
 *
 * Every message is one line.  Control characters, backslashes and bytes above
 * 127 are escaped as vis(3) does, so that bytes of a client never reach a log
 * raw; a line is cut at LOG_LINE_MAX bytes.
 *
 * On standard error, time, name and process ID precede a message.  If standard
 * error is the journal (JOURNAL_STREAM, systemd.exec(5)), only the priority
 * does, as sd-daemon(3) describes: "<4>text".  On a terminal, errors, warnings
 * and debugging messages have colours, unless NO_COLOR (https://no-color.org)
 * has a value, or TERM is "dumb" or not set.
 */

#ifndef LOG_H
#define LOG_H

#include <stdarg.h>
#include <syslog.h>

#include "lib/escape.h"
#include "lib/log_sink.h" /* LOG_TO_*, LOG_PLAIN, LOG_NO_WAIT, LOG_LINE_MAX */

/* The flags with which vis(3) escapes bytes for a log. */
#define LOG_VIS ESCAPE_FLAGS

/*
 * Set where messages go: TO is a mask of LOG_TO_*.  With both, standard error
 * gets only warnings and errors.  IDENT, the name before each message, is not
 * copied.  FACILITY is one of syslog(3); messages above LEVEL (LOG_DEBUG is the
 * highest) are discarded.  Standard error is duplicated and examined here; the
 * process may replace descriptor 2 later.
 * May be called again; the last call counts.
 */
void log_init(const char *ident, int to, int facility, int level);

/* The same with PATH, which is not copied, for /dev/log.  For tests. */
void log_init_path(
    const char *ident, int to, int facility, int level, const char *path);

/* Change the destinations; duplicates and examines standard error again. */
void log_set_destination(int to);

/* Change the facility. */
void log_set_facility(int facility);

/* The level that was set. */
int log_level(void);

/*
 * The settings of the log, as one argument for a program that is to write to
 * the same log: destination, facility and level.  log_import applies them, with
 * the name IDENT.  Returns 0, or -1 if TEXT is something else.
 */
#define LOG_EXPORT_MAX 48
const char *log_export(char buf[LOG_EXPORT_MAX]);
int log_import(const char *ident, const char *text);

/* The number of messages that a destination did not accept. */
unsigned long log_dropped(void);

/* The same, and how many of these each destination has not reported yet. */
struct log_lost {
	unsigned long all, syslog_untold, stderr_untold;
};
struct log_lost log_lost(void);

/* Add what this process lost before execve(2). */
void log_add_lost(const struct log_lost *lost);

/* The descriptors of syslog and of standard error, or -1. */
void log_descriptors(int fds[2]);

/*
 * For a program that this process executes and that goes on with the same log:
 * what it needs to know, and the descriptors as log_descriptors gives them,
 * which the caller may have moved before log_set.
 */
struct log_state {
	int to, facility, level, look;
	int fds[2];
};
void log_get(struct log_state *out);
void log_set(const struct log_state *in);

/*
 * Log one message.  log_err, log_warn and fatal append ": " and the text of
 * errno; the others do not.  errno is preserved.
 */
void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_errx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Log one message at LEVEL, a priority of syslog(3) without facility. */
void log_at(int level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* As log_err and log_errx, then exit with STATUS. */
void fatal(int status, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));
void fatalx(int status, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/*
 * The number of a facility of syslog(3) ("daemon", "local0", ...), or -1 if
 * there is no such name; and the name of a number, or NULL.
 */
int log_facility_number(const char *name);
const char *log_facility_name(int facility);

#endif
