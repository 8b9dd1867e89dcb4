/*
 * log.h -- messages to syslog and to standard error.
 *
 * Nothing here blocks: syslog(3) waits when /dev/log is full (measured: after
 * 11 messages), so the datagrams are sent by hand, without blocking, and what
 * had to be dropped is counted and told when the way is free again.
 *
 * Every message is one line.  Control characters, backslashes and bytes above
 * 127 are written as vis(3) writes them, so that no byte that a stranger chose
 * reaches a log raw; a line ends at LOG_LINE_MAX bytes.
 *
 * On standard error a message has the time, the name and the pid before it.  If
 * that is the journal, as JOURNAL_STREAM says (systemd.exec(5)), it has the
 * priority instead, as sd-daemon(3) wants it: "<4>text".  On a terminal errors,
 * warnings and debugging have colours, unless NO_COLOR (https://no-color.org)
 * has a value, or TERM is "dumb" or not set.
 */

#ifndef LOG_H
#define LOG_H

#include <stdarg.h>
#include <syslog.h>

#define LOG_LINE_MAX 1024 /* bytes of one message, escaped */

#define LOG_TO_STDERR 1
#define LOG_TO_SYSLOG 2
#define LOG_PLAIN 4   /* on standard error no time, no pid and no colour */
#define LOG_NO_WAIT 8 /* drop what standard error cannot take now */

/* How vis(3) writes what a log must not hold raw. */
#define LOG_VIS (VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL)

/*
 * Say where messages go: TO is a mask of LOG_TO_*.  IDENT is the name before
 * each message and is kept, not copied.  FACILITY is syslog(3)'s; messages
 * above LEVEL (LOG_DEBUG is the highest) are left out.  Standard error is
 * duplicated here, and what it is decides how lines look, so a process may put
 * another file in its place later.
 * May be called again; the last call counts.
 */
void log_init(const char *ident, int to, int facility, int level);

/* The same, with another socket than /dev/log (for tests; kept, not copied). */
void log_init_path(
    const char *ident, int to, int facility, int level, const char *path);

/* Change the destinations, keeping the rest; looks at standard error anew. */
void log_set_destination(int to);

/* Change the facility, keeping the rest. */
void log_set_facility(int facility);

/* The level that was set. */
int log_level(void);

/*
 * How the log is set, as one argument for a program that is to write to the
 * same log: destination, facility and level.  log_import sets it up so, under
 * the name IDENT; it returns 0, or -1 when TEXT is something else.
 */
#define LOG_EXPORT_MAX 48
const char *log_export(char buf[LOG_EXPORT_MAX]);
int log_import(const char *ident, const char *text);

/* How many messages were dropped because nobody took them. */
unsigned long log_dropped(void);

/* The same, and of these those that the log which missed them was not told. */
struct log_lost {
	unsigned long all, syslog_untold, stderr_untold;
};
struct log_lost log_lost(void);

/* Add what another image of this process (execve(2)) had lost. */
void log_add_lost(const struct log_lost *lost);

/* The two descriptors that the log uses, -1 where there is none. */
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
 * Write one message.  The plain forms append ": " and the text of errno; the
 * forms that end in x do not.  errno is kept.
 */
void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_errx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Write one message at LEVEL, a syslog(3) priority without facility. */
void log_at(int level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* As log_err and log_errx, then exit with STATUS. */
void fatal(int status, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));
void fatalx(int status, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/*
 * The number that syslog(3) gives to a facility ("daemon", "local0", ...), or
 * -1 when there is none of that name; and the name of a number, or NULL.
 */
int log_facility_number(const char *name);
const char *log_facility_name(int facility);

#endif
